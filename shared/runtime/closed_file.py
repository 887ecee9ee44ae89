"""Small files in the home that outlive a process: up to which instant it may have answered, and that its clock is
right."""

import json
import os
from pathlib import Path

from shared.core.partial_dates import Instant

CLOSED_FILE, ACCEPTED_FILE = "closed.json", "clock.json"


class InstantFile:
    """One instant in a file, written whole or not at all. OSError where it cannot be written."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name

    def read(self) -> Instant:
        """The instant; empty where none was written, or not whole."""
        try:
            return Instant(str(json.loads(self._path.read_text(encoding="utf-8"))[self._name]))
        except (OSError, ValueError, KeyError, TypeError):
            return Instant("")

    def write(self, instant: Instant) -> None:
        draft = self._path.with_suffix(".new")
        with open(draft, "w", encoding="utf-8", opener=_for_the_owner) as file:
            file.write(json.dumps({self._name: instant}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def closed_file(home: Path) -> InstantFile:
    """The instant up to which the processes of this home may have closed timestamps."""
    return InstantFile(home / CLOSED_FILE, "closed_until")


def accepted_file(home: Path) -> InstantFile:
    """The instant at which somebody last said that the clock is right (`cadre clock accept`)."""
    return InstantFile(home / ACCEPTED_FILE, "accepted_at")
