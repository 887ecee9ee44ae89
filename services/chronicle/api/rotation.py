"""Questions about rotations, transfers and plans of them."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.chronicle.api.dependencies import (
    DateRangeParam,
    QueryContext,
    TextParam,
    UnitParam,
    countable_or_422,
    respond,
)
from services.chronicle.queries.common.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.rotation.flows import PlanLine, flows, plans
from services.chronicle.queries.rotation.moves import MoveLine, of_cadre, open_postings, started
from shared.core.partial_dates import day_after
from shared.core.text import split_list
from shared.http.problems import JsonResponse, response_schema

ANSWERS = (Counts, Answer[MoveLine], Answer[PlanLine])


def add(api: APIRouter, asking: QueryContext) -> None:
    connect = asking.connect
    Asked = Annotated[AsOf, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/rotation-flows", responses=response_schema(Counts))
    def rotation_flows(
        asked: Asked,
        during: DateRangeParam,
        place: UnitParam = "",
        by: TextParam = "direction",
        unit: CountingUnit = "move",
        basis: Basis = "actual",
        kind: TextParam = "",
        managed_by: TextParam = "",
        term: TextParam = "",
    ) -> JsonResponse:
        """Moves that begin between two days, counted by direction, level, bloc …: `by=from_bloc,to_bloc`."""
        with connect() as connection, countable_or_422():
            found = flows(
                connection,
                asked,
                during.since,
                during.until,
                place=place,
                by=split_list(by),
                unit=unit,
                basis=basis,
                kinds=split_list(kind),
                managed_by=managed_by,
                term=term,
            )
        return JsonResponse(found)

    @api.get("/rotations", responses=response_schema(Answer[MoveLine]))
    def rotations(
        asked: Asked, during: DateRangeParam, place: UnitParam = "", cadre: TextParam = ""
    ) -> JsonResponse:
        """Moves with posts, supervisor, clock, outcome and next post: of a cadre, or that begin between two days."""
        with connect() as connection:
            if cadre:
                return respond(asked, of_cadre(connection, asked, cadre))
            return respond(asked, started(connection, asked, during.since, during.until, place))

    @api.get("/rotations/open", responses=response_schema(Answer[MoveLine]))
    def open_rotations(asked: Asked, place: UnitParam = "") -> JsonResponse:
        """Rotations, secondments and reinforcements that last on that day, the one due first at the top."""
        with connect() as connection:
            return respond(asked, open_postings(connection, asked, place))

    @api.get("/rotation-plans", responses=response_schema(Answer[PlanLine]))
    def rotation_plans(asked: Asked, place: UnitParam = "", term: TextParam = "") -> JsonResponse:
        """What is planned, and how much of it is done; `done` is null where no move of the plan is on record."""
        with connect() as connection:
            until = day_after(asked.as_of)
            return respond(asked, plans(connection, asked, until=until, place=place, term=term))
