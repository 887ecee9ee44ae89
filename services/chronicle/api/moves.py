"""Questions about rotations, transfers and plans of them."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.chronicle.api.asking import Asking, During, Place, Text, answer, countable
from services.chronicle.queries.answers import Answer, When
from services.chronicle.queries.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.flows import PlanLine, flows, plans
from services.chronicle.queries.moves import MoveLine, of_cadre, open_postings, started
from shared.dates import day_after
from shared.http import Json, shows
from shared.text import listed

ANSWERS = (Counts, Answer[MoveLine], Answer[PlanLine])


def add(api: APIRouter, asking: Asking) -> None:
    connect = asking.connect
    Asked = Annotated[When, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/rotation-flows", responses=shows(Counts))
    def rotation_flows(
        asked: Asked,
        during: During,
        place: Place = "",
        by: Text = "direction",
        unit: CountingUnit = "move",
        basis: Basis = "actual",
        kind: Text = "",
        managed_by: Text = "",
        term: Text = "",
    ) -> Json:
        """Moves that begin between two days, counted by direction, level, bloc …: `by=from_bloc,to_bloc`."""
        with connect() as connection, countable():
            found = flows(
                connection,
                asked,
                during.since,
                during.until,
                place=place,
                by=listed(by),
                unit=unit,
                basis=basis,
                kinds=listed(kind),
                managed_by=managed_by,
                term=term,
            )
        return Json(found)

    @api.get("/rotations", responses=shows(Answer[MoveLine]))
    def rotations(asked: Asked, during: During, place: Place = "", cadre: Text = "") -> Json:
        """Moves with posts, supervisor, clock, outcome and next post: of a cadre, or that begin between two days."""
        with connect() as connection:
            if cadre:
                return answer(asked, of_cadre(connection, asked, cadre))
            return answer(asked, started(connection, asked, during.since, during.until, place))

    @api.get("/rotations/open", responses=shows(Answer[MoveLine]))
    def open_rotations(asked: Asked, place: Place = "") -> Json:
        """Rotations, secondments and reinforcements that last on that day, the one due first at the top."""
        with connect() as connection:
            return answer(asked, open_postings(connection, asked, place))

    @api.get("/rotation-plans", responses=shows(Answer[PlanLine]))
    def rotation_plans(asked: Asked, place: Place = "", term: Text = "") -> Json:
        """What is planned, and how much of it is done; `done` is null where no move of the plan is on record."""
        with connect() as connection:
            until = day_after(asked.as_of)
            return answer(asked, plans(connection, asked, until=until, place=place, term=term))
