"""Questions about grades and deep reviews."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

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
from services.chronicle.api.parameters import ID, Counted, OnBasis, UnitScope, count_by, text
from services.chronicle.queries.common.counts import Counts, cut_facts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.evaluation import grades, reviews
from services.chronicle.queries.evaluation.grades import Distribution, EvaluationLine
from services.chronicle.queries.evaluation.reviews import ReviewLine
from services.evaluation.events import PERIOD, Occasion, SubjectKind
from shared.http.problems import JsonResponse, Problem

RESPONSE_TYPES = (Answer[EvaluationLine], Distribution, Answer[ReviewLine])
GRADES_BY = ("peer_group", "unit", "authority")


def add(api: APIRouter, context: QueryContext) -> None:
    connect = context.connect
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one

    @query_route(api, "/evaluations", "listEvaluations", Answer[EvaluationLine])
    def list_evaluations(
        when: Times,
        page: ListPageParam,
        subject: Annotated[str, text("Id of a cadre, or of a unit as a collective.", ID)],
    ) -> JsonResponse:
        """List every grade of a cadre or a collective, wherever it was given."""
        with connect() as connection:
            return page.respond(when, grades.list_grades_of(connection, subject, when))

    @query_route(api, "/evaluation-distribution", "getGradeDistribution", Distribution)
    def get_grade_distribution(
        when: Times,
        period: Annotated[
            str,
            text("What was graded: 2024, 2024-H1, 2024-Q3, 2024-11 or TERM-2020-2025.", "2024"),
        ],
        place: UnitScope = "",
        occasion: Annotated[
            Occasion, Query(description="Only grades given on this occasion.", examples=["ANNUAL"])
        ] = Occasion.ANNUAL,
        subject: Annotated[
            SubjectKind, Query(description="Grades of persons or of collectives.", examples=["INDIVIDUAL"])
        ] = SubjectKind.INDIVIDUAL,
        by: Annotated[str, count_by(GRADES_BY, "peer_group")] = "",
        unit: Counted = "case",
        basis: OnBasis = "actual",
    ) -> JsonResponse:
        """Show how the grades of a unit and period are spread. The excellent are held against their cap, and those who
        have no grade are named."""
        with context.connect_for(place) as connection, report_uncountable():
            require_actual(basis)
            return JsonResponse(
                grades.summarise_grades(
                    connection,
                    when,
                    context.book(connection, when),
                    unit=place,
                    period=require_period(period),
                    occasion=occasion.value,
                    subject=subject.value,
                    counted=unit,
                    by=parse_names(by, GRADES_BY),
                )
            )

    @query_route(api, "/deep-reviews", "listDeepReviews", Answer[ReviewLine])
    def list_deep_reviews(
        when: Times, page: ListPageParam, during: DateRangeParam, place: UnitScope = ""
    ) -> JsonResponse:
        """List the deep reviews that were ordered between two days, with what became of them."""
        with context.connect_for(place) as connection:
            return page.respond(
                when, reviews.list_reviews(connection, when, place, during.since, during.until)
            )

    @query_route(api, "/deep-review-counts", "countDeepReviews", Counts)
    def count_deep_reviews(
        when: Times,
        page: FactPageParam,
        during: DateRangeParam,
        place: UnitScope = "",
        unit: Counted = "case",
        basis: OnBasis = "actual",
    ) -> JsonResponse:
        """Count the deep reviews of individuals and collectives that were ordered between two days."""
        with context.connect_for(place) as connection, report_uncountable():
            require_actual(basis)
            return JsonResponse(
                cut_facts(
                    reviews.count_reviews(
                        connection,
                        when,
                        unit=place,
                        since=during.since,
                        until=during.until,
                        counted=unit,
                    ),
                    page,
                )
            )


def require_period(text: str) -> str:
    """The text itself, where it names a period of evaluation; else a 422 that says how to write one."""
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
