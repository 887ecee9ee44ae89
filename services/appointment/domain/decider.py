"""Judges each proposed fact about a cadre's tenures, or about a contest, by the earlier facts of its stream."""

from typing import assert_never

from services.appointment.domain.contests import conclude_contest, open_contest
from services.appointment.domain.rejections import (
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
from services.appointment.domain.state import Career, Tenure, evolve
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
from shared.core.partial_dates import PDate, earliest, latest, may_precede

Facts = tuple[AppointmentFact, ...]
"""What is stored for a proposed fact: itself, with what it ends; or nothing where it is known already."""


def decide(state: Career, proposed: AppointmentFact) -> Facts:
    match proposed:
        case Appointed() | Elected() | Designated():
            return start_tenure(state, proposed)
        case Reappointed():
            return renew_tenure(state, proposed)
        case TenureEnded():
            return end_tenure(state, proposed)
        case Suspended():
            return suspend_tenure(state, proposed)
        case Reinstated():
            return reinstate_tenure(state, proposed)
        case Nominated():
            return nominate_cadre(state, proposed)
        case ContestOpened():
            return open_contest(state.contest, proposed)
        case ContestConcluded():
            return conclude_contest(state.contest, proposed)
        case _:
            assert_never(proposed)


def start_tenure(state: Career, proposed: Appointed | Elected | Designated) -> Facts:
    """Whoever is appointed, elected or designated starts a new tenure; all three are judged alike."""
    require_fields(tenure=proposed.tenure, post=proposed.post)
    require_new_id(state, proposed.tenure)
    if isinstance(proposed, Elected):
        require_votes_add_up(proposed)
    require_no_overlap(state, Tenure(proposed.post, proposed.holding, proposed.effective_from), proposed)
    return (proposed,)


def renew_tenure(state: Career, proposed: Reappointed) -> Facts:
    """The next term in the same post is a tenure of its own; the previous one ends on its first day, if it lasts."""
    previous = find_tenure(state, proposed.previous)
    require_fields(tenure=proposed.tenure)
    require_new_id(state, proposed.tenure)
    if proposed.term_no != previous.term_no + 1:
        raise WrongTermNumber(field="term_no", expected=previous.term_no + 1)
    if not may_precede(previous.start, proposed.effective_from) or (
        earliest(proposed.effective_from) < earliest(previous.start)
    ):
        raise EndsBeforeStart(field="effective_from", start=previous.start)
    renewed = Tenure(previous.post, previous.holding, proposed.effective_from)
    if previous.end is not None:
        require_no_overlap(state, renewed, proposed)
        return (proposed,)
    ended = TenureEnded(
        tenure=proposed.previous,
        reason=EndReason.TERM_EXPIRED,
        next_tenure=proposed.tenure,
        effective_from=proposed.effective_from,
        decision=proposed.decision,
        decided_on=proposed.decided_on,
    )
    require_no_overlap(evolve(state, ended), renewed, proposed)
    return (ended, proposed)


def end_tenure(state: Career, proposed: TenureEnded) -> Facts:
    """A second end on the same day says nothing new."""
    tenure = find_tenure(state, proposed.tenure)
    if tenure.end is not None:
        if tenure.end == proposed.effective_from:
            return ()
        raise AlreadyEnded(tenure=proposed.tenure, ended=tenure.end)
    if not may_precede(tenure.start, proposed.effective_from):
        raise EndsBeforeStart(field="effective_from", start=tenure.start, end=proposed.effective_from)
    return (proposed,)


def suspend_tenure(state: Career, proposed: Suspended) -> Facts:
    tenure = find_tenure(state, proposed.tenure)
    require_held_on(tenure, proposed.effective_from)
    if tenure.suspended:
        raise AlreadySuspended(tenure=proposed.tenure)
    return (proposed,)


def reinstate_tenure(state: Career, proposed: Reinstated) -> Facts:
    tenure = find_tenure(state, proposed.tenure)
    require_held_on(tenure, proposed.effective_from)
    if not tenure.suspended:
        raise NotSuspended(tenure=proposed.tenure)
    return (proposed,)


def nominate_cadre(state: Career, proposed: Nominated) -> Facts:
    require_fields(election=proposed.election, nomination=proposed.nomination)
    if proposed.nomination in state.nominations:
        raise AlreadyNominated
    return (proposed,)


def find_tenure(state: Career, id_: str) -> Tenure:
    if id_ not in state.tenures:
        raise NoSuchTenure(field="tenure", tenure=id_)
    return state.tenures[id_]


def require_new_id(state: Career, id_: str) -> None:
    if id_ in state.tenures:
        raise TenureIdTaken(field="tenure", tenure=id_)


def require_votes_add_up(proposed: Elected) -> None:
    votes_for, cast = proposed.votes_for, proposed.votes_cast
    if votes_for is not None and cast is not None and votes_for > cast:
        raise VotesDoNotAddUp(field="votes_for", votes_for=votes_for, votes_cast=cast)


def require_no_overlap(state: Career, new: Tenure, proposed: AppointmentFact) -> None:
    """No second primary post on any day that is certain, and not a post that is certainly held already on the first
    day: an earlier term in the same post may be recorded after a later one, and its end with it.

    A source that says otherwise is recorded with a finding that somebody answers for.
    """
    first, after = new.certain_days()
    overridden = {finding.rule for finding in proposed.findings if finding.overridden_by}
    for id_, tenure in state.tenures.items():
        since, until = tenure.certain_days()
        if tenure.post == new.post and since <= first < until and "SamePostTwice" not in overridden:
            raise SamePostTwice(field="post", tenure=id_, since=tenure.start, until=tenure.end or "")
        if (
            tenure.holding == new.holding == Holding.PRIMARY
            and max(first, since) < min(after, until)
            and "TwoPrimaryPosts" not in overridden
        ):
            raise TwoPrimaryPosts(field="holding", tenure=id_, post=tenure.post, since=tenure.start)


def require_held_on(tenure: Tenure, when: PDate) -> None:
    """The post is held on every day that the date can mean."""
    if earliest(when) < earliest(tenure.start) or (
        tenure.end is not None and earliest(when) >= latest(tenure.end)
    ):
        raise NotHeldThen(field="effective_from", start=tenure.start, end=tenure.end or "")


appointment = Decider[Career, AppointmentFact](initial=Career(), decide=decide, evolve=evolve)
