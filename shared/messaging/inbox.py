"""The events a consumer has received, stored beside its rows: repeats are dropped, late events find their whole
stream."""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, select, text, tuple_
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DataError, SQLAlchemyError

from shared.contract.cloudevents import DECODE_ERRORS, Envelope, decode_envelope
from shared.core.errors import DamagedStore, StoreUnavailable
from shared.core.facts import AnyEvent, Topic
from shared.database.pg_arrays import ArrayStatements
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.eventlog.key_store import KeyStore, decrypt_events
from shared.eventlog.union import ForeignReader, Histories
from shared.messaging.dead_letters import DeadLetters, Message, PoisonMessage, RecordRef
from shared.messaging.partitioner import partition_of
from shared.readmodel.projector import project_streams
from shared.readmodel.row_store import RowStore

_KEY = ("topic", "site", "epoch", "seq")
log = logging.getLogger(__name__)


class Inbox:
    """The table of received events; receiving stores events, rows and dead letters in one transaction.

    Messages may come more than once and in any order. Rows are made of what was received and of the `foreign` events,
    those of other sites, which are read where they are stored: a message that brings one is passed over.
    """

    def __init__(
        self,
        tables: RowStore,
        topics: Iterable[Topic[Any]],
        keys: KeyStore,
        foreign: ForeignEvents = NO_FOREIGN_EVENTS,
    ) -> None:
        self.tables, self.keys = tables, keys
        self.topics = {topic.name: topic for topic in topics}
        self._unions: dict[str, ForeignReader[Any]] = {
            name: ForeignReader(topic, keys, foreign) for name, topic in self.topics.items()
        }
        name = tables.positions.c.follower.type
        self.facts = Table(
            "inbox",
            tables.metadata,
            Column("topic", name, primary_key=True),
            Column("site", name, primary_key=True),
            Column("epoch", name, primary_key=True),
            Column("seq", BigInteger, primary_key=True),
            Column("stream", name, nullable=False, index=True),
            Column("state", LargeBinary, nullable=False),
        )
        self._columns = ArrayStatements(self.facts) if tables.engine.dialect.name == "postgresql" else None
        self.dead_letters = DeadLetters(tables)

    def receive(self, messages: Sequence[Message]) -> int:
        """Receive messages of one topic; returns how many streams were projected. A stream with a dead letter waits."""
        messages = [message for message in messages if not message.known]
        if not messages:
            return 0
        try:
            return self._receive(messages)
        except PoisonMessage as poison:
            if half := len(messages) // 2:  # try the halves, so that only the poison message is left out
                return self.receive(messages[:half]) + self.receive(messages[half:])
            with self.tables.transaction() as connection:
                self.dead_letters.add(connection, [(messages[0], str(poison))])
            return 0

    def _receive(self, messages: Sequence[Message], retried: RecordRef | None = None) -> int:
        """Receive all messages or none; the dead letter `retried` is removed in the same transaction."""
        try:
            with self.tables.transaction() as connection:
                return self._store(connection, messages, retried)
        except Exception as error:
            unavailable = isinstance(error, SQLAlchemyError | StoreUnavailable | OSError | MemoryError)
            if unavailable and not isinstance(error, DataError):
                raise
            reason = str(getattr(error, "orig", error)).partition("\n")[0]
            raise PoisonMessage(f"{type(error).__name__}: {reason}") from error

    def _store(self, connection: Connection, messages: Sequence[Message], retried: RecordRef | None) -> int:
        topic = self.topics[messages[0].topic]
        facts: dict[tuple[Any, ...], dict[str, Any]] = {}
        dead: list[tuple[Message, str]] = []
        for message in messages:
            event = self._read(message)
            if isinstance(event, str):
                dead.append((message, event))
                continue
            key = (topic.name, event.site, event.epoch, event.seq)
            facts[key] = {
                **dict(zip(_KEY, key, strict=True)),
                "stream": event.stream,
                "state": message.value,
            }
        streams = {fact["stream"] for fact in facts.values()}
        self.lock_partitions(connection, topic.name, streams)
        if retried:
            self.dead_letters.remove(connection, retried)
        if dead:
            self.dead_letters.add(connection, dead)
        if facts:
            self._insert(connection, list(facts.values()))
        return self._project(connection, topic, streams)

    def _project(self, connection: Connection, topic: Topic[Any], streams: set[str]) -> int:
        streams = streams - self.dead_letters.find_blocked_streams(connection, topic.name)
        histories = self.load_histories(connection, topic.name, streams)
        project_streams(self.tables, connection, topic.name, histories)
        return len(streams)

    def project(self, connection: Connection, topic: str, streams: Iterable[str]) -> int:
        """Make the rows of some streams anew, because events of other sites count that did not, or the reverse."""
        self.lock_partitions(connection, topic, streams)
        return self._project(connection, self.topics[topic], set(streams))

    def load_histories(
        self, connection: Connection, topic: str, streams: set[str]
    ) -> dict[str, list[AnyEvent]]:
        """What was received of these streams, and what of other sites is or was known. A stream with an event that this
        program cannot read is left out: its rows stay."""
        own, union = self.load_streams(connection, topic, streams), self._unions[topic]
        if union.is_alone:
            return own
        unreadable = set[str]()

        def report(stream: str, error: DamagedStore) -> None:
            unreadable.add(stream)
            log.warning("%s", error)

        histories = own | union.complete_readable(own, report)
        return {stream: events for stream, events in histories.items() if stream not in unreadable}

    def count_in(self, topic: str, streams: Sequence[str], own: Histories[Any]) -> Histories[Any]:
        """Add to received events of streams, each in the order of its versions, those of other sites that count."""
        union = self._unions[topic]
        return own if union.is_alone else union.count_in(streams, own)

    def lock_partitions(
        self, connection: Connection, topic: str, streams: Iterable[str] | None = None
    ) -> None:
        """Until the transaction ends, no other process projects streams of these partitions, or any stream of the
        topic.

        A partition has one worker. But one that was thought dead may continue, and a record may be repeated in a
        partition that is not its stream's own: neither may overwrite newer rows.
        """
        if self.tables.engine.dialect.name != "postgresql":
            return
        mode = "" if streams is None else "_shared"
        connection.execute(text(f"SELECT pg_advisory_xact_lock{mode}(hashtext(:t), -1)"), {"t": topic})
        for partition in sorted({partition_of(stream) for stream in streams or ()}):
            parameters = {"t": topic, "p": partition}
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:t), :p)"), parameters)

    def find_received(
        self, connection: Connection, topic: str, events: Sequence[AnyEvent | Envelope]
    ) -> set[str]:
        """The ids of those of these events that were received."""
        received = set()
        for start in range(0, len(events), 200):
            chunk = events[start : start + 200]
            keys = tuple_(self.facts.c.site, self.facts.c.epoch, self.facts.c.seq)
            wanted = [(event.site, event.epoch, event.seq) for event in chunk]
            query = select(self.facts.c.site, self.facts.c.epoch, self.facts.c.seq).where(
                self.facts.c.topic == topic, keys.in_(wanted)
            )
            stored = {tuple(row) for row in connection.execute(query)}
            received |= {event.event_id for event in chunk if (event.site, event.epoch, event.seq) in stored}
        return received

    def forget_unknown(self, connection: Connection, topic: str) -> int:
        """Delete the events of a topic that its log does not have: it was restored from an older copy, or replaced.
        Returns how many. PostgreSQL only."""
        self.lock_partitions(connection, topic)
        statement = (
            f"DELETE FROM {self.tables.schema}.inbox i WHERE i.topic = :topic AND NOT EXISTS (SELECT 1 FROM "
            f'{topic}.stored_events e WHERE e.originator_id = i.stream COLLATE "C" AND e.state = i.state)'
        )
        return connection.execute(text(statement), {"topic": topic}).rowcount

    def count_missing(self, source: EventLog[Any], tail: int = 500) -> int:
        """How many of the last events of a log were not received."""
        states = source.read_stored(max(0, source.position() - tail), tail)
        events = [decode_envelope(state) for _, _, _, state in states]
        with self.tables.transaction() as connection:
            return len(events) - len(self.find_received(connection, source.topic.name, events))

    def dead_letter_counts(self) -> dict[str, int]:
        """The number of dead letters by topic, zeros included."""
        return dict.fromkeys(self.topics, 0) | self.dead_letters.count_by_topic()

    def retry(self, topic: str) -> int:
        """Receive the dead letters of a topic again; returns how many succeeded."""
        succeeded = 0
        for record, message in self.dead_letters.list_messages(topic):
            if not isinstance(self._read(message), str):
                with suppress(PoisonMessage):
                    self._receive([message], record)
                    succeeded += 1
        return succeeded

    def forget(self, record: RecordRef) -> bool:
        """Discard a dead letter, so that its stream is projected again; False when it is not stored."""
        with self.tables.transaction() as connection:
            self.lock_partitions(connection, record.topic)
            streams = self.dead_letters.remove(connection, record)
            self._project(connection, self.topics[record.topic], streams)
        return bool(streams)

    def _read(self, message: Message) -> AnyEvent | str:
        """The event, or the reason why it cannot be read."""
        try:
            event = self.topics[message.topic].decode(message.value)
        except DECODE_ERRORS as error:
            return str(error)
        mismatch = f"the fact is about {event.stream!r}, the key is {message.key!r}"
        return event if event.stream == message.key else mismatch

    def load_streams(self, connection: Connection, name: str, streams: set[str]) -> dict[str, list[AnyEvent]]:
        """Everything received of these streams, in clear text."""
        topic = self.topics[name]
        received: dict[str, list[AnyEvent]] = {stream: [] for stream in streams}
        wanted = sorted(streams)
        for start in range(0, len(wanted), 500):
            states = self._select_states(connection, name, wanted[start : start + 500])
            for event in decrypt_events(topic, [topic.decode(bytes(state)) for state in states], self.keys):
                received[event.stream].append(event)
        return received

    def _select_states(self, connection: Connection, topic: str, streams: list[str]) -> Iterable[bytes]:
        if self._columns:
            sql = "SELECT state FROM inbox WHERE topic = %b AND stream = ANY(%b::text[])"
            return connection.exec_driver_sql(sql, (topic, streams)).scalars()
        condition = (self.facts.c.topic == topic) & self.facts.c.stream.in_(streams)
        return connection.execute(select(self.facts.c.state).where(condition)).scalars()

    def _insert(self, connection: Connection, facts: list[dict[str, Any]]) -> None:
        if self._columns:
            self._columns.insert(connection, [tuple(fact.values()) for fact in facts], new=True)
        else:
            connection.execute(sqlite.insert(self.facts).on_conflict_do_nothing(), facts)
