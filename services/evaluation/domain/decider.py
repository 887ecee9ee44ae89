"""Judges each proposed grade, deep review or confidence vote by the earlier facts of its stream."""

from typing import assert_never

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
    VotedTwice,
    VotesAbovePresent,
)
from services.evaluation.domain.state import Evaluations, cycle_of, evolve
from services.evaluation.events import (
    PERIOD,
    ConfidenceVoted,
    DeepReviewClosed,
    DeepReviewOrdered,
    Evaluated,
    EvaluationFact,
    Grade,
    Remedied,
)
from shared.core.decider import Decider
from shared.core.normalization import require_fields
from shared.core.partial_dates import Day, PDate, earliest, latest

Facts = tuple[EvaluationFact, ...]
"""What is stored for a proposed fact."""
THRESHOLDS = {Grade.EXCELLENT: 90, Grade.GOOD: 70, Grade.COMPLETED: 50}
"""What a score must reach for a grade (366-QĐ/TW; Decree 335/2025). It may be graded lower: a score is not enough."""
LAW_52_2019 = Day(PDate("2020-07-01"))
"""From this day on nobody is graded COMPLETED_LIMITED."""


def decide(state: Evaluations, proposed: EvaluationFact) -> Facts:
    match proposed:
        case Evaluated():
            return record_grade(state, proposed)
        case DeepReviewOrdered():
            return order_review(state, proposed)
        case DeepReviewClosed():
            return close_review(state, proposed)
        case Remedied():
            return record_remedy(state, proposed)
        case ConfidenceVoted():
            return record_vote(state, proposed)
        case _:
            assert_never(proposed)


def record_grade(state: Evaluations, proposed: Evaluated) -> Facts:
    """The first grade of a cycle is final; a later one names the one that it replaces."""
    require_fields(evaluation=proposed.evaluation, period=proposed.period)
    require_new_id(state, "evaluation", proposed.evaluation)
    if not PERIOD.fullmatch(proposed.period):
        raise BadPeriod(field="period", period=proposed.period)
    require_score_reaches_grade(proposed)
    if proposed.grade is Grade.COMPLETED_LIMITED and earliest(proposed.effective_from) >= LAW_52_2019:
        raise GradeNotInForce(field="grade", grade=proposed.grade.value, until=LAW_52_2019)
    final = state.final_grades.get(cycle_of(proposed), "")
    if proposed.replaces and proposed.replaces != final:
        raise NothingToReplace(field="replaces", replaces=proposed.replaces, final=final)
    if final and not proposed.replaces:
        raise AlreadyEvaluated(field="period", evaluation=final)
    return (proposed,)


def order_review(state: Evaluations, proposed: DeepReviewOrdered) -> Facts:
    require_fields(review=proposed.review, grounds=proposed.grounds)
    require_new_id(state, "review", proposed.review)
    return (proposed,)


def close_review(state: Evaluations, proposed: DeepReviewClosed) -> Facts:
    ordered = state.ordered.get(proposed.review)
    if ordered is None:
        raise NoSuchReview(field="review", review=proposed.review)
    if proposed.review in state.closed:
        raise AlreadyClosed(field="review", review=proposed.review)
    if latest(proposed.effective_from) < earliest(ordered):
        raise ClosedBeforeOrdered(field="effective_from", ordered=ordered)
    return (proposed,)


def record_remedy(state: Evaluations, proposed: Remedied) -> Facts:
    closed = state.closed.get(proposed.review)
    if closed is None:
        raise NoSuchReview(field="review", review=proposed.review)
    if proposed.review in state.remedied:
        raise AlreadyRemedied(field="review", review=proposed.review)
    if latest(proposed.effective_from) < earliest(closed):
        raise ClosedBeforeOrdered(field="effective_from", ordered=closed)
    return (proposed,)


def record_vote(state: Evaluations, proposed: ConfidenceVoted) -> Facts:
    require_fields(vote=proposed.vote)
    require_new_id(state, "vote", proposed.vote)
    called, present = proposed.called, proposed.present
    if not 0 <= present <= called:
        raise VotesAbovePresent(field="present", present=present, called=called)
    seen = set()
    for ballot in proposed.results:
        require_fields(cadre=ballot.cadre)
        votes = ballot.high, ballot.medium, ballot.low
        if min(votes) < 0 or sum(votes) > present:
            raise VotesAbovePresent(field="results", cadre=ballot.cadre, votes=sum(votes), present=present)
        if (ballot.cadre, ballot.post) in seen:
            raise VotedTwice(field="results", cadre=ballot.cadre)
        seen.add((ballot.cadre, ballot.post))
    return (proposed,)


def require_new_id(state: Evaluations, field: str, id_: str) -> None:
    if id_ in state.ids:
        raise IdTaken(field=field, id=id_)


def require_score_reaches_grade(proposed: Evaluated) -> None:
    """A source that says otherwise is recorded with a finding that somebody answers for."""
    score, least = proposed.score, THRESHOLDS.get(proposed.grade, 0)
    if score is None:
        return
    if not 0 <= score <= 100:
        raise ScoreOutOfRange(field="score", score=score)
    overridden = {finding.rule for finding in proposed.findings if finding.overridden_by}
    if score < least and "EVAL_THRESHOLDS" not in overridden:
        raise GradeAboveScore(
            field="grade", rule_id="EVAL_THRESHOLDS", grade=proposed.grade.value, score=score, least=least
        )


evaluation = Decider[Evaluations, EvaluationFact](initial=Evaluations(), decide=decide, evolve=evolve)
