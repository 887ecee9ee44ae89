"""The watermark of a process: the latest instant as of which its answers are final."""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from time import monotonic
from typing import Any

from shared.core.clock_guard import AHEAD_SECONDS, seconds_between
from shared.core.partial_dates import Instant
from shared.eventlog.event_log import EventLog


def find_logs_ahead(
    logs: Mapping[str, EventLog[Any]], topics: Sequence[str] | None, now: Instant
) -> dict[str, Instant]:
    """Those of these logs, or of all, whose last event was recorded later than now, by more than clocks are put right
    all the time; and when it was."""
    last = {topic: logs[topic].last_recorded_at() for topic in (logs if topics is None else topics)}
    return {
        topic: recorded_at
        for topic, recorded_at in last.items()
        if recorded_at and seconds_between(now, recorded_at) > AHEAD_SECONDS
    }


class Coalesced:
    """Computes a value for all callers that are waiting at the same time: each gets one whose computation began after
    it asked."""

    def __init__(self, compute: Callable[[], Instant]) -> None:
        self._compute = compute
        self._lock = Lock()
        self._began, self._value = float("-inf"), Instant("")

    def __call__(self) -> Instant:
        asked = monotonic()
        with self._lock:
            if self._began <= asked:
                began = monotonic()
                self._value = self._compute()
                self._began = began
            return self._value
