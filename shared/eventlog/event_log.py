"""The event log of one topic: numbered without holes, hash-chained, one writer, any number of readers."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Generic

from shared.core.clock import Clock
from shared.core.errors import KeyReused, StoreUnavailable
from shared.core.facts import F, Recorded, Topic
from shared.eventlog.group_commit import AppendRequest, GroupCommit
from shared.eventlog.key_store import KeyStore, decrypt_events
from shared.eventlog.log_writer import ANSWERED, LogWriter
from shared.eventlog.recorders import Where, open_log_storage

_VERSION = "SELECT coalesce(max(originator_version), 0) FROM stored_events WHERE originator_id = ?"


class EventLog(Generic[F]):
    """The append-only log of one topic's events, which one process writes and any number read.

    A position counts 1, 2, 3, … over the whole log; it is the notification id of the eventsourcing library. `where` is
    a path (SQLite) or `postgresql://…`, where the topic has a schema of its own.
    """

    def __init__(
        self, topic: Topic[F], where: Where, site: str, clock: Clock, keys: KeyStore, create: bool = True
    ) -> None:
        self.topic, self.site, self.clock, self.keys = topic, site, clock, keys
        self.storage = open_log_storage(where, topic.name)
        if create:
            self.storage.create()
        self._state, self._chain = self.storage.raw.format("state"), self.storage.raw.format("chain")
        self._writer = LogWriter(topic, self.storage, site, clock, keys, self.stream)
        self._queue = GroupCommit(self._writer.commit)

    def close(self) -> None:
        self._writer.close()
        self.storage.close()

    def _select(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        try:
            return self.storage.select(sql, values)
        except self.storage.failures as error:
            raise StoreUnavailable(f"{self.topic.name}: {error}") from error

    def append(self, request: AppendRequest[F]) -> tuple[Recorded[F], ...]:
        """Append facts durably. Raises Conflict, KeyReused or StoreUnavailable; then none of them is stored."""
        self._queue.submit((request,))
        if request.error:
            raise request.error
        return request.stored

    def append_all(self, requests: Sequence[AppendRequest[F]]) -> None:
        """Append many requests in one transaction, for imports. A refused request keeps its `error`; the others are
        stored."""
        self._queue.submit(requests)

    @property
    def commits(self) -> tuple[int, int]:
        """How many transactions this process has committed, and how many append requests were in them."""
        return self._queue.commits, self._queue.requests

    def read(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Recorded[F]]]:
        """The next (position, event) pairs after a position, personal fields decrypted."""
        by = self.storage.position
        sql = f"SELECT {by}, {self._state} FROM stored_events WHERE {by} > ? ORDER BY {by} LIMIT ?"
        rows = self._select(sql, (after, limit))
        return list(zip((row[0] for row in rows), self._decoded([row[1] for row in rows]), strict=True))

    def stored(self, after: int, limit: int) -> list[tuple[int, str, str, bytes]]:
        """(position, stream, tag, bytes) as stored, for those who pass them on without reading them."""
        by, columns = self.storage.position, f"originator_id, topic, {self._state}"
        sql = f"SELECT {by}, {columns} FROM stored_events WHERE {by} > ? ORDER BY {by} LIMIT ?"
        return self._select(sql, (after, limit))

    def feed(
        self, after: int, upto: int, limit: int, kinds: Sequence[str] = (), stream: str = ""
    ) -> list[tuple[int, str, bytes, bytes]]:
        """(position, tag, bytes, chain hash) of some kinds of fact or of one stream, `after` < position <= `upto`."""
        by, values = self.storage.position, (after, upto)
        only = f" AND topic IN ({', '.join('?' * len(kinds))})" if kinds else ""
        only += " AND originator_id = ?" if stream else ""
        sql = f"SELECT {by}, topic, {self._state}, {self._chain} FROM stored_events WHERE {by} > ? AND {by} <= ?{only}"
        return self._select(
            f"{sql} ORDER BY {by} LIMIT ?", (*values, *kinds, *([stream] if stream else []), limit)
        )

    def chain(self, position: int) -> bytes | None:
        """The hash over all events up to this position; None where nothing is stored."""
        sql = f"SELECT {self._chain} FROM stored_events WHERE {self.storage.position} = ?"
        found = self._select(sql, (position,))
        return bytes(found[0][0]) if found else None

    def sealed(self, after: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """(position, bytes, chain hash) as stored, for those who verify the chain."""
        by = self.storage.position
        sql = f"SELECT {by}, {self._state}, {self._chain} FROM stored_events WHERE {by} > ? ORDER BY {by} LIMIT ?"
        return self._select(sql, (after, limit))

    def epochs(self) -> list[tuple[int, str]]:
        """(first position, epoch) in the order in which they were opened. An epoch without events is not among them."""
        return [tuple(row) for row in self._select("SELECT first, epoch FROM epochs ORDER BY number", ())]

    def commands(self, page: int) -> Iterator[tuple[str, str, int, int]]:
        """(idempotency key, stream, version before, number of facts) of every command that had a key."""
        sql = (
            "SELECT command_id, stream, version, facts FROM commands WHERE command_id > ? "
            "ORDER BY command_id LIMIT ?"
        )
        rows: list[Any] = [("",)]
        while rows := self._select(sql, (rows[-1][0], page)):
            yield from map(tuple, rows)

    def stream(self, stream: str, after: int = 0, upto: int = 2**62) -> list[Recorded[F]]:
        """The events of one stream with `after` < version <= `upto`, in order."""
        sql = (
            f"SELECT {self._state} FROM stored_events WHERE originator_id = ? AND originator_version > ? "
            "AND originator_version <= ? ORDER BY originator_version"
        )
        return self._decoded([state for (state,) in self._select(sql, (stream, after, upto))])

    def load_streams(self, streams: Sequence[str]) -> dict[str, list[Recorded[F]]]:
        """The events in order of each of these streams that exists."""
        found: dict[str, list[Recorded[F]]] = {}
        for start in range(0, len(streams), 500):
            some = tuple(streams[start : start + 500])
            sql = (
                f"SELECT {self._state} FROM stored_events WHERE originator_id IN ({','.join('?' * len(some))}) "
                "ORDER BY originator_id, originator_version"
            )
            for event in self._decoded([state for (state,) in self._select(sql, some)]):
                found.setdefault(event.stream, []).append(event)
        return found

    def streams(self, page: int = 5000, upto: int = 2**62) -> Iterator[list[Recorded[F]]]:
        """Every stream up to a position, one after another, in constant memory: for rebuilding."""
        by_stream = groupby(self._by_stream(page, upto), key=lambda event: event.stream)
        return (list(events) for _, events in by_stream)

    def _by_stream(self, page: int, upto: int) -> Iterator[Recorded[F]]:
        key: tuple[Any, ...] = ("", 0)
        sql = (
            f"SELECT {self._state}, originator_id, originator_version FROM stored_events "
            f"WHERE (originator_id, originator_version) > (?, ?) AND {self.storage.position} <= ? "
            "ORDER BY originator_id, originator_version LIMIT ?"
        )
        while rows := self._select(sql, (*key, upto, page)):
            yield from self._decoded([row[0] for row in rows])
            key = tuple(rows[-1])[1:]

    def read_by_stream(
        self, after: tuple[str, int], before: str, upto: int, limit: int
    ) -> list[tuple[int, str, int, bytes]]:
        """(position, stream, version, bytes) sorted by stream and version, after one (stream, version).

        Ends before the stream `before`; empty means the end of the log.
        """
        by = self.storage.position
        end, values = (" AND originator_id < ?", (before,)) if before else ("", ())
        sql = (
            f"SELECT {by}, originator_id, originator_version, {self._state} FROM stored_events WHERE "
            f"(originator_id, originator_version) > (?, ?) AND {by} <= ?{end} "
            "ORDER BY originator_id, originator_version LIMIT ?"
        )
        return self._select(sql, (*after, upto, *values, limit))

    def sample(self, upto: int, count: int) -> list[str]:
        """About so many streams (3,000 at most), evenly spread over the events, in the order of `read_by_stream`."""
        places = tuple(range(upto // (count + 1), upto, upto // (count + 1) or 1))[:3000]
        if not count or not places:
            return []
        sql = (
            f"SELECT DISTINCT originator_id FROM stored_events WHERE {self.storage.position} IN "
            f"({', '.join('?' * len(places))}) ORDER BY originator_id"
        )
        return [row[0] for row in self._select(sql, places)]

    def position(self) -> int:
        """The position of the last event; 0 for an empty log."""
        return int(
            self._select(f"SELECT coalesce(max({self.storage.position}), 0) FROM stored_events", ())[0][0]
        )

    def version(self, stream: str) -> int:
        """The number of events of a stream at this site."""
        return int(self._select(_VERSION, (stream,))[0][0])

    def has_command(self, command_id: str) -> bool:
        """Whether this idempotency key was used."""
        return bool(command_id and self._select(ANSWERED, (command_id,)))

    def find_response(self, command_id: str, digest: bytes, stream: str) -> tuple[Recorded[F], ...] | None:
        """The events that an earlier use of this idempotency key stored; None if it is new. Raises KeyReused."""
        found = self._select(ANSWERED, (command_id,))
        if not found:
            return None
        if (found[0][0], found[0][1]) != (digest, stream):
            raise KeyReused(command_id)
        return tuple(self.stream(stream, found[0][2], found[0][2] + found[0][3]))

    def _decoded(self, states: list[bytes]) -> list[Recorded[F]]:
        return decrypt_events(self.topic, list(map(self.topic.decode, states)), self.keys)
