"""A site twice: as sets in memory over the pure core, and as a store. Both are given the same chunks."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from shared.core.facts import Recorded, Topic
from shared.core.partial_dates import Instant
from shared.replica import exchange
from shared.replica.chunks import Chunk, decode_chunk, encode_chunk
from shared.replica.envelopes import Arrival, read_envelope
from shared.replica.runs import Head, LogId
from shared.replica.store.replica_store import ReplicaStore
from shared.replica.union import Outcome, count_outcomes
from tests.kernel.toy import Noted, ToyFact
from tests.replica import sites
from tests.replica.sites import KEYS, Message, Replica

RECEIVED = Instant("2026-01-02T00:00:00.000000Z")
ARRIVAL = Arrival(RECEIVED, 0)


class EnvelopeTopic(Topic[ToyFact]):
    """The topic of `tests.replica.sites`, whose entries have an envelope and a fact of no service."""

    def decode(self, stored: bytes) -> Recorded[ToyFact]:
        found: Any = read_envelope(stored)
        return found  # type: ignore[no-any-return]  # the store asks only whether it can be read


TOPICS = {sites.TOPIC: EnvelopeTopic(sites.TOPIC, Noted)}


class Observer:
    """`memory` is what the store must say; `periods` since when, and until when, each event was known to count."""

    def __init__(self, site: str, where: Path | str) -> None:
        self.memory, self.where = Replica(site), where
        self.store = ReplicaStore(where, TOPICS)
        self.periods: dict[str, tuple[Instant, Instant]] = {}
        self.changes: dict[str, int] = {}
        self.clock = 0
        self.judged = self.memory.closings
        self.met: Counter[str] = Counter()

    def close(self) -> None:
        self.store.close()

    def reopen(self) -> None:
        self.store.close()
        self.store = ReplicaStore(self.where, TOPICS)
        self.met["reopened"] += 1

    def take(self, message: Message) -> None:
        """Import a message into both."""
        before = self.memory
        self.memory, _ = sites.import_message(before, message)
        replica = before
        for chunk in (*message.chunks, *message.fills):
            replica, expected, _ = sites.take_chunk(replica, chunk)
            self.import_chunk(chunk, expected)
        self.store.exchange.replace_targets(self.memory.targets, self.memory.lost)
        self.met["first synchronisation under way"] += bool(self.memory.targets)

    def import_chunk(self, chunk: Chunk, expected: Counter[Outcome]) -> None:
        """Import one chunk, through the bytes that travel, into the store alone."""
        imported = self.store.import_chunk(decode_chunk(encode_chunk(chunk)), KEYS, ARRIVAL)
        assert count_outcomes(imported.outcomes) == expected
        self.met.update({str(outcome): number for outcome, number in expected.items()})

    def refuse(self, chunk: Chunk) -> None:
        """Give the store a chunk that is not genuine: all stays as it was."""
        imported = self.store.import_chunk(chunk, KEYS, ARRIVAL)
        assert {outcome for _, _, outcome in imported.outcomes} == {Outcome.INVALID}, imported.rule
        assert imported.rule
        self.met["tampered"] += 1

    def mark(self) -> None:
        """Write a receipt in both: what counts now is known from it on."""
        self.clock += 1
        now = Instant(f"2026-01-03T00:{self.clock // 60:02d}:{self.clock % 60:02d}.000000Z")
        says = sites.registry(self.memory)
        logs = self.store.logs() if self.judged != self.memory.closings else None
        self.judged = self.memory.closings
        changed = self.store.mark_known(now, lambda log: says, logs)
        assert self.store.unmarked_logs() == []
        counted = {event_id(state): state for state in self.counted_states()}
        streams = set()
        for event, state in counted.items():
            known, until = self.periods.get(event, (now, Instant("")))
            if event not in self.periods or until:
                self.periods[event] = known, Instant("")
                streams.add(read_envelope(state).stream)  # type: ignore[union-attr]
                self.met["counts again"] += bool(until)
        states = {event_id(state): state for _, state in self.memory.payloads}
        for event, (known, until) in list(self.periods.items()):
            if event not in counted and not until:
                self.periods[event] = known, now
                streams.add(read_envelope(states[event]).stream)  # type: ignore[union-attr]
                self.met["counts no more"] += 1
        assert {stream for _, stream in changed} >= streams
        self.changes.update(dict.fromkeys(streams, self.clock))

    def counted_states(self) -> Iterable[bytes]:
        states = dict(self.memory.payloads)
        return (states[head] for head, _ in sites.counted_facts(self.memory))

    def compare(self) -> None:
        """All that both say."""
        memory, store = self.memory, self.store
        assert store.logs() == [log.id for log in memory.logs]
        roots = sites.roots_of(memory.entries)
        vector = set[Head]()
        for log in memory.logs:
            assert store.load_log(log.id) == log
            reader = store.root_reader(log.id)
            for run in log.runs:
                for seq in range(run.first, run.last + 1):
                    assert reader(run, seq) == roots(run, seq)
            vector |= exchange.vector_of(log, reader)
            self.compare_entries(log.id)
        assert vector == sites.version_vector(memory)
        self.compare_counted()

    def compare_entries(self, log: LogId) -> None:
        states = dict(self.memory.payloads)
        for run in self.store.load_log(log).runs:
            heads = sites.heads_in(self.memory.entries, (run, run.first, run.last))
            stored = list(self.store.read_entries(log, (run, run.first, run.last)))
            assert [each if isinstance(each, bytes) else None for each in stored] == list(
                map(states.get, heads)
            )

    def compare_counted(self) -> None:
        """As of the last receipt: which events, in which order, known since when and until when."""
        by_stream: dict[str, list[str]] = {}
        for state in self.counted_states():
            envelope = read_envelope(state)
            assert envelope
            by_stream.setdefault(envelope.stream, []).append(envelope.event_id)
        every = sorted({read_envelope(state).stream for _, state in self.memory.payloads})  # type: ignore[union-attr]
        loaded = self.store.load_streams(sites.TOPIC, every)
        found = {
            event_id(event.state): (event.known, event.known_until)
            for events in loaded.values()
            for event in events
        }
        assert found == self.periods
        now = {
            stream: [event_id(event.state) for event in events if not event.known_until]
            for stream, events in loaded.items()
        }
        assert {stream: events for stream, events in now.items() if events} == by_stream
        versions = self.store.stream_versions(sites.TOPIC, every)
        assert versions == {stream: len(events) for stream, events in by_stream.items()}
        changed = self.store.read_changes(sites.TOPIC, 0, 10**6)
        assert [number for number, _ in changed] == sorted({number for number, _ in changed})
        assert {stream for _, stream in changed} >= self.changes.keys()
        assert self.store.position(sites.TOPIC) == max((number for number, _ in changed), default=0)


def event_id(state: bytes) -> str:
    envelope = read_envelope(state)
    assert envelope
    return envelope.event_id
