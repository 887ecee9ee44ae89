"""Group commit: one waiting thread commits the requests of all that wait, then the next thread takes over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from time import perf_counter
from typing import Any, Generic

from shared.core.consistency import AppendCondition, Tags
from shared.core.facts import F, Recorded


@dataclass(slots=True)
class AppendRequest(Generic[F]):
    """Facts to be appended to one stream together, all or none; `expected` is the stream version they were decided
    on."""

    stream: str
    expected: int
    facts: Sequence[F]
    actor: str
    command_id: str = ""
    digest: bytes = b""
    cause: str = ""
    correlation: str = ""
    policy: str = ""
    observed_lamport: int = 0
    """Lamport time of the event that caused this request."""
    condition: AppendCondition | None = None
    """What must hold of the whole log, besides the version of the stream; None: nothing."""
    tags: Tags | None = None
    """The tags of its facts, where they were computed already; None: the writer does."""
    further: "Sequence[AppendRequest[F]]" = ()
    """Facts of other streams, or by another actor, that are appended with these: all of them or none."""
    follows_first: bool = False
    """Of a further request: its cause is the first event of the request that it is appended with."""
    position: int = 0
    """The position of the last stored event; 0 where nothing was stored now."""
    stored: tuple[Recorded[F], ...] = ()
    """Its events; also those of further requests to the same stream."""
    error: Exception | None = None


class _Waiter:
    """A thread that waits for its requests to be committed."""

    __slots__ = ("done", "next", "requests", "wake")

    def __init__(self, requests: Sequence[AppendRequest[Any]]) -> None:
        self.requests, self.done, self.wake = requests, False, Lock()
        self.next: _Waiter | None = None
        self.wake.acquire()


class GroupCommit:
    """Collects the append requests of all threads into one transaction; `commit` gets them in order of arrival, sets
    `stored` or `error` on each, and must not raise. `finish` is called when the transaction has ended and is counted.

    A thread that came a moment ago is likely to come again: the leader waits for as many threads as last time, but no
    longer than a commit takes. Committed threads wake each other one by one, because all at once would compete for the
    interpreter.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[AppendRequest[Any]]], None],
        finish: Callable[[], None] = lambda: None,
    ) -> None:
        self._commit, self._finish = commit, finish
        self._gate = Lock()
        self._waiting: list[_Waiter] = []
        self._busy = False
        self._expected, self._awaited, self._commit_seconds = 1, 0, 0.0
        self.commits, self.requests = 0, 0
        self._all_arrived = Lock()
        self._all_arrived.acquire()

    def submit(self, requests: Sequence[AppendRequest[Any]]) -> None:
        """Returns when the requests are durable or refused."""
        waiter = _Waiter(requests)
        with self._gate:
            self._waiting.append(waiter)
            is_leader = not self._busy
            self._busy = True
            if len(self._waiting) == self._awaited:
                self._awaited = 0
                self._all_arrived.release()
        if not is_leader:
            waiter.wake.acquire()
        if not waiter.done:
            self._lead(waiter)
        if waiter.next:
            waiter.next.wake.release()

    def _lead(self, leader: _Waiter) -> None:
        group = self._gather()
        requests = [request for waiter in group for request in waiter.requests]
        began = perf_counter()
        try:
            self._commit(requests)
        finally:
            self._commit_seconds = perf_counter() - began
            self.commits += 1
            self.requests += len(requests)
            self._finish()
            last = leader
            for waiter in group:
                waiter.done = True
                if waiter is not leader:
                    last.next = waiter
                    last = waiter
            with self._gate:
                self._expected = len(group) + len(self._waiting)
                if self._waiting:
                    self._waiting[0].wake.release()
                else:
                    self._busy = False

    def _gather(self) -> list[_Waiter]:
        """All waiting threads, once as many as expected have come or the leader has waited long enough."""
        with self._gate:
            if len(self._waiting) >= self._expected:
                return self._take_waiting()
            self._awaited = self._expected
        in_time = self._all_arrived.acquire(timeout=self._commit_seconds)
        with self._gate:
            if not in_time and not self._awaited:
                self._all_arrived.acquire()
            self._awaited = 0
            return self._take_waiting()

    def _take_waiting(self) -> list[_Waiter]:
        group, self._waiting = self._waiting, []
        return group
