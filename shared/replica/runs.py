"""The entries of one log as runs: consecutive entries of one epoch, each run after the entry it follows.

A log is kept by (origin, topic, epoch, seq). Its lines share a beginning: an epoch begins after the last entry of
another, a restored origin begins one where its backup ended, and a fork parts inside an epoch. So runs form a forest.
A run says how long its line is before it and the RFC 6962 root of that part, which no two different lines share: runs
are linked by that root and by nothing that a sender states.
"""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from shared.eventlog.merkle import EMPTY_ROOT


class LogId(msgspec.Struct, frozen=True, order=True, gc=False):
    """Names one log."""

    origin: str
    """The site that recorded it."""
    topic: str
    """The service that recorded it."""


class Head(msgspec.Struct, frozen=True, order=True, gc=False):
    """The coordinates of an entry, and the root over its whole line up to it. A version vector is a set of heads."""

    origin: str
    topic: str
    epoch: str
    seq: int
    root: bytes

    @property
    def log(self) -> LogId:
        return LogId(self.origin, self.topic)


class Run(msgspec.Struct, frozen=True, order=True, gc=False):
    """Entries `first` to `last` of one epoch."""

    epoch: str
    first: int
    last: int
    position: int
    """Of the first entry in its line, counted from 0: so many entries are before it."""
    before: bytes
    """The root of the line before the first entry."""
    root: bytes
    """The root of the line up to the last entry."""
    solid: bool = False
    """Whether everything before it is held."""

    @property
    def offset(self) -> int:
        """The position that seq 0 of the epoch would have."""
        return self.position - self.first

    @property
    def end(self) -> int:
        """The length of the line up to the last entry."""
        return self.position + self.last - self.first + 1


class LogRuns(msgspec.Struct, frozen=True, gc=False):
    """All that is held of one log, in the one way to write it: every entry is in one run, a run ends where another
    begins or nothing follows, and the runs are sorted."""

    id: LogId
    runs: tuple[Run, ...] = ()

    def head(self, run: Run, seq: int, root: bytes) -> Head:
        return Head(self.id.origin, self.id.topic, run.epoch, seq, root)

    def last_head(self, run: Run) -> Head:
        return self.head(run, run.last, run.root)


class RootNotKnown(LookupError):
    """The root at an entry inside a run of stubs cannot be computed from the hashes that are here."""


RootReader = Callable[[Run, int], bytes]
"""Gives the root of a run's line up to one of its entries, by seq. It is asked for entries inside a run only where
another site names one, or two lines part there. It may raise RootNotKnown."""


def root_at(run: Run, seq: int, roots: RootReader) -> bytes:
    """The root of the line up to an entry of the run; of seq first-1, that before the run."""
    if seq == run.last:
        return run.root
    return run.before if seq == run.first - 1 else roots(run, seq)


def follows(before: Run | None, run: Run) -> bool:
    """Whether a run can come right after the last entry of another (None: at the beginning of the log). What its
    origin signed without counting on follows nothing, and so is never solid."""
    if before is None:
        return run.position == 0 and run.before == EMPTY_ROOT and run.first == 1
    if before.root != run.before:
        return False
    return run.first == (before.last + 1 if before.epoch == run.epoch else 1)


def find_end(log: LogRuns, run: Run, roots: RootReader) -> Run | None:
    """The entry that a run follows, as the end of the run that has it; None where it is not held."""
    for held in log.runs:
        if held.position < run.position <= held.end:
            last = run.position - 1 - held.offset
            if root_at(held, last, roots) == run.before:
                return replace(held, last=last, root=run.before)
    return None
