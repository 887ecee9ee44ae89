"""Questions about planning: who is planned for what, how many, of which structure, and what changed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

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
from services.chronicle.queries.common.dimensions import YOUNG
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.planning import entry_queries, pool_counts
from services.chronicle.queries.planning.entries import EntryLine
from services.chronicle.queries.planning.pool_counts import choose_lines, count_changes, count_pool
from services.chronicle.queries.planning.structure import Structure, describe_lists
from shared.core.text import split_list
from shared.http.problems import JsonResponse

RESPONSE_TYPES = (Answer[EntryLine], Answer[Structure])


def parse_lists(
    term: Term = "",
    title_set: Annotated[
        str, text("Only lists of this set of titles. Empty: of every set.", "chủ chốt")
    ] = "",
    list_: Annotated[
        str,
        Query(
            alias="list",
            max_length=200,
            description="Id of one planning list. Empty: every list.",
            examples=[ID],
        ),
    ] = "",
    managed_by: ManagedBy = "",
) -> dict[str, str]:
    """Which lists: of one term, of one title set, one list, or under one managing authority."""
    return {"term": term, "title_set": title_set, "list": list_, "managed_by": managed_by}


def add(api: APIRouter, context: QueryContext) -> None:
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one
    Lists = Annotated[dict[str, str], Depends(parse_lists)]  # noqa: N806 - likewise

    @query_route(api, "/planning-pool", "countPlanningEntries", Counts)
    def count_planning_entries(
        when: Times,
        page: FactPageParam,
        lists: Lists,
        place: UnitScope = "",
        by: Annotated[str, count_by(pool_counts.BY, "term,source")] = "list",
        unit: Counted = "entry",
        basis: OnBasis = "actual",
    ) -> JsonResponse:
        """Count the planning entries that are live on a day, in lists that the unit or one below it owns."""
        with context.connect_for(place) as connection, report_uncountable():
            return JsonResponse(
                cut_facts(
                    count_pool(
                        connection,
                        when,
                        unit=place,
                        by=split_list(by),
                        counted=unit,
                        basis=basis,
                        chosen=lists,
                    ),
                    page,
                )
            )

    @query_route(api, "/planning-changes", "countPlanningChanges", Counts)
    def count_planning_changes(
        when: Times,
        page: FactPageParam,
        during: DateRangeParam,
        lists: Lists,
        place: UnitScope = "",
        by: Annotated[str, count_by(pool_counts.BY, "title_set")] = "title_set",
        unit: Counted = "entry",
        basis: OnBasis = "actual",
        review: Annotated[
            int,
            Query(
                ge=0,
                le=9999,
                description="Only what the review of this year added and removed. 0: whatever did.",
                examples=[2024],
            ),
        ] = 0,
    ) -> JsonResponse:
        """Count what entered (ADDED) and left (REMOVED) planning lists between two days."""
        with context.connect_for(place) as connection, report_uncountable():
            return JsonResponse(
                cut_facts(
                    count_changes(
                        connection,
                        when,
                        during.since,
                        during.until,
                        unit=place,
                        by=split_list(by),
                        counted=unit,
                        basis=basis,
                        chosen=lists,
                        review=review,
                    ),
                    page,
                )
            )

    @query_route(api, "/planning-entries", "listPlanningEntries", Answer[EntryLine])
    def list_planning_entries(
        when: Times,
        page: ListPageParam,
        lists: Lists,
        place: UnitScope = "",
        cadre: Annotated[
            str, text("Id of a cadre: every entry ever, with how it ended. Empty: live ones.", ID)
        ] = "",
    ) -> JsonResponse:
        """List who is planned for what on a day, or every planning entry of one cadre."""
        with context.connect_for(place) as connection:
            entries = (
                entry_queries.list_entries_of_cadre(connection, when, cadre)
                if cadre
                else entry_queries.list_live_entries(connection, when, place)
            )
        return page.respond(when, choose_lines(entries, lists))

    @query_route(api, "/planning-structure", "listPlanningStructures", Answer[Structure])
    def list_planning_structures(
        when: Times,
        page: ListPageParam,
        place: UnitScope = "",
        term: Term = "",
        young: Annotated[
            int, Query(ge=18, le=70, description="Who is under this age is young.", examples=[40])
        ] = YOUNG,
    ) -> JsonResponse:
        """List what each planning list is made of on a day. Ages, women, young, minority, outsiders, titles without
        anybody, and targets."""
        with context.connect_for(place) as connection:
            return page.respond(when, describe_lists(connection, when, unit=place, term=term, young=young))
