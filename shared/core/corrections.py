"""Checks a correction: whether it can be made, and whether the corrected history is still consistent."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import msgspec
from msgspec.structs import replace

from shared.core.decider import Decider, Rejected
from shared.core.facts import Corrected, F, Fact, Recorded
from shared.core.identifiers import check_ids
from shared.core.normalization import normalize_fact
from shared.core.partial_dates import BY_NOW
from shared.core.timeline import amend_fact, timeline

MAX_REJUDGED_FACTS = 200
"""Length of a stream, in facts, up to which a correction judges every one of them again; in a longer one only those
that changed."""


class UnknownFact(Rejected):
    """No fact with this id is in this stream."""

    title_vi = "Không có sự kiện nào mang mã này trong dòng lịch sử"


class AlreadyVoid(Rejected):
    """This fact no longer counts, so there is nothing left to correct."""

    title_vi = "Sự kiện này đã bị hủy bỏ"


class DoesNotFit(Rejected):
    """A new value does not fit the field it is meant for."""

    title_vi = "Giá trị mới không hợp với trường dữ liệu"


def check_correction(history: Iterable[Recorded[F]], correction: Corrected) -> Corrected:
    """The correction with normal values, if it can be made: its target exists, still counts, and takes the new
    values."""
    events = {event.event_id: event for event in history}
    target = events.get(correction.target)
    if target is None:
        raise UnknownFact(event_id=correction.target)
    counted: set[str] = {event.event_id for event in timeline(events.values())}
    if not isinstance(target.fact, Corrected) and target.event_id not in counted:
        raise AlreadyVoid(event_id=correction.target)
    if correction.mode == "VOID":
        return correction
    return replace(correction, new_values=_fit_values(target.fact, correction.new_values, events))


def _fit_values(fact: Fact, new_values: dict[str, Any], events: Mapping[str, Recorded[F]]) -> dict[str, Any]:
    """The new values in the form in which a proposed fact is stored; also those inside an amended correction."""
    unknown = set(new_values) - set(fact.__struct_fields__)
    if unknown or not new_values:
        raise DoesNotFit(fields=sorted(unknown), allowed=list(fact.__struct_fields__))
    try:
        amended = normalize_fact(amend_fact(fact, new_values))
    except msgspec.ValidationError as error:
        raise DoesNotFit(reason=str(error)) from error
    check_ids(amended, (event.fact for event in events.values()), only=new_values)
    if isinstance(amended, Corrected) and amended.mode == "AMEND":
        if amended.target not in events:
            raise UnknownFact(event_id=amended.target)
        fitted = _fit_values(events[amended.target].fact, amended.new_values, events)
        amended = replace(amended, new_values=fitted)
    return {name: msgspec.to_builtins(getattr(amended, name)) for name in new_values}


def check_amended(
    decider: Decider[Any, F],
    history: Sequence[Recorded[F]],
    correction: Corrected,
    check: Callable[[F], None],
) -> None:
    """Raise what is wrong with a stream once a correction counts, if it was not wrong before.

    That may be the amended fact itself, or another one that cannot be true beside it, such as an end that now precedes
    its start. Every fact is judged against all others of its stream.
    """
    corrected: list[Any] = [*history, _append_correction(history, correction)]
    before, after = timeline(history), timeline(corrected)
    before_by_id = {event.event_id: event for event in before}
    changed = [event for event in after if event != before_by_id.get(event.event_id)]
    others = [event for event in after if event not in changed] if len(after) <= MAX_REJUDGED_FACTS else []
    for event in [*changed, *others]:
        old = before_by_id.get(event.event_id)
        if old is None:
            continue
        other_streams = event in changed
        known = {each.rule for each in _rejections(decider, check, before, old, other_streams=other_streams)}
        for rejected in _rejections(decider, check, after, event, other_streams=other_streams):
            if rejected.rule not in known:
                rejected.case.setdefault("fact", event.event_id)
                raise rejected


def _append_correction(history: Sequence[Recorded[F]], correction: Corrected) -> Recorded[F]:
    """The correction as it will be recorded: after all other events."""
    return replace(history[-1], event_id="", recorded_at=BY_NOW, seq=history[-1].seq + 1, fact=correction)


def _rejections(
    decider: Decider[Any, F],
    check: Callable[[F], None],
    events: Iterable[Recorded[F]],
    judged: Recorded[F],
    *,
    other_streams: bool,
) -> Iterator[Rejected]:
    """Why a fact is refused after all others of its stream; with `other_streams` also by `check`, which looks
    at other streams."""
    facts = (event.fact for event in events if event.event_id != judged.event_id)
    state = reduce(decider.evolve, facts, decider.initial)
    judges: list[Callable[[F], object]] = [lambda fact: decider.decide(state, fact)]
    for judge in [*judges, check] if other_streams else judges:
        if rejected := _rejection_by(judge, judged.fact):
            yield rejected


def _rejection_by(judge: Callable[[F], object], fact: F) -> Rejected | None:
    try:
        judge(fact)
    except Rejected as rejected:
        return rejected
    return None
