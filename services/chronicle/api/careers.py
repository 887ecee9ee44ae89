"""Questions about one cadre's whole life, about votes, and about what is to come in a unit."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.dependencies import DateRangeParam, QueryContext, TextParam, UnitParam, respond
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.evaluation.ballots import BallotLine, ballots
from services.chronicle.queries.people.career import Life, life
from services.chronicle.queries.planning.forecast import Forecast, forecast
from shared.http.problems import JsonResponse, Problem, response_schema

ANSWERS = (Life, Forecast, Answer[BallotLine])


def add(api: APIRouter, asking: QueryContext) -> None:
    connect = asking.connect
    Asked = Annotated[AsOf, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/cadres/{cadre}/life", responses=response_schema(Life))
    def whole_life(asked: Asked, cadre: str) -> JsonResponse:
        """Planned, trained, rotated, judged, returned, appointed: everything that is known of one cadre, by date."""
        with connect() as connection:
            found = life(connection, asked, cadre)
        if found is None:
            raise Problem(404, "NotFound", "Nobody has this id.", "Không tìm thấy cán bộ", cadre)
        return JsonResponse(found)

    @api.get("/ballots", responses=response_schema(Answer[BallotLine]))
    def voted(
        asked: Asked, during: DateRangeParam, place: UnitParam = "", kind: TextParam = ""
    ) -> JsonResponse:
        """Confidence votes and staff ballots between two days: what each person got, and who had been rotated in."""
        with connect() as connection:
            return respond(
                asked, ballots(connection, asked, during.since, during.until, place=place, kind=kind)
            )

    @api.get("/forecast", responses=response_schema(Forecast))
    def to_come(
        asked: Asked, place: UnitParam, years: Annotated[int, Query(ge=1, le=30)] = 10
    ) -> JsonResponse:
        """Heads and deputies who leave within so many years, and who is planned to follow them, title by title."""
        with connect() as connection:
            return JsonResponse(forecast(connection, asked, asking.book(connection, asked), place, years))
