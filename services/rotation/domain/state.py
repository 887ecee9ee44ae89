"""What is known of one cadre's moves, or of one plan of moves, from the earlier facts of its stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, assert_never

from services.rotation.events import MoveKind, PlanApproved, Rotated, RotationEnded, RotationFact, Transferred
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day, PDate, earliest, latest

POSTINGS = {MoveKind.SECONDMENT, MoveKind.REINFORCEMENT}
"""Transfers whose end is expected, as a rotation's is."""


class Posting(NamedTuple):
    """A rotation, secondment or reinforcement over [start, end); `end` is None while it lasts.

    `min_months` is the least time of a rotation; None: this is no rotation.
    """

    start: PDate
    min_months: int | None = None
    end: PDate | None = None

    def certain_days(self) -> tuple[Day, Day]:
        """[first, after) on which it lasts whatever the partial dates mean."""
        if self.end is None:
            return latest(self.start), LAST_DAY
        return latest(self.start), earliest(self.end) if self.end else FIRST_DAY


@dataclass(frozen=True, slots=True)
class Moves:
    """Postings by id. A stream that is a plan has a plan version and no moves."""

    postings: Mapping[str, Posting] = field(default_factory=dict)
    one_way_moves: frozenset[str] = frozenset()
    """The ids of transfers that nobody comes back from."""
    plan_version: int = 0


def evolve(state: Moves, fact: RotationFact) -> Moves:
    """The state after one more fact. The end of a posting that is not known changes nothing."""
    match fact:
        case PlanApproved():
            return replace(state, plan_version=fact.plan_version)
        case Rotated():
            return replace_posting(state, fact.rotation, Posting(fact.effective_from, fact.min_months))
        case Transferred():
            if fact.kind in POSTINGS:
                return replace_posting(state, fact.move, Posting(fact.effective_from))
            return replace(state, one_way_moves=state.one_way_moves | {fact.move})
        case RotationEnded():
            posting = state.postings.get(fact.rotation)
            if posting is None:
                return state
            return replace_posting(state, fact.rotation, posting._replace(end=fact.effective_from))
        case _:
            assert_never(fact)


def replace_posting(state: Moves, id_: str, posting: Posting) -> Moves:
    return replace(state, postings={**state.postings, id_: posting})
