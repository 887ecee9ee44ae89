"""Small files in the home that outlive a process: up to which instant it may have answered, and that its clock is
right."""

import json
import os
from hashlib import sha256
from pathlib import Path

from shared.core.partial_dates import Instant, to_microseconds

CLOSED_FILE, ACCEPTED_FILE = "closed.json", "clock.json"


class InstantFile:
    """One instant in a file, written whole or not at all, with a check sum. OSError where it cannot be written."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name

    def read(self) -> Instant:
        """The instant; empty where none was written, or it is not what was written."""
        try:
            text = self._path.read_text(encoding="utf-8")
            instant = Instant(str(json.loads(text)[self._name]))
            to_microseconds(instant)
        except (OSError, ValueError, KeyError, TypeError):
            return Instant("")
        without = json.dumps({self._name: instant}) + "\n"  # as earlier versions wrote it
        return instant if text in (self._format(instant), without) else Instant("")

    def _format(self, instant: Instant) -> str:
        check = sha256(instant.encode()).hexdigest()[:16]
        return json.dumps({self._name: instant, "check": check}) + "\n"

    def find_damage(self) -> str:
        """What is wrong with the file, in one sentence; empty where it is whole, or not there."""
        if not self._path.exists() or self.read():
            return ""
        return f"{self._path} is damaged; it is written anew, nothing is lost by removing it"

    def write(self, instant: Instant) -> None:
        draft = self._path.with_suffix(".new")
        with open(draft, "w", encoding="utf-8", opener=_for_the_owner) as file:
            file.write(self._format(instant))
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
