"""The facts of one stream in effective order, with corrections applied: the input of every fold."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from msgspec.structs import replace

from shared.core.facts import Corrected, F, Recorded
from shared.core.partial_dates import BY_NOW, earliest, latest

SECRET = "SECRET"
OrderKey = tuple[str, int, int, str, str, int]
TotalOrderKey = tuple[int, str, str, int]


def effective_order(event: Recorded[F]) -> OrderKey:
    """Sort key (effective day, same-day order, lamport, site, epoch, seq): a total order, the same at every site."""
    fact = event.fact
    when: str = fact.effective_from
    if len(when) != 10:
        when = latest(fact.effective_from) if fact.closes else earliest(fact.effective_from)
    return (when, fact.same_day_order, event.lamport, event.site, event.epoch, event.seq)


def total_order(event: Recorded[F]) -> TotalOrderKey:
    """Sort key (lamport, site, epoch, seq): whoever recorded an event had seen only events before it.

    No clock is in it, so a wrong one changes nothing. Within one site it is the order in which events were recorded."""
    return (event.lamport, event.site, event.epoch, event.seq)


def arrival_order(event: Recorded[F]) -> tuple[str, int, str, str, int]:
    """Sort key of the order in which events became known; of those of one instant, their total order."""
    return (event.recorded_at, event.lamport, event.site, event.epoch, event.seq)


def sort_by_arrival(events: Iterable[Recorded[F]]) -> list[Recorded[F]]:
    """The events in the order in which they became known, each once; a log gives them in this order already."""
    ordered = list(events)
    last: tuple[str, int] = ("", 0)
    for event in ordered:
        if last >= (last := (event.recorded_at, event.lamport)):
            return sorted({event.event_id: event for event in ordered}.values(), key=arrival_order)
    return ordered


def timeline(events: Iterable[Recorded[F]]) -> list[Recorded[F]]:
    """The facts that count, in effective order. Repeats, arrival order and batching make no difference."""
    unique = {event.event_id: event for event in events}
    return sorted(apply_corrections(unique), key=effective_order)


def apply_corrections(events: dict[str, Recorded[F]]) -> list[Recorded[F]]:
    """The events with corrections applied, the last in total order first, so that a correction can itself be voided or
    amended."""
    corrections = [event for event in events.values() if isinstance(event.fact, Corrected)]
    if not corrections:
        return list(events.values())
    void, amended = _collect_corrections(corrections)
    return [
        _amend(event, amended) if event.event_id in amended else event
        for event in events.values()
        if event.event_id not in void and not isinstance(event.fact, Corrected)
    ]


def find_void(events: Iterable[Recorded[F]]) -> set[str]:
    """The event ids of facts and corrections that a correction which counts declares void."""
    return _collect_corrections([event for event in events if isinstance(event.fact, Corrected)])[0]


def _collect_corrections(
    corrections: Iterable[Recorded[F]],
) -> tuple[set[str], dict[str, list[dict[str, Any]]]]:
    """What corrections that count declare void, and the new values that they give, newest first."""
    void: set[str] = set()
    amended: dict[str, list[dict[str, Any]]] = {}
    for event in sorted(corrections, key=total_order, reverse=True):
        if event.event_id in void:
            continue
        correction: Any = _amend(event, amended).fact
        if correction.mode == "VOID":
            void.add(correction.target)
        else:
            amended.setdefault(correction.target, []).append(_values_of(correction))
    return void, amended


def _values_of(correction: Corrected) -> dict[str, Any]:
    """The values that a correction gives. A fact that a SECRET one amends is SECRET too, unless it says otherwise."""
    if correction.confidentiality != SECRET:
        return correction.new_values
    return {"confidentiality": SECRET, **correction.new_values}


def find_ineffective(events: Iterable[Recorded[F]]) -> list[Recorded[Any]]:
    """The corrections that count and change nothing, as they are amended: their target is not among these events, or
    does not take their values."""
    known = {event.event_id: event for event in events}
    corrections = [event for event in known.values() if isinstance(event.fact, Corrected)]
    if not corrections:
        return []
    void, amended = _collect_corrections(corrections)
    counting: Iterable[Recorded[Any]] = (
        _amend(each, amended) for each in corrections if each.event_id not in void
    )
    return [event for event in counting if not takes_effect(event.fact, known)]


def takes_effect(correction: Corrected, known: Mapping[str, Recorded[Any]]) -> bool:
    """Whether the target of a correction is among these events, by id, and takes its values."""
    target = known.get(correction.target)
    if target is None or correction.mode == "VOID":
        return target is not None
    try:
        amend_fact(target.fact, correction.new_values)
    except msgspec.ValidationError:
        return False
    return True


def append_correction(history: Sequence[Recorded[F]], correction: Corrected) -> Recorded[Any]:
    """The correction as it will be recorded: after all events of its stream in every order."""
    lamport = max(event.lamport for event in history) + 1
    return replace(history[-1], event_id="", recorded_at=BY_NOW, lamport=lamport, fact=correction)


def apply_correction(event: Recorded[F], correction: Corrected) -> Recorded[F] | None:
    """The fact with one correction applied; None when it is void."""
    return None if correction.mode == "VOID" else _amend(event, {event.event_id: [_values_of(correction)]})


def _amend(event: Recorded[F], amended: dict[str, list[dict[str, Any]]]) -> Recorded[F]:
    """The event with all its new values, oldest first so that the newest wins. Values that do not fit the fact are
    ignored."""
    fact = event.fact
    for values in reversed(amended.get(event.event_id, ())):
        with suppress(msgspec.ValidationError):
            fact = amend_fact(fact, values)
    return event if fact is event.fact else replace(event, fact=fact)


def amend_fact(fact: F, values: dict[str, Any]) -> F:
    """The fact with some fields replaced; msgspec.ValidationError names the field that does not fit."""
    return msgspec.convert({**msgspec.to_builtins(fact), **values}, type(fact))
