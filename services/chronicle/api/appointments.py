"""Questions about appointments, replacements, contests, elections, and people in several posts."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.chronicle.api.dependencies import (
    DateRangeParam,
    QueryContext,
    TextParam,
    UnitParam,
    countable_or_422,
    found_or_404,
    respond,
)
from services.chronicle.queries.common.counts import CountingUnit, Counts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.tenures.appointments import CASES, appointments
from services.chronicle.queries.tenures.concurrent_posts import Concurrent, Pair, concurrent_holders, pairs
from services.chronicle.queries.tenures.contests import ContestLine, candidacies, contests
from services.chronicle.queries.tenures.replacements import replacements
from shared.core.text import split_list
from shared.http.problems import JsonResponse, response_schema

ANSWERS = (Counts, Answer[ContestLine], Answer[Concurrent], Answer[Pair])


def add(api: APIRouter, asking: QueryContext) -> None:
    connect = asking.connect
    Asked = Annotated[AsOf, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/appointments", responses=response_schema(Counts))
    def appointed(
        asked: Asked,
        during: DateRangeParam,
        place: UnitParam = "",
        by: TextParam = "kind",
        unit: CountingUnit = "case",
        kind: TextParam = "",
        managed_by: TextParam = "",
    ) -> JsonResponse:
        """Posts taken up between two days: `by=kind,route,planned,planned_title,role,year,sex,under_40,minority …`."""
        with connect() as connection, countable_or_422():
            figures = appointments(
                connection,
                asked,
                during.since,
                during.until,
                place=place,
                by=split_list(by),
                unit=unit,
                kinds=split_list(kind) or CASES,
                managed_by=managed_by,
            )
        return JsonResponse(figures)

    @api.get("/replacements", responses=response_schema(Counts))
    def replaced(
        asked: Asked,
        during: DateRangeParam,
        place: UnitParam = "",
        by: TextParam = "trigger",
        unit: CountingUnit = "person",
    ) -> JsonResponse:
        """Who was replaced or taken out of a post before its time: `by=trigger,ground,kind,disciplined`."""
        with connect() as connection, countable_or_422():
            return JsonResponse(
                replacements(
                    connection, asked, during.since, during.until, place=place, by=split_list(by), unit=unit
                )
            )

    @api.get("/contests", responses=response_schema(Answer[ContestLine]))
    def competitions(asked: Asked, during: DateRangeParam, place: UnitParam = "") -> JsonResponse:
        """Competitions for posts that were opened between two days, with candidates and winners."""
        with connect() as connection:
            return respond(asked, contests(connection, asked, during.since, during.until, place=place))

    @api.get("/contests/{contest}", responses=response_schema(ContestLine))
    def competition(asked: Asked, contest: str) -> JsonResponse:
        with connect() as connection:
            return JsonResponse(found_or_404(contests(connection, asked, id_=contest), contest)[0])

    @api.get("/candidacies", responses=response_schema(Counts))
    def nominated(
        asked: Asked,
        during: DateRangeParam,
        place: UnitParam = "",
        by: TextParam = "body,outcome",
        unit: CountingUnit = "case",
    ) -> JsonResponse:
        """Nominations made between two days, and what came of them: `by=body,election,outcome,first_time`."""
        with connect() as connection, countable_or_422():
            return JsonResponse(
                candidacies(
                    connection, asked, during.since, during.until, place=place, by=split_list(by), unit=unit
                )
            )

    @api.get("/concurrent-holders", responses=response_schema(Answer[Concurrent]))
    def concurrent(asked: Asked, place: UnitParam = "") -> JsonResponse:
        """Each person who holds several posts on that day: once, with all of them."""
        with connect() as connection:
            return respond(asked, concurrent_holders(connection, asked, place))

    @api.get("/paired-posts", responses=response_schema(Answer[Pair]))
    def paired(asked: Asked, place: UnitParam = "", level: TextParam = "") -> JsonResponse:
        """Posts meant for one holder, and whether one person holds both."""
        with connect() as connection:
            return respond(asked, pairs(connection, asked, place, level))
