"""The streams of a topic over all sites: the own log, and the events of other sites that count here.

Where there are no other sites, everything is read from the log and given as it is.
"""

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, NamedTuple

from msgspec.structs import replace

from shared.contract.cloudevents import DECODE_ERRORS
from shared.core.errors import DamagedStore
from shared.core.facts import AnyEvent, Corrected, F, Recorded, Topic
from shared.core.partial_dates import FOREVER, Instant
from shared.core.timeline import arrival_order, total_order
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvent, ForeignEvents
from shared.eventlog.key_store import KeyStore, decrypt_events
from shared.eventlog.known_views import KnownSpan, KnownView

UNCOUNTING_ACTOR = "sync:uncounted"
"""The actor of the voids that stand, in histories, for events of other sites that ceased to count."""
_AFTER_ALL = 1 << 61
"""A lamport time after every recorded one, so that no correction comes after such a void."""
PAGE = 2000
"""Changes of other sites that are read at a time."""


class UnionVersion(NamedTuple):
    """The version of a stream: how many events it has in the own log, how many of other sites count, and how often one
    that had counted ceased to, or counted again. No two states of a stream at a site have the same."""

    own: int
    foreign: int = 0
    changes: int = 0

    def __str__(self) -> str:
        counted = f"{self.own}+{self.foreign}" if self.foreign else str(self.own)
        return f"{counted}.{self.changes}" if self.changes else counted


class UnionHistory(list[Recorded[F]]):
    """The events of a stream that count, of all sites, in total order, and the version of the stream."""

    def __init__(self, events: Iterable[Recorded[F]], version: UnionVersion) -> None:
        super().__init__(events)
        self.version = version


def version_of(history: Sequence[AnyEvent]) -> UnionVersion:
    """The version of a stream with this history, as a union or a log gave it."""
    if isinstance(history, UnionHistory):
        return history.version
    return UnionVersion(history[-1].version if history else 0)


def highest_lamport(history: Sequence[AnyEvent]) -> int:
    """The lamport time after which facts decided by this history come; 0 where the own log sees to that."""
    return history[-1].lamport if isinstance(history, UnionHistory) and history else 0


Histories = dict[str, list[Recorded[F]]]
"""Events by stream."""


class ForeignReader(Generic[F]):
    """Adds the events of other sites to the streams of one topic, whose own events were read elsewhere.

    `recorded_at` of an event of another site is the instant at which it was known here; what its own site says is kept
    in its stored bytes. The key that opens it is that of the site that recorded it. Raises DamagedStore where one
    cannot be read.
    """

    def __init__(self, topic: Topic[F], keys: KeyStore, foreign: ForeignEvents = NO_FOREIGN_EVENTS) -> None:
        self.foreign, self._topic, self._keys = foreign, topic, keys

    @property
    def is_alone(self) -> bool:
        """Whether there are no other sites, so that only own events are read."""
        return self.foreign is NO_FOREIGN_EVENTS

    def count_in(self, streams: Sequence[str], histories: Histories[F]) -> Histories[F]:
        """Add to own events what counts now; a stream with events of other sites becomes a UnionHistory."""
        for stream, periods in self._load_foreign(streams).items():
            own = histories.get(stream, [])
            _set_aside_repeats(own, periods)
            counted, foreign, changes = {event.event_id: event for event in own}, 0, 0
            for event_id, (*earlier, last) in periods.items():
                changes += 2 * len(earlier) + bool(last.until)
                if last.until:
                    counted.pop(event_id, None)
                elif event_id not in counted:
                    counted[event_id] = last.event
                    foreign += 1
            if own or counted:
                version = UnionVersion(own[-1].version if own else 0, foreign, changes)
                histories[stream] = UnionHistory(sorted(counted.values(), key=total_order), version)
        return histories

    def complete(self, own: Histories[F]) -> Histories[F]:
        """The same of streams whose events in the own log, all or the first of them, are read already."""
        if self.is_alone:
            return own
        histories = {stream: events for stream, events in own.items() if events}
        for stream, periods in self._load_foreign(list(own)).items():
            _set_aside_repeats(own[stream], periods)
            known = {event.event_id: event for event in own[stream]}
            for event_id, counting in periods.items():
                known.setdefault(event_id, counting[0].event)
                known |= {each.event_id: each for each in _void_where_uncounted(counting)}
            histories[stream] = sorted(known.values(), key=arrival_order)
        return histories

    def complete_as(self, view: KnownView, own: Histories[F]) -> Histories[F]:
        """The same as another view has it: in the order in which it became known there, at the instants that it says.
        Of an own event that ceased to count, the log says since when it was known here."""
        histories: Histories[F] = {}
        foreign = self._load_foreign(list(own))
        for stream, events in own.items():
            found = {event.event_id: (event, [KnownSpan(event.recorded_at)]) for event in events}
            for event_id, counting in foreign.get(stream, {}).items():
                event = counting[0].event
                since = [each.event.recorded_at for each in counting]
                if event_id in found:
                    since[0] = found[event_id][0].recorded_at
                spans = [KnownSpan(*each) for each in zip(since, (p.until for p in counting), strict=True)]
                found[event_id] = replace(event, recorded_at=counting[0].recorded_at), spans
            known: dict[str, Recorded[F]] = {}
            for event, here in found.values():
                seen = view.find_spans(self._topic.name, event, here)
                periods = [
                    _Period(replace(event, recorded_at=span.since), span.until, event.recorded_at)
                    for span in seen
                ]
                if periods:
                    known[event.event_id] = periods[0].event
                    known |= {each.event_id: each for each in _void_where_uncounted(periods)}
            if known:
                histories[stream] = sorted(known.values(), key=arrival_order)
        return histories

    def complete_readable(
        self,
        own: Histories[F],
        report: Callable[[str, DamagedStore], object],
        view: KnownView | None = None,
    ) -> Histories[F]:
        """As `complete`, or `complete_as` with a view; a stream with an event of another site that cannot be read is
        reported and left out."""

        def complete(some: Histories[F]) -> Histories[F]:
            return self.complete(some) if view is None else self.complete_as(view, some)

        try:
            return complete(own)
        except DamagedStore:
            histories: Histories[F] = {}
            for stream, events in own.items():
                try:
                    histories |= complete({stream: events})
                except DamagedStore as error:
                    report(stream, error)
            return histories

    def _iterate_changed(self, page: int) -> Iterator[list[str]]:
        """The streams that have events of other sites, each once."""
        seen, after = set[str](), 0
        while not self.is_alone and (changes := self.foreign.read_changes(self._topic.name, after, page)):
            after = changes[-1][0]
            streams = [
                stream for stream in dict.fromkeys(stream for _, stream in changes) if stream not in seen
            ]
            seen.update(streams)
            if streams:
                yield streams

    def _load_foreign(self, streams: Sequence[str]) -> "dict[str, dict[str, list[_Period[F]]]]":
        """The events of other sites by stream and id: the periods in which each counts, in order."""
        if self.is_alone:
            return {}
        found = self.foreign.load_streams(self._topic.name, streams)
        loaded = [(stream, event) for stream, events in found.items() for event in events]
        periods: dict[str, dict[str, list[_Period[F]]]] = {}
        events = decrypt_events(self._topic, [self._decode(*each) for each in loaded], self._keys)
        for (stream, stored), event in zip(loaded, events, strict=True):
            known = replace(event, recorded_at=stored.known)
            period = _Period(known, stored.known_until, event.recorded_at)
            insort(
                periods.setdefault(stream, {}).setdefault(event.event_id, []),
                period,
                key=lambda each: each.event.recorded_at,
            )
        return periods

    def _decode(self, stream: str, stored: ForeignEvent) -> Recorded[F]:
        try:
            return self._topic.decode(stored.state)
        except DECODE_ERRORS as error:
            raise DamagedStore(
                f"{self._topic.name}: an event of another site in stream {stream} cannot be read ({error}); it may "
                "come from a later version: update Cadre Ledger. The stream waits"
            ) from error


class UnionReader(ForeignReader[F]):
    """Reads the streams of one topic over the own log and the events of other sites."""

    def __init__(self, log: EventLog[F], foreign: ForeignEvents = NO_FOREIGN_EVENTS) -> None:
        super().__init__(log.topic, log.keys, foreign)
        self.log = log

    def load_stream(self, stream: str) -> list[Recorded[F]]:
        """The events of one stream that count now; of a stream with events of other sites a UnionHistory."""
        if self.is_alone:
            return self.log.load_stream(stream)
        return self.load_streams([stream]).get(stream, [])

    def load_streams(self, streams: Sequence[str]) -> Histories[F]:
        """The same of each of these streams that has events."""
        return self.count_in(streams, self.log.load_streams(streams))

    def load_histories(self, streams: Sequence[str]) -> Histories[F]:
        """All that was ever known of each of these streams that has events, in the order in which it became known, for
        folds over both axes: what ceased to count is void since then."""
        own = self.log.load_streams(streams)
        return own if self.is_alone else self.complete({stream: own.get(stream, []) for stream in streams})

    def count_events(self, stream: str) -> int:
        """How many events the stream has in the own log, and how many of other sites count."""
        foreign = {} if self.is_alone else self.foreign.stream_versions(self._topic.name, [stream])
        return self.log.version(stream) + foreign.get(stream, 0)

    def find_known_streams(self, streams: Sequence[str]) -> set[str]:
        """Those of these streams that have events, in the own log or of other sites."""
        known = self.log.find_known_streams(streams)
        if not self.is_alone:
            known |= self.foreign.load_streams(self._topic.name, streams).keys()
        return known

    def find_command(self, command_id: str) -> list[Recorded[F]]:
        """What this site recorded for a command, by its idempotency key, and its log lacks since it was restored."""
        states = [] if self.is_alone else self.foreign.find_command(self._topic.name, command_id)
        return decrypt_events(self._topic, [self._topic.decode(each) for each in states], self.log.keys)

    def iterate_foreign_streams(self, page: int = PAGE) -> Iterator[list[str]]:
        """The streams that only other sites have events of, many at a time, each once."""
        for streams in self._iterate_changed(page):
            own = self.log.find_known_streams(streams)
            if only := [stream for stream in streams if stream not in own]:
                yield only

    def iterate_foreign_states(self, page: int = PAGE) -> Iterator[bytes]:
        """The stored bytes of all events of other sites."""
        for streams in self._iterate_changed(page):
            for events in self.foreign.load_streams(self._topic.name, streams).values():
                yield from (event.state for event in events)


class _Period(NamedTuple, Generic[F]):
    """An event as it is known from the instant `recorded_at`, until it ceased to count; empty: it counts."""

    event: Recorded[F]
    until: Instant
    recorded_at: Instant
    """When its own site says that it was recorded."""


def _set_aside_repeats(own: Iterable[Recorded[F]], periods: dict[str, list[_Period[F]]]) -> None:
    """Let of two facts that a site recorded for one command only the first in total order count, while both are known:
    the site was restored from a backup in between, and the command was sent again before it got its own log back."""
    lives: dict[tuple[str, str], dict[str, list[Recorded[F]]]] = {}
    for event in (*own, *(counting[0].event for counting in periods.values())):
        if event.command_id:
            lives.setdefault((event.site, event.command_id), {}).setdefault(event.epoch, []).append(event)
    for by_epoch in lives.values():
        first, *later = sorted(
            (min(events, key=total_order) for events in by_epoch.values()), key=total_order
        )
        counted = periods.get(first.event_id, [_Period(first, Instant(""), first.recorded_at)])
        for event in (each for life in later for each in by_epoch[life.epoch]):
            if event.event_id != first.event_id:
                spans = periods.get(event.event_id, [_Period(event, Instant(""), event.recorded_at)])
                periods[event.event_id] = _without(spans, counted)


def _without(spans: Sequence[_Period[F]], others: Sequence[_Period[F]]) -> list[_Period[F]]:
    """The periods of an event without those of another; the first is empty where it does not count from then on."""
    event, left = spans[0].event, [(span.event.recorded_at, span.until or FOREVER) for span in spans]
    for other in others:
        begin, end = other.event.recorded_at, other.until or FOREVER
        parts = [part for low, high in left for part in ((low, min(high, begin)), (max(low, end), high))]
        left = [(low, high) for low, high in parts if low < high]
    if not left or left[0][0] > event.recorded_at:
        left.insert(0, (event.recorded_at, event.recorded_at))
    return [
        _Period(
            replace(event, recorded_at=low), high if high < FOREVER else Instant(""), spans[0].recorded_at
        )
        for low, high in left
    ]


def _void_where_uncounted(periods: Sequence[_Period[F]]) -> Iterator[Recorded[F]]:
    """A void for each time at which an event ceased to count, and a void of that void where it counts again."""
    event = periods[0].event
    borders: list[Instant] = []
    for number, period in enumerate(periods):
        borders += [period.event.recorded_at] if number else []
        if not period.until:
            break
        borders.append(period.until)
    target = event.event_id
    for number, instant in enumerate(borders, 1):
        correction: Any = Corrected(target=target, mode="VOID", reason="it does not count at this site")
        target = f"{event.event_id}/uncounted/{number}"
        yield replace(
            event,
            event_id=target,
            recorded_at=instant,
            actor=UNCOUNTING_ACTOR,
            command_id="",
            lamport=_AFTER_ALL + number,
            cause="",
            correlation="",
            fact=correction,
        )
