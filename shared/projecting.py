"""From facts to stored rows: the same few lines for following live, for bulk work and for workers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from shared.facts import Recorded
from shared.periods import periods
from shared.projection import Projection
from shared.tables import Tables


def project(
    tables: Tables,
    connection: Connection,
    topic: str,
    histories: Mapping[str, Sequence[Recorded[Any]]],
    new: frozenset[str] | set[str] = frozenset(),
) -> None:
    """Make every row of these streams equal to what their whole histories say. `new` streams have no rows yet."""
    for projection in following(tables.projections.values(), topic):
        for fresh in (True, False):
            chosen = {s: periods(projection, h) for s, h in histories.items() if (s in new) is fresh}
            if chosen:
                tables.store(connection, projection.name, chosen, fresh=fresh)


def following(projections: Iterable[Projection[Any, Any]], topic: str) -> list[Projection[Any, Any]]:
    return [projection for projection in projections if projection.follows.name == topic]
