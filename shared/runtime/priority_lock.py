"""A lock that whoever is waited for gets before those who work ahead."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

PATIENT_SECONDS = 0.25
"""So long at most others are let pass."""


class PriorityLock:
    """One thread at a time; it is not reentrant."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._is_held = False
        self._urgent = 0

    @contextmanager
    def take(self) -> Iterator[None]:
        """For work that somebody waits for."""
        with self._changed:
            self._urgent += 1
            self._changed.wait_for(lambda: not self._is_held)
            self._urgent -= 1
            self._is_held = True
        yield from self._hold()

    @contextmanager
    def take_patiently(self) -> Iterator[None]:
        """For a part of some longer work: all who wait for theirs come first, but not for ever."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_held and not self._urgent, PATIENT_SECONDS)
            self._changed.wait_for(lambda: not self._is_held)
            self._is_held = True
        yield from self._hold()

    def _hold(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                self._is_held = False
                self._changed.notify_all()
