"""Rows on two time axes: when it was true, and when it was known. A function of the set of facts, nothing else."""

from collections.abc import Iterable
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
    step, end = projection.step, len(arrived)
    done: list[Period[R]] = []
    rows: dict[str, R] = {}
    since: dict[str, Instant] = {}
    folded: list[Folded[R]] = []
    corrected: set[str] = set()
    newest: Any = ()
    before: dict[str, R | None] = {}
    late = False
    for size, event in enumerate(arrived, start=1):
        now = event.recorded_at
        all_of_now = size == end or arrived[size].recorded_at != now
        if type(event.fact) is Corrected:
            corrected.add(event.fact.target)
            late = True
        elif not late:
            order = effective_order(event)
            late = order < newest or event.event_id in corrected
        if not late:
            newest = order
            fresh = [event]
        elif all_of_now:
            fresh = _settle(folded, timeline(arrived[:size]), rows, before)
            newest = effective_order(fresh[-1] if fresh else folded[-1][0]) if fresh or folded else ()
        else:
            continue
        for each in fresh:
            changes = step(rows, each)
            folded.append((each, changes))
            for key, row in changes.items():
                if key not in before:
                    before[key] = rows.get(key)
                if row is None:
                    rows.pop(key, None)
                else:
                    rows[key] = row
        if all_of_now:
            for key, old in before.items():
                found = rows.get(key)
                if found != old:
                    if old is not None:
                        done.append(Period(key, old, since.pop(key), now))
                    if found is not None:
                        since[key] = now
            before, late = {}, False
    done.extend([Period(key, row, since[key], FOREVER) for key, row in rows.items()])
    return done


def _settle(
    folded: list[Folded[R]], settled: list[Recorded[Any]], rows: dict[str, R], before: dict[str, R | None]
) -> list[Recorded[Any]]:
    """Take back what does not begin as the settled facts do; what remains to be folded. `before` keeps the rows lost."""
    kept = 0
    for (old, _), new in zip(folded, settled, strict=False):
        if old is not new and old != new:
            break
        kept += 1
    for _, changes in folded[kept:]:
        for key in changes:
            before.setdefault(key, rows.get(key))
    del folded[kept:]
    rows.clear()
    for _, changes in folded:
        apply(rows, changes)
    return settled[kept:]


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
