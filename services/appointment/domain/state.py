"""What is known of one cadre's tenures, or of one contest, from the earlier facts of its stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, assert_never

from services.appointment.events import (
    Appointed,
    AppointmentFact,
    ContestConcluded,
    ContestOpened,
    Designated,
    Elected,
    Holding,
    Nominated,
    Reappointed,
    Reinstated,
    Suspended,
    TenureEnded,
)
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day, PDate, earliest, latest


class Tenure(NamedTuple):
    """One holding of one post over [start, end); `end` is None while it lasts."""

    post: str
    holding: Holding
    start: PDate
    end: PDate | None = None
    suspended: bool = False
    term_no: int = 1

    def certain_days(self) -> tuple[Day, Day]:
        """[first, after) on which the post is held whatever the partial dates mean."""
        if self.end is None:
            return latest(self.start), LAST_DAY
        return latest(self.start), earliest(self.end) if self.end else FIRST_DAY


@dataclass(frozen=True, slots=True)
class Contest:
    """A competition for a post, from its opening on."""

    since: PDate
    candidates: frozenset[str]
    concluded: bool = False


@dataclass(frozen=True, slots=True)
class Career:
    """The tenures of a cadre, by id. A stream that is a contest has that contest and no tenures."""

    tenures: Mapping[str, Tenure] = field(default_factory=dict)
    nominations: frozenset[str] = frozenset()
    contest: Contest | None = None


def evolve(state: Career, fact: AppointmentFact) -> Career:
    """The state after one more fact. Facts about a tenure or contest that is not known change nothing."""
    match fact:
        case Appointed() | Elected() | Designated():
            return replace_tenure(state, fact.tenure, Tenure(fact.post, fact.holding, fact.effective_from))
        case Reappointed():
            if (previous := state.tenures.get(fact.previous)) is None:
                return state
            renewed = Tenure(previous.post, previous.holding, fact.effective_from, term_no=fact.term_no)
            return replace_tenure(state, fact.tenure, renewed)
        case TenureEnded():
            if (tenure := state.tenures.get(fact.tenure)) is None:
                return state
            return replace_tenure(state, fact.tenure, tenure._replace(end=fact.effective_from))
        case Suspended() | Reinstated():
            if (tenure := state.tenures.get(fact.tenure)) is None:
                return state
            suspended = isinstance(fact, Suspended)
            return replace_tenure(state, fact.tenure, tenure._replace(suspended=suspended))
        case Nominated():
            return replace(state, nominations=state.nominations | {fact.nomination})
        case ContestOpened():
            if state.contest is not None:
                return state
            candidates = frozenset(candidate.cadre for candidate in fact.candidates)
            return replace(state, contest=Contest(fact.effective_from, candidates))
        case ContestConcluded():
            if state.contest is None:
                return state
            return replace(state, contest=replace(state.contest, concluded=True))
        case _:
            assert_never(fact)


def replace_tenure(state: Career, id_: str, tenure: Tenure) -> Career:
    return replace(state, tenures={**state.tenures, id_: tenure})
