"""Fold streams of events into stored rows, for the embedded ledger, for workers and for rebuilds alike."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from shared.core.bitemporal import fold_periods
from shared.core.facts import AnyEvent
from shared.core.projection import AnyProjection
from shared.readmodel.row_store import RowStore


def project_streams(
    tables: RowStore,
    connection: Connection,
    topic: str,
    histories: Mapping[str, Sequence[AnyEvent]],
    new: frozenset[str] | set[str] = frozenset(),
) -> None:
    """Make the rows of these streams equal to a fold of their whole histories. `new` streams have no rows yet."""
    for projection in projections_of(tables.projections.values(), topic):
        for fresh in (True, False):
            rows = {s: fold_periods(projection, h) for s, h in histories.items() if (s in new) is fresh}
            if rows:
                tables.store(connection, projection.name, rows, fresh=fresh)


def projections_of(projections: Iterable[AnyProjection], topic: str) -> list[AnyProjection]:
    return [projection for projection in projections if projection.follows.name == topic]
