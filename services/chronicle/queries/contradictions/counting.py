"""How many contradictions there are of each kind."""

from collections.abc import Mapping
from threading import Lock
from time import monotonic

from services.chronicle.queries.contradictions.detection import count_contradictions
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from shared.core.partial_dates import BY_NOW
from shared.readmodel.row_store import RowStore

_SHARE = 20
"""A count is kept for so many times as long as it took, so that counting takes at most a twentieth of the time."""


def count_known_contradictions(tables: RowStore) -> dict[ContradictionKind, int]:
    """Of each kind, by all that is known, over all days."""
    with tables.engine.connect() as connection:
        return count_contradictions(connection, BY_NOW)


class ContradictionCounter:
    """Counts for a metric, which is read often; counting a large ledger takes long."""

    def __init__(self, tables: RowStore) -> None:
        self._tables, self._lock = tables, Lock()
        self._counts: dict[str, float] = {}
        self._until = 0.0

    def read(self) -> Mapping[str, float]:
        """The number of each kind, zero included."""
        with self._lock:
            if monotonic() >= self._until:
                began = monotonic()
                counts = count_known_contradictions(self._tables)
                self._counts = {kind.value: number for kind, number in counts.items()}
                self._until = monotonic() + _SHARE * (monotonic() - began)
            return self._counts
