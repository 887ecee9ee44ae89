"""From facts to stored rows: the same few lines for following live, for bulk work and for workers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from shared.core.bitemporal import fold_periods
from shared.core.facts import Recorded
from shared.core.projection import Projection
from shared.readmodel.row_store import RowStore


def project_streams(
    tables: RowStore,
    connection: Connection,
    topic: str,
    histories: Mapping[str, Sequence[Recorded[Any]]],
    new: frozenset[str] | set[str] = frozenset(),
) -> None:
    """Make every row of these streams equal to what their whole histories say. `new` streams have no rows yet."""
    for projection in projections_of(tables.projections.values(), topic):
        for fresh in (True, False):
            chosen = {s: fold_periods(projection, h) for s, h in histories.items() if (s in new) is fresh}
            if chosen:
                tables.store(connection, projection.name, chosen, fresh=fresh)


def projections_of(projections: Iterable[Projection[Any, Any]], topic: str) -> list[Projection[Any, Any]]:
    return [projection for projection in projections if projection.follows.name == topic]
