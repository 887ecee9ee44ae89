"""The writing half of a log: append requests become numbered, chained events in one durable transaction."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from time import monotonic
from typing import Any, Generic

import msgspec
from msgspec.structs import replace

from shared.core.clock import Clock, generate_event_id
from shared.core.consistency import ConsistencyBoundary
from shared.core.errors import (
    AppendConditionFailed,
    Conflict,
    Fenced,
    KeyReused,
    LogBehindRows,
    SiteClosed,
    StoreUnavailable,
)
from shared.core.facts import Corrected, F, Recorded, Topic
from shared.core.partial_dates import FOREVER, Instant, later
from shared.database.failures import name_failure
from shared.eventlog.commit_timestamps import NEVER, CommitTimestamps
from shared.eventlog.corrected_times import CorrectedTimes
from shared.eventlog.group_commit import AppendRequest
from shared.eventlog.key_store import KeyStore, encrypt_fields
from shared.eventlog.recorders import LogStorage, WriteConnection
from shared.eventlog.tag_positions import TagPositions

GENESIS = bytes(32)
"""The chain hash before the first event."""
FIND_COMMAND = "SELECT digest, stream, version, facts FROM commands WHERE command_id = ?"
"""Finds a command by its idempotency key."""


class _Head(msgspec.Struct):
    """The end of the log. A commit works on a copy, so that a failed one changes nothing."""

    position: int = 0
    chain: bytes = GENESIS
    lamport: int = 0
    recorded_at: Instant = Instant("")
    seq: int = 0
    epoch: str = ""
    number: int = 0


class _Batch(msgspec.Struct):
    """The rows that one commit is going to write."""

    head: _Head
    rows: list[tuple[object, ...]] = []
    commands: list[tuple[object, ...]] = []
    versions: dict[str, int] = {}
    now: Instant = NEVER
    """The present instant, read once; its requests are recorded a microsecond apart."""
    first: Instant = FOREVER
    """When the first of its events is recorded."""
    by_command: dict[str, AppendRequest[Any]] = {}
    is_admitted: bool = True
    """Whether a closed site may record all of it."""


class LogWriter(Generic[F]):
    """The only writer of one log, from its first commit until another process takes over; `read` and `stream` read
    stored events back: (after, limit) and (stream, after, upto). Only a `boundary` gives events tags."""

    def __init__(
        self,
        topic: Topic[F],
        storage: LogStorage,
        site: str,
        clock: Clock,
        keys: KeyStore,
        read: Callable[[int, int], list[tuple[int, Recorded[F]]]],
        stream: Callable[[str, int, int], list[Recorded[F]]],
        timestamps: CommitTimestamps,
        boundary: ConsistencyBoundary[F] | None = None,
        times: CorrectedTimes | None = None,
    ) -> None:
        self._times = times or CorrectedTimes()
        self._topic, self._storage, self._site, self._clock, self._keys = topic, storage, site, clock, keys
        self._stream, self._timestamps = stream, timestamps
        self._tags = TagPositions(boundary, read, stream) if boundary else None
        self._connection: WriteConnection | None = None
        self._head = _Head()
        self._versions: dict[str, int] = {}
        self.failure: tuple[StoreUnavailable, float] | None = None
        """Why and when (`monotonic`) the last commit failed; None after one that did not."""
        self.before_writing: Callable[[], None] = lambda: None
        self.closed: SiteClosed | None = None
        """Why nothing more is recorded, except facts of the types `when_closed`; None where the site is not closed."""
        self.when_closed: tuple[type[Any], ...] = ()
        self.read_closing: Callable[[bool], SiteClosed | None] | None = None
        """Reads `closed`, where another process learns it; True: not what was read a moment ago."""
        self.observed_lamport = 0
        """The highest lamport time of events of other sites that count here."""
        self.read_observed: Callable[[], int] = lambda: 0
        """Reads the same at every commit, where another process counts them."""
        column = storage.position_column
        self._end_sql = (
            "SELECT (SELECT max(number) FROM epochs), "
            f"(SELECT max({column}) FROM stored_events), "
            f"(SELECT {storage.bytes_format.format('chain')} FROM stored_events ORDER BY {column} DESC LIMIT 1)"
        )

    def known_chain(self, position: int) -> bytes | None:
        """The hash of the chain at the end of the log, where this is its position and this process writes it."""
        head = self._head
        return head.chain if self._connection and position and head.position == position else None

    def commit(self, group: Sequence[AppendRequest[F]]) -> None:
        """Write all requests in one transaction and set `stored` or `error` on each."""
        try:
            after = self._timestamps.begin(self._topic.name)
            connection = self._connection or self._become_writer()
            head = self._head
            lamport = max(head.lamport, self.observed_lamport, self.read_observed())
            self.find_closing()
            batch = _Batch(
                replace(head, recorded_at=max(head.recorded_at, after), lamport=lamport), now=self._clock()
            )
            unread = [
                each.stream
                for request in group
                for each in ((request, *request.further) if request.further else (request,))
                if self._versions.get(each.stream) != each.expected
            ]
            if unread:
                self._load_versions(connection, unread)
            for request in group:
                if not self._is_repeated(connection, request, batch):
                    self._add_request(request, batch)
            end = (head.position, head.chain if head.position else None)
            if not batch.rows and not batch.commands:
                self._check_end(connection)  # what was answered rests on this log
            elif not connection.write(
                batch.commands, batch.rows, head.number, end, batch.first, batch.is_admitted
            ):
                if self._timestamps.is_closed(batch.first):
                    return self.commit(group)  # once more, later
                if not batch.is_admitted and self.find_closing(now=True):
                    return self.commit(group)  # once more, to refuse what the site does not record any more
                self._check_end(connection)
                raise Fenced(f"another process writes to {self._topic.name}")
            self._head, self.failure = batch.head, None
            if self._tags:
                self._tags.forget_many(batch.head.position)
            if len(self._versions) > 200_000:
                self._versions.clear()
            self._versions.update(batch.versions)
        except BaseException as error:  # every caller must hear of it, whatever it was
            self.close()
            reason: Exception = StoreUnavailable(f"{self._topic.name}: interrupted")
            if isinstance(error, Exception):
                is_store = isinstance(error, self._storage.failures)
                reason = name_failure(error, self._topic.name) if is_store else error
            if isinstance(reason, StoreUnavailable):
                self.failure = reason, monotonic()
            for request in group:
                request.stored, request.position = (), 0
                if request.error is None or isinstance(reason, LogBehindRows):  # it makes any other doubtful
                    request.error = reason
                for each in request.further:
                    each.stored = ()
            if not isinstance(error, Exception):
                raise

    def finish(self) -> None:
        """Say that a commit has ended and is counted; whoever waits for its instant goes on."""
        self._timestamps.finish(self._topic.name, self._head.recorded_at)

    def _become_writer(self) -> WriteConnection:
        """Become the writer: read the end of the log and open a new epoch, whose number fences off earlier writers."""
        self.before_writing()
        connection = self._connection = self._storage.open_write_connection()
        epoch = generate_event_id(self._clock())
        number, last = connection.open_epoch(epoch, self._site)
        head = _Head(epoch=epoch, number=number)
        if last:
            event = self._times.correct(self._topic.decode(last[1]))
            head = _Head(last[0], bytes(last[2]), event.lamport, event.recorded_at, 0, epoch, number)
        self._head, self._versions = head, {}
        if self._tags:
            self._tags.start_at(head.position)
        return connection

    def _check_end(self, connection: WriteConnection) -> None:
        """Raise LogBehindRows where the log does not end with what this process wrote last, and nobody else writes."""
        [(number, position, chain)] = connection.select(self._end_sql, ())
        head = self._head
        ends = (position or 0, bytes(chain) if position else GENESIS)
        if number == head.number and ends != (head.position, head.chain):
            raise LogBehindRows(
                f"{self._topic.name}: this process wrote up to position {head.position}, the log now ends at "
                f"{ends[0]}: it was rolled back, cut off or replaced. Restore it, or run `cadre rebuild`"
            )

    def close(self) -> None:
        """Give up writing; whatever was not committed is rolled back."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _load_versions(self, connection: WriteConnection, streams: list[str]) -> None:
        """Read the versions of streams not written to lately, or written by another process, many at a time."""
        for start in range(0, len(streams), 500):
            chunk = tuple(streams[start : start + 500])
            sql = (
                "SELECT originator_id, max(originator_version) FROM stored_events "
                f"WHERE originator_id IN ({', '.join('?' * len(chunk))}) GROUP BY originator_id"
            )
            self._versions.update(dict.fromkeys(chunk, 0))
            self._versions.update((stream, version) for stream, version in connection.select(sql, chunk))

    def _is_repeated(self, connection: WriteConnection, request: AppendRequest[F], batch: _Batch) -> bool:
        """Whether the idempotency key was used before; then the request gets the events stored at that time."""
        if not request.command_id:
            return False
        if first := batch.by_command.get(request.command_id):
            same = (first.digest, first.stream) == (request.digest, request.stream)
            request.stored, request.error = first.stored, first.error
        else:
            rows = connection.select(FIND_COMMAND, (request.command_id,))
            if not rows:
                batch.by_command[request.command_id] = request
                return False
            digest, stream, version, facts = rows[0]
            same = (digest, stream) == (request.digest, request.stream)
            request.stored = tuple(self._stream(stream, version, version + facts))
        if not same:
            request.stored, request.error = (), KeyReused(request.command_id)
        return True

    def _add_request(self, request: AppendRequest[F], batch: _Batch) -> None:
        """Add the facts of a request and of its further ones; what refuses one of them refuses all, and is set as
        `error`."""
        if refusal := self._find_refusal(request, batch):
            request.error = refusal
            return
        head, further = batch.head, request.further
        head.recorded_at = batch.now if batch.now > head.recorded_at else later(head.recorded_at)
        if not batch.rows:
            batch.first = head.recorded_at
        if self.read_closing and batch.is_admitted:
            batch.is_admitted = all(self._is_admitted(each.facts) for each in (request, *further))
        self._add_events(request, batch, request.cause)
        if further:
            self._add_further(request, batch)
        if request.command_id:
            version, facts = request.expected, len(request.stored)
            batch.commands.append((request.command_id, request.digest, request.stream, version, facts))
        request.position = head.position

    def _add_further(self, request: AppendRequest[F], batch: _Batch) -> None:
        """Add the facts of further requests; `stored` of the request gets those of its stream too."""
        first = request.stored[0].event_id if request.stored else ""
        for each in request.further:
            self._add_events(each, batch, first if each.follows_first else each.cause)
            if each.stream == request.stream:
                request.stored += each.stored

    def _find_refusal(self, request: AppendRequest[F], batch: _Batch) -> Exception | None:
        """Why a request or one of its further ones cannot be appended: a wrong version, or a condition that does not
        hold. They do not stand in each other's way."""
        if not request.further:
            version = batch.versions.get(request.stream, -1)
            return self._refuse(request, self._versions[request.stream] if version < 0 else version)
        versions: dict[str, int] = {}
        for each in (request, *request.further):
            version = versions.get(each.stream, batch.versions.get(each.stream, -1))
            version = self._versions[each.stream] if version < 0 else version
            if refusal := self._refuse(each, version):
                return refusal
            versions[each.stream] = version + len(each.facts)
        return None

    def find_closing(self, now: bool = False) -> SiteClosed | None:
        """Why nothing more is recorded; None where the site is not closed. `now`: not as it was a moment ago."""
        if self.read_closing:
            self.closed = self.read_closing(now)
        return self.closed

    def check_open(self, facts: Sequence[F | Corrected]) -> None:
        """Raise SiteClosed where these facts may not be recorded."""
        self.find_closing()
        if refusal := self._refuse_closed(facts):
            raise refusal

    def _refuse_closed(self, facts: Sequence[F | Corrected]) -> SiteClosed | None:
        if self.closed and not self._is_admitted(facts):
            return SiteClosed(self.closed.site, self.closed.custodian)
        return None

    def _is_admitted(self, facts: Sequence[F | Corrected]) -> bool:
        """Whether a closed site records these facts."""
        return all(isinstance(fact, self.when_closed) for fact in facts)

    def _refuse(self, request: AppendRequest[F], version: int) -> Exception | None:
        if refusal := self._refuse_closed(request.facts):
            return refusal
        if version != request.expected:
            return Conflict(request.stream, version)
        if request.condition and self._tags and not self._tags.holds(request.condition):
            return AppendConditionFailed(request.stream, version)
        return None

    def _add_events(self, request: AppendRequest[F], batch: _Batch, cause: str) -> None:
        """Number, encrypt and chain the facts of one request, all at the instant of the head."""
        stream, head, topic, tags = request.stream, batch.head, self._topic, self._tags
        now, before, version = head.recorded_at, request.expected, request.expected
        head.lamport = max(head.lamport, request.observed_lamport)
        stored = []
        for fact in request.facts:
            head.position += 1
            head.seq += 1
            head.lamport += 1
            version += 1
            event: Recorded[F] = Recorded(
                event_id=generate_event_id(now),
                site=self._site,
                epoch=head.epoch,
                seq=head.seq,
                stream=stream,
                version=version,
                recorded_at=now,
                actor=request.actor,
                command_id=request.command_id,
                lamport=head.lamport,
                fact=fact,
                cause=cause,
                correlation=request.correlation,
                policy=request.policy,
            )
            stored_event = encrypt_fields(topic, event, self._keys) if topic.personal else event
            state = topic.encode(stored_event)
            head.chain = sha256(head.chain + state).digest()
            batch.rows.append((head.position, stream, version, topic.tag(fact), state, head.chain))
            stored.append(event)
            if tags and request.tags is None:
                tags.add(tags.tags_of(stream, before, fact), head.position)
        if tags and request.tags:
            tags.add(request.tags, head.position)
        request.stored = tuple(stored)
        batch.versions[stream] = version
