"""Waiting for a database or a broker that is away: longer each time, so that its return is not made harder."""

from threading import Event


class Backoff:
    """Seconds between tries: `least`, then twice as long each time up to `most`, until something works again."""

    def __init__(self, least: float = 0.5, most: float = 10.0) -> None:
        self.least, self.most = least, most
        self.reset()

    def reset(self) -> None:
        self._next = self.least

    def wait(self, stop: Event) -> bool:
        """True when `stop` was set meanwhile."""
        pause, self._next = self._next, min(self.most, self._next * 2)
        return stop.wait(pause)
