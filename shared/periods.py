"""Rows on two time axes: when it was true, and when it was known. A function of the set of facts, nothing else."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Generic, NamedTuple

from shared.dates import FOREVER, Instant
from shared.facts import Corrected, Recorded
from shared.projection import Projection, R, apply
from shared.timeline import arrival_order, effective_order, timeline


class Period(NamedTuple, Generic[R]):
    """One row as it was known over [known_from, known_to)."""

    key: str
    row: R
    known_from: Instant
    known_to: Instant


def periods(projection: Projection[Any, R], events: Iterable[Recorded[Any]]) -> list[Period[R]]:
    """All rows of one stream, past knowledge included. Facts that arrive in effective order extend the last rows;
    a late fact or a correction folds the stream anew. `periods_by_definition` is what both must equal."""
    arrived = sorted({event.event_id: event for event in events}.values(), key=arrival_order)
    done: list[Period[R]] = []
    rows: dict[str, R] = {}
    shown: dict[str, tuple[R, Instant]] = {}
    step = projection.step
    newest: Any = ()
    corrected: set[str] = set()
    size, end = 0, len(arrived)
    while size < end:
        now = arrived[size].recorded_at
        touched: Any = ()
        refold = False
        while size < end and (event := arrived[size]).recorded_at == now:
            size += 1
            if refold:
                continue
            order = effective_order(event)
            if type(event.fact) is Corrected:
                corrected.add(event.fact.target)
                refold = True
                continue
            if order < newest or event.event_id in corrected:
                refold = True
                continue
            newest = order
            changes = step(rows, event)
            if changes:
                touched = changes if not touched else {**touched, **changes}
                apply(rows, changes)
        if refold:
            settled = timeline(arrived[:size])
            newest = effective_order(settled[-1]) if settled else ()
            rows = projection.fold(settled)
            touched = {**shown, **rows}
        for key in touched:
            row, old = rows.get(key), shown.get(key)
            if old is not None:
                if old[0] == row:
                    continue
                if old[1] < now:
                    done.append(Period(key, old[0], old[1], now))
            if row is not None:
                shown[key] = (row, now)
            elif old is not None:
                del shown[key]
    done.extend(Period(key, row, since, FOREVER) for key, (row, since) in shown.items())
    return done


def periods_by_definition(projection: Projection[Any, R], events: Iterable[Recorded[Any]]) -> list[Period[R]]:
    """The same from first principles: fold everything known at every instant, and join equal neighbours. For tests."""
    arrived = sorted({event.event_id: event for event in events}.values(), key=arrival_order)
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
