"""Questions about appointments, replacements, contests, elections, and people in several posts."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.chronicle.api.asking import Asking, During, Place, Text, answer, countable, found
from services.chronicle.queries.answers import Answer, When
from services.chronicle.queries.appointing import CASES, appointments
from services.chronicle.queries.contests import ContestLine, candidacies, contests
from services.chronicle.queries.counts import CountingUnit, Counts
from services.chronicle.queries.replacing import replacements
from services.chronicle.queries.together import Concurrent, Pair, concurrent_holders, pairs
from shared.http import Json, shows
from shared.text import listed

ANSWERS = (Counts, Answer[ContestLine], Answer[Concurrent], Answer[Pair])


def add(api: APIRouter, asking: Asking) -> None:
    connect = asking.connect
    Asked = Annotated[When, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/appointments", responses=shows(Counts))
    def appointed(
        asked: Asked,
        during: During,
        place: Place = "",
        by: Text = "kind",
        unit: CountingUnit = "case",
        kind: Text = "",
        managed_by: Text = "",
    ) -> Json:
        """Posts taken up between two days: `by=kind,route,planned,planned_title,role,year,sex,under_40,minority …`."""
        with connect() as connection, countable():
            figures = appointments(
                connection,
                asked,
                during.since,
                during.until,
                place=place,
                by=listed(by),
                unit=unit,
                kinds=listed(kind) or CASES,
                managed_by=managed_by,
            )
        return Json(figures)

    @api.get("/replacements", responses=shows(Counts))
    def replaced(
        asked: Asked, during: During, place: Place = "", by: Text = "trigger", unit: CountingUnit = "person"
    ) -> Json:
        """Who was replaced or taken out of a post before its time: `by=trigger,ground,kind,disciplined`."""
        with connect() as connection, countable():
            return Json(
                replacements(
                    connection, asked, during.since, during.until, place=place, by=listed(by), unit=unit
                )
            )

    @api.get("/contests", responses=shows(Answer[ContestLine]))
    def competitions(asked: Asked, during: During, place: Place = "") -> Json:
        """Competitions for posts that were opened between two days, with candidates and winners."""
        with connect() as connection:
            return answer(asked, contests(connection, asked, during.since, during.until, place=place))

    @api.get("/contests/{contest}", responses=shows(ContestLine))
    def competition(asked: Asked, contest: str) -> Json:
        with connect() as connection:
            return Json(found(contests(connection, asked, id_=contest), contest)[0])

    @api.get("/candidacies", responses=shows(Counts))
    def nominated(
        asked: Asked,
        during: During,
        place: Place = "",
        by: Text = "body,outcome",
        unit: CountingUnit = "case",
    ) -> Json:
        """Nominations made between two days, and what came of them: `by=body,election,outcome,first_time`."""
        with connect() as connection, countable():
            return Json(
                candidacies(
                    connection, asked, during.since, during.until, place=place, by=listed(by), unit=unit
                )
            )

    @api.get("/concurrent-holders", responses=shows(Answer[Concurrent]))
    def concurrent(asked: Asked, place: Place = "") -> Json:
        """Each person who holds several posts on that day: once, with all of them."""
        with connect() as connection:
            return answer(asked, concurrent_holders(connection, asked, place))

    @api.get("/paired-posts", responses=shows(Answer[Pair]))
    def paired(asked: Asked, place: Place = "", level: Text = "") -> Json:
        """Posts meant for one holder, and whether one person holds both."""
        with connect() as connection:
            return answer(asked, pairs(connection, asked, place, level))
