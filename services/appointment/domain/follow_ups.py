"""What follows for a cadre's tenures from moves, from the end of posts and units, and from leaving service."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from services.appointment.domain.state import Career, Tenure, evolve
from services.appointment.events import (
    Appointed,
    AppointmentFact,
    AppointmentRoute,
    Designated,
    Elected,
    EndReason,
    Holding,
    Reappointed,
    TenureEnded,
)
from services.chronicle.rows import AWAY, MERGED_RECORDS, POSTS, ROTATIONS, UNITS, MoveRow
from services.personnel.events import ServiceEnd
from services.rotation.events import MoveKind, RotationOutcome
from shared.core.decider import ReadModel
from shared.core.follow_ups import FollowUp, StreamFacts
from shared.core.partial_dates import PDate, date_between, earliest, latest

REASON_BY_SERVICE_END = {
    ServiceEnd.RETIRED: EndReason.RETIRED,
    ServiceEnd.RETIRED_EARLY_REORG: EndReason.RETIRED,
    ServiceEnd.DIED: EndReason.DIED,
    ServiceEnd.DISCHARGED: EndReason.REMOVED_DISCIPLINE,
    ServiceEnd.LEFT: EndReason.LEFT_SERVICE,
    ServiceEnd.MOVED_OUT: EndReason.MOVED,
}
ENDED_OTHERWISE = (RotationOutcome.SERVICE_ENDED, RotationOutcome.UNIT_ABOLISHED)
"""Outcomes of a rotation whose cause ends the tenure too, by a follow-up of its own."""
_END_FIELDS = ("effective_from", "reason", "next_tenure", "decision")
_START_FIELDS = ("effective_from", "post", "decision")


class End(NamedTuple):
    """Something that ends a tenure, if it lasts until then."""

    when: PDate
    reason: EndReason
    cause: str
    decision: str
    source: str = ""
    next_tenure: str = ""
    compared: tuple[str, ...] = _END_FIELDS


def key_of(fact: AppointmentFact) -> str:
    """The key of a follow-up: a tenure, and whether it starts or ends."""
    match fact:
        case Appointed():
            return f"start/{fact.tenure}"
        case TenureEnded():
            return f"end/{fact.tenure}"
    return ""


def derive_follow_ups(facts: StreamFacts, read_model: ReadModel) -> Iterator[FollowUp]:
    """The tenures that moves start, and the first end of every tenure that nobody has ended by hand."""
    state = Career()
    opened: dict[str, str] = {}
    for event in facts.events:
        state = evolve(state, event.fact)
        if isinstance(event.fact, Appointed | Elected | Designated | Reappointed):
            opened.setdefault(event.fact.tenure, event.event_id)
    tenures = {id_: tenure for id_, tenure in state.tenures.items() if tenure.end is None}
    ends: dict[str, list[End]] = {}
    moves = read_model.rows(ROTATIONS, cadre_id=facts.stream)
    for started in _starts(moves):
        if started.fact.tenure not in state.tenures:
            yield started
            tenures[started.fact.tenure] = Tenure(
                started.fact.post, started.fact.holding, started.fact.effective_from
            )
    for id_, end in _ends_by_moves(moves, tenures):
        ends.setdefault(id_, []).append(end)
    away = list(_ends_of_service(facts.stream, read_model)) if tenures else []
    by_post: dict[str, list[End]] = {}
    for id_, tenure in tenures.items():
        if tenure.post not in by_post:
            by_post[tenure.post] = list(_ends_of_post(tenure.post, read_model))
        possible = [
            end
            for end in (*ends.get(id_, ()), *by_post[tenure.post], *away)
            if earliest(tenure.start) < latest(end.when)
        ]
        for end in sorted(possible, key=lambda end: latest(end.when)):
            yield _follow_up(id_, end, opened.get(id_, ""))


def has_ended(cadre: str, fact: Appointed | Elected | Designated, read_model: ReadModel) -> bool:
    """Whether a tenure that is told now has ended already with its post, its unit or the cadre's service."""
    ends = [*_ends_of_post(fact.post, read_model), *_ends_as_recorded(cadre, read_model)]
    return any(earliest(fact.effective_from) < latest(end.when) for end in ends)


def _follow_up(tenure: str, end: End, about: str) -> FollowUp:
    fact = TenureEnded(
        effective_from=end.when,
        tenure=tenure,
        reason=end.reason,
        next_tenure=end.next_tenure,
        decision=end.decision,
    )
    needs = "" if about else f"start/{tenure}"
    return FollowUp(key_of(fact), end.cause, fact, end.compared, about, end.source, needs)


def _starts(moves: Iterable[MoveRow]) -> Iterator[FollowUp]:
    """The tenures that moves of a cadre start: in the post moved to, and in the one after a posting."""
    for row in moves:
        if row.to_post:
            seconded = row.kind == MoveKind.SECONDMENT
            route = AppointmentRoute.ROTATED if row.kind == "ROTATION" else AppointmentRoute.TRANSFERRED
            holding = Holding.CONCURRENT if seconded else Holding.PRIMARY
            yield _started(
                row.tenure_id, row.to_post, PDate(row.start), route, holding, row.decision, row.managed_by
            )
        if row.next_post and row.ended not in ENDED_OTHERWISE:
            route, when = AppointmentRoute.AFTER_ROTATION, PDate(row.end)
            yield _started(
                row.closed_by,
                row.next_post,
                when,
                route,
                Holding.PRIMARY,
                row.closing_decision,
                row.managed_by,
            )


def _started(
    cause: str,
    post: str,
    when: PDate,
    route: AppointmentRoute,
    holding: Holding,
    decision: str,
    managed_by: str,
) -> FollowUp:
    """The id of the tenure is that of the event that caused it."""
    fact = Appointed(
        effective_from=when,
        tenure=cause,
        post=post,
        holding=holding,
        route=route,
        decision=decision,
        managed_by=managed_by,
    )
    return FollowUp(key_of(fact), cause, fact, _START_FIELDS)


def _ends_by_moves(moves: Iterable[MoveRow], tenures: dict[str, Tenure]) -> Iterator[tuple[str, End]]:
    """The ends of tenures that a cadre leaves by a move, or at the end of a posting."""
    for row in moves:
        if row.from_tenure and row.kind != MoveKind.SECONDMENT:
            reason = EndReason.RELIEVED if row.kind == MoveKind.REPLACEMENT else EndReason.MOVED
            after = row.tenure_id if row.to_post else ""
            yield (
                row.from_tenure,
                End(PDate(row.start), reason, row.opened_by, row.decision, next_tenure=after),
            )
        if not row.ended or row.ended in ENDED_OTHERWISE:
            continue
        if row.ended == RotationOutcome.SETTLED and not row.next_post:
            continue
        left = row.tenure_id
        if left not in tenures:
            left = next((id_ for id_, each in tenures.items() if each.post == row.to_post), "")
        if left:
            after = row.closed_by if row.next_post else ""
            end = PDate(row.end)
            yield left, End(end, EndReason.MOVED, row.closed_by, row.closing_decision, next_tenure=after)


def _ends_of_post(post: str, read_model: ReadModel) -> Iterator[End]:
    """The ends of a post and of its unit."""
    versions = read_model.rows(POSTS, post_id=post)
    for unit in sorted({row.unit_id for row in versions if row.unit_id}):
        for row in read_model.rows(UNITS, unit_id=unit):
            if row.closed_by:
                when = date_between(row.certain_to, row.valid_to)
                yield End(when, EndReason.UNIT_ABOLISHED, row.closed_by, row.closing_decision, unit)
    for version in versions:
        if (
            version.closed_by
        ):  # the row does not say by what document it ended, nor whether by a reorganisation
            when = date_between(version.certain_to, version.valid_to)
            compared = ("effective_from", "next_tenure")
            yield End(when, EndReason.POST_ABOLISHED, version.closed_by, "", post, compared=compared)


def _ends_of_service(cadre: str, read_model: ReadModel) -> Iterator[End]:
    """The ends of service of a cadre, also as recorded on the file that this one was merged into."""
    files = [cadre, *(row.cadre_id for row in read_model.rows(MERGED_RECORDS, merged_id=cadre))]
    for file in files:
        yield from _ends_as_recorded(file, read_model)


def _ends_as_recorded(file: str, read_model: ReadModel) -> Iterator[End]:
    for row in read_model.rows(AWAY, cadre_id=file):
        when = date_between(row.valid_from, row.certain_from)
        yield End(when, REASON_BY_SERVICE_END[ServiceEnd[row.kind]], row.opened_by, row.decision, file)
