"""Questions about appointments, replacements, contests, elections, and people in several posts."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.chronicle.api.dependencies import (
    DateRangeParam,
    FactPageParam,
    ListPageParam,
    QueryContext,
    query_route,
    report_uncountable,
    require_found,
)
from services.chronicle.api.parameters import Counted, ManagedBy, UnitScope, count_by, key, text
from services.chronicle.queries.common.counts import Counts, cut_facts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.tenures import appointments, concurrent_posts, contests, replacements
from services.chronicle.queries.tenures.appointments import CASES
from services.chronicle.queries.tenures.concurrent_posts import Concurrent, Pair
from services.chronicle.queries.tenures.contests import ContestLine
from services.chronicle.queries.tenures.replacements import REPLACED_BY
from shared.core.text import split_list
from shared.http.problems import JsonResponse

RESPONSE_TYPES = (Counts, Answer[ContestLine], Answer[Concurrent], Answer[Pair])
_KINDS = text(
    f"Only these kinds, with commas between: {', '.join(CASES)}, ELECTED. Empty: {', '.join(CASES)}.",
    "APPOINTED",
)


def add(api: APIRouter, context: QueryContext) -> None:
    connect = context.connect
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one

    @query_route(api, "/appointments", "countAppointments", Counts)
    def count_appointments(
        when: Times,
        during: DateRangeParam,
        page: FactPageParam,
        place: UnitScope = "",
        by: Annotated[str, count_by(appointments.BY, "kind,planned")] = "kind",
        unit: Counted = "case",
        kind: Annotated[str, _KINDS] = "",
        managed_by: ManagedBy = "",
    ) -> JsonResponse:
        """Count the posts that were taken up between two days. One decision about one person is one case."""
        with context.connect_for(place) as connection, report_uncountable():
            return JsonResponse(
                appointments.count_appointments(
                    connection,
                    when,
                    during.since,
                    during.until,
                    unit=place,
                    by=split_list(by),
                    counted=unit,
                    kinds=split_list(kind) or CASES,
                    managed_by=managed_by,
                    page=page,
                )
            )

    @query_route(api, "/replacements", "countReplacements", Counts)
    def count_replacements(
        when: Times,
        page: FactPageParam,
        during: DateRangeParam,
        place: UnitScope = "",
        by: Annotated[str, count_by(REPLACED_BY, "trigger,kind")] = "trigger",
        unit: Counted = "person",
    ) -> JsonResponse:
        """Count those who were replaced or taken out of a post before its time, between two days."""
        with context.connect_for(place) as connection, report_uncountable():
            return JsonResponse(
                cut_facts(
                    replacements.count_replacements(
                        connection,
                        when,
                        during.since,
                        during.until,
                        unit=place,
                        by=split_list(by),
                        counted=unit,
                    ),
                    page,
                )
            )

    @query_route(api, "/contests", "listContests", Answer[ContestLine])
    def list_contests(
        when: Times, page: ListPageParam, during: DateRangeParam, place: UnitScope = ""
    ) -> JsonResponse:
        """List the competitions for posts that were opened between two days, with candidates and winners."""
        with context.connect_for(place) as connection:
            return page.respond(
                when, contests.list_contests(connection, when, during.since, during.until, unit=place)
            )

    @query_route(api, "/contests/{contest}", "getContest", ContestLine, missing="No contest has this id.")
    def get_contest(when: Times, contest: Annotated[str, key("Id of a contest.")]) -> JsonResponse:
        """Show one competition for a post, with candidates and winner."""
        with connect() as connection:
            return JsonResponse(
                require_found(contests.list_contests(connection, when, id_=contest), contest)[0]
            )

    @query_route(api, "/candidacies", "countCandidacies", Counts)
    def count_candidacies(
        when: Times,
        page: FactPageParam,
        during: DateRangeParam,
        place: UnitScope = "",
        by: Annotated[str, count_by(contests.BY, "body,outcome")] = "body,outcome",
        unit: Counted = "case",
    ) -> JsonResponse:
        """Count the nominations that were made between two days, and what came of them."""
        with context.connect_for(place) as connection, report_uncountable():
            return JsonResponse(
                cut_facts(
                    contests.count_candidacies(
                        connection,
                        when,
                        during.since,
                        during.until,
                        unit=place,
                        by=split_list(by),
                        counted=unit,
                    ),
                    page,
                )
            )

    @query_route(api, "/concurrent-holders", "listConcurrentHolders", Answer[Concurrent])
    def list_concurrent_holders(when: Times, page: ListPageParam, place: UnitScope = "") -> JsonResponse:
        """List the people who hold several posts on a day. Each is shown once, with all posts."""
        with context.connect_for(place) as connection:
            return page.respond(when, concurrent_posts.list_concurrent_holders(connection, when, place))

    @query_route(api, "/paired-posts", "listPairedPosts", Answer[Pair])
    def list_paired_posts(
        when: Times,
        page: ListPageParam,
        place: UnitScope = "",
        level: Annotated[
            str, text("Only posts in units of this level. Empty: of every level.", "COMMUNE")
        ] = "",
    ) -> JsonResponse:
        """List the posts that are meant for one holder. Each says whether one person holds both."""
        with context.connect_for(place) as connection:
            return page.respond(when, concurrent_posts.list_paired_posts(connection, when, place, level))
