"""What has come to count of other sites, and has no rows yet: made in slices, so that nobody waits for all of it."""

from shared.core.partial_dates import Instant, earlier
from shared.eventlog.commit_timestamps import NEVER

LEAST, MOST = 10, 500
"""Changed streams in a slice."""
_FAST, _SLOW = 0.02, 0.04
"""Seconds of a slice after which the next one is larger, or smaller."""


class ForeignBacklog:
    """Told of every change by the importer, and of every slice by whoever has made it."""

    def __init__(self) -> None:
        self.size = LEAST * 5
        """How many changed streams the next slice may have."""
        self._told, self._made = 0, -1
        self._since: dict[int, Instant] = {}
        """By number of a change without rows, an instant that is not later than those since which it is known."""

    @property
    def told(self) -> int:
        """How many changes there have been."""
        return self._told

    def add(self, known: Instant) -> None:
        """Something has come to count, or ceased to, at this instant or a later one."""
        self._since[self._told + 1] = known
        self._told += 1

    def finish(self, told: int) -> None:
        """So many changes have all their rows."""
        self._made = max(self._made, told)
        for number in [each for each in self._since if each <= self._made]:
            del self._since[number]

    def forget(self) -> None:
        """How far the rows are is not known any more."""
        self._made = -1

    def is_empty(self) -> bool:
        return self._made >= self._told

    def final_until(self) -> Instant | None:
        """Up to when the rows are complete: NEVER where that is not known; None: they are complete."""
        if self.is_empty():
            return None
        since = list(self._since.values())
        return earlier(min(since)) if self._made >= 0 and since else NEVER

    def adapt(self, changes: int, seconds: float) -> None:
        """Let the next slice take about as long as others may be held up."""
        if seconds > _SLOW:
            self.size = max(LEAST, changes // 2)
        elif seconds < _FAST and changes == self.size:
            self.size = min(MOST, self.size * 2)
