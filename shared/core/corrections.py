"""Checks a correction: whether it can be made, and whether the corrected history is still consistent."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from shared.core.decider import Decider, Rejected
from shared.core.facts import AnyEvent, Corrected, F, Fact, Recorded
from shared.core.identifiers import check_ids
from shared.core.normalization import normalize_fact
from shared.core.timeline import amend_fact, append_correction, timeline

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
    if isinstance(target.fact, Corrected) and correction.new_values.get("target") == correction.target:
        raise DoesNotFit(field="target", reason="a correction cannot be its own target")
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


class Contradiction(NamedTuple):
    """A fact that could not be true once a correction counts, and why."""

    event: AnyEvent
    rejected: Rejected


def check_amended(
    decider: Decider[Any, F],
    history: Sequence[Recorded[F]],
    correction: Corrected,
    check: Callable[[F], None],
) -> None:
    """Raise what is wrong with a stream once a correction counts, if it was not wrong before.

    That may be the amended fact itself, or another one that cannot be true beside it, such as an end that now precedes
    its start, or that a void fact made possible. Every fact is judged against all others of its stream.
    """
    corrected: list[Any] = [*history, append_correction(history, correction)]
    raise_contradictions(find_contradictions(decider, timeline(history), timeline(corrected), check))


def raise_contradictions(found: Sequence[Contradiction]) -> None:
    """Raise the first of them, with the event ids of all facts that are in the way."""
    if found:
        rejected = found[0].rejected
        rejected.case.setdefault("fact", found[0].event.event_id)
        rejected.case.setdefault("facts", list(dict.fromkeys(each.event.event_id for each in found)))
        raise rejected


def find_contradictions(
    decider: Decider[Any, F],
    before: Sequence[Recorded[F]],
    after: Sequence[Recorded[F]],
    check: Callable[[F], None],
) -> list[Contradiction]:
    """The facts of a timeline that cannot be true beside the others, and could be in the one before; `check` judges
    those that changed against other streams.

    A fact is judged against all others, later ones included. That alone would refuse a start whose end is among the
    others, so it must be impossible after the earlier facts too. In a long stream, an amended fact is judged alone; if
    one is void, each fact is judged against those before it.
    """
    before_by_id = {event.event_id: event for event in before}
    changed = {event.event_id for event in after if event != before_by_id.get(event.event_id)}
    is_short = len(after) <= MAX_REJUDGED_FACTS
    if not is_short and not changed:
        return _find_by_sequence(decider, before, after)
    in_sequence = (
        {each.event.event_id for each in _judge_in_sequence(decider, after)} if is_short else changed
    )
    found = []
    for event in sorted(after, key=lambda event: event.event_id not in changed):
        is_changed = event.event_id in changed
        if not is_changed and not is_short:
            break
        old = before_by_id.get(event.event_id)
        known = (
            {each.rule for each, _ in _rejections(decider, check, before, old, other_streams=is_changed)}
            if old is not None
            else set()
        )
        for rejected, by_stream in _rejections(decider, check, after, event, other_streams=is_changed):
            possible = by_stream and event.event_id not in in_sequence
            if rejected.rule not in known and not possible:
                found.append(Contradiction(event, rejected))
    return found


def _find_by_sequence(
    decider: Decider[Any, F], before: Sequence[Recorded[F]], after: Sequence[Recorded[F]]
) -> list[Contradiction]:
    """The same for many facts, each judged against those before it only."""
    known = {(each.event.event_id, each.rejected.rule) for each in _judge_in_sequence(decider, before)}
    return [
        each
        for each in _judge_in_sequence(decider, after)
        if (each.event.event_id, each.rejected.rule) not in known
    ]


def _judge_in_sequence(decider: Decider[Any, F], events: Iterable[Recorded[F]]) -> Iterator[Contradiction]:
    state = decider.initial
    for event in events:
        if rejected := _rejection_by(partial(decider.decide, state), event.fact):
            yield Contradiction(event, rejected)
        state = decider.evolve(state, event.fact)


def _rejections(
    decider: Decider[Any, F],
    check: Callable[[F], None],
    events: Iterable[Recorded[F]],
    judged: Recorded[F],
    *,
    other_streams: bool,
) -> Iterator[tuple[Rejected, bool]]:
    """Why a fact is refused after all others of its stream, and whether by the stream itself; with `other_streams` also
    by `check`, which looks at other streams."""
    facts = (event.fact for event in events if event.event_id != judged.event_id)
    state = reduce(decider.evolve, facts, decider.initial)
    if rejected := _rejection_by(partial(decider.decide, state), judged.fact):
        yield rejected, True
    if other_streams and (rejected := _rejection_by(check, judged.fact)):
        yield rejected, False


def _rejection_by(judge: Callable[[F], object], fact: F) -> Rejected | None:
    try:
        judge(fact)
    except Rejected as rejected:
        return rejected
    return None
