"""Refuses a wall clock that has jumped ahead: what is recorded in the future stays ahead of the clock for years."""

import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from shared.core.clock import Clock
from shared.core.errors import ClockJumped
from shared.core.partial_dates import Instant, later

HOUR_SECONDS, DAY_SECONDS = 3600, 86_400
AHEAD_SECONDS = 60
"""How far a log may be ahead of the clock before it is reported: clocks are put right by less all the time."""


def elapsed_seconds() -> float:
    """Seconds since the machine was started, those of its sleep included where the system counts them."""
    return max(time.monotonic(), time.clock_gettime(_BOOT_CLOCK)) if _BOOT_CLOCK else time.monotonic()


_BOOT_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", 0)


def seconds_between(first: Instant, second: Instant) -> float:
    """Seconds from the first instant to the second; negative when the second comes first."""
    return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds()


class ClockGuard:
    """Reads a clock, and raises ClockJumped where it went ahead by more than it can have gone.

    At the first reading it may be `at_start` seconds after `last`, the latest instant that is recorded. From then on it
    may go ahead of the time that has passed by `running` seconds. `accepted` reads the instant at which somebody last
    said that the clock is right; what comes within `at_start` after it is believed.
    """

    def __init__(
        self,
        clock: Clock,
        running: float = HOUR_SECONDS,
        at_start: float = 31 * DAY_SECONDS,
        accepted: Callable[[], Instant] = lambda: Instant(""),
        elapsed: Callable[[], float] = elapsed_seconds,
    ) -> None:
        self._clock, self._running, self._at_start = clock, running, at_start
        self._accepted, self._elapsed = accepted, elapsed
        self._lock = Lock()
        self._latest, self._read_at = Instant(""), 0.0
        self._believed = False

    def start(self, last: Instant) -> None:
        """Compare the first reading with the latest instant that is recorded; empty where nothing is."""
        with self._lock:
            if not self._believed:
                self._latest = max(self._latest, last)

    def __call__(self) -> Instant:
        """The present instant. Raises ClockJumped."""
        now, elapsed = self._clock(), self._elapsed()
        with self._lock:
            if self._believed:
                passed = max(0.0, elapsed - self._read_at)
                ahead, allowed = seconds_between(self._latest, now) - passed, self._running
            else:
                passed, allowed = 0.0, self._at_start
                ahead = seconds_between(self._latest, now) if self._latest else 0.0
            if ahead > allowed and not self._is_accepted(now):
                raise ClockJumped(now, self._latest)
            if ahead >= 0 or not self._believed:
                self._latest = max(now, self._latest)
            else:  # the clock was put back: what is recorded went further already
                self._latest = later(self._latest, round(passed * 1_000_000))
            self._read_at, self._believed = elapsed, True
        return now

    def _is_accepted(self, now: Instant) -> bool:
        accepted = self._accepted()
        return bool(accepted) and -self._running <= seconds_between(accepted, now) <= self._at_start
