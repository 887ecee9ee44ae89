"""Questions about how many units, posts and quotas there are, what reorganisations did to them, and programmes."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.dependencies import (
    FactPageParam,
    QueryContext,
    parse_day,
    query_route,
    report_uncountable,
)
from services.chronicle.api.parameters import (
    DATE,
    ID,
    Counted,
    OnBasis,
    RequiredUnitScope,
    count_by,
    key,
    text,
)
from services.chronicle.queries.common.counts import Counts, cut_facts
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.decisions import programmes
from services.chronicle.queries.units import balances
from services.chronicle.queries.units.balances import Balance, post_balance
from services.chronicle.queries.units.reorganisations import ReorganisationBalance, balance_reorganisation
from shared.core.text import split_list
from shared.http.problems import JsonResponse, Problem

RESPONSE_TYPES = (Counts, Balance, ReorganisationBalance)
UnitKind = Annotated[str, text("Only units of this kind. Empty: of every kind.", "WARD")]


def add(api: APIRouter, context: QueryContext) -> None:
    connect = context.connect
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one

    @query_route(api, "/unit-counts", "countUnits", Counts)
    def count_units(
        when: Times,
        page: FactPageParam,
        place: RequiredUnitScope,
        kind: UnitKind = "",
        basis: OnBasis = "actual",
    ) -> JsonResponse:
        """Count the units at and below a unit by kind. On the basis of plans: how many the plans in force want."""
        with connect() as connection:
            return JsonResponse(
                cut_facts(balances.count_units(connection, when, unit=place, kind=kind, basis=basis), page)
            )

    @query_route(api, "/balances", "compareBalances", Balance)
    def compare_balances(
        when: Times,
        place: RequiredUnitScope,
        before: Annotated[
            str,
            Query(
                alias="from",
                max_length=10,
                description="The first of the two days.",
                examples=["2024-12-31"],
                json_schema_extra=DATE,
            ),
        ],
        after: Annotated[
            str,
            Query(
                alias="to",
                max_length=10,
                description="The second of the two days.",
                examples=["2025-12-31"],
                json_schema_extra=DATE,
            ),
        ],
        of: Annotated[
            Literal["unit", "post", "quota"],
            Query(description="Units by kind, seats of posts by role, or quotas by kind.", examples=["post"]),
        ] = "unit",
        kind: Annotated[str, text("Only this kind of unit or quota, or this role. Empty: all.", "HEAD")] = "",
        basis: OnBasis = "actual",
    ) -> JsonResponse:
        """Compare how many units, seats or quotas there are at and below a unit on two days."""
        days = parse_day("from", before), parse_day("to", after)
        with context.connect_for(place) as connection:
            return JsonResponse(
                balances.compare_balances(connection, when, *days, of=of, unit=place, kind=kind, basis=basis)
            )

    @query_route(api, "/reorganisations/posts", "compareReorganisedPosts", Balance)
    def compare_reorganised_posts(
        when: Times,
        id: Annotated[  # noqa: A002 - what callers read
            str, text("Ids of reorganisations, with commas between.", ID)
        ],
    ) -> JsonResponse:
        """Compare the seats by role in the units of some reorganisations, the day before each and the day of it."""
        with connect() as connection:
            return JsonResponse(post_balance(connection, when, split_list(id)))

    @query_route(
        api,
        "/reorganisations/{reorganisation}/balance",
        "getReorganisationBalance",
        ReorganisationBalance,
        missing="No reorganisation with this id was carried out.",
    )
    def get_reorganisation_balance(
        when: Times, reorganisation: Annotated[str, key("Id of a reorganisation.")]
    ) -> JsonResponse:
        """Show what a reorganisation did to units, heads, deputies, people and planning entries, and whom nothing is
        known of."""
        with connect() as connection:
            balance = balance_reorganisation(connection, when, reorganisation)
        if balance is None:
            raise Problem(
                404,
                "NotFound",
                "Nothing has this id.",
                "Không tìm thấy",
                f"{reorganisation} was not carried out",
            )
        return JsonResponse(balance)

    @query_route(api, "/programme-board", "countProgrammeItems", Counts)
    def count_programme_items(
        when: Times,
        page: FactPageParam,
        programme: Annotated[str, text("Id of the document of a programme. Empty: all programmes.", ID)] = "",
        by: Annotated[str, count_by(programmes.BY, "status,lead")] = "status",
        unit: Counted = "case",
    ) -> JsonResponse:
        """Count the items of a programme on a day, by how far they have come."""
        with connect() as connection, report_uncountable():
            return JsonResponse(
                cut_facts(
                    programmes.count_programme_items(
                        connection, when, programme=programme, by=split_list(by), counted=unit
                    ),
                    page,
                )
            )
