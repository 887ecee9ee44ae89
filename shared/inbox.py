"""What a follower has received, kept beside its rows: repeats fall out, and late facts find their stream whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, Text, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from shared.facts import Recorded, Topic
from shared.keyring import Keyring, unseal
from shared.projecting import project
from shared.tables import Tables


@dataclass(frozen=True, slots=True)
class Message:
    """A record as the transport hands it over."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes


class Inbox:
    """Takes messages at least once, in any order; facts, rows and what could not be read go in one transaction."""

    def __init__(self, tables: Tables, topics: Iterable[Topic[Any]], keys: Keyring) -> None:
        self.tables, self.keys = tables, keys
        self.topics = {topic.name: topic for topic in topics}
        text = tables.positions.c.follower.type
        self.facts = Table(
            "inbox",
            tables.metadata,
            Column("topic", text, primary_key=True),
            Column("site", text, primary_key=True),
            Column("epoch", text, primary_key=True),
            Column("seq", BigInteger, primary_key=True),
            Column("stream", text, nullable=False, index=True),
            Column("state", LargeBinary, nullable=False),
        )
        self.parked = Table(
            "parked",
            tables.metadata,
            Column("topic", text, primary_key=True),
            Column("partition", BigInteger, primary_key=True),
            Column("offset", BigInteger, primary_key=True),
            Column("stream", text, nullable=False),
            Column("reason", Text, nullable=False),
            Column("value", LargeBinary, nullable=False),
        )

    def take(self, messages: Sequence[Message]) -> int:
        """All of one topic. Returns how many streams were brought up to date. One with a parked message waits."""
        topic = self.topics[messages[0].topic]
        facts: dict[tuple[Any, ...], dict[str, Any]] = {}
        parked: list[dict[str, Any]] = []
        for message in messages:
            try:
                event = topic.decode(message.value)
            except (msgspec.ValidationError, msgspec.DecodeError) as error:
                parked.append(
                    {
                        "topic": message.topic,
                        "partition": message.partition,
                        "offset": message.offset,
                        "stream": message.key,
                        "reason": str(error),
                        "value": message.value,
                    }
                )
                continue
            key = (topic.name, event.site, event.epoch, event.seq)
            names = ("topic", "site", "epoch", "seq")
            facts[key] = {
                **dict(zip(names, key, strict=True)),
                "stream": event.stream,
                "state": message.value,
            }
        with self.tables.transaction() as connection:
            if parked:
                connection.execute(self._new(self.parked), parked)
            if facts:
                connection.execute(self._new(self.facts), list(facts.values()))
            waiting = self.waiting(connection, topic.name)
            touched = {fact["stream"] for fact in facts.values()} - waiting
            project(self.tables, connection, topic.name, self._histories(connection, topic, touched))
        return len(touched)

    def arrived(self, connection: Connection, topic: str, events: Sequence[Recorded[Any]]) -> set[str]:
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

    def waiting(self, connection: Connection, topic: str) -> set[str]:
        """Streams that a parked message holds up."""
        query = select(self.parked.c.stream).where(self.parked.c.topic == topic)
        return set(connection.execute(query).scalars())

    def _new(self, table: Table) -> Any:
        make = postgresql.insert if self.tables.engine.dialect.name == "postgresql" else sqlite.insert
        return make(table).on_conflict_do_nothing()

    def _histories(
        self, connection: Connection, topic: Topic[Any], streams: set[str]
    ) -> dict[str, list[Recorded[Any]]]:
        found: dict[str, list[Recorded[Any]]] = {stream: [] for stream in streams}
        wanted = sorted(streams)
        for start in range(0, len(wanted), 500):
            query = select(self.facts.c.state).where(
                self.facts.c.topic == topic.name, self.facts.c.stream.in_(wanted[start : start + 500])
            )
            for (state,) in connection.execute(query):
                event = unseal(topic, topic.decode(bytes(state)), self.keys)
                found[event.stream].append(event)
        return found
