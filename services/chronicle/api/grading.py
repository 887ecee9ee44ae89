"""Questions about grades and deep reviews."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.chronicle.api.asking import Asking, During, Place, Text, answer, countable, names, only_done
from services.chronicle.queries import grades, reviews
from services.chronicle.queries.answers import Answer, When
from services.chronicle.queries.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.grades import Distribution, EvaluationLine
from services.chronicle.queries.reviews import ReviewLine
from services.evaluation.events import PERIOD, Occasion, SubjectKind
from shared.http import Json, Problem, shows

ANSWERS = (Answer[EvaluationLine], Distribution, Answer[ReviewLine])


def add(api: APIRouter, asking: Asking) -> None:
    connect = asking.connect
    Asked = Annotated[When, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/evaluations", responses=shows(Answer[EvaluationLine]))
    def evaluations(asked: Asked, subject: Text) -> Json:
        """Every grade of a cadre or a collective, wherever it was given."""
        with connect() as connection:
            return answer(asked, grades.of_subject(connection, subject, asked))

    @api.get("/evaluation-distribution", responses=shows(Distribution))
    def distribution(
        asked: Asked,
        period: Text,
        place: Place = "",
        occasion: Occasion = Occasion.ANNUAL,
        subject: SubjectKind = SubjectKind.INDIVIDUAL,
        by: Text = "",
        unit: CountingUnit = "case",
        basis: Basis = "actual",
    ) -> Json:
        """Grades of a unit and period by number and share, the excellent against their cap, and who has none."""
        with connect() as connection, countable():
            only_done(basis)
            found = grades.distribution(
                connection,
                asked,
                asking.book(connection, asked),
                unit=place,
                period=whole(period),
                occasion=occasion.value,
                subject=subject.value,
                counting=unit,
                by=names(by, ("peer_group", "unit", "authority")),
            )
        return Json(found)

    @api.get("/deep-reviews", responses=shows(Answer[ReviewLine]))
    def deep_reviews(asked: Asked, during: During, place: Place = "") -> Json:
        """Ordered between two days, with what became of them by the day asked for."""
        with connect() as connection:
            return answer(asked, reviews.ordered_in(connection, asked, place, during.since, during.until))

    @api.get("/deep-review-counts", responses=shows(Counts))
    def deep_review_counts(
        asked: Asked,
        during: During,
        place: Place = "",
        unit: CountingUnit = "case",
        basis: Basis = "actual",
    ) -> Json:
        """How many individuals and collectives: `unit=case`, or the persons and units reviewed."""
        with connect() as connection, countable():
            only_done(basis)
            found = reviews.counted(
                connection,
                asked,
                unit=place,
                since=during.since,
                until=during.until,
                counting=unit,
            )
        return Json(found)


def whole(text: str) -> str:
    if PERIOD.fullmatch(text):
        return text
    raise Problem(
        422,
        "BadPeriod",
        "Write a year, half, quarter or month of it, or a term: 2024, 2024-H1, 2024-Q3, 2024-11, TERM-2020-2025.",
        "Kỳ đánh giá không hợp lệ",
        text,
        field="period",
    )
