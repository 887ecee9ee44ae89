"""Facts that the other folds leave out.

These folds remember what has been opened and ended, in rows that are not stored, and keep what does not fit.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from services.appointment import events as appointment
from services.chronicle.projections.row_fields import since
from services.chronicle.rows import IgnoredRow
from services.evaluation import events as evaluation
from services.organization import events as organization
from services.personnel import events as personnel
from services.planning import events as planning
from services.regulation import events as regulation
from services.rotation import events as rotation
from shared.core.facts import AnyEvent, Topic
from shared.core.projection import Changes, Projection, Rows

Step = Callable[[Rows[IgnoredRow], AnyEvent], Changes[IgnoredRow]]


def _remembered(state: str) -> IgnoredRow:
    return IgnoredRow(fact="", kind="", what="", subject="", because=state)


_OPEN, _SUSPENDED, _ENDED, _WITHOUT_END = map(_remembered, ("OPEN", "SUSPENDED", "ENDED", "WITHOUT_END"))


def is_ignored(row: IgnoredRow) -> bool:
    """Whether the row is about a fact that is ignored; the others only help to find these."""
    return row.fact != ""


def _key(what: str, subject: str) -> str:
    """No id of a fact has a blank."""
    return f"{what} {subject}"


def _row(event: AnyEvent, what: str, subject: str, because: str) -> IgnoredRow:
    return IgnoredRow(
        fact=event.event_id,
        kind=str(type(event.fact).__struct_config__.tag),
        what=what,
        subject=subject,
        because=because,
        **since(event.fact.effective_from),
    )


def _ignore(event: AnyEvent, what: str, subject: str, because: str) -> Changes[IgnoredRow]:
    return {event.event_id: _row(event, what, subject, because)}


def _open(
    rows: Rows[IgnoredRow], event: AnyEvent, what: str, subject: str, as_: IgnoredRow = _OPEN
) -> Changes[IgnoredRow]:
    """It begins once."""
    key = _key(what, subject)
    return {key: as_} if key not in rows else _ignore(event, what, subject, "TWICE")


def _need(rows: Rows[IgnoredRow], event: AnyEvent, what: str, subject: str) -> Changes[IgnoredRow]:
    """It has begun and not ended."""
    state = rows.get(_key(what, subject))
    if state is None:
        return _ignore(event, what, subject, "WITHOUT")
    return _ignore(event, what, subject, "OVER") if state == _ENDED else {}


def _change(
    rows: Rows[IgnoredRow], event: AnyEvent, what: str, subject: str, to: IgnoredRow
) -> Changes[IgnoredRow]:
    """It has begun and not ended, and becomes another."""
    key = _key(what, subject)
    if wrong := _need(rows, event, what, subject):
        return wrong
    return _ignore(event, what, subject, "TWICE") if rows[key] == to else {key: to}


def _organization(rows: Rows[IgnoredRow], event: AnyEvent) -> Changes[IgnoredRow]:
    match event.fact:
        case organization.UnitEstablished():
            return _open(rows, event, "unit", event.stream)
        case organization.UnitRenamed() | organization.UnitReparented() | organization.UnitReclassified():
            return _need(rows, event, "unit", event.stream)
        case organization.UnitDissolved():
            return _change(rows, event, "unit", event.stream, _ENDED)
        case organization.PostCreated():
            return _open(rows, event, "post", event.stream)
        case organization.PostRevised():
            return _need(rows, event, "post", event.stream)
        case organization.PostAbolished():
            return _change(rows, event, "post", event.stream, _ENDED)
    return {}


def _personnel(rows: Rows[IgnoredRow], event: AnyEvent) -> Changes[IgnoredRow]:
    match fact := event.fact:
        case personnel.Registered():
            return _open(rows, event, "cadre", event.stream)
        case personnel.ProfileAmended():
            return _need(rows, event, "cadre", event.stream)
        case personnel.KinshipDeclared():
            return _open(rows, event, "kinship", fact.kinship)
        case personnel.RecordsMerged():
            return _open(rows, event, "merger", fact.merged)
        case personnel.Disciplined():
            return _open(rows, event, "case", fact.case)
        case personnel.ServiceEnded() | personnel.ServiceResumed():
            key = _key("service", event.stream)
            is_out, leaves = rows.get(key) == _ENDED, isinstance(fact, personnel.ServiceEnded)
            if is_out == leaves:
                return _ignore(event, "service", event.stream, "TWICE" if leaves else "WITHOUT")
            return {key: _ENDED if leaves else _OPEN}
    return {}


def _appointment(rows: Rows[IgnoredRow], event: AnyEvent) -> Changes[IgnoredRow]:
    match fact := event.fact:
        case appointment.Appointed() | appointment.Elected() | appointment.Designated():
            return _open(rows, event, "tenure", fact.tenure)
        case appointment.Reappointed():
            if _key("tenure", fact.previous) not in rows:
                return _ignore(event, "tenure", fact.previous, "WITHOUT")
            return _open(rows, event, "tenure", fact.tenure)
        case appointment.TenureEnded():
            return _change(rows, event, "tenure", fact.tenure, _ENDED)
        case appointment.Suspended():
            return _change(rows, event, "tenure", fact.tenure, _SUSPENDED)
        case appointment.Reinstated():
            return _change(rows, event, "tenure", fact.tenure, _OPEN)
        case appointment.Nominated():
            return _open(rows, event, "nomination", fact.nomination)
        case appointment.ContestOpened():
            return _open(rows, event, "contest", event.stream)
        case appointment.ContestConcluded():
            return _change(rows, event, "contest", event.stream, _ENDED)
    return {}


def _planning(rows: Rows[IgnoredRow], event: AnyEvent) -> Changes[IgnoredRow]:
    match fact := event.fact:
        case planning.RoundOpened():
            return _open(rows, event, "list", event.stream)
        case planning.AddedToPlanning():
            return _open(rows, event, "entry", fact.entry)
        case planning.RemovedFromPlanning():
            return _change(rows, event, "entry", fact.entry, _ENDED)
        case planning.ReviewClosed():
            return _open(rows, event, "review", str(fact.year))
    return {}


def _rotation(rows: Rows[IgnoredRow], event: AnyEvent) -> Changes[IgnoredRow]:
    match fact := event.fact:
        case rotation.Rotated():
            return _open(rows, event, "rotation", fact.rotation)
        case rotation.Transferred():
            returns = fact.kind in (rotation.MoveKind.SECONDMENT, rotation.MoveKind.REINFORCEMENT)
            return _open(rows, event, "rotation", fact.move, _OPEN if returns else _WITHOUT_END)
        case rotation.RotationEnded():
            if rows.get(_key("rotation", fact.rotation)) == _WITHOUT_END:
                return _ignore(event, "rotation", fact.rotation, "WITHOUT")
            return _change(rows, event, "rotation", fact.rotation, _ENDED)
    return {}


def _evaluation(rows: Rows[IgnoredRow], event: AnyEvent) -> Changes[IgnoredRow]:
    match fact := event.fact:
        case evaluation.Evaluated():
            return _open(rows, event, "evaluation", fact.evaluation)
        case evaluation.DeepReviewOrdered():
            return _open(rows, event, "review", fact.review)
        case evaluation.DeepReviewClosed():
            return _change(rows, event, "review", fact.review, _ENDED)
        case evaluation.Remedied():
            if _key("review", fact.review) not in rows:
                return _ignore(event, "review", fact.review, "WITHOUT")
            return _open(rows, event, "remedy", fact.review)
    return {}


def _regulation(rows: Rows[IgnoredRow], event: AnyEvent) -> Changes[IgnoredRow]:
    match event.fact:
        case regulation.DecisionRegistered():
            return _open(rows, event, "decision", event.stream)
        case regulation.DecisionRevoked():
            return _need(rows, event, "decision", event.stream)
    return {}


_STREAMS = {"organization": "unit", "planning": "list", "regulation": "decision"}
"""What the streams of a topic are about; those of others, a cadre."""
_OTHER_STREAMS: tuple[tuple[str, tuple[type[Any], ...]], ...] = (
    ("post", (organization.PostCreated, organization.PostRevised, organization.PostAbolished)),
    ("reorganisation", (organization.ReorganisationApproved, organization.ReorganisationExecuted)),
    ("contest", (appointment.ContestOpened, appointment.ContestConcluded)),
)
"""Streams that are about something else, by facts in them."""


def _correction_row(topic: str, event: AnyEvent, known: Sequence[AnyEvent]) -> IgnoredRow:
    """The row about a correction of a fact that is not there, or does not take its values."""
    what = next(
        (what for what, kinds in _OTHER_STREAMS if any(isinstance(each.fact, kinds) for each in known)),
        _STREAMS.get(topic, "cadre"),
    )
    is_there = any(each.event_id == event.fact.target for each in known)
    return _row(event, what, event.stream, "UNFIT" if is_there else "WITHOUT")


_STARTS = frozenset({appointment.Appointed, appointment.Elected, appointment.Designated})


def _may_ignore_appointment(events: Sequence[AnyEvent]) -> bool:
    """False for what nearly every cadre has: tenures under ids of their own, each with at most one end, which is told
    later than the beginning and is of a later day."""
    begun: dict[str, str] = {}
    last = ""
    for event in events:
        fact, kind = event.fact, type(event.fact)
        when = fact.effective_from
        if (
            event.recorded_at < last
            or len(when) != 10
            or (kind not in _STARTS and kind is not appointment.TenureEnded)
        ):
            return True
        if kind in _STARTS:
            if fact.tenure in begun:
                return True
            begun[fact.tenure], last = when, event.recorded_at
        elif not begun.get(fact.tenure, "~") < when:
            return True
        else:
            begun[fact.tenure] = "~"
    return False


def _projection(
    topic: Topic[Any],
    step: Step,
    *handles: type[Any],
    may_store: Callable[[Sequence[AnyEvent]], bool] | None = None,
) -> Projection[Any, IgnoredRow]:
    return Projection(
        name=f"ignored_{topic.name}",
        follows=topic,
        row=IgnoredRow,
        step=step,
        is_stored=is_ignored,
        may_store=may_store,
        ineffective_row=partial(_correction_row, topic.name),
        handles=handles,
        indexes=(("subject",),),
    )


ignored = (
    _projection(
        organization.topic,
        _organization,
        *(organization.UnitEstablished, organization.UnitRenamed, organization.UnitReparented),
        *(organization.UnitReclassified, organization.UnitDissolved, organization.PostCreated),
        *(organization.PostRevised, organization.PostAbolished),
    ),
    _projection(
        personnel.topic,
        _personnel,
        *(personnel.Registered, personnel.ProfileAmended, personnel.KinshipDeclared),
        *(personnel.RecordsMerged, personnel.Disciplined, personnel.ServiceEnded, personnel.ServiceResumed),
    ),
    _projection(
        appointment.topic,
        _appointment,
        *(appointment.Appointed, appointment.Elected, appointment.Designated, appointment.Reappointed),
        *(appointment.TenureEnded, appointment.Suspended, appointment.Reinstated, appointment.Nominated),
        *(appointment.ContestOpened, appointment.ContestConcluded),
        may_store=_may_ignore_appointment,
    ),
    _projection(planning.topic, _planning),
    _projection(rotation.topic, _rotation, rotation.Rotated, rotation.Transferred, rotation.RotationEnded),
    _projection(
        evaluation.topic,
        _evaluation,
        *(evaluation.Evaluated, evaluation.DeepReviewOrdered, evaluation.DeepReviewClosed),
        evaluation.Remedied,
    ),
    _projection(regulation.topic, _regulation, regulation.DecisionRegistered, regulation.DecisionRevoked),
)
