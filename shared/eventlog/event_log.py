"""The event log of one topic: numbered without holes, hash-chained, one writer, any number of readers."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from time import monotonic
from typing import Any, Generic

from shared.contract.cloudevents import DECODE_ERRORS
from shared.core.clock import Clock
from shared.core.consistency import ConsistencyBoundary
from shared.core.errors import DamagedStore, KeyReused, SiteClosed, StoreUnavailable
from shared.core.facts import Corrected, F, Recorded, Topic
from shared.core.partial_dates import Instant
from shared.database.failures import name_failure
from shared.eventlog.commit_timestamps import NEVER, CommitTimestamps, ProcessTimestamps
from shared.eventlog.corrected_times import ClockCorrection, CorrectedTimes
from shared.eventlog.group_commit import AppendRequest, GroupCommit
from shared.eventlog.key_store import KeyStore, decrypt_events
from shared.eventlog.log_writer import FIND_COMMAND, LogWriter
from shared.eventlog.recorders import LogAddress, open_log_storage

FAILURE_SECONDS = 30.0
"""How long a failed write counts where no other follows: whoever waits for readiness sends none."""
_VERSION = "SELECT coalesce(max(originator_version), 0) FROM stored_events WHERE originator_id = ?"


class EventLog(Generic[F]):
    """The append-only log of one topic's events, which one process writes and any number read.

    A position counts 1, 2, 3, … over the whole log; it is the notification id of the eventsourcing library. `where` is
    a path (SQLite) or `postgresql://…`, where the topic has a schema of its own. `timestamps`: those of all logs of
    this process; without them the log has its own. With a `boundary`, appending heeds the conditions of requests.
    """

    def __init__(
        self,
        topic: Topic[F],
        where: LogAddress,
        site: str,
        clock: Clock,
        keys: KeyStore,
        create: bool = True,
        timestamps: CommitTimestamps | None = None,
        boundary: ConsistencyBoundary[F] | None = None,
    ) -> None:
        self.topic, self.site, self.clock, self.keys = topic, site, clock, keys
        self.times = CorrectedTimes()
        timestamps = timestamps or ProcessTimestamps(clock)
        self.storage = open_log_storage(where, topic.name, timestamps.closed_table)
        if create:
            try:
                self.storage.create()
            except self.storage.failures as error:
                self.storage.close()
                raise name_failure(error, topic.name) from error
        self._state, self._chain = (
            self.storage.bytes_format.format("state"),
            self.storage.bytes_format.format("chain"),
        )
        self._writer = LogWriter(
            topic,
            self.storage,
            site,
            clock,
            keys,
            self.read,
            self.load_stream,
            timestamps,
            boundary,
            self.times,
        )
        self._queue = GroupCommit(self._writer.commit, self._writer.finish)

    def check_before_writing(self, check: Callable[[], None]) -> None:
        """Call this before the first write, and again after one that failed; what it raises refuses the write."""
        self._writer.before_writing = check

    def correct_times(self, corrections: Sequence[ClockCorrection]) -> None:
        """Read what carries a wrong time as known since that was corrected, and let what is recorded next come after
        that instant. To be called before the first write."""
        if corrections:
            self.times.use(corrections, [epoch for _, epoch in self.read_epochs()])

    def observe_lamport(self, lamport: int) -> None:
        """Everything appended from now on gets a lamport time after this one: an event of another site has it."""
        self._writer.observed_lamport = max(self._writer.observed_lamport, lamport)

    def observe_lamports(self, read: Callable[[], int]) -> None:
        """The same of what `read` says at each commit: another process takes in the events of other sites."""
        self._writer.read_observed = read

    def close_site(self, closed: SiteClosed | None, admitted: tuple[type[F], ...] = ()) -> None:
        """Record nothing more, except facts of some types, because the site is closed; None: it is not."""
        self._writer.closed, self._writer.when_closed = closed, admitted

    def share_closing(
        self, read: Callable[[bool], SiteClosed | None], admitted: tuple[type[F], ...] = ()
    ) -> None:
        """The same of what `read` says, where another process learns that the site is closed: called with True it says
        what is so now, else what was so a moment ago. The database refuses what is committed meanwhile."""
        self._writer.read_closing, self._writer.when_closed = read, admitted

    @property
    def closed(self) -> SiteClosed | None:
        """Why the site records nothing more; None where it is not closed."""
        return self._writer.find_closing()

    def check_open(self, facts: Sequence[F | Corrected]) -> None:
        """Raise SiteClosed where these facts may not be recorded."""
        self._writer.check_open(facts)

    def close(self) -> None:
        self._writer.close()
        self.storage.close()

    def _select(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        try:
            return self.storage.select(sql, values)
        except self.storage.failures as error:
            raise name_failure(error, self.topic.name) from error

    def _page_sql(self, columns: str) -> str:
        position = self.storage.position_column
        return f"SELECT {position}, {columns} FROM stored_events WHERE {position} > ? ORDER BY {position} LIMIT ?"

    @property
    def failure(self) -> StoreUnavailable | None:
        """Why the last write of this process failed; None where it did not, or that is long ago."""
        failure, since = self._writer.failure or (None, 0.0)
        return failure if monotonic() - since < FAILURE_SECONDS else None

    def append(self, request: AppendRequest[F]) -> tuple[Recorded[F], ...]:
        """Append facts durably. Raises Conflict, KeyReused, SiteClosed or StoreUnavailable; then none is stored."""
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
        rows = self._select(self._page_sql(self._state), (after, limit))
        return list(zip((row[0] for row in rows), self._decode_all([row[1] for row in rows]), strict=True))

    def read_stored(self, after: int, limit: int) -> list[tuple[int, str, str, bytes]]:
        """(position, stream, tag, bytes) as stored, for those who pass them on without reading them."""
        return self._select(self._page_sql(f"originator_id, topic, {self._state}"), (after, limit))

    def read_feed(
        self, after: int, upto: int, limit: int, kinds: Sequence[str] = (), stream: str = ""
    ) -> list[tuple[int, str, bytes, bytes]]:
        """(position, tag, bytes, chain hash) of some kinds of fact or of one stream, `after` < position <= `upto`."""
        column, values = self.storage.position_column, (after, upto)
        condition = f" AND topic IN ({', '.join('?' * len(kinds))})" if kinds else ""
        condition += " AND originator_id = ?" if stream else ""
        sql = (
            f"SELECT {column}, topic, {self._state}, {self._chain} FROM stored_events "
            f"WHERE {column} > ? AND {column} <= ?{condition} ORDER BY {column} LIMIT ?"
        )
        return self._select(sql, (*values, *kinds, *([stream] if stream else []), limit))

    def chain_hash(self, position: int) -> bytes | None:
        """The hash over all events up to this position; None where nothing is stored."""
        sql = f"SELECT {self._chain} FROM stored_events WHERE {self.storage.position_column} = ?"
        rows = self._select(sql, (position,))
        return bytes(rows[0][0]) if rows else None

    def written_chain(self, position: int) -> bytes | None:
        """As `chain_hash`, without a query where this process has just written that position."""
        return self._writer.known_chain(position) or self.chain_hash(position)

    def read_chained(self, after: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """(position, bytes, chain hash) as stored, for those who verify the chain."""
        return self._select(self._page_sql(f"{self._state}, {self._chain}"), (after, limit))

    def read_epochs(self) -> list[tuple[int, str]]:
        """(first position, epoch) in the order in which they were opened. An epoch without events is not among them."""
        return [tuple(row) for row in self._select("SELECT first, epoch FROM epochs ORDER BY number", ())]

    def read_commands(self, page: int) -> Iterator[tuple[str, str, int, int]]:
        """(idempotency key, stream, version before, number of facts) of every command that had a key."""
        sql = (
            "SELECT command_id, stream, version, facts FROM commands WHERE command_id > ? "
            "ORDER BY command_id LIMIT ?"
        )
        rows: list[Any] = [("",)]
        while rows := self._select(sql, (rows[-1][0], page)):
            yield from map(tuple, rows)

    def load_stream(self, stream: str, after: int = 0, upto: int = 2**62) -> list[Recorded[F]]:
        """The events of one stream with `after` < version <= `upto`, in order."""
        sql = (
            f"SELECT {self._state} FROM stored_events WHERE originator_id = ? AND originator_version > ? "
            "AND originator_version <= ? ORDER BY originator_version"
        )
        return self._decode_all([state for (state,) in self._select(sql, (stream, after, upto))])

    def load_streams(self, streams: Sequence[str]) -> dict[str, list[Recorded[F]]]:
        """The events in order of each of these streams that exists."""
        streams_by_id: dict[str, list[Recorded[F]]] = {}
        for start in range(0, len(streams), 500):
            chunk = tuple(streams[start : start + 500])
            sql = (
                f"SELECT {self._state} FROM stored_events WHERE originator_id IN ({','.join('?' * len(chunk))}) "
                "ORDER BY originator_id, originator_version"
            )
            for event in self._decode_all([state for (state,) in self._select(sql, chunk)]):
                streams_by_id.setdefault(event.stream, []).append(event)
        return streams_by_id

    def iterate_streams(self, page: int = 5000, upto: int = 2**62) -> Iterator[list[Recorded[F]]]:
        """Every stream up to a position, one after another, in constant memory: for rebuilding."""
        by_stream = groupby(self._by_stream(page, upto), key=lambda event: event.stream)
        return (list(events) for _, events in by_stream)

    def _by_stream(self, page: int, upto: int) -> Iterator[Recorded[F]]:
        key: tuple[Any, ...] = ("", 0)
        sql = (
            f"SELECT {self._state}, originator_id, originator_version FROM stored_events "
            f"WHERE (originator_id, originator_version) > (?, ?) AND {self.storage.position_column} <= ? "
            "ORDER BY originator_id, originator_version LIMIT ?"
        )
        while rows := self._select(sql, (*key, upto, page)):
            yield from self._decode_all([row[0] for row in rows])
            key = tuple(rows[-1])[1:]

    def read_by_stream(
        self, after: tuple[str, int], before: str, upto: int, limit: int
    ) -> list[tuple[int, str, int, bytes]]:
        """(position, stream, version, bytes) sorted by stream and version, after one (stream, version).

        Ends before the stream `before`; empty means the end of the log.
        """
        column = self.storage.position_column
        end, values = (" AND originator_id < ?", (before,)) if before else ("", ())
        sql = (
            f"SELECT {column}, originator_id, originator_version, {self._state} FROM stored_events WHERE "
            f"(originator_id, originator_version) > (?, ?) AND {column} <= ?{end} "
            "ORDER BY originator_id, originator_version LIMIT ?"
        )
        return self._select(sql, (*after, upto, *values, limit))

    def sample_streams(self, upto: int, count: int) -> list[str]:
        """About so many streams (3,000 at most), evenly spread over the events, in the order of `read_by_stream`."""
        positions = tuple(range(upto // (count + 1), upto, upto // (count + 1) or 1))[:3000]
        if not count or not positions:
            return []
        sql = (
            f"SELECT DISTINCT originator_id FROM stored_events WHERE {self.storage.position_column} IN "
            f"({', '.join('?' * len(positions))}) ORDER BY originator_id"
        )
        return [row[0] for row in self._select(sql, positions)]

    def position(self) -> int:
        """The position of the last event; 0 for an empty log."""
        sql = f"SELECT coalesce(max({self.storage.position_column}), 0) FROM stored_events"
        return int(self._select(sql, ())[0][0])

    def last_recorded_at(self) -> Instant:
        """When the last event was recorded, which is later than all before it; empty for an empty log."""
        column = self.storage.position_column
        rows = self._select(f"SELECT {self._state} FROM stored_events ORDER BY {column} DESC LIMIT 1", ())
        return self.times.correct(self.topic.decode(rows[0][0])).recorded_at if rows else NEVER

    def version(self, stream: str) -> int:
        """The number of events of a stream at this site."""
        return int(self._select(_VERSION, (stream,))[0][0])

    def find_known_streams(self, streams: Sequence[str]) -> set[str]:
        """Those of these streams that have events."""
        known: set[str] = set()
        for start in range(0, len(streams), 500):
            chunk = tuple(streams[start : start + 500])
            marks = ",".join("?" * len(chunk))
            sql = f"SELECT DISTINCT originator_id FROM stored_events WHERE originator_id IN ({marks})"
            known.update(row[0] for row in self._select(sql, chunk))
        return known

    def has_command(self, command_id: str) -> bool:
        """Whether this idempotency key was used."""
        return bool(command_id and self._select(FIND_COMMAND, (command_id,)))

    def find_response(self, command_id: str, digest: bytes, stream: str) -> tuple[Recorded[F], ...] | None:
        """The events that an earlier use of this idempotency key stored; None if it is new. Raises KeyReused."""
        rows = self._select(FIND_COMMAND, (command_id,))
        if not rows:
            return None
        if (rows[0][0], rows[0][1]) != (digest, stream):
            raise KeyReused(command_id)
        return tuple(self.load_stream(stream, rows[0][2], rows[0][2] + rows[0][3]))

    def _decode_all(self, states: list[bytes]) -> list[Recorded[F]]:
        try:
            events = list(map(self.topic.decode, states))
        except DECODE_ERRORS as error:
            raise self._damaged_event(states) from error
        if self.times:
            events = [self.times.correct(event) for event in events]
        return decrypt_events(self.topic, events, self.keys)

    def _damaged_event(self, states: list[bytes]) -> DamagedStore:
        """Where the first of these stored events is that cannot be decoded."""
        for state in states:
            try:
                self.topic.decode(state)
            except DECODE_ERRORS as error:
                column = self.storage.position_column
                sql = f"SELECT {column}, originator_id FROM stored_events WHERE {self._state} = ?"
                place = "".join(
                    [f" at position {at} of stream {of}" for at, of in self._select(sql, (state,))]
                )
                return DamagedStore(
                    f"{self.topic.name}: the event{place} is damaged and cannot be read ({error}); "
                    "restore the log from a backup"
                )
        return DamagedStore(f"{self.topic.name}: an event could not be read, and then could")
