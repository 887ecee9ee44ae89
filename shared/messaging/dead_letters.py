"""What a follower could not take: kept with its reason until somebody forgets it, or a newer version can read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, LargeBinary, Table, Text, func, select
from sqlalchemy.dialects import postgresql, sqlite

from shared.readmodel.row_store import RowStore

FROM_LOG = -1
"""The partition of a parked message that came from the log itself, at a position."""


@dataclass(frozen=True, slots=True)
class Message:
    """A record as the transport hands it over; without a partition it comes from the log itself, at a position."""

    topic: str
    partition: int | None
    offset: int
    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Where a record stands in Kafka."""

    topic: str
    partition: int
    offset: int


class PoisonMessage(Exception):
    """A message that reads well, and yet cannot be folded or kept, whenever it is tried."""


class DeadLetters:
    """One table beside the rows. The stream of a parked message waits."""

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
        """Each with its reason; what is there already stays as it is."""
        make = postgresql.insert if self.tables.engine.dialect.name == "postgresql" else sqlite.insert
        rows = [_row(message, reason) for message, reason in messages]
        connection.execute(make(self.table).on_conflict_do_nothing(), rows)

    def remove(self, connection: Connection, place: RecordRef) -> set[str]:
        """The stream that waited for it; none when it is not there."""
        streams = set(connection.execute(select(self.table.c.stream).where(self._at(place))).scalars())
        connection.execute(self.table.delete().where(self._at(place)))
        return streams

    def _at(self, place: RecordRef) -> ColumnElement[bool]:
        t = self.table.c
        return (t.topic == place.topic) & (t.partition == place.partition) & (t.offset == place.offset)

    def find_blocked_streams(self, connection: Connection, topic: str) -> set[str]:
        """Streams that a parked message holds up."""
        query = select(self.table.c.stream).where(self.table.c.topic == topic)
        return set(connection.execute(query).scalars())

    def read_values(self, connection: Connection, topic: str) -> set[bytes]:
        """What is parked, byte for byte."""
        query = select(self.table.c.value).where(self.table.c.topic == topic)
        return {bytes(value) for value in connection.execute(query).scalars()}

    def list_messages(self, topic: str) -> list[tuple[RecordRef, Message]]:
        with self.tables.engine.connect() as connection:
            found = connection.execute(select(self.table).where(self.table.c.topic == topic)).all()
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
            for row in found
        ]

    def describe(self, topic: str) -> list[dict[str, Any]]:
        """What is parked, where and why."""
        t = self.table.c
        columns = (t.topic, t.partition, t.offset, t.stream, func.length(t.value).label("bytes"), t.reason)
        query = select(*columns).where(t.topic == topic).order_by(t.partition, t.offset)
        with self.tables.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def count_by_topic(self) -> dict[str, int]:
        """How many messages of each topic wait for somebody to look at them."""
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
