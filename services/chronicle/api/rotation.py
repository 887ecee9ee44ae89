"""Questions about rotations, transfers and plans of them."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.chronicle.api.dependencies import (
    DateRangeParam,
    FactPageParam,
    ListPageParam,
    QueryContext,
    query_route,
    report_uncountable,
)
from services.chronicle.api.parameters import (
    ID,
    Counted,
    ManagedBy,
    OnBasis,
    Term,
    UnitScope,
    count_by,
    text,
)
from services.chronicle.queries.common.counts import Counts, cut_facts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.rotation import flows, moves
from services.chronicle.queries.rotation.flows import PlanLine
from services.chronicle.queries.rotation.moves import MoveLine
from shared.core.partial_dates import day_after
from shared.core.text import split_list
from shared.http.problems import JsonResponse

RESPONSE_TYPES = (Counts, Answer[MoveLine], Answer[PlanLine])


def add(api: APIRouter, context: QueryContext) -> None:
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one

    @query_route(api, "/rotation-flows", "countMoves", Counts)
    def count_moves(
        when: Times,
        page: FactPageParam,
        during: DateRangeParam,
        place: UnitScope = "",
        by: Annotated[str, count_by(flows.BY, "from_bloc,to_bloc")] = "direction",
        unit: Counted = "move",
        basis: OnBasis = "actual",
        kind: Annotated[
            str, text("Only moves of these kinds, with commas between. Empty: all.", "ROTATION,SECONDMENT")
        ] = "",
        managed_by: ManagedBy = "",
        term: Term = "",
    ) -> JsonResponse:
        """Count the moves that begin between two days, into or out of a unit. On the basis of plans: those that plans
        have for that time."""
        with context.connect_for(place) as connection, report_uncountable():
            return JsonResponse(
                cut_facts(
                    flows.count_moves(
                        connection,
                        when,
                        during.since,
                        during.until,
                        unit=place,
                        by=split_list(by),
                        counted=unit,
                        basis=basis,
                        kinds=split_list(kind),
                        managed_by=managed_by,
                        term=term,
                    ),
                    page,
                )
            )

    @query_route(api, "/rotations", "listMoves", Answer[MoveLine])
    def list_moves(
        when: Times,
        page: ListPageParam,
        during: DateRangeParam,
        place: UnitScope = "",
        cadre: Annotated[
            str, text("Id of a cadre: all moves ever. Empty: moves that begin between the days.", ID)
        ] = "",
    ) -> JsonResponse:
        """List moves with posts, supervisor, clock, outcome and next post."""
        with context.connect_for(place) as connection:
            if cadre:
                return page.respond(when, moves.list_moves_of(connection, when, cadre))
            return page.respond(
                when, moves.list_started_moves(connection, when, during.since, during.until, place)
            )

    @query_route(api, "/rotations/open", "listOpenMoves", Answer[MoveLine])
    def list_open_moves(when: Times, page: ListPageParam, place: UnitScope = "") -> JsonResponse:
        """List the rotations, secondments and reinforcements that last on a day. The one due first is at the top."""
        with context.connect_for(place) as connection:
            return page.respond(when, moves.list_open_postings(connection, when, place))

    @query_route(api, "/rotation-plans", "listRotationPlans", Answer[PlanLine])
    def list_rotation_plans(
        when: Times, page: ListPageParam, place: UnitScope = "", term: Term = ""
    ) -> JsonResponse:
        """List what rotation plans have, and how much of it is done. `done` is null where no move of the plan is on
        record."""
        with context.connect_for(place) as connection:
            until = day_after(when.as_of)
            return page.respond(
                when, flows.list_plan_items(connection, when, until=until, unit=place, term=term)
            )
