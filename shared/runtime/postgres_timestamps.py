"""Commit timestamps and closed timestamps of logs in one PostgreSQL database, which several processes write and read.

One row of the table `closed` has the closed timestamp of all logs. A commit stores nothing when its first event would
be recorded at or before it; the writer then records later. A reader raises it, and then waits for the statements that
began before: those hold their lock on `stored_events` already, and all others read the raised row.
"""

from collections.abc import Callable
from threading import Lock
from time import monotonic, sleep

from sqlalchemy import Column, Connection, Table, text
from sqlalchemy.exc import SQLAlchemyError

from shared.core.clock import Clock
from shared.core.clock_guard import ClockGuard
from shared.core.errors import ClockJumped, DiskFull, ReadOnlyStore, StoreUnavailable
from shared.core.partial_dates import Instant
from shared.database.failures import name_failure
from shared.eventlog.commit_timestamps import NEVER, WAIT_SECONDS
from shared.readmodel.row_store import RowStore
from shared.runtime.cluster_foreign import COUNTING_LOCK

FRESH_SECONDS = 0.1
"""For how long a closed timestamp is answered again where nothing was recorded after it."""
COMMIT_SECONDS = 60.0
"""For how long a closing waits for commits under way: longer than a transaction may stay open."""
_CLOSED, _ACCEPTED = "closed", "accepted"
_RAISE = """
INSERT INTO {schema}.closed AS c VALUES (:name, :instant)
ON CONFLICT (name) DO UPDATE SET instant = greatest(c.instant COLLATE "C", excluded.instant COLLATE "C")
RETURNING instant
"""
_ACCEPT = """
INSERT INTO {schema}.closed VALUES (:name, :instant) ON CONFLICT (name) DO UPDATE SET instant = excluded.instant
"""
_WRITING = """
SELECT n.nspname, l.virtualtransaction FROM pg_locks l
JOIN pg_class c ON c.oid = l.relation AND c.relname = 'stored_events' JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.granted
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL
SELECT :counting, l.pid::text FROM pg_locks l
WHERE l.locktype = 'advisory' AND (l.classid, l.objid, l.objsubid) = (:class, :object, 2) AND l.granted
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""The transactions that are storing events, by the schema of their log, and who lets events of other sites count."""
COUNTING = ""
"""Stands for the events of other sites among the logs."""


class PostgresTimestamps:
    """Shared by all logs of a process. `read_last` reads when the last event of a log was recorded, and of COUNTING
    after which instant events of other sites are about to be known. A process that loads `history` by a simulated clock
    records before what was closed."""

    def __init__(
        self,
        tables: RowStore,
        clock: Clock,
        read_last: Callable[[str], Instant],
        guard: ClockGuard | None = None,
        history: bool = False,
    ) -> None:
        name = tables.positions.c.follower.type
        if "closed" not in tables.metadata.tables:
            Table(
                "closed",
                tables.metadata,
                Column("name", name, primary_key=True),
                Column("instant", name, nullable=False),
            )
        self._tables, self._clock, self._guard, self._read_last = tables, clock, guard, read_last
        self.closed_table = "" if history else f"{tables.schema}.closed"
        self._raise = text(_RAISE.format(schema=tables.schema))
        self._accept = text(_ACCEPT.format(schema=tables.schema))
        self._read = text(f"SELECT instant FROM {tables.schema}.closed WHERE name = :name")
        self._lock = Lock()
        self._started = False
        self._floor = self._closed = NEVER
        """What was closed when it was read last; the last closed timestamp that this process has waited for."""
        self._closed_at = 0.0

    def begin(self, topic: str) -> Instant:
        with self._lock:
            if not self._started and self.closed_table:
                self._floor = self._read_name(_CLOSED)
                if self._guard and self._floor:
                    self._guard.start(max(self._floor, self._read_last(topic)))
                self._started = True
            self._checked_clock()
            return self._floor

    def is_closed(self, instant: Instant) -> bool:
        self._floor = max(self._floor, self._read_name(_CLOSED))
        return instant <= self._floor

    def finish(self, topic: str, recorded_at: Instant) -> None:
        """Readers find commits that are under way by their locks."""

    def close(self, at_least: Instant = NEVER) -> Instant:
        """As in `CommitTimestamps`, and not before `at_least`, except for logs whose commits take longer than a reader
        waits."""
        if at_least <= self._closed and monotonic() - self._closed_at < FRESH_SECONDS:
            return self._closed
        try:
            now = self._checked_clock()
        except ClockJumped:
            now = NEVER
        began = monotonic()
        closed = self._raise_closed(max(now, at_least, self._closed))
        unfinished = self._wait_for_writers()
        if unfinished:  # what they record is later than what their logs have
            closed = min([closed, *map(self._read_last, sorted(unfinished))])
        with self._lock:
            if closed >= self._closed:
                self._closed, self._closed_at = closed, began
            return self._closed

    def _raise_closed(self, wanted: Instant) -> Instant:
        """Raise the row to this instant. Returns what it has then: where nothing can be written, what it had."""
        try:
            with self._tables.transaction() as connection:
                values = {"name": _CLOSED, "instant": wanted}
                return Instant(connection.execute(self._raise, values).scalar_one())
        except SQLAlchemyError as error:
            if not isinstance(name_failure(error), (DiskFull, ReadOnlyStore)):
                raise
            return self._read_name(_CLOSED)

    def close_without_waiting(self) -> Instant:
        return self._closed

    def stop(self) -> None:
        """What was closed is in the database."""

    def accept_clock(self, now: Instant) -> None:
        """Store that the clock is right now."""
        with self._tables.transaction() as connection:
            connection.execute(self._accept, {"name": _ACCEPTED, "instant": now})

    def read_accepted(self) -> Instant:
        """When somebody last said that the clock is right."""
        return self._read_name(_ACCEPTED)

    def read_closed(self) -> Instant:
        """The closed timestamp of all logs."""
        return self._read_name(_CLOSED)

    def _read_name(self, name: str) -> Instant:
        with self._tables.engine.connect() as connection:
            return Instant(connection.execute(self._read, {"name": name}).scalar() or "")

    def _checked_clock(self) -> Instant:
        return self._guard() if self._guard else self._clock()

    def wait_for_commits(self) -> None:
        """Wait for the statements that are storing events now. Raises StoreUnavailable where they take too long."""
        with self._tables.engine.connect() as connection:
            earlier = {each for each in self._list_writers(connection) if each[0] != COUNTING}
            deadline = monotonic() + COMMIT_SECONDS
            while earlier:
                if monotonic() > deadline:
                    logs = ", ".join(sorted({schema for schema, _ in earlier}))
                    raise StoreUnavailable(f"a commit to {logs} takes too long; try again in a moment")
                sleep(0.001)
                earlier &= self._list_writers(connection)

    def _wait_for_writers(self) -> set[str]:
        """Wait for the transactions that are storing events now. Returns the logs of those that go on."""
        deadline = monotonic() + WAIT_SECONDS
        with self._tables.engine.connect() as connection:
            earlier = self._list_writers(connection)
            while earlier and monotonic() < deadline:
                sleep(0.001)
                earlier &= self._list_writers(connection)
        return {schema for schema, _ in earlier}

    @staticmethod
    def _list_writers(connection: Connection) -> set[tuple[str, str]]:
        locks = {"counting": COUNTING, "class": COUNTING_LOCK[0], "object": COUNTING_LOCK[1]}
        writers = {
            (str(schema), str(transaction))
            for schema, transaction in connection.execute(text(_WRITING), locks)
        }
        connection.rollback()  # the next statement is to see later locks, and no transaction stays open
        return writers
