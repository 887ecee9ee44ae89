"""What is in each scope that is asked about, kept until something is recorded."""

from collections import OrderedDict
from threading import Lock
from time import monotonic
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.units.scoped_ids import IdsInScope, find_ids_in_scope
from shared.core.clock import Clock
from shared.core.partial_dates import Day, day_of
from shared.database.sql import Statement
from shared.http.scope import Scope
from shared.readmodel.row_store import RowStore

OLDEST_SECONDS = 5.0
"""What is in a scope is never older than that."""
_SHARE = 20
"""What took long to find is kept for so many times as long, even while others record."""
_LONG_SECONDS = 0.05
_KEPT = 1000
_POSITIONS = Statement("SELECT follower, position FROM positions ORDER BY follower")


class _Found(NamedTuple):
    ids: IdsInScope
    day: Day
    positions: tuple[tuple[str, int], ...]
    at: float
    """When it was begun to be found, on the monotonic clock."""
    seconds: float


class ScopedIdFinder:
    """Finds what is in a scope, by the rows of this site."""

    def __init__(self, tables: RowStore, clock: Clock) -> None:
        self._tables, self._clock, self._lock = tables, clock, Lock()
        self._found: OrderedDict[Scope, _Found] = OrderedDict()

    def __call__(self, scope: Scope) -> IdsInScope:
        """What is in it now. While others record, and where it takes long to find, up to five seconds ago."""
        day = day_of(self._clock())
        with self._tables.engine.connect() as connection:
            positions = tuple((row[0], row[1]) for row in _POSITIONS(connection))
            kept = self._found.get(scope)
            if kept and kept.day == day and (kept.positions == positions or _is_recent(kept)):
                return kept.ids
            return self._find(connection, scope, day, positions)

    def _find(
        self, connection: Connection, scope: Scope, day: Day, positions: tuple[tuple[str, int], ...]
    ) -> IdsInScope:
        began = monotonic()
        ids = find_ids_in_scope(connection, scope, day)
        with self._lock:
            self._found[scope] = _Found(ids, day, positions, began, monotonic() - began)
            self._found.move_to_end(scope)
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return ids


def _is_recent(found: _Found) -> bool:
    """Whether it took so long that it is used while what was recorded since is not in it."""
    if found.seconds < _LONG_SECONDS:
        return False
    return monotonic() - found.at < min(OLDEST_SECONDS, _SHARE * found.seconds)
