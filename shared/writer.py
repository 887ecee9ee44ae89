"""Group commit: the first caller to find nobody writing commits for all who wait, then hands the pen on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from time import perf_counter
from typing import Any, Generic

from shared.facts import F, Recorded


class Conflict(Exception):
    """Someone else wrote to this stream first."""

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(f"{stream} is at version {version}")
        self.stream, self.version = stream, version


class KeyReused(Exception):
    """The same idempotency key came with another command."""


class StoreUnavailable(Exception):
    """The store is away. What was to be written is stored whole or not at all; the same key again tells which."""


@dataclass(slots=True)
class Draft(Generic[F]):
    """Facts to be appended together: all or nothing. `expected` is the version the decision was made on."""

    stream: str
    expected: int
    facts: Sequence[F]
    actor: str
    command_id: str = ""
    digest: bytes = b""
    cause: str = ""
    correlation: str = ""
    heard: int = 0
    """Lamport time of what this answers."""
    stored: tuple[Recorded[F], ...] = ()
    error: Exception | None = None


class _Request:
    __slots__ = ("done", "drafts", "next", "wake")

    def __init__(self, drafts: Sequence[Draft[Any]]) -> None:
        self.drafts, self.done, self.wake = drafts, False, Lock()
        self.next: _Request | None = None
        self.wake.acquire()


class GroupCommit:
    """`commit` gets everyone's drafts in order of arrival and sets `stored` or `error` on each; it must not raise.

    Whoever was here a moment ago is likely to come again: the leader waits for them, but no longer than a commit takes.
    Those whom a commit has served wake each other one by one, for all at once would only fight for the interpreter.
    """

    def __init__(self, commit: Callable[[Sequence[Draft[Any]]], None]) -> None:
        self._commit = commit
        self._gate = Lock()
        self._waiting: list[_Request] = []
        self._busy = False
        self._crowd, self._awaited, self._took = 1, 0, 0.0
        self.commits, self.drafts = 0, 0
        self._complete = Lock()
        self._complete.acquire()

    def submit(self, drafts: Sequence[Draft[Any]]) -> None:
        """Returns when the drafts are durable or refused."""
        request = _Request(drafts)
        with self._gate:
            self._waiting.append(request)
            leads = not self._busy
            self._busy = True
            if len(self._waiting) == self._awaited:
                self._awaited = 0
                self._complete.release()
        if not leads:
            request.wake.acquire()
        if not request.done:
            self._lead(request)
        if request.next:
            request.next.wake.release()

    def _lead(self, leader: _Request) -> None:
        group = self._gather()
        began = perf_counter()
        try:
            self._commit([draft for request in group for draft in request.drafts])
        finally:
            self._took = perf_counter() - began
            self.commits += 1
            self.drafts += sum(len(request.drafts) for request in group)
            last = leader
            for request in group:
                request.done = True
                if request is not leader:
                    last.next = request
                    last = request
            with self._gate:
                self._crowd = len(group) + len(self._waiting)
                if self._waiting:
                    self._waiting[0].wake.release()
                else:
                    self._busy = False

    def _gather(self) -> list[_Request]:
        """Everyone who waits, once all who are expected have come or the leader has waited long enough."""
        with self._gate:
            if len(self._waiting) >= self._crowd:
                return self._all()
            self._awaited = self._crowd
        in_time = self._complete.acquire(timeout=self._took)
        with self._gate:
            if not in_time and not self._awaited:
                self._complete.acquire()
            self._awaited = 0
            return self._all()

    def _all(self) -> list[_Request]:
        group, self._waiting = self._waiting, []
        return group
