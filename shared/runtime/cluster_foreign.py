"""The events of other sites as a process of a cluster sees them, and how they come to count for all processes at
once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic

import psycopg
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared.contract.counting_notices import CountingNotice
from shared.core.clock import Clock
from shared.core.errors import StoreUnavailable
from shared.core.partial_dates import Instant, later
from shared.database.failures import name_failure
from shared.database.pg_options import connection_options
from shared.eventlog.foreign_events import ForeignEvent
from shared.replica.store.database import SCHEMA
from shared.replica.store.replica_store import ReplicaStore

UNUSED_SECONDS = 1.0
"""How long it is believed that there are no events of other sites, except by whoever makes rows."""
COUNTING_LOCK = (0x43414452, 1)
"""Key of the advisory lock that is held while events come to count: readers see it in pg_locks, and wait."""
IMPORT_LOCK = (0x43414452, 2)
"""Key of the one that the importer holds."""
WORKER_LOCK = (0x43414452, 3)
"""Key of the one that the process holds which calls the site above."""
LOCK_SECONDS = 60
"""How long a process waits for one of them."""
_MADE = text(f"SELECT to_regclass('{SCHEMA}.changes')::text")
_USED = text(f"SELECT EXISTS (SELECT 1 FROM {SCHEMA}.changes)")
_FLOOR, _LAST = "counting", "last known"
"""Kept in the replica: the last instant before anything became known that has no rows yet; the last one from which
events were to be known."""


class ClusterForeignEvents:
    """The events of other sites in the schema `replica`, to which one process at a time adds. Where there were none,
    that is believed for some seconds; it is asked over the connections that there are, so that a cluster without a tree
    has no more of them."""

    def __init__(
        self, store: ReplicaStore, engine: Engine, topics: Sequence[str], believed: float = UNUSED_SECONDS
    ) -> None:
        self.store, self._engine, self._topics, self._believed = store, engine, topics, believed
        self._is_made = self._is_used = False
        self._asked = float("-inf")
        self.notices = ClusterNotices(self)

    def is_used(self, now: bool = False) -> bool:
        """Whether events of other sites count here, or did. `now`: what was found a moment ago is not believed."""
        if self._is_used or (not now and monotonic() - self._asked < self._believed):
            return self._is_used
        self._asked = monotonic()
        try:
            with self._engine.connect() as connection:
                self._is_made = self._is_made or connection.execute(_MADE).scalar() is not None
                self._is_used = self._is_made and bool(connection.execute(_USED).scalar())
        except SQLAlchemyError as error:
            raise name_failure(error, SCHEMA) from error
        return self._is_used

    def position(self, topic: str) -> int:
        return self.store.position(topic) if self.is_used() else 0

    def read_changes(self, topic: str, after: int, limit: int) -> list[tuple[int, str]]:
        return self.store.read_changes(topic, after, limit) if self.is_used() else []

    def load_streams(self, topic: str, streams: Sequence[str]) -> dict[str, list[ForeignEvent]]:
        return self.store.load_streams(topic, streams) if self.is_used() else {}

    def stream_versions(self, topic: str, streams: Sequence[str]) -> dict[str, int]:
        return self.store.stream_versions(topic, streams) if self.is_used() else {}

    def find_command(self, topic: str, command_id: str) -> list[bytes]:
        return self.store.find_command(topic, command_id) if self.is_used() else []

    def highest_lamport(self) -> int:
        return self.store.highest_lamport() if self.is_used() else 0

    def find_damage(self) -> Iterator[str]:
        if self.is_used(now=True):
            yield from self.store.find_damage()

    def find_changed(self, positions: Mapping[str, int]) -> dict[str, int]:
        """The topics that have changes after these numbers, and the last of them."""
        if not self.is_used():
            return {}
        last = self.store.positions(self._topics)
        return {topic: number for topic, number in last.items() if number > positions.get(topic, 0)}

    def read_floor(self) -> Instant:
        """The last instant before anything became known that has no rows yet; empty: nothing ever became known."""
        return self.store.read_instant(_FLOOR)

    def close(self) -> None:
        self.store.close()


class ClusterNotices:
    """What was said about facts that ceased to count, or count again: nothing where there are no other sites."""

    def __init__(self, foreign: ClusterForeignEvents) -> None:
        self._foreign = foreign

    def read(
        self,
        topic: str,
        after: int,
        limit: int,
        own_only: bool = False,
        tags: Sequence[str] = (),
        stream: str = "",
    ) -> list[CountingNotice]:
        if not self._foreign.is_used():
            return []
        return self._foreign.store.notices.read(topic, after, limit, own_only, tags, stream)

    def last(self, topic: str) -> int:
        return self._foreign.store.notices.last(topic) if self._foreign.is_used() else 0


class ForeignCounting:
    """The moments at which events of other sites come to count in a cluster, or cease to: for its one importer.
    `read_closed`: the closed timestamp of all logs; `has_rows`: whether all that counts has its rows."""

    def __init__(
        self,
        url: str,
        foreign: ClusterForeignEvents,
        clock: Clock,
        read_closed: Callable[[], Instant],
        has_rows: Callable[[], bool],
    ) -> None:
        self._url, self._foreign, self._clock = url, foreign, clock
        self._read_closed, self._has_rows = read_closed, has_rows

    @contextmanager
    def count(self) -> Iterator[Instant]:
        """As `EmbeddedLedger.count_foreign_events`, for all processes: whoever asks for a watermark inside the block
        waits for its end, and until the rows are there, answers are final up to the beginning of the block only."""
        store = self._foreign.store
        with hold_lock(self._url, COUNTING_LOCK, "another process counts what came from other sites"):
            has_rows = self._has_rows()
            after = max(self._read_closed(), store.read_instant(_LAST))
            known = max(self._clock(), later(after) if after else after)
            store.keep_instants({_LAST: known} | ({_FLOOR: after} if has_rows else {}))
            yield known


@contextmanager
def hold_lock(url: str, key: tuple[int, int], busy: str) -> Iterator[None]:
    """Hold an advisory lock, which ends with its connection, and so with this process. Raises StoreUnavailable, with
    the text `busy` where another process holds it for too long."""
    options = connection_options(f"-clock_timeout={LOCK_SECONDS}s")
    try:
        with psycopg.connect(url, autocommit=True, **options) as connection:
            try:
                connection.execute("SELECT pg_advisory_lock(%s, %s)", key)
            except LockNotAvailable:
                raise StoreUnavailable(f"{busy}; try again in a moment") from None
            yield
    except psycopg.Error as error:
        raise name_failure(error, SCHEMA) from error
