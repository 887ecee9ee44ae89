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
) -> None:
    """Make the rows of these streams equal to a fold of their whole histories.

    Whether a stream has rows already is looked up: that its first event here is new says nothing, because another site
    may have recorded events of it before."""
    for projection in projections_of(tables.projections.values(), topic):
        rows = {stream: fold_periods(projection, history) for stream, history in histories.items()}
        if rows:
            tables.store(connection, projection.name, rows)


def projections_of(projections: Iterable[AnyProjection], topic: str) -> list[AnyProjection]:
    return [projection for projection in projections if projection.follows.name == topic]
