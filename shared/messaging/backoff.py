"""Exponential backoff while a database or a broker cannot be reached."""

from threading import Event


class Backoff:
    """Waits `minimum` seconds after the first failure, twice as long after each further one, up to `maximum`."""

    def __init__(self, minimum: float = 0.5, maximum: float = 10.0) -> None:
        self.minimum, self.maximum = minimum, maximum
        self.reset()

    def reset(self) -> None:
        """Begin again with the shortest pause, after a success."""
        self._next = self.minimum

    def wait(self, stop: Event) -> bool:
        """Wait for the next pause; True when `stop` was set meanwhile."""
        pause, self._next = self._next, min(self.maximum, self._next * 2)
        return stop.wait(pause)
