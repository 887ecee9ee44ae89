"""Rows on two time axes: when it was true, and when it was known. A function of the set of facts, nothing else."""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Any, Generic, NamedTuple

from shared.dates import FOREVER, Instant
from shared.facts import Corrected, Recorded
from shared.projection import Projection, R, apply
from shared.timeline import arrival, effective_order, timeline


class Period(NamedTuple, Generic[R]):
    """One row as it was known over [known_from, known_to)."""

    key: str
    row: R
    known_from: Instant
    known_to: Instant


def periods(projection: Projection[Any, R], events: Iterable[Recorded[Any]]) -> list[Period[R]]:
    """All rows of one stream, past knowledge included. Facts that arrive in effective order extend the last rows;
    a late fact or a correction takes back those after it and folds them again. `periods_by_definition` is the law."""
    arrived = arrival(events)
    done: list[Period[R]] = []
    shown: dict[str, tuple[R, Instant]] = {}
    fold = _Fold(projection)
    newest: Any = ()
    corrected: set[str] = set()
    size, end = 0, len(arrived)
    while size < end:
        now = arrived[size].recorded_at
        touched: Collection[str] = ()
        unsettled = False
        while size < end and (event := arrived[size]).recorded_at == now:
            size += 1
            if type(event.fact) is Corrected:
                corrected.add(event.fact.target)
                unsettled = True
            elif unsettled or event.event_id in corrected or (order := effective_order(event)) < newest:
                unsettled = True
            else:
                newest = order
                changed = fold.extend(event)
                touched = {*touched, *changed} if touched else changed
        if unsettled:
            touched = {*touched, *fold.settle(timeline(arrived[:size]))}
            newest = effective_order(fold.folded[-1]) if fold.folded else ()
        for key in touched:
            row, old = fold.rows.get(key), shown.get(key)
            if old is not None:
                if old[0] == row:
                    continue
                if old[1] < now:
                    done.append(Period(key, old[0], old[1], now))
            if row is not None:
                shown[key] = (row, now)
            elif old is not None:
                del shown[key]
    done.extend([Period(key, row, since, FOREVER) for key, (row, since) in shown.items()])
    return done


class _Fold(Generic[R]):
    """Rows, the facts folded into them, and for each fact what it replaced, so that it can be taken back."""

    def __init__(self, projection: Projection[Any, R]) -> None:
        self.step = projection.step
        self.rows: dict[str, R] = {}
        self.folded: list[Recorded[Any]] = []
        self._before: list[dict[str, R | None]] = []

    def extend(self, event: Recorded[Any]) -> Collection[str]:
        """Fold one more fact; the keys of the rows it changes."""
        rows = self.rows
        changes = self.step(rows, event)
        self.folded.append(event)
        self._before.append({key: rows.get(key) for key in changes})
        apply(rows, changes)
        return changes.keys()

    def settle(self, settled: Sequence[Recorded[Any]]) -> set[str]:
        """Make it the fold of these facts, keeping what they begin with in common; the keys that may have changed."""
        kept = 0
        for old, new in zip(self.folded, settled, strict=False):
            if old is not new and old != new:
                break
            kept += 1
        touched: set[str] = set()
        while len(self.folded) > kept:
            self.folded.pop()
            before = self._before.pop()
            touched |= before.keys()
            apply(self.rows, before)
        for event in settled[kept:]:
            touched |= set(self.extend(event))
        return touched


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
