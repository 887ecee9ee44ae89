"""Competitions for a post: who competes, and who is chosen. Pure functions over proposed facts."""

from dataclasses import dataclass, replace

from services.appointment.domain.rejected import (
    ContestClosed,
    ContestExists,
    EndsBeforeStart,
    NoSuchContest,
    NotACandidate,
    UnknownReference,
)
from services.appointment.events import AppointmentFact, ContestConcluded, ContestOpened
from shared.core.decider import ReadModel
from shared.core.normalization import require_fields
from shared.core.partial_dates import PDate, may_precede


@dataclass(frozen=True, slots=True)
class Contest:
    since: PDate
    candidates: frozenset[str]
    concluded: bool = False


def decide(state: Contest | None, proposed: ContestOpened | ContestConcluded) -> tuple[AppointmentFact, ...]:
    if isinstance(proposed, ContestOpened):
        require_fields(title=proposed.title)
        if state is not None:
            raise ContestExists
        names = [candidate.cadre for candidate in proposed.candidates]
        if not all(names) or len(set(names)) < len(names):
            raise NotACandidate(field="candidates", named=len(names), different=len(set(names) - {""}))
        return (proposed,)
    if state is None:
        raise NoSuchContest
    if state.concluded:
        raise ContestClosed
    if not may_precede(state.since, proposed.effective_from):
        raise EndsBeforeStart(field="effective_from", start=state.since, end=proposed.effective_from)
    for cadre in (*filter(None, (proposed.winner,)), *proposed.scores):
        if cadre not in state.candidates:
            raise NotACandidate(field="winner" if cadre == proposed.winner else "scores", cadre=cadre)
    return (proposed,)


def check(proposed: ContestOpened | ContestConcluded, known: ReadModel) -> None:
    """Candidates are on file, and the post is one."""
    if isinstance(proposed, ContestOpened):
        if proposed.post and not known.rows("posts", post_id=proposed.post):
            raise UnknownReference(field="post", id=proposed.post)
        for candidate in proposed.candidates:
            if not known.rows("cadres", cadre_id=candidate.cadre):
                raise UnknownReference(field="candidates", id=candidate.cadre)


def evolve(state: Contest | None, fact: ContestOpened | ContestConcluded) -> Contest | None:
    match fact, state:
        case ContestOpened(), None:
            return Contest(fact.effective_from, frozenset(each.cadre for each in fact.candidates))
        case ContestConcluded(), Contest():
            return replace(state, concluded=True)
    return state
