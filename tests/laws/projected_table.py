"""The rows of one projection in a database in memory, as a running ledger keeps them."""

from collections import defaultdict
from collections.abc import Iterable
from types import TracebackType
from typing import Any

import msgspec
from sqlalchemy import select

from shared.core.bitemporal import fold_periods
from shared.core.facts import Recorded
from shared.core.projection import AnyProjection
from shared.readmodel.row_store import RowStore, engine_for


class ProjectedTable:
    """Facts are delivered to it in batches; it forgets none, and folds every stream that has news."""

    def __init__(self, projection: AnyProjection) -> None:
        self.projection = projection
        self.tables = RowStore(engine_for("sqlite://"), [projection])
        self.tables.create()
        self.known: list[Recorded[Any]] = []

    def __enter__(self) -> "ProjectedTable":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.tables.engine.dispose()

    def deliver(self, batch: Iterable[Recorded[Any]]) -> None:
        batch = list(batch)
        self.known += batch
        streams = defaultdict(list)
        for event in self.known:
            streams[event.stream].append(event)
        news = {
            stream: fold_periods(self.projection, streams[stream])
            for stream in {each.stream for each in batch}
        }
        with self.tables.transaction() as connection:
            self.tables.store(connection, self.projection.name, news)

    def empty(self) -> None:
        self.known.clear()
        with self.tables.transaction() as connection:
            self.tables.clear(connection, self.projection.name)

    def in_bytes(self) -> bytes:
        return table_in_bytes(self.tables, self.projection.name)


def table_in_bytes(tables: RowStore, name: str) -> bytes:
    """The whole table, sorted, to be compared byte for byte."""
    with tables.engine.connect() as connection:
        return b"\n".join(
            sorted(msgspec.json.encode(tuple(row)) for row in connection.execute(select(tables.tables[name])))
        )
