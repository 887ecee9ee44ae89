"""The contradictions by all that is known, found once for each state of the logs."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from services.chronicle.queries.contradictions.candidates import Found
from services.chronicle.queries.contradictions.detection import find_contradictions
from shared.core.partial_dates import Instant
from shared.eventlog.event_log import EventLog


class LatestContradictions:
    """Keeps what was found by the newest knowledge, until a log has grown.

    An instant that is not before the last fact of any log, and at which all facts have their rows, sees the whole of
    all logs: the answer depends on nothing but their positions.
    """

    def __init__(self, logs: Mapping[str, EventLog[Any]]) -> None:
        self._logs, self._lock = logs, Lock()
        self._positions: dict[str, int] = {}
        self._found: list[Found] | None = None

    def find(self, connection: Connection, known: Instant) -> list[Found]:
        """All contradictions as known at an instant that is not after the watermark."""
        positions = {name: log.position() for name, log in self._logs.items()}
        if any(log.last_recorded_at() > known for log in self._logs.values()):
            return find_contradictions(connection, known)
        with self._lock:  # others wait for the one who is finding them
            if self._found is None or self._positions != positions:
                self._found, self._positions = find_contradictions(connection, known), positions
            return self._found
