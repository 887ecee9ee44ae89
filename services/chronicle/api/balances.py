"""Questions about how many units, posts and quotas there are, what reorganisations did to them, and programmes."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.asking import Asking, Place, Text, countable, day
from services.chronicle.queries import balances
from services.chronicle.queries.answers import When
from services.chronicle.queries.balances import Balance, post_balance, unit_counts
from services.chronicle.queries.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.programmes import programme_board
from services.chronicle.queries.reorganised import ReorganisationBalance, reorganisation_balance
from shared.http import Json, Problem, shows
from shared.text import listed

ANSWERS = (Counts, Balance, ReorganisationBalance)


def add(api: APIRouter, asking: Asking) -> None:
    connect = asking.connect
    Asked = Annotated[When, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/unit-counts", responses=shows(Counts))
    def units(asked: Asked, place: Place, kind: Text = "", basis: Basis = "actual") -> Json:
        """How many units stand at and below a place on that day, or how many the plans in force want; by kind."""
        with connect() as connection:
            return Json(unit_counts(connection, asked, place=place, kind=kind, basis=basis))

    @api.get("/balances", responses=shows(Balance))
    def balance(
        asked: Asked,
        place: Place,
        before: Annotated[str, Query(alias="from", max_length=10)],
        after: Annotated[str, Query(alias="to", max_length=10)],
        of: Literal["unit", "post", "quota"] = "unit",
        kind: Text = "",
        basis: Basis = "actual",
    ) -> Json:
        """Units by kind, seats by role, or quotas by kind, on two days, and the difference."""
        days = day("from", before), day("to", after)
        with connect() as connection:
            return Json(
                balances.balance(connection, asked, *days, of=of, place=place, kind=kind, basis=basis)
            )

    @api.get("/reorganisations/posts", responses=shows(Balance))
    def posts(asked: Asked, id: Text) -> Json:  # noqa: A002 - what callers read
        """Seats by role in the units of some reorganisations (ids with commas between), before and after."""
        with connect() as connection:
            return Json(post_balance(connection, asked, listed(id)))

    @api.get("/reorganisations/{reorganisation}/balance", responses=shows(ReorganisationBalance))
    def reorganised(asked: Asked, reorganisation: str) -> Json:
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
        return Json(found)

    @api.get("/programme-board", responses=shows(Counts))
    def programmes(
        asked: Asked, programme: Text = "", by: Text = "status", unit: CountingUnit = "case"
    ) -> Json:
        """Items of a programme as they stand on that day: `by=status,lead,programme`."""
        with connect() as connection, countable():
            return Json(programme_board(connection, asked, programme=programme, by=listed(by), unit=unit))
