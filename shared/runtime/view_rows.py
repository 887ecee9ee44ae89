"""Rows as another view of the known axis has them: folded on demand into memory, through the folds of the rows here."""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from shared.core.bitemporal import fold_periods
from shared.core.chunks import chunked
from shared.core.projection import AnyProjection
from shared.eventlog.known_views import KnownView
from shared.eventlog.union import Histories, UnionReader
from shared.readmodel.projector import projections_of
from shared.readmodel.row_store import RowStore, engine_for

_STREAMS = 2000
"""Streams that are folded at a time."""
_numbers = count(1)
"""Names of databases in memory, which are those of this process alone."""

log = logging.getLogger(__name__)


class ViewedRows:
    """A row store in memory with all streams of the topics that have rows, as a view has them. It lasts until it is
    closed: nothing of it is written to a disk."""

    def __init__(
        self,
        projections: Iterable[AnyProjection],
        unions: Mapping[str, UnionReader[Any]],
        view: KnownView,
    ) -> None:
        address = f"file:/rows-{next(_numbers)}?vfs=memdb"
        self._keeps = sqlite3.connect(address, uri=True, check_same_thread=False)  # memory lasts with it
        self.tables = RowStore(engine_for(f"sqlite:///{address}&uri=true"), projections)
        try:
            self.tables.create()
            self._fold(unions, view)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self.tables.engine.dispose()
        self._keeps.close()

    def _fold(self, unions: Mapping[str, UnionReader[Any]], view: KnownView) -> None:
        for topic, union in unions.items():
            if projections := projections_of(self.tables.projections.values(), topic):
                for histories in _read_streams(union, view):
                    with self.tables.transaction() as connection:
                        for projection in projections:
                            rows = {
                                stream: fold_periods(projection, events)
                                for stream, events in histories.items()
                            }
                            self.tables.store(connection, projection.name, rows, fresh=True)


def _read_streams(union: UnionReader[Any], view: KnownView) -> Iterator[Histories[Any]]:
    """Every stream once, of the own log and of other sites. One that cannot be read is left out, as it is here."""
    report: Callable[[str, Exception], object] = lambda _, error: log.warning("%s", error)  # noqa: E731
    for streams in chunked(union.log.iterate_streams(), _STREAMS):
        own = {events[0].stream: events for events in streams}
        yield union.complete_readable(own, report, view)
    if not union.is_alone:
        for names in union.iterate_foreign_streams():
            yield union.complete_readable({stream: [] for stream in names}, report, view)
