"""Lookups by an id out of reach: whether it is the id of something is found out later, when the record is written, so
that the answer takes as long for what does not exist."""

from collections.abc import Callable, Collection
from threading import Lock

from services.identity.access_record.entries import AccessKey

MOST_WAITING = 20_000
FindKnown = Callable[[Collection[str]], frozenset[str]]
"""Those of some texts that are ids of something here."""


class Lookups:
    """Safe to share among threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[AccessKey, set[str]] = {}
        self.find_known: FindKnown = lambda texts: frozenset(texts)

    def add(self, key: AccessKey, question: str) -> bool:
        """Remember that a question named `key.subject`. False: too many wait, and it is not remembered."""
        with self._lock:
            if key not in self._waiting and len(self._waiting) >= MOST_WAITING:
                return False
            self._waiting.setdefault(key, set()).add(question)
            return True

    def take(self) -> list[tuple[AccessKey, set[str]]]:
        """Those that named something that exists. Where that cannot be read, they go on waiting, and the error is
        raised."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
        if not taken:
            return []
        try:
            known = self.find_known({key.subject for key in taken})
        except Exception:
            with self._lock:
                self._waiting = taken | self._waiting
            raise
        return [(key, questions) for key, questions in taken.items() if key.subject in known]
