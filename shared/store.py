"""The log of one topic over the eventsourcing library's recorder: dense, chained, one writer, any number of readers."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any, Generic

import msgspec
from msgspec.structs import replace

from shared.clock import Clock, event_id
from shared.dates import Instant, later
from shared.facts import F, Recorded, Topic
from shared.keyring import Keyring, seal, unseal
from shared.recorders import Fenced, Pen, shelf
from shared.writer import Conflict, Draft, GroupCommit, KeyReused, StoreUnavailable

GENESIS = bytes(32)
_VERSION = "SELECT coalesce(max(originator_version), 0) FROM stored_events WHERE originator_id = ?"
_ANSWERED = "SELECT digest, stream, version, facts FROM commands WHERE command_id = ?"


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


class Log(Generic[F]):
    """Read by anyone; appended to by the holder of the writer's lease. `position` is the library's notification id,
    kept dense. `where` is a path (SQLite) or `postgresql://…`, where the topic has a schema of its own."""

    def __init__(
        self, topic: Topic[F], where: Path | str, site: str, clock: Clock, keys: Keyring, create: bool = True
    ) -> None:
        self.topic, self.site, self.clock, self.keys = topic, site, clock, keys
        self.shelf = shelf(where, topic.name)
        if create:
            self.shelf.create()
        self._select = self.shelf.select
        self._queue = GroupCommit(self._commit)
        self._pen: Pen | None = None
        self._head = _Head()
        self._versions: dict[str, int] = {}

    def close(self) -> None:
        self._drop()
        self.shelf.close()

    def append(self, draft: Draft[F]) -> tuple[Recorded[F], ...]:
        """Durable when it returns. Raises Conflict, KeyReused or StoreUnavailable; then nothing of it is stored."""
        self._queue.submit((draft,))
        if draft.error:
            raise draft.error
        return draft.stored

    def append_all(self, drafts: Sequence[Draft[F]]) -> None:
        """Many decisions in one transaction, for imports. A draft that loses keeps its `error`; others are stored."""
        self._queue.submit(drafts)

    def read(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Recorded[F]]]:
        """The next events after a position, in the order of the log."""
        by = self.shelf.position
        sql = f"SELECT {by}, state FROM stored_events WHERE {by} > ? ORDER BY {by} LIMIT ?"
        return [(position, self._decode(state)) for position, state in self._select(sql, (after, limit))]

    def stored(self, after: int, limit: int) -> list[tuple[int, str, str, bytes]]:
        """(position, stream, tag, bytes) as they stand in the log, for those who pass them on unread."""
        by = self.shelf.position
        sql = f"SELECT {by}, originator_id, topic, state FROM stored_events WHERE {by} > ? ORDER BY {by} LIMIT ?"
        return [(row[0], row[1], row[2], bytes(row[3])) for row in self._select(sql, (after, limit))]

    def sealed(self, after: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """(position, bytes, chain hash) as they stand in the log, for those who check it."""
        by = self.shelf.position
        sql = f"SELECT {by}, state, chain FROM stored_events WHERE {by} > ? ORDER BY {by} LIMIT ?"
        return [(row[0], bytes(row[1]), bytes(row[2])) for row in self._select(sql, (after, limit))]

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

    def streams(self, page: int = 5000, upto: int = 2**62) -> Iterator[list[Recorded[F]]]:
        """Every stream up to a position, one after another, in constant memory: for rebuilding."""
        by_stream = groupby(self._by_stream(page, upto), key=lambda event: event.stream)
        return (list(events) for _, events in by_stream)

    def _by_stream(self, page: int, upto: int) -> Iterator[Recorded[F]]:
        key: tuple[Any, ...] = ("", 0)
        sql = (
            "SELECT state, originator_id, originator_version FROM stored_events "
            f"WHERE (originator_id, originator_version) > (?, ?) AND {self.shelf.position} <= ? "
            "ORDER BY originator_id, originator_version LIMIT ?"
        )
        while rows := self._select(sql, (*key, upto, page)):
            for row in rows:
                yield self._decode(row[0])
            key = tuple(rows[-1])[1:]

    def position(self) -> int:
        return int(
            self._select(f"SELECT coalesce(max({self.shelf.position}), 0) FROM stored_events", ())[0][0]
        )

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

    def _commit(self, group: Sequence[Draft[F]]) -> None:
        try:
            pen = self._pen or self._open()
            batch = _Batch(replace(self._head))
            for draft in group:
                if not self._repeated(pen, draft, batch):
                    self._place(pen, draft, batch)
            if (batch.rows or batch.answers) and not pen.write(batch.answers, batch.rows, batch.head.number):
                raise Fenced(f"another process writes to {self.topic.name}")
            self._head = batch.head
            if len(self._versions) > 200_000:
                self._versions.clear()
            self._versions.update(batch.versions)
        except BaseException as error:  # every caller must hear of it, whatever it was
            self._drop()
            reason: Exception = StoreUnavailable(f"{self.topic.name}: {error or 'interrupted'}")
            if isinstance(error, Exception) and not isinstance(error, self.shelf.failures):
                reason = error
            for draft in group:
                draft.stored, draft.error = (), draft.error or reason
            if not isinstance(error, Exception):
                raise

    def _open(self) -> Pen:
        """Take the pen: read where the log ends and open a new epoch, whose number fences off earlier writers."""
        pen = self._pen = self.shelf.pen()
        epoch = event_id(self.clock())
        number, last = pen.open_epoch(epoch, self.site)
        head = _Head(epoch=epoch, number=number)
        if last:
            event = self.topic.decode(last[1])
            head = _Head(last[0], bytes(last[2]), event.lamport, event.recorded_at, 0, epoch, number)
        self._head, self._versions = head, {}
        return pen

    def _drop(self) -> None:
        if self._pen:
            self._pen.close()
        self._pen = None

    def _repeated(self, pen: Pen, draft: Draft[F], batch: _Batch) -> bool:
        """The same idempotency key again gets the first answer again."""
        if not draft.command_id:
            return False
        if first := batch.placed.get(draft.command_id):
            same = (first.digest, first.stream) == (draft.digest, draft.stream)
            draft.stored, draft.error = first.stored, first.error
        else:
            found = pen.select(_ANSWERED, (draft.command_id,))
            if not found:
                batch.placed[draft.command_id] = draft
                return False
            digest, stream, version, facts = found[0]
            same = (digest, stream) == (draft.digest, draft.stream)
            draft.stored = tuple(self.stream(stream, version, version + facts))
        if not same:
            draft.stored, draft.error = (), KeyReused(draft.command_id)
        return True

    def _place(self, pen: Pen, draft: Draft[F], batch: _Batch) -> None:
        stream, head, encode = draft.stream, batch.head, self.topic.encode
        version = batch.versions.get(stream, self._versions.get(stream, -1))
        if version < 0:
            version = int(pen.select(_VERSION, (stream,))[0][0])
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
