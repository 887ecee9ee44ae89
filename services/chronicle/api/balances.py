"""Questions about how many units, posts and quotas there are, what reorganisations did to them, and programmes."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.dependencies import (
    QueryContext,
    TextParam,
    UnitParam,
    countable_or_422,
    parse_day,
)
from services.chronicle.queries.common.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.decisions.programmes import programme_board
from services.chronicle.queries.units import balances
from services.chronicle.queries.units.balances import Balance, post_balance, unit_counts
from services.chronicle.queries.units.reorganisations import ReorganisationBalance, reorganisation_balance
from shared.core.text import split_list
from shared.http.problems import JsonResponse, Problem, response_schema

ANSWERS = (Counts, Balance, ReorganisationBalance)


def add(api: APIRouter, asking: QueryContext) -> None:
    connect = asking.connect
    Asked = Annotated[AsOf, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/unit-counts", responses=response_schema(Counts))
    def units(asked: Asked, place: UnitParam, kind: TextParam = "", basis: Basis = "actual") -> JsonResponse:
        """How many units stand at and below a place on that day, or how many the plans in force want; by kind."""
        with connect() as connection:
            return JsonResponse(unit_counts(connection, asked, place=place, kind=kind, basis=basis))

    @api.get("/balances", responses=response_schema(Balance))
    def balance(
        asked: Asked,
        place: UnitParam,
        before: Annotated[str, Query(alias="from", max_length=10)],
        after: Annotated[str, Query(alias="to", max_length=10)],
        of: Literal["unit", "post", "quota"] = "unit",
        kind: TextParam = "",
        basis: Basis = "actual",
    ) -> JsonResponse:
        """Units by kind, seats by role, or quotas by kind, on two days, and the difference."""
        days = parse_day("from", before), parse_day("to", after)
        with connect() as connection:
            return JsonResponse(
                balances.balance(connection, asked, *days, of=of, place=place, kind=kind, basis=basis)
            )

    @api.get("/reorganisations/posts", responses=response_schema(Balance))
    def posts(asked: Asked, id: TextParam) -> JsonResponse:  # noqa: A002 - what callers read
        """Seats by role in the units of some reorganisations (ids with commas between), before and after."""
        with connect() as connection:
            return JsonResponse(post_balance(connection, asked, split_list(id)))

    @api.get("/reorganisations/{reorganisation}/balance", responses=response_schema(ReorganisationBalance))
    def reorganised(asked: Asked, reorganisation: str) -> JsonResponse:
        """Units, heads, deputies, people and planning entries before and after, and whom nothing is known of."""
        with connect() as connection:
            found = reorganisation_balance(connection, asked, reorganisation)
        if found is None:
            raise Problem(
                404,
                "NotFound",
                "Nothing has this id.",
                "Không tìm thấy",
                f"{reorganisation} was not carried out",
            )
        return JsonResponse(found)

    @api.get("/programme-board", responses=response_schema(Counts))
    def programmes(
        asked: Asked, programme: TextParam = "", by: TextParam = "status", unit: CountingUnit = "case"
    ) -> JsonResponse:
        """Items of a programme as they stand on that day: `by=status,lead,programme`."""
        with connect() as connection, countable_or_422():
            return JsonResponse(
                programme_board(connection, asked, programme=programme, by=split_list(by), unit=unit)
            )
