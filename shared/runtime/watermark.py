"""The watermark of a process: the latest instant as of which its answers are final."""

from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic

from shared.core.clock_guard import AHEAD_SECONDS, seconds_between
from shared.core.partial_dates import Instant


def find_logs_ahead(last: Mapping[str, Instant], now: Instant) -> dict[str, Instant]:
    """The logs whose last event was recorded later than now, by more than clocks are put right all the time."""
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
