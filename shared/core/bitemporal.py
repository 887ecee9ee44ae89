"""Rows on two time axes, when something was true and when it was known, computed from the facts of one stream."""

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Generic

import msgspec

from shared.core.facts import Corrected, F, Recorded
from shared.core.partial_dates import FOREVER, Instant
from shared.core.projection import Changes, Projection, R, apply_changes
from shared.core.timeline import (
    TotalOrderKey,
    apply_correction,
    effective_order,
    find_ineffective,
    sort_by_arrival,
    takes_effect,
    timeline,
    total_order,
)

_UNDECIDED = "~"
"""Sorts after every day, so that the next event is compared by its whole order."""
FoldedEvent = tuple[Recorded[F], Changes[R]]
"""An event, and the rows it changed."""


class PeriodRow(msgspec.Struct, Generic[R], frozen=True, gc=False):
    """A row of a projection as it was known over the half-open time [known_from, known_to)."""

    key: str
    row: R
    known_from: Instant
    known_to: Instant


def fold_periods(projection: Projection[F, R], events: Iterable[Recorded[F]]) -> list[PeriodRow[R]]:
    """All rows of one stream on both time axes.

    Events that arrive in effective order extend the last rows. A late event or a correction removes the rows of the
    events after it and folds those again. Equal to `fold_periods_by_definition`, and much faster.
    """
    if projection.ineffective_row is not None:
        events = list(events)
        if ineffective := _ineffective_periods(projection, events):
            return _fold_facts(projection, events) + ineffective
    return _fold_facts(projection, events)


def _fold_facts(projection: Projection[F, R], events: Iterable[Recorded[F]]) -> list[PeriodRow[R]]:
    """As `fold_periods`, without rows about corrections."""
    kinds = projection.kinds
    chosen = [event for event in events if type(event.fact) in kinds] if kinds else list(events)
    if not chosen or (projection.may_store is not None and not projection.may_store(chosen)):
        return []
    arrived = sort_by_arrival(chosen)
    if len(arrived) == 1:
        now = arrived[0].recorded_at
        return [PeriodRow(key, row, now, FOREVER) for key, row in projection.fold(timeline(arrived)).items()]
    is_stored = projection.is_stored
    step, done, rows, since = projection.step, list[PeriodRow[R]](), dict[str, R](), dict[str, Instant]()
    folded: list[FoldedEvent[F, R]] = []
    targets: set[str] = set()
    newest: Recorded[F] | None = None
    last_correction: TotalOrderKey = (0, "", "", 0)
    day = last = ""
    lamport = order = 0
    for event in arrived:
        fact, now = event.fact, event.recorded_at
        when = fact.effective_from
        if event.event_id in targets or type(fact) is Corrected:
            extends = False
        elif len(when) != 10:
            extends, day = newest is None or effective_order(event) > effective_order(newest), _UNDECIDED
        elif when > day or (when == day and event.lamport > lamport and fact.same_day_order >= order):
            extends, day = True, when  # by far the most frequent case
        else:
            extends = newest is None or effective_order(event) > effective_order(newest)
            day = when
        before = rows
        if extends:
            newest, lamport, order = event, event.lamport, fact.same_day_order
            changes = step(rows, event)
            folded.append((event, changes))
        else:
            known = arrived[: arrived.index(event) + 1]
            simple = event.event_id not in targets
            if isinstance(fact, Corrected):
                targets.update((fact.target, str(fact.new_values.get("target"))))
                simple = simple and total_order(event) > last_correction
                last_correction = max(last_correction, total_order(event))
            counted = _insert_into_timeline(folded, known, simple)
            newest, day = counted[-1] if counted else None, _UNDECIDED
            rows = _refold(projection, folded, counted)
            changes = {**dict.fromkeys(before), **rows}
        for key, row in changes.items():
            old = before.get(key)
            if old is not None:
                if row is old or row == old:
                    continue
                if (start := since.pop(key)) != now and (is_stored is None or is_stored(old)):
                    done.append(PeriodRow(key, old, start, now))
            if row is not None:
                since[key] = now
                rows[key] = row
            elif old is not None and before is rows:
                del rows[key]
        if now == last:
            _rejoin(done, rows, since, now)
        last = now
    last_rows = rows.items() if is_stored is None else [each for each in rows.items() if is_stored(each[1])]
    done.extend([PeriodRow(key, row, since[key], FOREVER) for key, row in last_rows])
    return done


def _ineffective_periods(projection: Projection[F, R], events: Sequence[Recorded[F]]) -> list[PeriodRow[R]]:
    """The rows about corrections while they count and change nothing, as where another site has what they are about.

    Nearly every correction comes after its target and fits it; only for others is it asked at every instant."""
    if not any(type(event.fact) is Corrected for event in events):
        return []
    arrived = sort_by_arrival(events)
    if not _may_change_nothing(arrived):
        return []
    done: list[PeriodRow[R]] = []
    open_: dict[str, tuple[R, Instant]] = {}
    for now, _ in groupby(arrived, key=lambda event: event.recorded_at):
        _move_periods(done, open_, _ineffective_rows(projection, arrived, now), now)
    return done + [PeriodRow(key, row, since, FOREVER) for key, (row, since) in open_.items()]


def _may_change_nothing(arrived: Iterable[Recorded[Any]]) -> bool:
    """Whether a correction comes before its target, does not fit it, or is itself amended."""
    known: dict[str, Recorded[Any]] = {}
    for event in arrived:
        if type(event.fact) is Corrected:
            target = known.get(event.fact.target)
            if not takes_effect(event.fact, known):
                return True
            if target and type(target.fact) is Corrected and event.fact.mode == "AMEND":
                return True
        known[event.event_id] = event
    return False


def _ineffective_rows(
    projection: Projection[F, R], arrived: Iterable[Recorded[F]], now: Instant
) -> dict[str, R]:
    """The rows about corrections as known at an instant."""
    if projection.ineffective_row is None:
        return {}
    known = [event for event in arrived if event.recorded_at <= now]
    return {event.event_id: projection.ineffective_row(event, known) for event in find_ineffective(known)}


def _move_periods(
    done: list[PeriodRow[R]], open_: dict[str, tuple[R, Instant]], rows: Mapping[str, R], now: Instant
) -> None:
    """End what these rows have no more, and begin what they have anew."""
    for key in [key for key in open_ if rows.get(key) != open_[key][0]]:
        row, since = open_.pop(key)
        done.append(PeriodRow(key, row, since, now))
    for key, row in rows.items():
        open_.setdefault(key, (row, now))


def _refold(
    projection: Projection[F, R], folded: list[FoldedEvent[F, R]], counted: Sequence[Recorded[F]]
) -> dict[str, R]:
    """Undo the folded events from the first that differs from the new timeline on, and fold the rest of it. Returns all
    rows."""
    kept = 0
    for (old, _), new in zip(folded, counted, strict=False):
        if old is not new and old != new:
            break
        kept += 1
    del folded[kept:]
    rows: dict[str, R] = {}
    for _, changes in folded:
        apply_changes(rows, changes)
    for event in counted[kept:]:
        changes = projection.step(rows, event)
        folded.append((event, changes))
        apply_changes(rows, changes)
    return rows


def _insert_into_timeline(
    folded: list[FoldedEvent[F, R]], known: Sequence[Recorded[F]], simple: bool
) -> list[Recorded[F]]:
    """The timeline of all known events, where `known[-1]` has just arrived.

    In the simple case (a late fact, or a correction of a fact that counts, neither of them corrected before, the
    correction after all others in total order) it is the last timeline with one event moved.
    """
    events, event = [event for event, _ in folded], known[-1]
    if not simple:
        return timeline(known)
    if isinstance(event.fact, Corrected):
        index = next((n for n, each in enumerate(events) if each.event_id == event.fact.target), -1)
        if index < 0:
            return timeline(known)
        moved = apply_correction(events.pop(index), event.fact)
    else:
        moved = event
    if moved is not None:
        insort(events, moved, key=effective_order)
    return events


def _rejoin(done: list[PeriodRow[R]], rows: dict[str, R], since: dict[str, Instant], now: Instant) -> None:
    """Join periods that one event of an instant ended and another event of the same instant began again, unchanged."""
    for number in range(len(done) - 1, -1, -1):
        period = done[number]
        if period.known_to != now:
            break
        if since.get(period.key) == now and rows[period.key] == period.row:
            since[period.key] = period.known_from
            del done[number]


def fold_known(projection: Projection[F, R], events: Iterable[Recorded[F]]) -> dict[str, R]:
    """The rows of one stream by all these events, those about corrections included."""
    known = list(events)
    return projection.fold(timeline(known)) | _ineffective_rows(projection, known, FOREVER)


def fold_periods_by_definition(
    projection: Projection[F, R], events: Iterable[Recorded[F]]
) -> list[PeriodRow[R]]:
    """The same from first principles, for tests: fold everything known at every instant, and join equal neighbours."""
    arrived = sort_by_arrival(events)
    done: list[PeriodRow[R]] = []
    open_: dict[str, tuple[R, Instant]] = {}
    for now, _ in groupby(arrived, key=lambda event: event.recorded_at):
        known = [event for event in arrived if event.recorded_at <= now]
        _move_periods(done, open_, fold_known(projection, known), now)
    done.extend(PeriodRow(key, row, since, FOREVER) for key, (row, since) in open_.items())
    return done
