"""What is known of the grades, reviews and votes of one cadre or collective from the earlier facts of its stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from services.evaluation.events import (
    ConfidenceVoted,
    DeepReviewClosed,
    DeepReviewOrdered,
    Evaluated,
    EvaluationFact,
    Remedied,
)
from shared.core.partial_dates import PDate

Cycle = tuple[str, str, str]
"""Period, occasion and authority: there is one final grade for each."""


@dataclass(frozen=True, slots=True)
class Evaluations:
    """`final_grades`: the evaluation that counts in each cycle. `ordered` and `closed`: when each deep review was."""

    ids: frozenset[str] = frozenset()
    """The ids of evaluations, reviews and votes, each used once."""
    final_grades: Mapping[Cycle, str] = field(default_factory=dict)
    ordered: Mapping[str, PDate] = field(default_factory=dict)
    closed: Mapping[str, PDate] = field(default_factory=dict)
    remedied: frozenset[str] = frozenset()


def evolve(state: Evaluations, fact: EvaluationFact) -> Evaluations:
    """The state after one more fact. The end of a review that was not ordered changes nothing."""
    match fact:
        case Evaluated():
            final_grades = {**state.final_grades, cycle_of(fact): fact.evaluation}
            return replace(state, ids=state.ids | {fact.evaluation}, final_grades=final_grades)
        case DeepReviewOrdered():
            ordered = {**state.ordered, fact.review: fact.effective_from}
            return replace(state, ids=state.ids | {fact.review}, ordered=ordered)
        case DeepReviewClosed():
            if fact.review not in state.ordered:
                return state
            return replace(state, closed={**state.closed, fact.review: fact.effective_from})
        case Remedied():
            return replace(state, remedied=state.remedied | {fact.review})
        case ConfidenceVoted():
            return replace(state, ids=state.ids | {fact.vote})
        case _:
            assert_never(fact)


def cycle_of(fact: Evaluated) -> Cycle:
    return fact.period, fact.occasion.value, fact.authority
