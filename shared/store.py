"""The log of one topic over the eventsourcing library's recorder: dense, chained, one writer, any number of readers."""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from itertools import chain, groupby
from pathlib import Path
from typing import Any, Generic

import msgspec
from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from msgspec.structs import replace

from shared.clock import Clock, event_id
from shared.dates import Instant, later
from shared.facts import F, Recorded, Topic
from shared.keyring import Keyring, seal, unseal
from shared.writer import Conflict, Draft, GroupCommit, KeyReused, StoreUnavailable

GENESIS = bytes(32)
_AT_ONCE = 100
"""Rows of one INSERT: each statement lets other threads run, and each costs."""
_EVENTS = "stored_events (rowid, originator_id, originator_version, topic, state, chain)"
_VERSION = "SELECT coalesce(max(originator_version), 0) FROM stored_events WHERE originator_id = ?"
_ANSWERED = "SELECT digest, stream, version, facts FROM commands WHERE command_id = ?"


class Fenced(Exception):
    """Another process has become the writer of this log."""


class Recorder(SQLiteApplicationRecorder):
    """The library's table with one column more (the chain hash), and beside it epochs and idempotency keys."""

    def construct_create_table_statements(self) -> list[str]:
        return [
            "CREATE TABLE IF NOT EXISTS stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT, "
            "state BLOB, chain BLOB, PRIMARY KEY (originator_id, originator_version))",
            "CREATE TABLE IF NOT EXISTS epochs (number INTEGER PRIMARY KEY, epoch TEXT, site TEXT, first INTEGER)",
            "CREATE TABLE IF NOT EXISTS commands (command_id TEXT PRIMARY KEY, digest BLOB, stream TEXT, "
            "version INTEGER, facts INTEGER) WITHOUT ROWID",
        ]


class _Head(msgspec.Struct):
    """Where the log ends. A commit works on a copy, so that a failed one changes nothing."""

    position: int = 0
    chain: bytes = GENESIS
    lamport: int = 0
    recorded_at: Instant = Instant("")
    seq: int = 0
    epoch: str = ""
    number: int = 0


class _Batch(msgspec.Struct):
    """What one commit is going to write."""

    head: _Head
    rows: list[tuple[Any, ...]] = []
    answers: list[tuple[Any, ...]] = []
    versions: dict[str, int] = {}
    placed: dict[str, Draft[Any]] = {}


@cache
def _insert_sql(table: str, columns: int, rows: int) -> str:
    marks = ", ".join([f"({', '.join('?' * columns)})"] * rows)
    return f"INSERT INTO {table} SELECT * FROM (VALUES {marks}) WHERE (SELECT max(number) FROM epochs) = ?"


class Log(Generic[F]):
    """Read by anyone; appended to by the holder of the writer's lease. `position` is the library's notification id, kept dense."""

    def __init__(self, topic: Topic[F], path: Path, site: str, clock: Clock, keys: Keyring) -> None:
        self.topic, self.site, self.clock, self.keys = topic, site, clock, keys
        self._path = str(path)
        self._store = SQLiteDatastore(self._path, originator_id_type="text", lock_timeout=30)
        self.recorder = Recorder(self._store)
        self.recorder.create_table()
        self._queue = GroupCommit(self._commit)
        self._connection: sqlite3.Connection | None = None
        self._head = _Head()
        self._versions: dict[str, int] = {}

    def close(self) -> None:
        self._drop()
        self._store.close()

    def append(self, draft: Draft[F]) -> tuple[Recorded[F], ...]:
        """Durable when it returns. Raises Conflict, KeyReused or StoreUnavailable; then nothing of it is stored."""
        self._queue.submit((draft,))
        if draft.error:
            raise draft.error
        return draft.stored

    def append_all(self, drafts: Sequence[Draft[F]]) -> None:
        """Many decisions in one transaction, for imports. A draft that loses keeps its `error`; the others are stored."""
        self._queue.submit(drafts)

    def read(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Recorded[F]]]:
        """The next events after a position, in the order of the log."""
        sql = "SELECT rowid, state FROM stored_events WHERE rowid > ? ORDER BY rowid LIMIT ?"
        return [(position, self._decode(state)) for position, state in self._select(sql, (after, limit))]

    def stream(self, stream: str, after: int = 0, upto: int = 2**62) -> list[Recorded[F]]:
        sql = (
            "SELECT state FROM stored_events WHERE originator_id = ? AND originator_version > ? "
            "AND originator_version <= ? ORDER BY originator_version"
        )
        return [self._decode(state) for (state,) in self._select(sql, (stream, after, upto))]

    def histories(self, streams: Sequence[str]) -> dict[str, list[Recorded[F]]]:
        """The streams of these that exist, each with its events in order."""
        found: dict[str, list[Recorded[F]]] = {}
        for start in range(0, len(streams), 500):
            some = tuple(streams[start : start + 500])
            sql = (
                f"SELECT state FROM stored_events WHERE originator_id IN ({','.join('?' * len(some))}) "
                "ORDER BY originator_id, originator_version"
            )
            for (state,) in self._select(sql, some):
                event = self._decode(state)
                found.setdefault(event.stream, []).append(event)
        return found

    def streams(self, page: int = 5000) -> Iterator[list[Recorded[F]]]:
        """Every stream whole, one after another, in constant memory: for rebuilding."""
        return (list(events) for _, events in groupby(self._by_stream(page), key=lambda event: event.stream))

    def _by_stream(self, page: int) -> Iterator[Recorded[F]]:
        key: tuple[Any, ...] = ("", 0)
        sql = (
            "SELECT state, originator_id, originator_version FROM stored_events "
            "WHERE (originator_id, originator_version) > (?, ?) ORDER BY originator_id, originator_version LIMIT ?"
        )
        while rows := self._select(sql, (*key, page)):
            for row in rows:
                yield self._decode(row[0])
            key = tuple(rows[-1])[1:]

    def position(self) -> int:
        return int(self._select("SELECT coalesce(max(rowid), 0) FROM stored_events", ())[0][0])

    def version(self, stream: str) -> int:
        return int(self._select(_VERSION, (stream,))[0][0])

    def answered(self, command_id: str, digest: bytes, stream: str) -> tuple[Recorded[F], ...] | None:
        """What an earlier use of this idempotency key was answered with; None if it is new. Raises KeyReused."""
        found = self._select(_ANSWERED, (command_id,))
        if not found:
            return None
        if (found[0][0], found[0][1]) != (digest, stream):
            raise KeyReused(command_id)
        return tuple(self.stream(stream, found[0][2], found[0][2] + found[0][3]))

    def _decode(self, state: bytes) -> Recorded[F]:
        event = self.topic.decode(state)
        return unseal(self.topic, event, self.keys) if type(event.fact) in self.topic.personal else event

    def _select(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        with self._store.get_connection(commit=False) as connection, connection.cursor() as cursor:
            return cursor.execute(sql, values).fetchall()

    def _commit(self, group: Sequence[Draft[F]]) -> None:
        try:
            connection = self._connection or self._open()
            batch = _Batch(replace(self._head))
            for draft in group:
                if not self._repeated(connection, draft, batch):
                    self._place(connection, draft, batch)
            whole = bool(batch.answers) or len(batch.rows) > _AT_ONCE
            if whole:
                connection.execute("BEGIN IMMEDIATE")
            self._insert(connection, "commands", batch.answers)
            self._insert(connection, _EVENTS, batch.rows)
            if whole:
                connection.execute("COMMIT")
            self._head = batch.head
            if len(self._versions) > 200_000:
                self._versions.clear()
            self._versions.update(batch.versions)
        except Exception as error:  # every caller must hear of it, whatever it was
            self._drop()
            reason: Exception = error if isinstance(error, Fenced) else StoreUnavailable(f"{self.topic.name}: {error}")
            if not isinstance(error, (Fenced, PersistenceError, sqlite3.Error, OSError)):
                reason = error
            for draft in group:
                draft.stored, draft.error = (), draft.error or reason

    def _insert(self, connection: sqlite3.Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """The fence is in the statement itself: what was read before it was written by nobody else."""
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            sql = _insert_sql(table, len(part[0]), len(part))
            if connection.execute(sql, [*chain(*part), self._head.number]).rowcount != len(part):
                raise Fenced(f"another process writes to {self.topic.name}")

    def _open(self) -> sqlite3.Connection:
        """Take the pen: read where the log ends and open a new epoch, whose number fences off earlier writers."""
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection = connection
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE")
        last = connection.execute("SELECT rowid, state, chain FROM stored_events ORDER BY rowid DESC LIMIT 1").fetchone()
        number = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM epochs").fetchone()[0]
        epoch = event_id(self.clock())
        head = _Head(epoch=epoch, number=number)
        if last:
            event = self.topic.decode(last[1])
            head = _Head(last[0], last[2], event.lamport, event.recorded_at, 0, epoch, number)
        connection.execute("INSERT INTO epochs VALUES (?, ?, ?, ?)", (number, epoch, self.site, head.position + 1))
        connection.execute("COMMIT")
        self._head, self._versions = head, {}
        return connection

    def _drop(self) -> None:
        """Whatever was not committed is rolled back."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _repeated(self, connection: sqlite3.Connection, draft: Draft[F], batch: _Batch) -> bool:
        """The same idempotency key again gets the first answer again."""
        if not draft.command_id:
            return False
        if first := batch.placed.get(draft.command_id):
            same = (first.digest, first.stream) == (draft.digest, draft.stream)
            draft.stored, draft.error = first.stored, first.error
        else:
            found = connection.execute(_ANSWERED, (draft.command_id,)).fetchone()
            if not found:
                batch.placed[draft.command_id] = draft
                return False
            digest, stream, version, facts = found
            same = (digest, stream) == (draft.digest, draft.stream)
            draft.stored = tuple(self.stream(stream, version, version + facts))
        if not same:
            draft.stored, draft.error = (), KeyReused(draft.command_id)
        return True

    def _place(self, connection: sqlite3.Connection, draft: Draft[F], batch: _Batch) -> None:
        stream, head, encode = draft.stream, batch.head, self.topic.encode
        version = batch.versions.get(stream, self._versions.get(stream, -1))
        if version < 0:
            version = connection.execute(_VERSION, (stream,)).fetchone()[0]
        batch.versions[stream] = version
        if version != draft.expected:
            draft.error = Conflict(stream, version)
            return
        if draft.command_id:
            batch.answers.append((draft.command_id, draft.digest, stream, version, len(draft.facts)))
        now = self.clock()
        if now <= head.recorded_at:
            now = later(head.recorded_at)
        head.recorded_at = now
        head.lamport = max(head.lamport, draft.heard)
        stored = []
        for fact in draft.facts:
            head.position += 1
            head.seq += 1
            head.lamport += 1
            version += 1
            event: Recorded[F] = Recorded(
                event_id=event_id(now),
                site=self.site,
                epoch=head.epoch,
                seq=head.seq,
                stream=stream,
                version=version,
                recorded_at=now,
                actor=draft.actor,
                command_id=draft.command_id,
                lamport=head.lamport,
                fact=fact,
                cause=draft.cause,
                correlation=draft.correlation,
            )
            state = encode(seal(self.topic, event, self.keys))
            head.chain = sha256(head.chain + state).digest()
            batch.rows.append((head.position, stream, version, self.topic.tag(fact), state, head.chain))
            stored.append(event)
        draft.stored = tuple(stored)
        batch.versions[stream] = version
