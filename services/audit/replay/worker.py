"""One process of a replay: checks the seal over a segment of a log, or folds a range of its streams."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any, Protocol

import msgspec

from services.audit.replay.comparison import MAX_LISTED_FACTS, ReplayDifference, ReplayPart, RowDigest
from services.audit.replay.seal_check import check_segment
from services.audit.replay.stream_reader import PAGE_SIZE, EventsByStream, FiledEvent, read_histories
from shared.core.bitemporal import fold_periods
from shared.core.clock import system_clock
from shared.core.errors import DamagedStore
from shared.core.facts import F, Recorded
from shared.core.projection import AnyProjection, Projection, R
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import ForeignEvents
from shared.eventlog.key_store import KeyStore
from shared.eventlog.union import UnionReader
from shared.readmodel.projector import projections_of
from shared.readmodel.row_store import RowStore

FOLLOWING = (0.05, 0.2, 1.0)
"""Seconds after which the rows of a stream that has grown are looked at again."""


class ReplaySource(Protocol):
    """The parts of a ledger that a replay needs."""

    logs: dict[str, EventLog[Any]]
    tables: RowStore
    keys: KeyStore
    foreign: ForeignEvents

    def close(self) -> None: ...


@dataclass(frozen=True)
class ReplayTask:
    """A unit of work of a replay.

    `kind` seal: positions in (first, upto]; fold: streams in [first, before), their events up to a position; foreign:
    the streams that only other sites have events of, up to a change of these.
    """

    kind: str
    log: str
    upto: int
    first: str = ""
    before: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.log}/{self.upto}/{self.first}/{self.before}"


class ReplayWorker:
    """Executes tasks of a replay on a ledger of its own; `copy` is a folder of logs to read instead of the ledger's."""

    def __init__(self, open_: Callable[[], ReplaySource], copy: Path | None = None) -> None:
        self.source = open_()
        self.source.tables.disable_mmap()
        self.logs = open_copies(self.source, copy) if copy else self.source.logs
        self.unions: dict[str, UnionReader[Any]] = {
            name: UnionReader(log, self.source.foreign) for name, log in self.logs.items()
        }
        self._encode = msgspec.json.Encoder().encode

    def close(self) -> None:
        if self.logs is not self.source.logs:
            for log in self.logs.values():
                log.close()
        self.source.close()

    def execute(self, task: ReplayTask) -> ReplayPart:
        """Execute a task."""
        log = self.logs[task.log]
        with _uncollected():
            if task.kind == "seal":
                return check_segment(log, int(task.first), task.upto)
            return self._fold(log, task)

    def _read(self, log: EventLog[F], task: ReplayTask, part: ReplayPart) -> Iterator[EventsByStream[F]]:
        """The histories of the streams of a task, many at a time, with the events of other sites."""
        union = self.unions[task.log]

        def report(stream: str, error: DamagedStore) -> None:
            part.add_difference(
                ReplayDifference(what="unreadable", log=task.log, stream=stream, detail=str(error))
            )

        if task.kind == "foreign":
            for streams in union.iterate_foreign_streams(PAGE_SIZE):
                yield union.complete_readable({stream: [] for stream in streams}, report)
            return
        for histories in read_histories(
            log.topic, _pages(log, task), part, self.source.keys, self.source.logs[task.log].times
        ):
            yield union.complete_readable(histories, report)

    def _fold(self, log: EventLog[F], task: ReplayTask) -> ReplayPart:
        part = ReplayPart()
        projections = projections_of(self.source.tables.projections.values(), log.topic.name)
        digests = {each.name: RowDigest() for each in projections}
        for histories in self._read(log, task, part):
            for projection in projections:
                found = self._rows(projection, histories, log, digests[projection.name], part)
                part.rows[projection.name] = part.rows.get(projection.name, 0) + found
        part.sums = {name: digest.sums for name, digest in digests.items()}
        return part

    def _rows(
        self,
        projection: AnyProjection,
        histories: EventsByStream[Any],
        log: EventLog[Any],
        digest: RowDigest,
        part: ReplayPart,
    ) -> int:
        """Fold these streams and compare. Returns how many rows."""
        tables, name, count = self.source.tables, projection.name, 0
        wanted = dict.fromkeys(sorted(histories), b"[]")
        for stream in wanted:
            if found := fold_periods(projection, histories[stream]):
                rows = self._encode(tables.in_order(stream, found))
                digest.add(rows)
                wanted[stream] = rows
                count += len(found)
        if not tables.same(name, wanted):
            for difference in self._differing(projection, histories, log):
                part.add_difference(difference)
        return count

    def _differing(
        self, projection: AnyProjection, histories: EventsByStream[Any], log: EventLog[Any]
    ) -> Iterator[ReplayDifference]:
        """The differences, row by row, in those streams that differ."""
        tables, name = self.source.tables, projection.name
        wanted = tables.wanted(
            name, {stream: fold_periods(projection, histories[stream]) for stream in histories}
        )
        stored = tables.stored(name, list(histories))
        differ = {key[0] for key in wanted.keys() | stored if wanted.get(key) != stored.get(key)}
        for stream in sorted(differ):
            yield from self._differences(projection, stream, histories[stream], log)

    def _differences(
        self, projection: Projection[F, R], stream: str, read: list[Recorded[F]], log: EventLog[F]
    ) -> Iterator[ReplayDifference]:
        """The differences of one stream. It is read and folded once more where it has grown since, and again while its
        rows may still be following."""
        tables, events, union = self.source.tables, read, self.unions[log.topic.name]
        for pause in (0, *FOLLOWING):
            sleep(pause)
            if union.is_alone:
                grown = bool(read) and log.version(stream) > read[-1].version
                events = log.load_stream(stream) if grown else read
            else:
                events = union.load_histories([stream]).get(stream, [])
                grown = events != read
            stored = tables.stored(projection.name, [stream])
            wanted = tables.wanted(projection.name, {stream: fold_periods(projection, events)})
            if wanted == stored or not grown:
                break
        columns = tables.tables[projection.name].columns.keys()
        for row_key in sorted(wanted.keys() | stored):
            if wanted.get(row_key) != stored.get(row_key):
                _, key, _ = row_key
                yield ReplayDifference(
                    what="row",
                    log=log.topic.name,
                    stream=stream,
                    rows=projection.name,
                    key=key,
                    stands=dict(zip(columns, stored.get(row_key, ()), strict=False)),
                    computed=dict(zip(columns, wanted.get(row_key, ()), strict=False)),
                    facts=[event.event_id for event in events[:MAX_LISTED_FACTS]],
                )


def open_copies(source: ReplaySource, folder: Path) -> dict[str, EventLog[Any]]:
    """Logs that were read in from elsewhere, with the keys of this ledger, and its corrections of the clock."""
    copies = {
        name: EventLog(log.topic, folder / f"{name}.db", log.site, system_clock, source.keys)
        for name, log in source.logs.items()
    }
    for name, copy in copies.items():
        copy.times = source.logs[name].times
    return copies


def _pages(log: EventLog[F], task: ReplayTask) -> Iterator[Sequence[FiledEvent]]:
    after = task.first, 0
    while page := [
        FiledEvent(*each) for each in log.read_by_stream(after, task.before, task.upto, PAGE_SIZE)
    ]:
        yield page
        after = page[-1].stream, page[-1].version


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without garbage collection: a task creates no reference cycles, so searching for them only costs."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
