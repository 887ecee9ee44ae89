"""Contests for a post: opened once with their candidates, concluded once with a winner among them or with none."""

from services.appointment.domain.rejections import (
    ContestClosed,
    ContestExists,
    EndsBeforeStart,
    NoSuchContest,
    NotACandidate,
)
from services.appointment.domain.state import Contest
from services.appointment.events import AppointmentFact, ContestConcluded, ContestOpened
from shared.core.normalization import require_fields
from shared.core.partial_dates import may_precede


def open_contest(contest: Contest | None, proposed: ContestOpened) -> tuple[AppointmentFact, ...]:
    require_fields(title=proposed.title)
    if contest is not None:
        raise ContestExists
    cadres = [candidate.cadre for candidate in proposed.candidates]
    if not all(cadres) or len(set(cadres)) < len(cadres):
        raise NotACandidate(field="candidates", named=len(cadres), different=len(set(cadres) - {""}))
    return (proposed,)


def conclude_contest(contest: Contest | None, proposed: ContestConcluded) -> tuple[AppointmentFact, ...]:
    if contest is None:
        raise NoSuchContest
    if contest.concluded:
        raise ContestClosed
    if not may_precede(contest.since, proposed.effective_from):
        raise EndsBeforeStart(field="effective_from", start=contest.since, end=proposed.effective_from)
    for cadre in (*filter(None, (proposed.winner,)), *proposed.scores):
        if cadre not in contest.candidates:
            raise NotACandidate(field="winner" if cadre == proposed.winner else "scores", cadre=cadre)
    return (proposed,)
