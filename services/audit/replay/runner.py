"""Runs a replay: divides it into tasks for several processes, and continues one that was interrupted."""

import fcntl
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import msgspec

from services.audit.replay.comparison import ReplayDifference, ReplayPart, ReplayResult, RowDigest
from services.audit.replay.worker import ReplaySource, ReplayTask, ReplayWorker
from services.audit.sealing import Seals
from shared.eventlog.merkle import Frontier
from shared.readmodel.projector import projections_of
from shared.runtime.ledger import Progress, no_progress

SEGMENT_BITS = 15
"""Positions of a task that checks the seal, as a power of two."""
EVENTS_PER_FOLD = 20_000
"""About how many events a task folds."""


@dataclass(frozen=True, kw_only=True)
class ReplayRequest:
    """What to replay, and how.

    `open_` opens a ledger and is sent to every process. `copy`: a folder of logs to read instead of those of the
    ledger.
    """

    open_: Callable[[], ReplaySource]
    notes: Path
    """File with the results of finished tasks, so that an interrupted replay continues."""
    program: str
    copy: Path | None = None
    processes: int = 2


def run_replay(request: ReplayRequest, seals: Seals, progress: Progress = no_progress) -> ReplayResult:
    """Recompute every seal and every row, and compare. Memory does not grow with the length of the history."""
    worker = ReplayWorker(request.open_, request.copy)
    heads = {name: log.position() for name, log in worker.logs.items()}
    journal = _Journal(request.notes, _heading(worker, heads, request.program))
    try:
        heads = journal.heads(worker, heads)
        tasks = [task for name, upto in heads.items() for task in _tasks(worker, name, upto)]
        total = _Total(worker, heads, progress)
        for task, part in _execute(request, worker, tasks, journal):
            total.take(task, part)
        found = total.result(seals)
        journal.done()
        return found
    finally:
        journal.close()
        worker.close()


def _tasks(worker: ReplayWorker, name: str, upto: int) -> Iterator[ReplayTask]:
    """The tasks of a log: segments in order, then ranges of streams."""
    size = 1 << SEGMENT_BITS
    for first in range(0, upto, size):
        yield ReplayTask("seal", name, min(upto, first + size), str(first))
    bounds = ["", *worker.logs[name].sample_streams(upto, upto // EVENTS_PER_FOLD), ""] if upto else []
    for first_stream, before in pairwise(bounds):
        yield ReplayTask("fold", name, upto, first_stream, before)
    if changes := worker.source.foreign.position(name):
        yield ReplayTask("foreign", name, changes)


def _execute(
    request: ReplayRequest, worker: ReplayWorker, tasks: list[ReplayTask], journal: "_Journal"
) -> Iterator[tuple[ReplayTask, ReplayPart]]:
    """Every task with its result, in order; only a few per process are submitted ahead."""
    if request.processes < 2:
        for task in tasks:
            yield task, journal.part(task, partial(worker.execute, task))
        return
    pool = ProcessPoolExecutor(
        request.processes, get_context("spawn"), initializer=_begin, initargs=(request.open_, request.copy)
    )
    under_way: deque[tuple[ReplayTask, Future[ReplayPart] | None]] = deque()
    try:
        for task in tasks:
            under_way.append((task, None if task.name in journal.parts else pool.submit(_work, task)))
            if len(under_way) > 4 * request.processes:
                yield _next(under_way, journal)
        while under_way:
            yield _next(under_way, journal)
    finally:
        pool.shutdown(cancel_futures=True)


def _next(
    under_way: deque[tuple[ReplayTask, "Future[ReplayPart] | None"]], journal: "_Journal"
) -> tuple[ReplayTask, ReplayPart]:
    task, future = under_way.popleft()
    return task, journal.part(task, future.result if future else ReplayPart)


_worker: list[ReplayWorker] = []


def _begin(open_: Callable[[], ReplaySource], copy: Path | None) -> None:
    _worker[:] = [ReplayWorker(open_, copy)]


def _work(task: ReplayTask) -> ReplayPart:
    return _worker[0].execute(task)


class _Heading(msgspec.Struct, frozen=True):
    """What the finished parts belong to: the program and its logs, and for each log its size and chain hash there."""

    of: tuple[str, list[str]]
    heads: dict[str, tuple[int, str]]


class ReplayUnderWay(Exception):
    """Another process replays the same ledger."""


class _Journal:
    """A file of finished results, one per line, below a heading that identifies events and program; another heading
    starts anew. One replay at a time has it: ReplayUnderWay."""

    def __init__(self, path: Path, heading: _Heading) -> None:
        self.path = path
        self._out = path.open("ab")
        try:
            fcntl.flock(self._out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._out.close()
            raise ReplayUnderWay(f"another process replays this ledger ({path} is in use)") from None
        self.parts: dict[str, ReplayPart] = {}
        self.heading = heading
        lines = path.read_bytes().split(b"\n")[:-1]
        try:
            noted = msgspec.json.decode(lines[0], type=_Heading) if lines else None
            parts = [msgspec.json.decode(line, type=tuple[str, ReplayPart]) for line in lines[1:]]
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
            noted = None  # damaged: nothing in it can be relied on
        if noted is None or noted.of != heading.of:
            lines = [msgspec.json.encode(heading)]
        else:
            self.heading = noted
            self.parts.update(parts)
        self._out.truncate(0)
        self._out.write(b"".join(line + b"\n" for line in lines))  # without a half-written last line
        self._out.flush()

    def heads(self, worker: ReplayWorker, now: Mapping[str, int]) -> dict[str, int]:
        """The last position to replay of each log: that of the interrupted replay, if the log is unchanged up to
        there."""
        heads = self.heading.heads
        for name, (upto, chain) in heads.items():
            if (worker.logs[name].chain_hash(upto) or b"").hex() != chain:
                self.parts.clear()
                return dict(now)
        return {name: upto for name, (upto, _) in heads.items()}

    def part(self, task: ReplayTask, do: Callable[[], ReplayPart]) -> ReplayPart:
        if task.name in self.parts:
            return self.parts.pop(task.name)
        part = do()
        self._out.write(msgspec.json.encode((task.name, part)) + b"\n")
        self._out.flush()
        return part

    def done(self) -> None:
        """Delete the file: nothing is left to continue."""
        self.path.unlink()

    def close(self) -> None:
        self._out.close()


def _heading(worker: ReplayWorker, heads: Mapping[str, int], program: str) -> _Heading:
    chains = {name: (upto, (worker.logs[name].chain_hash(upto) or b"").hex()) for name, upto in heads.items()}
    changes = {name: worker.source.foreign.position(name) for name in heads}
    if any(changes.values()):
        program = f"{program}, events of other sites {changes}"
    return _Heading((program, sorted(heads)), chains)


class _Total:
    """The results of all tasks, added up as they come."""

    def __init__(self, worker: ReplayWorker, heads: Mapping[str, int], progress: Progress) -> None:
        self._worker, self._heads, self._progress = worker, heads, progress
        self._reads_ledger = worker.logs is worker.source.logs
        self._trees = {name: Frontier() for name in heads}
        self._folded = dict.fromkeys(heads, 0)
        self._lives: dict[tuple[str, str], dict[str, str]] = {}
        projections = worker.source.tables.projections.values()
        self._rows = {each.name: 0 for name in heads for each in projections_of(projections, name)}
        self._digests = {name: RowDigest() for name in self._rows}
        self._found = ReplayPart()

    def take(self, task: ReplayTask, part: ReplayPart) -> None:
        for difference in part.differences:
            self._found.add_difference(difference)
        self._found.more += part.more
        if task.kind == "seal":
            tree, start = self._trees[task.log], part.events
            for peak in part.peaks:
                height = start.bit_length() - 1
                tree.append_subtree(bytes.fromhex(peak), height)
                start -= 1 << height
            self._progress(f"{task.log}: seals", tree.size, self._heads[task.log])
            return
        self._folded[task.log] += part.events
        for name, count in part.rows.items():
            self._rows[name] += count
        for name, sums in part.sums.items():
            self._digests[name].add_sum(sums)
        for life, places in part.lives.items():
            self._lives.setdefault((task.log, life), {}).update(places)
        self._progress(f"{task.log}: rows", self._folded[task.log], self._heads[task.log])

    def result(self, seals: Seals) -> ReplayResult:
        for (log, life), places in self._lives.items():
            for place, stream in list(places.items())[1:]:
                detail = f"sequence numbers of {life} have a hole: positions are ahead by {place}"
                self._found.add_difference(
                    ReplayDifference(what="sequence", log=log, stream=stream, detail=detail)
                )
        for log, tree in self._trees.items():
            for size in seals.find_contradicted_sizes(log, tree, growing=self._reads_ledger):
                detail = f"the first {size} events are not those that were sealed"
                self._found.add_difference(ReplayDifference(what="seal", log=log, detail=detail))
        for difference in self._nobody():
            self._found.add_difference(difference)
        return ReplayResult(
            events=dict(self._heads),
            roots={name: tree.root().hex() for name, tree in self._trees.items()},
            rows=self._rows,
            digests={name: str(digest) for name, digest in self._digests.items()},
            differences=self._found.differences,
            more=self._found.more,
        )

    def _nobody(self) -> Iterator[ReplayDifference]:
        """Rows of streams that no log and no other site has."""
        tables = self._worker.source.tables
        differing = {each.rows for each in self._found.differences}
        for name, computed in self._rows.items():
            if not self._found.more and name not in differing and tables.count(name) == computed:
                continue
            topic = tables.projections[name].follows.name
            after = ""
            while streams := tables.streams(name, after, 1000):
                after = streams[-1]
                known = self._worker.unions[topic].find_known_streams(streams)
                for stream in streams:
                    if stream not in known:
                        yield ReplayDifference(what="rows-of-nobody", log=topic, stream=stream, rows=name)
