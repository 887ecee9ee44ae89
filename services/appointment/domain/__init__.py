"""The posts one cadre holds and has held: what can be true of them. Pure functions over proposed facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from services.appointment.domain import contests
from services.appointment.domain.contests import Contest
from services.appointment.domain.rejected import (
    AlreadyEnded,
    AlreadyNominated,
    AlreadySuspended,
    EndsBeforeStart,
    NoSuchTenure,
    NotHeldThen,
    NotSuspended,
    SamePostTwice,
    TenureIdTaken,
    TwoPrimaryPosts,
    VotesDoNotAddUp,
    WrongTermNumber,
)
from services.appointment.events import (
    Appointed,
    AppointmentFact,
    ContestConcluded,
    ContestOpened,
    Designated,
    Elected,
    EndReason,
    Holding,
    Nominated,
    Reappointed,
    Reinstated,
    Suspended,
    TenureEnded,
)
from shared.core.decider import Decider
from shared.core.normalization import require_fields
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day, PDate, earliest, latest, may_precede


class Held(NamedTuple):
    """One tenure: [start, end), open while `end` is None."""

    post: str
    holding: Holding
    start: PDate
    end: PDate | None = None
    suspended: bool = False
    term_no: int = 1

    def certainly(self) -> tuple[Day, Day]:
        """The days on which it is held whatever the partial dates mean."""
        return latest(self.start), LAST_DAY if self.end is None else _no_later_than(self.end)


def _no_later_than(end: PDate) -> Day:
    return earliest(end) if end else FIRST_DAY


@dataclass(frozen=True, slots=True)
class Career:
    tenures: Mapping[str, Held] = field(default_factory=dict)
    nominations: frozenset[str] = frozenset()
    contest: Contest | None = None
    """What a stream is that is not a cadre's."""


def decide(state: Career, proposed: AppointmentFact) -> tuple[AppointmentFact, ...]:
    match proposed:
        case Appointed() | Elected() | Designated():
            return start(state, proposed)
        case Reappointed():
            return reappoint(state, proposed)
        case TenureEnded():
            return end(state, proposed)
        case Suspended() | Reinstated():
            return suspend(state, proposed)
        case Nominated():
            require_fields(election=proposed.election, nomination=proposed.nomination)
            if proposed.nomination in state.nominations:
                raise AlreadyNominated
            return (proposed,)
        case ContestOpened() | ContestConcluded():
            return contests.decide(state.contest, proposed)
    raise TypeError(f"no rule for {type(proposed).__name__}")


def start(state: Career, proposed: Appointed | Elected | Designated) -> tuple[AppointmentFact, ...]:
    require_fields(tenure=proposed.tenure, post=proposed.post)
    if proposed.tenure in state.tenures:
        raise TenureIdTaken(field="tenure", tenure=proposed.tenure)
    match proposed:
        case Elected(votes_for=int(won), votes_cast=int(cast)) if won > cast:
            raise VotesDoNotAddUp(field="votes_for", votes_for=won, votes_cast=cast)
    room(state, Held(proposed.post, proposed.holding, proposed.effective_from), proposed)
    return (proposed,)


def room(state: Career, new: Held, proposed: AppointmentFact) -> None:
    """No second primary post on any day that is certain, and not a post that is certainly held already on the day:
    an earlier term in the same post may be learnt after a later one, and its end with it.
    A source that says otherwise is recorded with a finding that somebody answers for."""
    first, after = new.certainly()
    answered = {finding.rule for finding in proposed.findings if finding.overridden_by}
    for tenure, held in state.tenures.items():
        since, until = held.certainly()
        if held.post == new.post and since <= first < until and "SamePostTwice" not in answered:
            raise SamePostTwice(field="post", tenure=tenure, since=held.start, until=held.end or "")
        if (
            held.holding == new.holding == Holding.PRIMARY
            and max(first, since) < min(after, until)
            and "TwoPrimaryPosts" not in answered
        ):
            raise TwoPrimaryPosts(field="holding", tenure=tenure, post=held.post, since=held.start)


def reappoint(state: Career, proposed: Reappointed) -> tuple[AppointmentFact, ...]:
    previous = tenure_of(state, proposed.previous)
    require_fields(tenure=proposed.tenure)
    if proposed.tenure in state.tenures:
        raise TenureIdTaken(field="tenure", tenure=proposed.tenure)
    if proposed.term_no != previous.term_no + 1:
        raise WrongTermNumber(field="term_no", expected=previous.term_no + 1)
    if not may_precede(previous.start, proposed.effective_from) or (
        earliest(proposed.effective_from) < earliest(previous.start)
    ):
        raise EndsBeforeStart(field="effective_from", start=previous.start)
    if previous.end is not None:
        room(state, Held(previous.post, previous.holding, proposed.effective_from), proposed)
        return (proposed,)
    ended = TenureEnded(
        tenure=proposed.previous,
        reason=EndReason.TERM_EXPIRED,
        next_tenure=proposed.tenure,
        effective_from=proposed.effective_from,
        decision=proposed.decision,
        decided_on=proposed.decided_on,
    )
    room(evolve(state, ended), Held(previous.post, previous.holding, proposed.effective_from), proposed)
    return (ended, proposed)


def end(state: Career, proposed: TenureEnded) -> tuple[AppointmentFact, ...]:
    held = tenure_of(state, proposed.tenure)
    if held.end is not None:
        if held.end == proposed.effective_from:
            return ()
        raise AlreadyEnded(tenure=proposed.tenure, ended=held.end)
    if not may_precede(held.start, proposed.effective_from):
        raise EndsBeforeStart(field="effective_from", start=held.start, end=proposed.effective_from)
    return (proposed,)


def suspend(state: Career, proposed: Suspended | Reinstated) -> tuple[AppointmentFact, ...]:
    held = tenure_of(state, proposed.tenure)
    when = proposed.effective_from
    if earliest(when) < earliest(held.start) or (held.end is not None and earliest(when) >= latest(held.end)):
        raise NotHeldThen(field="effective_from", start=held.start, end=held.end or "")
    if isinstance(proposed, Suspended) and held.suspended:
        raise AlreadySuspended(tenure=proposed.tenure)
    if isinstance(proposed, Reinstated) and not held.suspended:
        raise NotSuspended(tenure=proposed.tenure)
    return (proposed,)


def tenure_of(state: Career, tenure: str) -> Held:
    if tenure not in state.tenures:
        raise NoSuchTenure(field="tenure", tenure=tenure)
    return state.tenures[tenure]


def evolve(state: Career, fact: AppointmentFact) -> Career:
    match fact:
        case Appointed() | Elected() | Designated():
            return _with(state, fact.tenure, Held(fact.post, fact.holding, fact.effective_from))
        case Reappointed() if before := state.tenures.get(fact.previous):
            again = Held(before.post, before.holding, fact.effective_from, term_no=fact.term_no)
            return _with(state, fact.tenure, again)
        case TenureEnded() if held := state.tenures.get(fact.tenure):
            return _with(state, fact.tenure, held._replace(end=fact.effective_from))
        case Suspended() | Reinstated() if held := state.tenures.get(fact.tenure):
            return _with(state, fact.tenure, held._replace(suspended=isinstance(fact, Suspended)))
        case Nominated():
            return replace(state, nominations=state.nominations | {fact.nomination})
        case ContestOpened() | ContestConcluded():
            return replace(state, contest=contests.evolve(state.contest, fact))
    return state


def _with(state: Career, tenure: str, held: Held) -> Career:
    return replace(state, tenures={**state.tenures, tenure: held})


appointment = Decider[Career, AppointmentFact](initial=Career(), decide=decide, evolve=evolve)
