"""Questions about one cadre's whole life, about votes, and about what is to come in a unit."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.asking import Asking, During, Place, Text, answer
from services.chronicle.queries.answers import Answer, When
from services.chronicle.queries.forecast import Forecast, forecast
from services.chronicle.queries.life import Life, life
from services.chronicle.queries.votes import BallotLine, ballots
from shared.http import Json, Problem, shows

ANSWERS = (Life, Forecast, Answer[BallotLine])


def add(api: APIRouter, asking: Asking) -> None:
    connect = asking.connect
    Asked = Annotated[When, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/cadres/{cadre}/life", responses=shows(Life))
    def whole_life(asked: Asked, cadre: str) -> Json:
        """Planned, trained, rotated, judged, returned, appointed: everything that is known of one cadre, by date."""
        with connect() as connection:
            found = life(connection, asked, cadre)
        if found is None:
            raise Problem(404, "NotFound", "Nobody has this id.", "Không tìm thấy cán bộ", cadre)
        return Json(found)

    @api.get("/ballots", responses=shows(Answer[BallotLine]))
    def voted(asked: Asked, during: During, place: Place = "", kind: Text = "") -> Json:
        """Confidence votes and staff ballots between two days: what each person got, and who had been rotated in."""
        with connect() as connection:
            return answer(
                asked, ballots(connection, asked, during.since, during.until, place=place, kind=kind)
            )

    @api.get("/forecast", responses=shows(Forecast))
    def to_come(asked: Asked, place: Place, years: Annotated[int, Query(ge=1, le=30)] = 10) -> Json:
        """Heads and deputies who leave within so many years, and who is planned to follow them, title by title."""
        with connect() as connection:
            return Json(forecast(connection, asked, asking.book(connection, asked), place, years))
