"""What a follower has received, kept beside its rows: repeats fall out, and late facts find their stream whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, Text, func, select, text, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from shared.cloudevents import Envelope, envelope
from shared.columns import Columns
from shared.facts import Recorded, Topic
from shared.keyring import Keyring, unseal_all
from shared.projecting import project
from shared.store import Log
from shared.tables import Tables


@dataclass(frozen=True, slots=True)
class Message:
    """A record as the transport hands it over; without a partition it comes from the log itself, at a position."""

    topic: str
    partition: int | None
    offset: int
    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in Kafka."""

    topic: str
    partition: int
    offset: int


_KEY = ("topic", "site", "epoch", "seq")


class Inbox:
    """Takes messages at least once, in any order; facts, rows and what could not be read go in one transaction."""

    def __init__(self, tables: Tables, topics: Iterable[Topic[Any]], keys: Keyring) -> None:
        self.tables, self.keys = tables, keys
        self.topics = {topic.name: topic for topic in topics}
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
        self._columns = Columns(self.facts) if tables.engine.dialect.name == "postgresql" else None
        self.parked = Table(
            "parked",
            tables.metadata,
            Column("topic", name, primary_key=True),
            Column("partition", BigInteger, primary_key=True),
            Column("offset", BigInteger, primary_key=True),
            Column("stream", name, nullable=False),
            Column("reason", Text, nullable=False),
            Column("value", LargeBinary, nullable=False),
        )

    def take(self, messages: Sequence[Message]) -> int:
        """All of one topic. Returns how many streams were brought up to date. One with a parked message waits."""
        topic = self.topics[messages[0].topic]
        facts: dict[tuple[Any, ...], dict[str, Any]] = {}
        parked: list[dict[str, Any]] = []
        for message in messages:
            event = self._read(message)
            if isinstance(event, str):
                parked.append(_parked(message, event))
                continue
            key = (topic.name, event.site, event.epoch, event.seq)
            facts[key] = {
                **dict(zip(_KEY, key, strict=True)),
                "stream": event.stream,
                "state": message.value,
            }
        with self.tables.transaction() as connection:
            self.hold(connection, topic.name, {m.partition for m in messages if m.partition is not None})
            if parked:
                connection.execute(self._new(self.parked), parked)
            if facts:
                self._received(connection, list(facts.values()))
            touched = {fact["stream"] for fact in facts.values()}
            return self._fold(connection, topic, touched)

    def _fold(self, connection: Connection, topic: Topic[Any], streams: set[str]) -> int:
        streams = streams - self.waiting(connection, topic.name)
        project(self.tables, connection, topic.name, self.histories(connection, topic.name, streams))
        return len(streams)

    def hold(self, connection: Connection, topic: str, partitions: Iterable[int] = ()) -> None:
        """Until the transaction ends, nobody else takes from these partitions, or from any where none is named.

        A partition has one worker, but one that was thought dead may wake: it must not overwrite newer rows.
        """
        if self.tables.engine.dialect.name != "postgresql":
            return
        named = sorted(partitions)
        how = "_shared" if named else ""
        connection.execute(text(f"SELECT pg_advisory_xact_lock{how}(hashtext(:t), -1)"), {"t": topic})
        for partition in named:
            found = {"t": topic, "p": partition}
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:t), :p)"), found)

    def arrived(
        self, connection: Connection, topic: str, events: Sequence[Recorded[Any] | Envelope]
    ) -> set[str]:
        """Which of these events are here, by id."""
        found = set()
        for start in range(0, len(events), 200):
            some = events[start : start + 200]
            keys = tuple_(self.facts.c.site, self.facts.c.epoch, self.facts.c.seq)
            wanted = [(event.site, event.epoch, event.seq) for event in some]
            query = select(self.facts.c.site, self.facts.c.epoch, self.facts.c.seq).where(
                self.facts.c.topic == topic, keys.in_(wanted)
            )
            here = {tuple(row) for row in connection.execute(query)}
            found |= {event.event_id for event in some if (event.site, event.epoch, event.seq) in here}
        return found

    def behind(self, source: Log[Any], tail: int = 500) -> int:
        """How many of the last facts of a log have not arrived."""
        states = source.stored(max(0, source.position() - tail), tail)
        events = [envelope(state) for _, _, _, state in states]
        with self.tables.transaction() as connection:
            return len(events) - len(self.arrived(connection, source.topic.name, events))

    def parked_by_topic(self) -> dict[str, int]:
        """How many messages wait for somebody to look at them."""
        query = select(self.parked.c.topic, func.count()).group_by(self.parked.c.topic)
        with self.tables.transaction() as connection:
            found = [(str(topic), int(count)) for topic, count in connection.execute(query)]
        return dict.fromkeys(self.topics, 0) | dict(found)

    def waiting(self, connection: Connection, topic: str) -> set[str]:
        """Streams that a parked message holds up."""
        query = select(self.parked.c.stream).where(self.parked.c.topic == topic)
        return set(connection.execute(query).scalars())

    def shelved(self, topic: str) -> list[dict[str, Any]]:
        """What is parked, where and why."""
        t = self.parked.c
        columns = (t.topic, t.partition, t.offset, t.stream, func.length(t.value).label("bytes"), t.reason)
        query = select(*columns).where(t.topic == topic).order_by(t.partition, t.offset)
        with self.tables.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def retry(self, topic: str) -> int:
        """Read what is parked again. Returns how many can be read now."""
        table = self.parked
        with self.tables.engine.connect() as connection:
            found = connection.execute(select(table).where(table.c.topic == topic)).all()
        messages = [
            Message(row.topic, row.partition, row.offset, row.stream, bytes(row.value)) for row in found
        ]
        good = [message for message in messages if not isinstance(self._read(message), str)]
        for message in good:
            self.take([message])
            self.forget(Place(topic, message.partition or 0, message.offset))
        return len(good)

    def forget(self, place: Place) -> bool:
        """Its stream need not wait for it any longer."""
        table = self.parked
        with self.tables.transaction() as connection:
            self.hold(connection, place.topic)
            here = (
                (table.c.topic == place.topic)
                & (table.c.partition == place.partition)
                & (table.c.offset == place.offset)
            )
            streams = set(connection.execute(select(table.c.stream).where(here)).scalars())
            connection.execute(table.delete().where(here))
            self._fold(connection, self.topics[place.topic], streams)
        return bool(streams)

    def _read(self, message: Message) -> Recorded[Any] | str:
        """The event, or the reason why there is none."""
        try:
            event = self.topics[message.topic].decode(message.value)
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
            return str(error)
        wrong = f"the fact is about {event.stream!r}, the key is {message.key!r}"
        return event if event.stream == message.key else wrong

    def _new(self, table: Table) -> Any:
        make = postgresql.insert if self.tables.engine.dialect.name == "postgresql" else sqlite.insert
        return make(table).on_conflict_do_nothing()

    def histories(
        self, connection: Connection, name: str, streams: set[str]
    ) -> dict[str, list[Recorded[Any]]]:
        """Everything received of these streams, in clear text."""
        topic = self.topics[name]
        found: dict[str, list[Recorded[Any]]] = {stream: [] for stream in streams}
        wanted = sorted(streams)
        for start in range(0, len(wanted), 500):
            states = self._states(connection, name, wanted[start : start + 500])
            for event in unseal_all(topic, [topic.decode(bytes(state)) for state in states], self.keys):
                found[event.stream].append(event)
        return found

    def _states(self, connection: Connection, topic: str, streams: list[str]) -> Iterable[bytes]:
        if self._columns:
            sql = "SELECT state FROM inbox WHERE topic = %b AND stream = ANY(%b::text[])"
            return connection.exec_driver_sql(sql, (topic, streams)).scalars()
        here = (self.facts.c.topic == topic) & self.facts.c.stream.in_(streams)
        return connection.execute(select(self.facts.c.state).where(here)).scalars()

    def _received(self, connection: Connection, facts: list[dict[str, Any]]) -> None:
        if self._columns:
            self._columns.insert(connection, [tuple(fact.values()) for fact in facts], new=True)
        else:
            connection.execute(self._new(self.facts), facts)


def _parked(message: Message, reason: str) -> dict[str, Any]:
    return {
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "stream": message.key,
        "reason": reason,
        "value": message.value,
    }
