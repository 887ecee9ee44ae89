"""Messages that could not be processed, kept with the reason until an operator discards or retries them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, LargeBinary, Table, Text, func, select
from sqlalchemy.dialects import postgresql, sqlite

from shared.readmodel.row_store import RowStore

FROM_LOG = -1
"""The stored partition number of a message that was read from the log itself, at a position."""


@dataclass(frozen=True, slots=True)
class Message:
    """A record as Kafka delivers it; without a partition it was read from the log itself, and `offset` is the
    position."""

    topic: str
    partition: int | None
    offset: int
    key: str
    value: bytes
    known: str = ""
    """Since when an event of another site is known here; empty: it is one of the own log."""


@dataclass(frozen=True, slots=True)
class RecordRef:
    """The topic, partition and offset that identify a record of Kafka."""

    topic: str
    partition: int
    offset: int


class PoisonMessage(Exception):
    """A message that can be decoded but cannot be stored or folded, however often it is tried."""


class DeadLetters:
    """The table of messages that could not be processed; streams with such a message are not projected."""

    def __init__(self, tables: RowStore) -> None:
        self.tables = tables
        name = tables.positions.c.follower.type
        self.table = Table(
            "parked",
            tables.metadata,
            Column("topic", name, primary_key=True),
            Column("partition", BigInteger, primary_key=True),
            Column("offset", BigInteger, primary_key=True),
            Column("stream", name, nullable=False),
            Column("reason", Text, nullable=False),
            Column("value", LargeBinary, nullable=False),
        )

    def add(self, connection: Connection, messages: Sequence[tuple[Message, str]]) -> None:
        """Store each message with its reason; one that is stored already stays as it is."""
        insert = postgresql.insert if self.tables.engine.dialect.name == "postgresql" else sqlite.insert
        rows = [_row(message, reason) for message, reason in messages]
        connection.execute(insert(self.table).on_conflict_do_nothing(), rows)

    def remove(self, connection: Connection, record: RecordRef) -> set[str]:
        """Delete a message and return the stream it blocked; empty when it is not stored."""
        streams = set(connection.execute(select(self.table.c.stream).where(self._matches(record))).scalars())
        connection.execute(self.table.delete().where(self._matches(record)))
        return streams

    def _matches(self, record: RecordRef) -> ColumnElement[bool]:
        t = self.table.c
        return (t.topic == record.topic) & (t.partition == record.partition) & (t.offset == record.offset)

    def find_blocked_streams(self, connection: Connection, topic: str) -> set[str]:
        """The streams of a topic that are blocked by a dead letter."""
        query = select(self.table.c.stream).where(self.table.c.topic == topic)
        return set(connection.execute(query).scalars())

    def read_values(self, connection: Connection, topic: str) -> set[bytes]:
        """The bytes of all dead letters of a topic."""
        query = select(self.table.c.value).where(self.table.c.topic == topic)
        return {bytes(value) for value in connection.execute(query).scalars()}

    def list_messages(self, topic: str) -> list[tuple[RecordRef, Message]]:
        """All dead letters of a topic, each with its reference."""
        with self.tables.engine.connect() as connection:
            rows = connection.execute(select(self.table).where(self.table.c.topic == topic)).all()
        return [
            (
                RecordRef(row.topic, row.partition, row.offset),
                Message(
                    row.topic,
                    None if row.partition == FROM_LOG else row.partition,
                    row.offset,
                    row.stream,
                    bytes(row.value),
                ),
            )
            for row in rows
        ]

    def describe(self, topic: str) -> list[dict[str, Any]]:
        """Topic, partition, offset, stream, bytes and reason of each dead letter, for display."""
        t = self.table.c
        columns = (t.topic, t.partition, t.offset, t.stream, func.length(t.value).label("bytes"), t.reason)
        query = select(*columns).where(t.topic == topic).order_by(t.partition, t.offset)
        with self.tables.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def count_by_topic(self) -> dict[str, int]:
        """The number of dead letters by topic."""
        query = select(self.table.c.topic, func.count()).group_by(self.table.c.topic)
        with self.tables.engine.connect() as connection:
            return {str(topic): int(count) for topic, count in connection.execute(query)}


def _row(message: Message, reason: str) -> dict[str, Any]:
    return {
        "topic": message.topic,
        "partition": FROM_LOG if message.partition is None else message.partition,
        "offset": message.offset,
        "stream": message.key.replace("\0", "\ufffd"),
        "reason": reason.replace("\0", "\ufffd"),
        "value": message.value,
    }
