"""What was judged of one cadre or collective: what can be true of it. Pure functions over proposed facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.evaluation.domain.rejected import (
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
    PERIOD,
    ConfidenceVoted,
    DeepReviewClosed,
    DeepReviewOrdered,
    Evaluated,
    EvaluationFact,
    Grade,
    Remedied,
    SubjectKind,
)
from shared.core.decider import Decider, ReadModel
from shared.core.normalization import require_fields
from shared.core.partial_dates import Day, PDate, earliest, latest

Cycle = tuple[str, str, str]
"""Period, occasion and authority: there is one final grade of it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """`final`: the evaluation that counts in each cycle. `reviews`: when each was ordered, `closed`: when closed."""

    ids: frozenset[str] = frozenset()
    final: Mapping[Cycle, str] = field(default_factory=dict)
    reviews: Mapping[str, PDate] = field(default_factory=dict)
    closed: Mapping[str, PDate] = field(default_factory=dict)
    remedied: frozenset[str] = frozenset()


THRESHOLDS = {Grade.EXCELLENT: 90, Grade.GOOD: 70, Grade.COMPLETED: 50}
"""What a score must reach for a grade (366-QĐ/TW; Decree 335/2025). It may be graded lower: a score is not enough."""
LAW_52_2019 = Day(PDate("2020-07-01"))


def decide(state: Judged, proposed: EvaluationFact) -> tuple[EvaluationFact, ...]:
    match proposed:
        case Evaluated():
            evaluate(state, proposed)
        case DeepReviewOrdered():
            require_fields(review=proposed.review, grounds=proposed.grounds)
            new_id(state, "review", proposed.review)
        case DeepReviewClosed():
            close(state, proposed)
        case Remedied():
            remedy(state, proposed)
        case ConfidenceVoted():
            count(state, proposed)
    return (proposed,)


def evaluate(state: Judged, proposed: Evaluated) -> None:
    require_fields(evaluation=proposed.evaluation, period=proposed.period)
    new_id(state, "evaluation", proposed.evaluation)
    if not PERIOD.fullmatch(proposed.period):
        raise BadPeriod(field="period", period=proposed.period)
    agree(proposed)
    if proposed.grade is Grade.COMPLETED_LIMITED and earliest(proposed.effective_from) >= LAW_52_2019:
        raise GradeNotInForce(field="grade", grade=proposed.grade.value, until=LAW_52_2019)
    final = state.final.get(cycle(proposed), "")
    if proposed.replaces and proposed.replaces != final:
        raise NothingToReplace(field="replaces", replaces=proposed.replaces, final=final)
    if final and not proposed.replaces:
        raise AlreadyEvaluated(field="period", evaluation=final)


def agree(proposed: Evaluated) -> None:
    """A source that says otherwise is recorded with a finding that somebody answers for."""
    score, least = proposed.score, THRESHOLDS.get(proposed.grade, 0)
    if score is None:
        return
    if not 0 <= score <= 100:
        raise ScoreOutOfRange(field="score", score=score)
    answered = {finding.rule for finding in proposed.findings if finding.overridden_by}
    if score < least and "EVAL_THRESHOLDS" not in answered:
        raise GradeAboveScore(
            field="grade", rule_id="EVAL_THRESHOLDS", grade=proposed.grade.value, score=score, least=least
        )


def close(state: Judged, proposed: DeepReviewClosed) -> None:
    ordered = state.reviews.get(proposed.review)
    if ordered is None:
        raise NoSuchReview(field="review", review=proposed.review)
    if proposed.review in state.closed:
        raise AlreadyClosed(field="review", review=proposed.review)
    if latest(proposed.effective_from) < earliest(ordered):
        raise ClosedBeforeOrdered(field="effective_from", ordered=ordered)


def remedy(state: Judged, proposed: Remedied) -> None:
    closed = state.closed.get(proposed.review)
    if closed is None:
        raise NoSuchReview(field="review", review=proposed.review)
    if proposed.review in state.remedied:
        raise AlreadyRemedied(field="review", review=proposed.review)
    if latest(proposed.effective_from) < earliest(closed):
        raise ClosedBeforeOrdered(field="effective_from", ordered=closed)


def count(state: Judged, proposed: ConfidenceVoted) -> None:
    require_fields(vote=proposed.vote)
    new_id(state, "vote", proposed.vote)
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


def new_id(state: Judged, name: str, id_: str) -> None:
    if id_ in state.ids:
        raise IdTaken(field=name, id=id_)


def cycle(fact: Evaluated) -> Cycle:
    return fact.period, fact.occasion.value, fact.authority


def check(stream: str, proposed: EvaluationFact, known: ReadModel) -> None:
    """The subject is on file: a cadre, or a unit; so is everybody who is voted on."""
    match proposed:
        case ConfidenceVoted():
            for ballot in proposed.results:
                if not known.rows("cadres", cadre_id=ballot.cadre):
                    raise UnknownReference(field="results", id=ballot.cadre)
        case Evaluated(subject=subject) | DeepReviewOrdered(subject=subject):
            individual = subject is SubjectKind.INDIVIDUAL
            table, column = ("cadres", "cadre_id") if individual else ("units", "unit_id")
            if not known.rows(table, **{column: stream}):
                raise UnknownReference(field="subject", id=stream, expected=subject.value)


def evolve(state: Judged, fact: EvaluationFact) -> Judged:
    match fact:
        case Evaluated():
            final = {**state.final, cycle(fact): fact.evaluation}
            return replace(state, ids=state.ids | {fact.evaluation}, final=final)
        case DeepReviewOrdered():
            reviews = {**state.reviews, fact.review: fact.effective_from}
            return replace(state, ids=state.ids | {fact.review}, reviews=reviews)
        case DeepReviewClosed() if fact.review in state.reviews:
            return replace(state, closed={**state.closed, fact.review: fact.effective_from})
        case Remedied():
            return replace(state, remedied=state.remedied | {fact.review})
        case ConfidenceVoted():
            return replace(state, ids=state.ids | {fact.vote})
    return state


evaluation = Decider[Judged, EvaluationFact](initial=Judged(), decide=decide, evolve=evolve)
