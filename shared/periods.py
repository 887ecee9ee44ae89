"""Rows on two time axes: when it was true, and when it was known. A function of the set of facts, nothing else."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Generic

import msgspec

from shared.dates import FOREVER, Instant
from shared.facts import Corrected, Recorded
from shared.projection import Changes, Projection, R, apply
from shared.timeline import arrival, effective_order, timeline

Folded = tuple[Recorded[Any], Changes[R]]
"""A fact, and the rows it changed."""


class Period(msgspec.Struct, Generic[R], frozen=True, gc=False):
    """One row as it was known over [known_from, known_to)."""

    key: str
    row: R
    known_from: Instant
    known_to: Instant


def periods(projection: Projection[Any, R], events: Iterable[Recorded[Any]]) -> list[Period[R]]:
    """All rows of one stream, past knowledge included. Facts that arrive in effective order extend the last rows;
    a late fact or a correction takes back those after it and folds them again. `periods_by_definition` is the law."""
    arrived = arrival(events)
    step = projection.step
    if len(arrived) == 1:
        now = arrived[0].recorded_at
        return [Period(key, row, now, FOREVER) for key, row in projection.fold(timeline(arrived)).items()]
    done: list[Period[R]] = []
    rows: dict[str, R] = {}
    since: dict[str, Instant] = {}
    folded: list[Folded[R]] = []
    corrected: set[str] = set()
    newest: Any = ()
    last = ""
    for size, event in enumerate(arrived, start=1):
        now = event.recorded_at
        fact = event.fact
        in_order = type(fact) is not Corrected and (order := effective_order(event)) > newest
        if in_order and event.event_id not in corrected:
            newest = order
            changes = step(rows, event)
            folded.append((event, changes))
            before = apply(rows, changes)
        else:
            if type(fact) is Corrected:
                corrected.update((fact.target, str(fact.new_values.get("target"))))
            before = dict(rows)
            _settle(projection, folded, arrived[:size], rows)
            newest = effective_order(folded[-1][0]) if folded else ()
            before |= dict.fromkeys(rows.keys() - before.keys())
        for key, old in before.items():
            row = rows.get(key)
            if row is not old and row != old:
                if old is not None and (start := since.pop(key)) != now:
                    done.append(Period(key, old, start, now))
                if row is not None:
                    since[key] = now
        if now == last:
            _rejoin(done, rows, since, now)
        last = now
    done.extend([Period(key, row, since[key], FOREVER) for key, row in rows.items()])
    return done


def _settle(
    projection: Projection[Any, R],
    folded: list[Folded[R]],
    known: Sequence[Recorded[Any]],
    rows: dict[str, R],
) -> None:
    """Take back what does not begin as the timeline of all that is known does, and fold the rest of it."""
    settled = timeline(known)
    kept = 0
    for (old, _), new in zip(folded, settled, strict=False):
        if old is not new and old != new:
            break
        kept += 1
    del folded[kept:]
    rows.clear()
    for _, changes in folded:
        apply(rows, changes)
    for event in settled[kept:]:
        changes = projection.step(rows, event)
        folded.append((event, changes))
        apply(rows, changes)


def _rejoin(done: list[Period[R]], rows: dict[str, R], since: dict[str, Instant], now: Instant) -> None:
    """What one fact of an instant changed and another of the same instant changed back has not changed."""
    for number in range(len(done) - 1, -1, -1):
        period = done[number]
        if period.known_to != now:
            break
        if since.get(period.key) == now and rows[period.key] == period.row:
            since[period.key] = period.known_from
            del done[number]


def periods_by_definition(projection: Projection[Any, R], events: Iterable[Recorded[Any]]) -> list[Period[R]]:
    """The same from first principles: fold everything known at every instant, and join equal neighbours. For tests."""
    arrived = arrival(events)
    done: list[Period[R]] = []
    open_: dict[str, tuple[R, Instant]] = {}
    for now, _ in groupby(arrived, key=lambda event: event.recorded_at):
        rows = projection.fold(timeline(event for event in arrived if event.recorded_at <= now))
        for key in [key for key in open_ if rows.get(key) != open_[key][0]]:
            row, since = open_.pop(key)
            done.append(Period(key, row, since, now))
        for key, row in rows.items():
            open_.setdefault(key, (row, now))
    done.extend(Period(key, row, since, FOREVER) for key, (row, since) in open_.items())
    return done
