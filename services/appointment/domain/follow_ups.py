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
from shared.core.partial_dates import PDate, date_between, day_or_none, earliest, latest

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
_END_FIELDS = ("effective_from", "reason", "next_tenure", "decision", "decided_on")
_START_FIELDS = ("effective_from", "post", "holding", "route", "decision", "decided_on", "managed_by")


class End(NamedTuple):
    """Something that ends a tenure, if it lasts until then."""

    when: PDate
    reason: EndReason
    cause: str
    decision: str
    decided_on: str
    source: str = ""
    next_tenure: str = ""
    through: str = ""
    """Event id of the merger of files by which it concerns the cadre."""


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
    ended: set[str] = set()
    """Tenures that somebody ended by hand, also such as a move started: what starts those is not among the facts."""
    for event in facts.events:
        state = evolve(state, event.fact)
        if isinstance(event.fact, TenureEnded):
            ended.add(event.fact.tenure)
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
        if id_ in ended:
            continue
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
        decided_on=day_or_none(end.decided_on),
    )
    needs = "" if about else f"start/{tenure}"
    return FollowUp(key_of(fact), end.cause, fact, _END_FIELDS, about, end.source, needs, end.through)


def _starts(moves: Iterable[MoveRow]) -> Iterator[FollowUp]:
    """The tenures that moves of a cadre start: in the post moved to, and in the one after a posting. The id of a tenure
    is that of the event that caused it."""
    for row in moves:
        if row.to_post:
            rotated = row.kind == "ROTATION"
            yield _started(
                Appointed(
                    effective_from=PDate(row.start),
                    tenure=row.tenure_id,
                    post=row.to_post,
                    holding=holding_after_move(Holding[row.holding], row.kind == MoveKind.SECONDMENT),
                    route=AppointmentRoute.ROTATED if rotated else AppointmentRoute.TRANSFERRED,
                    decision=row.decision,
                    decided_on=day_or_none(row.decided_on),
                    managed_by=row.managed_by,
                )
            )
        if row.next_post and row.ended not in ENDED_OTHERWISE:
            yield _started(
                Appointed(
                    effective_from=PDate(row.end),
                    tenure=row.closed_by,
                    post=row.next_post,
                    holding=Holding[row.next_holding],
                    route=AppointmentRoute.AFTER_ROTATION,
                    decision=row.closing_decision,
                    decided_on=day_or_none(row.closing_decided_on),
                    managed_by=row.closing_managed_by,
                )
            )


def holding_after_move(stated: Holding, seconded: bool) -> Holding:
    """How a post is held that a cadre is moved to: who is seconded keeps the main post elsewhere."""
    return Holding.CONCURRENT if seconded and stated is Holding.PRIMARY else stated


def _started(fact: Appointed) -> FollowUp:
    return FollowUp(key_of(fact), fact.tenure, fact, _START_FIELDS)


def _ends_by_moves(moves: Iterable[MoveRow], tenures: dict[str, Tenure]) -> Iterator[tuple[str, End]]:
    """The ends of tenures that a cadre leaves by a move, or at the end of a posting."""
    for row in moves:
        if row.from_tenure and row.kind != MoveKind.SECONDMENT:
            reason = EndReason.RELIEVED if row.kind == MoveKind.REPLACEMENT else EndReason.MOVED
            after = row.tenure_id if row.to_post else ""
            yield (
                row.from_tenure,
                End(
                    PDate(row.start),
                    reason,
                    row.opened_by,
                    row.decision,
                    row.decided_on,
                    next_tenure=after,
                ),
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
            yield (
                left,
                End(
                    PDate(row.end),
                    EndReason.MOVED,
                    row.closed_by,
                    row.closing_decision,
                    row.closing_decided_on,
                    next_tenure=after,
                ),
            )


def _ends_of_post(post: str, read_model: ReadModel) -> Iterator[End]:
    """The ends of a post and of its unit."""
    versions = read_model.rows(POSTS, post_id=post)
    for unit in sorted({row.unit_id for row in versions if row.unit_id}):
        for row in read_model.rows(UNITS, unit_id=unit):
            if row.closed_by:
                when = date_between(row.certain_to, row.valid_to)
                decided = row.closing_decision, row.closing_decided_on
                yield End(when, EndReason.UNIT_ABOLISHED, row.closed_by, *decided, unit)
    for version in versions:
        if version.closed_by:
            when = date_between(version.certain_to, version.valid_to)
            decided = version.closing_decision, version.closing_decided_on
            yield End(
                when, reason_of_abolition(version.closing_reorganisation), version.closed_by, *decided, post
            )


def reason_of_abolition(reorganisation: str) -> EndReason:
    """Why a tenure ends in a post that is abolished, by a reorganisation or not."""
    return EndReason.UNIT_ABOLISHED if reorganisation else EndReason.POST_ABOLISHED


def _ends_of_service(cadre: str, read_model: ReadModel) -> Iterator[End]:
    """The ends of service of a cadre, also as recorded on the file that this one was merged into."""
    yield from _ends_as_recorded(cadre, read_model)
    for row in read_model.rows(MERGED_RECORDS, merged_id=cadre):
        for end in _ends_as_recorded(row.cadre_id, read_model):
            yield end._replace(through=row.opened_by)


def _ends_as_recorded(file: str, read_model: ReadModel) -> Iterator[End]:
    for row in read_model.rows(AWAY, cadre_id=file):
        when = date_between(row.valid_from, row.certain_from)
        reason = REASON_BY_SERVICE_END[ServiceEnd[row.kind]]
        yield End(when, reason, row.opened_by, row.decision, row.decided_on, file)
