"""Questions about a cadre's file: relatives, discipline, training, service."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.chronicle.api.asking import Asking, During, Place, Text, answer, countable, names, only_done
from services.chronicle.queries import files, trainings
from services.chronicle.queries.answers import Answer, When
from services.chronicle.queries.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.files import AwayLine, DisciplineLine, KinLine
from services.chronicle.queries.trainings import TrainingLine
from shared.http import Json, shows

ANSWERS = (Answer[KinLine], Answer[DisciplineLine], Answer[AwayLine], Answer[TrainingLine])


def add(api: APIRouter, asking: Asking) -> None:
    connect = asking.connect
    Asked = Annotated[When, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/kinship", responses=shows(Answer[KinLine]))
    def kinship(asked: Asked, cadre: Text) -> Json:
        """Relatives on that day, whoever declared it."""
        with connect() as connection:
            return answer(asked, files.kin(connection, cadre, asked))

    @api.get("/disciplines", responses=shows(Answer[DisciplineLine]))
    def disciplines(asked: Asked, cadre: Text = "") -> Json:
        """Of a cadre, those that no longer stand included; or everybody's that stand on that day."""
        with connect() as connection:
            return answer(asked, files.disciplines(connection, asked, cadre))

    @api.get("/service", responses=shows(Answer[AwayLine]))
    def service(asked: Asked, cadre: Text) -> Json:
        """Times out of service: retired, left, died, back again."""
        with connect() as connection:
            return answer(asked, files.away(connection, cadre, asked))

    @api.get("/trainings", responses=shows(Answer[TrainingLine]))
    def trainings_of(asked: Asked, cadre: Text) -> Json:
        """Every step of every training of a cadre."""
        with connect() as connection:
            return answer(asked, trainings.of_cadre(connection, cadre, asked))

    @api.get("/training-summary", responses=shows(Counts))
    def training_summary(
        asked: Asked,
        during: During,
        place: Place = "",
        by: Text = "field,level,status",
        unit: CountingUnit = "case",
        basis: Basis = "actual",
    ) -> Json:
        """Trainings by field, level, status, programme, managed_by, sent_by, year: `by=field,status`."""
        with connect() as connection, countable():
            only_done(basis)
            found = trainings.summary(
                connection,
                asked,
                unit=place,
                since=during.since,
                until=during.until,
                counting=unit,
                by=names(by, trainings.BY),
            )
        return Json(found)
