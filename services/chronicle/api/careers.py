"""Questions about one cadre's whole career, about votes, and about what is to come in a unit."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from msgspec.structs import replace

from services.chronicle.api.dependencies import DateRangeParam, ListPageParam, QueryContext, query_route
from services.chronicle.api.parameters import RequiredUnitScope, UnitScope, key, text
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.evaluation import ballots
from services.chronicle.queries.evaluation.ballots import BallotLine
from services.chronicle.queries.people.career import Life, trace_career
from services.chronicle.queries.planning.forecast import Forecast, forecast
from shared.http.problems import JsonResponse, Problem

RESPONSE_TYPES = (Life, Forecast, Answer[BallotLine])


def add(api: APIRouter, context: QueryContext) -> None:
    connect = context.connect
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one

    @query_route(api, "/cadres/{cadre}/life", "getCareer", Life, missing="No cadre has this id.")
    def get_career(when: Times, cadre: Annotated[str, key("Id of a cadre.")]) -> JsonResponse:
        """Show the whole career of a cadre by date. Planned, trained, rotated, evaluated, appointed: each step with its
        fact and document."""
        with connect() as connection:
            career = trace_career(connection, when, cadre)
        if career is None:
            raise Problem(404, "NotFound", "Nobody has this id.", "Không tìm thấy cán bộ", cadre)
        return JsonResponse(career)

    @query_route(api, "/ballots", "listBallots", Answer[BallotLine])
    def list_ballots(
        when: Times,
        page: ListPageParam,
        during: DateRangeParam,
        place: UnitScope = "",
        kind: Annotated[str, text("Only votes of this kind. Empty: of every kind.", "RATING")] = "",
    ) -> JsonResponse:
        """List the confidence votes and staff ballots between two days. Each line is what one person got, and says
        whether the person had been rotated there."""
        with context.connect_for(place) as connection:
            return page.respond(
                when,
                ballots.list_ballots(connection, when, during.since, during.until, unit=place, kind=kind),
            )

    @query_route(api, "/forecast", "getForecast", Forecast)
    def get_forecast(
        when: Times,
        page: ListPageParam,
        place: RequiredUnitScope,
        years: Annotated[
            int, Query(ge=1, le=30, description="How many years to look ahead.", examples=[5])
        ] = 10,
    ) -> JsonResponse:
        """Show which heads and deputies leave within some years, and who is planned to follow them. Title by title."""
        with context.connect_for(place) as connection:
            found = forecast(connection, when, context.book(connection, when), place, years)
        items, next_ = page.cut(when, found.items[page.first :])
        return JsonResponse(replace(found, items=items, next=next_))
