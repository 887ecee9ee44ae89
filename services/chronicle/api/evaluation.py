"""Questions about grades and deep reviews."""

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
from services.chronicle.queries.evaluation import grades, reviews
from services.chronicle.queries.evaluation.grades import Distribution, EvaluationLine
from services.chronicle.queries.evaluation.reviews import ReviewLine
from services.evaluation.events import PERIOD, Occasion, SubjectKind
from shared.http.problems import JsonResponse, Problem, response_schema

ANSWERS = (Answer[EvaluationLine], Distribution, Answer[ReviewLine])


def add(api: APIRouter, asking: QueryContext) -> None:
    connect = asking.connect
    Asked = Annotated[AsOf, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/evaluations", responses=response_schema(Answer[EvaluationLine]))
    def evaluations(asked: Asked, subject: TextParam) -> JsonResponse:
        """Every grade of a cadre or a collective, wherever it was given."""
        with connect() as connection:
            return respond(asked, grades.of_subject(connection, subject, asked))

    @api.get("/evaluation-distribution", responses=response_schema(Distribution))
    def distribution(
        asked: Asked,
        period: TextParam,
        place: UnitParam = "",
        occasion: Occasion = Occasion.ANNUAL,
        subject: SubjectKind = SubjectKind.INDIVIDUAL,
        by: TextParam = "",
        unit: CountingUnit = "case",
        basis: Basis = "actual",
    ) -> JsonResponse:
        """Grades of a unit and period by number and share, the excellent against their cap, and who has none."""
        with connect() as connection, countable_or_422():
            require_actual_basis(basis)
            found = grades.distribution(
                connection,
                asked,
                asking.book(connection, asked),
                unit=place,
                period=whole(period),
                occasion=occasion.value,
                subject=subject.value,
                counting=unit,
                by=parse_dimensions(by, ("peer_group", "unit", "authority")),
            )
        return JsonResponse(found)

    @api.get("/deep-reviews", responses=response_schema(Answer[ReviewLine]))
    def deep_reviews(asked: Asked, during: DateRangeParam, place: UnitParam = "") -> JsonResponse:
        """Ordered between two days, with what became of them by the day asked for."""
        with connect() as connection:
            return respond(asked, reviews.ordered_in(connection, asked, place, during.since, during.until))

    @api.get("/deep-review-counts", responses=response_schema(Counts))
    def deep_review_counts(
        asked: Asked,
        during: DateRangeParam,
        place: UnitParam = "",
        unit: CountingUnit = "case",
        basis: Basis = "actual",
    ) -> JsonResponse:
        """How many individuals and collectives: `unit=case`, or the persons and units reviewed."""
        with connect() as connection, countable_or_422():
            require_actual_basis(basis)
            found = reviews.counted(
                connection,
                asked,
                unit=place,
                since=during.since,
                until=during.until,
                counting=unit,
            )
        return JsonResponse(found)


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
