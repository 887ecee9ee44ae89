"""The instants at which commits are recorded, and closed timestamps: instants at or before which no commit will be
recorded any more (as in CockroachDB)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Condition, Lock
from time import monotonic
from typing import Protocol

from shared.core.clock import Clock
from shared.core.clock_guard import ClockGuard
from shared.core.errors import ClockJumped
from shared.core.partial_dates import Instant, later

NEVER = Instant("")
"""Before every instant."""
WAIT_SECONDS = 2.0
"""How long a reader waits for the commits that are under way."""
WINDOW_MICROSECONDS = 1_000_000
"""How far ahead closed timestamps are written down, so that this is seldom done."""


class CommitTimestamps(Protocol):
    """Gives commits their instants. Shared by all logs of one process, because one answer reads all of them."""

    closed_table: str
    """The table in which other processes close timestamps; empty where there are no others."""

    def begin(self, topic: str) -> Instant:
        """A commit to this log begins, which will be recorded after the instant returned. Raises ClockJumped."""
        ...

    def is_closed(self, instant: Instant) -> bool:
        """Whether another process has closed this instant, so that nothing may be recorded at it."""
        ...

    def finish(self, topic: str, recorded_at: Instant) -> None:
        """The commit has ended, and the last event of its log was recorded at this instant."""
        ...

    def close(self) -> Instant:
        """A closed timestamp as late as possible: all that any log has recorded at or before it is stored, and nothing
        more will be."""
        ...

    def close_without_waiting(self) -> Instant:
        """The same without waiting for commits that are under way, and not after the last event of all logs."""
        ...


class ClosedStore(Protocol):
    """Keeps, beyond the end of a process, an instant up to which it may have closed timestamps."""

    def read(self) -> Instant: ...

    def write(self, until: Instant) -> None: ...


class ProcessTimestamps:
    """Commit timestamps where one process writes all logs.

    A commit that begins after a reader came is recorded after the reader's instant; the reader waits for those that
    were under way. `read_last` reads when the last event of each log was recorded; `store` remembers what was closed
    for the process that comes after this one. A process that loads `history` by a simulated clock records before what
    was closed.
    """

    def __init__(
        self,
        clock: Clock,
        read_last: Callable[[], Mapping[str, Instant]] = dict,
        store: ClosedStore | None = None,
        guard: ClockGuard | None = None,
        history: bool = False,
    ) -> None:
        self._clock, self._read_last, self._store, self._guard = clock, read_last, store, guard
        self._history = history
        self.closed_table = ""
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._waiting = 0
        self._started = False
        self._wanted = self._closed = self._stored = NEVER
        """No commit that begins now is recorded at or before `wanted`; `stored` is what the store has."""
        self._last: dict[str, Instant] = {}
        self._under_way: dict[str, tuple[int, Instant]] = {}
        self._number = 0

    def begin(self, topic: str) -> Instant:
        with self._lock:
            if not self._started:
                self._start()
            self._number += 1
            after = max(self._wanted, self._last.get(topic, NEVER))
            self._under_way[topic] = (self._number, after)
            if self._guard:
                self._guard()
            return NEVER if self._history else after

    def is_closed(self, instant: Instant) -> bool:
        return False

    def finish(self, topic: str, recorded_at: Instant) -> None:
        with self._lock:
            self._under_way.pop(topic, None)
            self._last[topic] = max(self._last.get(topic, NEVER), recorded_at)
            if self._guard and not self._stored:
                self._remember()
            if self._waiting:
                self._changed.notify_all()

    def close(self) -> Instant:
        with self._lock:
            if not self._started:
                self._start()
            try:
                now = self._checked_clock()
            except ClockJumped:
                now = NEVER
            wanted = max(now, self._closed, *self._last.values(), NEVER)
            self._wanted = max(self._wanted, wanted)
            earlier = dict(self._under_way)
            deadline = monotonic() + WAIT_SECONDS
            self._waiting += 1
            while earlier.items() & self._under_way.items() and (left := deadline - monotonic()) > 0:
                self._changed.wait(left)
            self._waiting -= 1
            unfinished = [after for _, (_, after) in earlier.items() & self._under_way.items()]
            return self._promise(min([wanted, *unfinished]))

    def close_without_waiting(self) -> Instant:
        with self._lock:
            if not self._started:
                self._start()
            last = max([*self._last.values(), NEVER])
            self._wanted = max(self._wanted, last)
            self._closed = max(self._closed, min([last, *(after for _, after in self._under_way.values())]))
            return self._closed

    def stop(self) -> None:
        """Write down exactly what was closed, for the process that comes after this one. Nothing where this one has
        neither recorded nor closed: the clock that recorded last may have been another than the one of this machine."""
        with self._lock:
            if self._started and (self._stored or self._closed > max([*self._last.values(), NEVER])):
                self._remember()

    def _start(self) -> None:
        self._last = dict(self._read_last())
        last = max([*self._last.values(), NEVER])
        self._stored = self._store.read() if self._store else NEVER
        self._wanted = self._closed = max(last, self._stored)
        if self._guard and self._stored:  # else nobody has recorded here by a clock that was watched
            self._guard.start(self._wanted)
        self._started = True

    def _checked_clock(self) -> Instant:
        return self._guard() if self._guard else self._clock()

    def _remember(self) -> None:
        """Store the latest instant that was closed or recorded, if there is one and it can be stored."""
        latest = max([self._closed, *self._last.values(), NEVER])
        if self._store and any(self._last.values()) and latest != self._stored:
            with suppress(OSError):
                self._store.write(latest)
                self._stored = latest

    def _promise(self, closed: Instant) -> Instant:
        """Close this instant, or an earlier one where it cannot be written down. What is stored in a log needs no note,
        and in an empty ledger history may still be loaded."""
        last = max([*self._last.values(), NEVER])
        if self._store and last and closed > max(self._stored, last):
            try:
                until = later(closed, WINDOW_MICROSECONDS)
                self._store.write(until)
                self._stored = until
            except OSError:
                closed = max(self._stored, last)
        self._closed = max(self._closed, closed)
        return self._closed
