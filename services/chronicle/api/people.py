"""Questions about a cadre's file: relatives, discipline, training, service."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.chronicle.api.dependencies import (
    DateRangeParam,
    FactPageParam,
    ListPageParam,
    QueryContext,
    parse_names,
    query_route,
    report_uncountable,
    require_actual,
)
from services.chronicle.api.parameters import ID, CadreId, Counted, OnBasis, UnitScope, count_by, text
from services.chronicle.queries.common.counts import Counts, cut_facts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.people import files, trainings
from services.chronicle.queries.people.files import AwayLine, DisciplineLine, KinLine
from services.chronicle.queries.people.trainings import TrainingLine
from shared.http.problems import JsonResponse

RESPONSE_TYPES = (Answer[KinLine], Answer[DisciplineLine], Answer[AwayLine], Answer[TrainingLine])


def add(api: APIRouter, context: QueryContext) -> None:
    connect = context.connect
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one

    @query_route(api, "/kinship", "listKin", Answer[KinLine])
    def list_kin(when: Times, page: ListPageParam, cadre: CadreId) -> JsonResponse:
        """List the relatives of a cadre on a day, whoever declared it."""
        with connect() as connection:
            return page.respond(when, files.list_kin(connection, cadre, when))

    @query_route(api, "/disciplines", "listDisciplines", Answer[DisciplineLine])
    def list_disciplines(
        when: Times,
        page: ListPageParam,
        cadre: Annotated[
            str,
            text("Id of a cadre: all decisions ever. Empty: everybody's that are in force on the day.", ID),
        ] = "",
    ) -> JsonResponse:
        """List disciplinary decisions. Of a cadre those no longer in force are shown too."""
        with connect() as connection:
            return page.respond(when, files.list_disciplines(connection, when, cadre))

    @query_route(api, "/service", "listServiceBreaks", Answer[AwayLine])
    def list_service_breaks(when: Times, page: ListPageParam, cadre: CadreId) -> JsonResponse:
        """List the times a cadre was out of service: retired, left, died, back again."""
        with connect() as connection:
            return page.respond(when, files.list_service_breaks(connection, cadre, when))

    @query_route(api, "/trainings", "listTrainings", Answer[TrainingLine])
    def list_trainings(when: Times, page: ListPageParam, cadre: CadreId) -> JsonResponse:
        """List every step of every training of a cadre."""
        with connect() as connection:
            return page.respond(when, trainings.list_trainings_of(connection, cadre, when))

    @query_route(api, "/training-summary", "countTrainings", Counts)
    def count_trainings(
        when: Times,
        page: FactPageParam,
        during: DateRangeParam,
        place: UnitScope = "",
        by: Annotated[str, count_by(trainings.BY, "field,status")] = "field,level,status",
        unit: Counted = "case",
        basis: OnBasis = "actual",
    ) -> JsonResponse:
        """Count trainings by the status they reached between two days. Who completed one was sent before, so the
        figures do not add up."""
        with context.connect_for(place) as connection, report_uncountable():
            require_actual(basis)
            return JsonResponse(
                cut_facts(
                    trainings.count_trainings(
                        connection,
                        when,
                        unit=place,
                        since=during.since,
                        until=during.until,
                        counted=unit,
                        by=parse_names(by, trainings.BY),
                    ),
                    page,
                )
            )
