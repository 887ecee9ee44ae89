"""Reads a log as the inbox received it: in the log's order, up to the first missing event. PostgreSQL only."""

from typing import Any

from sqlalchemy import Connection, Engine, text

from shared.core.facts import AnyEvent, Topic
from shared.eventlog.key_store import KeyStore, decrypt_fields

RECEIVED = """
FROM {log}.epochs e
JOIN {schema}.inbox i ON i.topic = :topic AND i.site = e.site COLLATE "C" AND i.epoch = e.epoch COLLATE "C"
WHERE e.number >= (SELECT coalesce(max(number), 0) FROM {log}.epochs WHERE first <= :after + 1)
  AND i.seq > :after - e.first + 1
"""
"""What the inbox has after a position. The position of an event is the first position of its epoch plus seq."""


class InboxReader:
    """The events of a topic by their positions in its log, read from the inbox that the projection workers fill.

    Partitions deliver events in any order. An event is read here when it and all before it are received and projected,
    so that a reaction can look up everything. Needs to read the epochs of the followed log, not its events. `schema` is
    the schema of the inbox.
    """

    def __init__(self, engine: Engine, topic: Topic[Any], keys: KeyStore, schema: str) -> None:
        self.engine, self.topic, self.keys = engine, topic, keys
        received = RECEIVED.format(log=topic.name, schema=schema)
        self._page = text(
            f"SELECT e.first + i.seq - 1, i.state {received} ORDER BY e.number, i.seq LIMIT :limit"
        )
        self._count = text(f"SELECT count(*) {received} AND i.seq <= :upto - e.first + 1")
        self._all = text(f"SELECT count(*) {received}")
        self._positions = text(f"SELECT e.first + i.seq - 1 {received} ORDER BY e.number, i.seq LIMIT :limit")
        self._checked = text(f"SELECT position FROM {schema}.positions WHERE follower = :follower")
        self._complete = self._found = 0

    def read_after(self, position: int, limit: int = 500) -> list[tuple[int, AnyEvent]]:
        """(position, event) of the next events, up to the first that was not received."""
        events = []
        with self.engine.connect() as connection:
            parameters = {"topic": self.topic.name, "after": position, "limit": limit}
            for expected, (at, state) in enumerate(connection.execute(self._page, parameters), position + 1):
                if at != expected:
                    break
                events.append((at, decrypt_fields(self.topic, self.topic.decode(bytes(state)), self.keys)))
        return events

    def find_complete_position(self, page: int = 10_000) -> int:
        """The position up to which all events of the log were received, or are dead letters that somebody looks after.

        Positions that were found, here or by a gap filler, are not looked at again."""
        with self.engine.connect() as connection:
            follower = f"inbox/{self.topic.name}"
            checked = int(connection.execute(self._checked, {"follower": follower}).scalar() or 0)
            found = max(self._found, checked)
            while True:
                parameters = {"topic": self.topic.name, "after": found, "limit": page}
                positions: list[int] = list(connection.execute(self._positions, parameters).scalars())
                found += sum(at == expected for expected, at in enumerate(positions, found + 1))
                if len(positions) < page or positions[-1] != found:
                    break
        self._found = max(self._found, found)
        return found

    def count_after(self, position: int) -> int:
        """How many events after a position were received."""
        with self.engine.connect() as connection:
            return int(
                connection.execute(self._all, {"topic": self.topic.name, "after": position}).scalar_one()
            )

    def is_complete(self, upto: int) -> bool:
        """Whether all events up to a position of the log were received. Counted positions are not counted again."""
        if upto > self._complete:
            with self.engine.connect() as connection:
                parameters = {"topic": self.topic.name, "after": self._complete, "upto": upto}
                count = connection.execute(self._count, parameters).scalar_one()
            if count == upto - self._complete:
                self._complete = upto
        return upto <= self._complete


def take_back_offset(connection: Connection, schema: str, name: str, position: int) -> None:
    """Put an offset that is beyond the end of its log, which has lost events, at that end."""
    statement = (
        f"UPDATE {schema}.bookmarks SET position = :position WHERE name = :name AND position > :position"
    )
    connection.execute(text(statement), {"name": name, "position": position})


class ReactionOffset:
    """The position up to which a reaction has run, stored in the schema of the service that reacts; it never goes
    back, unless its log does."""

    def __init__(self, schema: str, name: str) -> None:
        self._name = name
        self._read = text(f"SELECT position FROM {schema}.bookmarks WHERE name = :name")
        self._move = text(
            f"INSERT INTO {schema}.bookmarks AS b VALUES (:name, :position, '', 0) "
            "ON CONFLICT (name) DO UPDATE SET position = greatest(b.position, excluded.position)"
        )

    def read(self, connection: Connection) -> int:
        """The stored position; 0 before the first event."""
        return int(connection.execute(self._read, {"name": self._name}).scalar() or 0)

    def advance(self, connection: Connection, position: int) -> None:
        """Store a position, unless a later one is stored."""
        connection.execute(self._move, {"name": self._name, "position": position})
