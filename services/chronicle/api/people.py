"""Questions about a cadre's file: relatives, discipline, training, service."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.chronicle.api.dependencies import (
    DateRangeParam,
    QueryContext,
    TextParam,
    UnitParam,
    countable_or_422,
    parse_dimensions,
    require_actual_basis,
    respond,
)
from services.chronicle.queries.common.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.people import files, trainings
from services.chronicle.queries.people.files import AwayLine, DisciplineLine, KinLine
from services.chronicle.queries.people.trainings import TrainingLine
from shared.http.problems import JsonResponse, response_schema

ANSWERS = (Answer[KinLine], Answer[DisciplineLine], Answer[AwayLine], Answer[TrainingLine])


def add(api: APIRouter, asking: QueryContext) -> None:
    connect = asking.connect
    Asked = Annotated[AsOf, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/kinship", responses=response_schema(Answer[KinLine]))
    def kinship(asked: Asked, cadre: TextParam) -> JsonResponse:
        """Relatives on that day, whoever declared it."""
        with connect() as connection:
            return respond(asked, files.kin(connection, cadre, asked))

    @api.get("/disciplines", responses=response_schema(Answer[DisciplineLine]))
    def disciplines(asked: Asked, cadre: TextParam = "") -> JsonResponse:
        """Of a cadre, those that no longer stand included; or everybody's that stand on that day."""
        with connect() as connection:
            return respond(asked, files.disciplines(connection, asked, cadre))

    @api.get("/service", responses=response_schema(Answer[AwayLine]))
    def service(asked: Asked, cadre: TextParam) -> JsonResponse:
        """Times out of service: retired, left, died, back again."""
        with connect() as connection:
            return respond(asked, files.away(connection, cadre, asked))

    @api.get("/trainings", responses=response_schema(Answer[TrainingLine]))
    def trainings_of(asked: Asked, cadre: TextParam) -> JsonResponse:
        """Every step of every training of a cadre."""
        with connect() as connection:
            return respond(asked, trainings.of_cadre(connection, cadre, asked))

    @api.get("/training-summary", responses=response_schema(Counts))
    def training_summary(
        asked: Asked,
        during: DateRangeParam,
        place: UnitParam = "",
        by: TextParam = "field,level,status",
        unit: CountingUnit = "case",
        basis: Basis = "actual",
    ) -> JsonResponse:
        """Trainings by field, level, status, programme, managed_by, sent_by, year: `by=field,status`."""
        with connect() as connection, countable_or_422():
            require_actual_basis(basis)
            found = trainings.summary(
                connection,
                asked,
                unit=place,
                since=during.since,
                until=during.until,
                counting=unit,
                by=parse_dimensions(by, trainings.BY),
            )
        return JsonResponse(found)
