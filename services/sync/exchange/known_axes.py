"""When facts were known: by what their origins recorded, and by what another site stated that it had received."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.sync.domain.heads import to_head
from services.sync.domain.receipts import SyncEvent
from services.sync.events import HeldRange, OriginHead, Received
from services.sync.exchange.site_tree import RECEIPTS
from shared.core.facts import AnyEvent
from shared.core.partial_dates import Instant
from shared.eventlog.known_views import KnownSpan, KnownView
from shared.replica.coverage import coverage_of
from shared.replica.runs import Head, LogId
from shared.replica.store.replica_store import ReplicaStore

Corrections = Mapping[str, Sequence[tuple[Instant, frozenset[Head]]]]
"""By site: when a correction of its clock was recorded, and up to where entries carry a wrong time."""


class Covered:
    """The entries of one log at and before some heads."""

    def __init__(self, store: ReplicaStore, log: LogId, heads: Iterable[Head]) -> None:
        coverage = coverage_of(store.load_log(log), heads, store.root_reader(log))
        self._parts: dict[str, list[tuple[int, int]]] = {}
        for run, last in coverage.items():
            self._parts.setdefault(run.epoch, []).append((run.first, last))

    def has(self, epoch: str, seq: int) -> bool:
        return any(first <= seq <= last for first, last in self._parts.get(epoch, ()))

    def lasts(self) -> dict[str, int]:
        """The last entry of each epoch."""
        return {epoch: max(last for _, last in parts) for epoch, parts in self._parts.items()}


class RecordedTimes:
    """When each entry was recorded by its site: what it says, or, where the clock of the site was ahead, when that was
    corrected."""

    def __init__(self, store: ReplicaStore, corrections: Corrections) -> None:
        self._store, self._corrections = store, corrections
        self._covered: dict[tuple[LogId, Instant], Covered] = {}

    def find(self, topic: str, event: AnyEvent) -> Instant:
        recorded = event.recorded_at
        for instant, heads in self._corrections.get(event.site, ()):
            if instant < recorded and self._covers(LogId(event.site, topic), instant, heads, event):
                recorded = instant
        return recorded

    def _covers(self, log: LogId, instant: Instant, heads: frozenset[Head], event: AnyEvent) -> bool:
        key = log, instant
        if key not in self._covered:
            self._covered[key] = Covered(self._store, log, heads)
        return self._covered[key].has(event.epoch, event.seq)


class HereView:
    """A fact is known since this site has it."""

    def find_spans(self, topic: str, event: AnyEvent, here: Sequence[KnownSpan]) -> Sequence[KnownSpan]:
        return here


class OfSites:
    """What some sites recorded, as another view has it."""

    def __init__(self, view: KnownView, sites: Iterable[str]) -> None:
        self._view, self._sites = view, frozenset(sites)

    def find_spans(self, topic: str, event: AnyEvent, here: Sequence[KnownSpan]) -> Sequence[KnownSpan]:
        return self._view.find_spans(topic, event, here) if event.site in self._sites else ()


class RecordedView:
    """A fact that counts here is known since its site recorded it: the same at all sites with the same facts."""

    def __init__(self, times: RecordedTimes) -> None:
        self._times = times

    def find_spans(self, topic: str, event: AnyEvent, here: Sequence[KnownSpan]) -> Sequence[KnownSpan]:
        return () if here[-1].until else (KnownSpan(self._times.find(topic, event)),)


class SeenByView:
    """A fact is known since a site recorded it itself, or stated that it had received it, for as long as its statements
    say so. `statements`: those of all sites."""

    def __init__(
        self, site: str, store: ReplicaStore, statements: Iterable[SyncEvent], times: RecordedTimes
    ) -> None:
        self._site, self._store, self._times = site, store, times
        self._received: dict[LogId, list[_Statement]] = {}
        self._logs: dict[LogId, _SeenLog] = {}
        for event in statements:
            if event.site == site and isinstance(event.fact, Received):
                instant = times.find(RECEIPTS, event)
                for log, heads, held in _by_log(event.fact):
                    place = event.lamport, event.epoch, event.seq
                    statement = _Statement(place, instant, event.event_id, heads, held)
                    self._received.setdefault(log, []).append(statement)

    def find_spans(self, topic: str, event: AnyEvent, here: Sequence[KnownSpan]) -> Sequence[KnownSpan]:
        if event.site == self._site:
            return (KnownSpan(self._times.find(topic, event)),)
        return self._seen(LogId(event.site, topic)).find_spans(event.epoch, event.seq)

    def find_receipt(self, topic: str, event: AnyEvent) -> str:
        """Event id of the statement by which the site first knew the fact: of what it recorded, the fact itself. Empty:
        it has not said so."""
        if event.site == self._site:
            return event.event_id
        return self._seen(LogId(event.site, topic)).find_first(event.epoch, event.seq)

    def _seen(self, log: LogId) -> "_SeenLog":
        if log not in self._logs:
            self._logs[log] = _SeenLog(self._store, log, sorted(self._received.get(log, ())))
        return self._logs[log]


class _Statement(NamedTuple):
    """What one receipt says about one log."""

    place: tuple[int, str, int]
    """In the order in which its site stated it."""
    instant: Instant
    event_id: str
    heads: frozenset[Head]
    held: tuple[HeldRange, ...]


class _SeenLog:
    """What a site stated about one log, from its first receipt on."""

    def __init__(self, store: ReplicaStore, log: LogId, statements: Sequence[_Statement]) -> None:
        self._statements = statements
        self._covered = [Covered(store, log, each.heads) for each in statements]
        self._lasts: dict[str, list[int]] = {}
        self._is_plain = not any(each.held for each in statements)
        """Whether what was received stayed so: then the first receipt that covers an entry says it all."""
        for number, covered in enumerate(self._covered):
            for epoch, last in covered.lasts().items():
                lasts = self._lasts.setdefault(epoch, [0] * number)
                lasts.append(last)
        for lasts in self._lasts.values():
            self._is_plain &= lasts == sorted(lasts) and len(lasts) == len(statements)

    def find_spans(self, epoch: str, seq: int) -> Sequence[KnownSpan]:
        if self._is_plain:
            first = self._first_of(epoch, seq)
            return () if first is None else (KnownSpan(self._statements[first].instant),)
        spans: list[KnownSpan] = []
        for number, statement in enumerate(self._statements):
            knows, counts = self._knows(number, epoch, seq), bool(spans) and not spans[-1].until
            if knows and not counts:
                spans.append(KnownSpan(statement.instant))
            elif counts and not knows:
                spans[-1] = KnownSpan(spans[-1].since, statement.instant)
        return spans

    def find_first(self, epoch: str, seq: int) -> str:
        """Event id of the first statement that the entry is known."""
        if self._is_plain:
            first = self._first_of(epoch, seq)
        else:
            knowing = (n for n in range(len(self._statements)) if self._knows(n, epoch, seq))
            first = next(knowing, None)
        return "" if first is None else self._statements[first].event_id

    def _first_of(self, epoch: str, seq: int) -> int | None:
        lasts = self._lasts.get(epoch, [])
        found = bisect_left(lasts, seq)
        return found if found < len(lasts) else None

    def _knows(self, number: int, epoch: str, seq: int) -> bool:
        held = self._statements[number].held
        return self._covered[number].has(epoch, seq) and not any(
            each.epoch == epoch and each.first <= seq <= each.last for each in held
        )


def _by_log(fact: Received) -> Iterable[tuple[LogId, frozenset[Head], tuple[HeldRange, ...]]]:
    """What a receipt says about each log that it names."""

    def log_of(each: OriginHead | HeldRange) -> LogId:
        return LogId(each.origin, each.topic)

    for log in sorted({*map(log_of, fact.heads), *map(log_of, fact.held)}):
        heads = frozenset(to_head(head) for head in fact.heads if log_of(head) == log)
        yield log, heads, tuple(each for each in fact.held if log_of(each) == log)
