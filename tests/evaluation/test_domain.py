"""One final grade for a period; a review is ordered, closed, remedied; nobody gets more votes than voters."""

from functools import partial

import pytest
from msgspec.structs import replace

from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.people import cadres
from services.chronicle.projections.units import units
from services.evaluation.domain.cross_stream import check
from services.evaluation.domain.decider import evaluation
from services.evaluation.domain.rejections import (
    AlreadyClosed,
    AlreadyEvaluated,
    AlreadyRemedied,
    BadPeriod,
    ClosedBeforeOrdered,
    GradeAboveScore,
    GradeNotInForce,
    IdTaken,
    NoSuchReview,
    NothingToReplace,
    ScoreOutOfRange,
    UnknownReference,
    VotedTwice,
    VotesAbovePresent,
)
from services.evaluation.events import (
    Ballot,
    ConfidenceVoted,
    DeepReviewClosed,
    DeepReviewOrdered,
    Evaluated,
    Grade,
    Occasion,
    Remedied,
    SubjectKind,
    VoteKind,
)
from services.organization.events import Kind, UnitEstablished
from services.personnel.events import Registered
from shared.core.facts import Finding
from shared.core.normalization import Missing
from shared.testing import FakeReadModel, Given, history, on, rejects, void

given = partial(Given, evaluation)

good = Evaluated(
    evaluation="g1",
    period="2025",
    occasion=Occasion.ANNUAL,
    grade=Grade.GOOD,
    score=82.5,
    authority="BTV",
    effective_from=on("2025-12-20"),
)


def test_a_grade_is_given_once_for_a_period_occasion_and_authority() -> None:
    given().when(good).then(good)
    given(good).when(good).then()
    given(good).when(replace(good, evaluation="g2")).rejected(
        AlreadyEvaluated, evaluation="g1", field="period"
    )
    for other in (
        replace(good, evaluation="g2", period="2024"),
        replace(good, evaluation="g2", occasion=Occasion.PRE_REAPPOINT),
        replace(good, evaluation="g2", authority="UBND"),
    ):
        given(good).when(other).then(other)
    given(good).when(replace(good, period="2024")).rejected(IdTaken, field="evaluation", id="g1")


@pytest.mark.parametrize("field", ["evaluation", "period"])
def test_a_grade_needs_an_id_and_a_period(field: str) -> None:
    given().when(replace(good, **{field: " "})).rejected(Missing, field=field)


def test_a_grade_is_replaced_by_name_and_only_the_last_one() -> None:
    second = replace(good, evaluation="g2", grade=Grade.COMPLETED, replaces="g1")
    third = replace(good, evaluation="g3", replaces="g2")
    given(good).when(second).then(second)
    given(good, second).when(third).then(third)
    given(good, second).when(replace(third, replaces="g1")).rejected(
        NothingToReplace, final="g2", field="replaces", replaces="g1"
    )
    given().when(second).rejected(NothingToReplace, final="", field="replaces", replaces="g1")


def test_a_voided_grade_leaves_room_for_another() -> None:
    other = replace(good, evaluation="g2")
    given(good, void("here/1")).when(other).then(other)


@pytest.mark.parametrize(
    ("grade", "score", "fits"),
    [
        (Grade.EXCELLENT, 90.0, True),
        (Grade.EXCELLENT, 89.9, False),
        (Grade.GOOD, 70.0, True),
        (Grade.GOOD, 69.5, False),
        (Grade.COMPLETED, 50.0, True),
        (Grade.COMPLETED, 49.0, False),
        (Grade.FAILED, 0.0, True),
        (Grade.FAILED, 95.0, True),
        (Grade.EXCELLENT, 100.0, True),
        (Grade.GOOD, 99.0, True),
        (Grade.EXCELLENT, None, True),
    ],
)
def test_a_score_reaches_the_threshold_of_its_grade_and_may_be_graded_lower(
    grade: Grade, score: float | None, fits: bool
) -> None:
    fact = replace(good, grade=grade, score=score)
    if fits:
        given().when(fact).then(fact)
    else:
        given().when(fact).rejected(GradeAboveScore, field="grade", rule_id="EVAL_THRESHOLDS")


def test_a_grade_above_its_score_may_be_answered_for() -> None:
    answer = Finding(rule="EVAL_THRESHOLDS", overridden_by="BTV")
    fact = replace(good, grade=Grade.EXCELLENT, findings=(answer,))
    given().when(fact).then(fact)
    unanswered = replace(fact, findings=(replace(answer, overridden_by=""),))
    given().when(unanswered).rejected(
        GradeAboveScore, field="grade", rule_id="EVAL_THRESHOLDS", grade="EXCELLENT", score=82.5, least=90
    )


@pytest.mark.parametrize("score", [-0.5, 100.5])
def test_scores_go_from_0_to_100(score: float) -> None:
    given().when(replace(good, score=score)).rejected(ScoreOutOfRange, field="score", score=score)


@pytest.mark.parametrize("period", ["2025", "2025-H2", "2025-Q3", "2025-11", "TERM-2020-2025"])
def test_periods_there_are(period: str) -> None:
    fact = replace(good, period=period)
    given().when(fact).then(fact)


@pytest.mark.parametrize("period", ["25", "2025-Q5", "2025-13", "2025-H3", "term", "TERM-2020"])
def test_periods_there_are_not(period: str) -> None:
    given().when(replace(good, period=period)).rejected(BadPeriod, field="period", period=period)


def test_the_fifth_grade_ended_with_the_first_half_of_2020() -> None:
    limited = replace(good, grade=Grade.COMPLETED_LIMITED, score=None, effective_from=on("2020-06-30"))
    given().when(limited).then(limited)
    given().when(replace(limited, effective_from=on("2020-07-01"))).rejected(
        GradeNotInForce, field="grade", grade="COMPLETED_LIMITED", until="2020-07-01"
    )


ordered = DeepReviewOrdered(review="r1", grounds="weak results", effective_from=on("2025-10-01"))
closed = DeepReviewClosed(review="r1", remedy_due=on("2026-06-30"), effective_from=on("2025-12-01"))
remedied = Remedied(review="r1", effective_from=on("2026-05-01"))


def test_a_review_is_ordered_closed_and_remedied_once_each() -> None:
    given().when(ordered).then(ordered)
    given(ordered).when(closed).then(closed)
    given(ordered, closed).when(remedied).then(remedied)
    given(ordered).when(replace(ordered, grounds="other")).rejected(IdTaken, field="review", id="r1")
    given(ordered, closed).when(replace(closed, result="again")).rejected(
        AlreadyClosed, field="review", review="r1"
    )
    given(ordered, closed, remedied).when(replace(remedied, result="again")).rejected(
        AlreadyRemedied, field="review", review="r1"
    )


def test_a_review_takes_its_steps_in_order() -> None:
    given().when(closed).rejected(NoSuchReview, field="review", review="r1")
    given(ordered).when(remedied).rejected(NoSuchReview, field="review", review="r1")
    given(ordered).when(replace(closed, effective_from=on("2025-09-30"))).rejected(
        ClosedBeforeOrdered, field="effective_from", ordered="2025-10-01"
    )
    given(ordered, closed).when(replace(remedied, effective_from=on("2025-11-30"))).rejected(
        ClosedBeforeOrdered, field="effective_from", ordered="2025-12-01"
    )
    for field in ("review", "grounds"):
        given().when(replace(ordered, **{field: " "})).rejected(Missing, field=field)


def test_a_review_may_take_two_steps_on_one_day() -> None:
    at_once = replace(closed, effective_from=ordered.effective_from)
    given(ordered).when(at_once).then(at_once)
    on_the_day = replace(remedied, effective_from=closed.effective_from)
    given(ordered, closed).when(on_the_day).then(on_the_day)


vote = ConfidenceVoted(
    vote="v1",
    kind=VoteKind.RATING,
    called=30,
    present=28,
    results=(Ballot(cadre="an", high=20, medium=5, low=3), Ballot(cadre="binh", high=28)),
    effective_from=on("2025-06-01"),
)


def test_a_vote_adds_up() -> None:
    given().when(vote).then(vote)
    given(vote).when(replace(vote, present=29)).rejected(IdTaken, field="vote", id="v1")
    too_many = (Ballot(cadre="an", high=20, medium=5, low=4),)
    given().when(replace(vote, results=too_many)).rejected(
        VotesAbovePresent, field="results", cadre="an", votes=29, present=28
    )
    given().when(replace(vote, present=31)).rejected(
        VotesAbovePresent, field="present", present=31, called=30
    )
    given().when(replace(vote, results=(Ballot(cadre="an", high=-1),))).rejected(
        VotesAbovePresent, field="results", cadre="an", votes=-1, present=28
    )


@pytest.mark.parametrize("present", [0, 30])
def test_nobody_or_everybody_may_come_to_a_vote(present: int) -> None:
    fact = replace(vote, present=present, results=())
    given().when(fact).then(fact)


def test_nobody_stands_twice_on_one_ballot_for_one_post() -> None:
    twice = (Ballot(cadre="an", post="chair"), Ballot(cadre="an", post="chair"))
    given().when(replace(vote, results=twice)).rejected(VotedTwice, cadre="an", field="results")
    two_posts = replace(vote, results=(twice[0], Ballot(cadre="an", post="secretary")))
    given().when(two_posts).then(two_posts)


def test_whoever_is_judged_is_on_file() -> None:
    office = UnitEstablished(name="Sở", kind=Kind.DEPARTMENT)
    known = FakeReadModel(
        PROJECTIONS,
        cadres=cadres.fold(history(Registered(name="An"), stream="an")).values(),
        units=units.fold(history(office, stream="office")).values(),
    )
    check("an", good, known)
    collective = replace(good, subject=SubjectKind.COLLECTIVE)
    check("office", collective, known)
    for stream, fact, expected in (
        ("office", good, "INDIVIDUAL"),
        ("an", collective, "COLLECTIVE"),
        ("nobody", ordered, "INDIVIDUAL"),
    ):
        with rejects(UnknownReference, field="subject", id=stream, expected=expected):
            check(stream, fact, known)
    with rejects(UnknownReference, field="results", id="binh"):
        check("office", vote, known)
