"""The files of a home: what they were at the last clean stop, and whether they are still whole."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec

from shared.core.errors import DamagedStore, DiskFull, ReadOnlyStore
from shared.database.damaged_events import find_damaged_event
from shared.database.failures import REASONS, name_failure
from shared.database.sqlite_address import can_write, connect_sqlite

MARKER = "clean-stop.json"
ROWS_FILE = "chronicle"
"""The file, without its suffix, whose content can be computed anew from the others."""
RESTORE = "Keep the file, and restore it from a backup"
REBUILD = "No fact is lost: `cadre rebuild` makes it anew from the logs"
OTHER_FILES = ("site.json", "closed.json", "signing.key", "earlier.keys", "trees/*.tree")
"""Files beside the databases that only this program writes while it has the home, or once for ever."""
SPARE_BYTES = 1024 * 1024
"""Free bytes of a disk below which it counts as full: a commit may need as much."""
LARGEST_DIGESTED = 256 * 1024 * 1024
"""Bytes of a file up to which its digest is remembered: reading them takes about as long as the stop itself."""


class FileState(msgspec.Struct, frozen=True):
    """A file at a clean stop. `digest` is the SHA-256 of its bytes, empty for a large file."""

    size: int
    modified: int
    """Time of the last change in nanoseconds."""
    digest: str = ""


class _CleanStop(msgspec.Struct, frozen=True):
    """The marker: the files at a clean stop, and the SHA-256 of what it says of them."""

    files: dict[str, FileState]
    digest: str


class StoreFiles:
    """The files of a home that one process writes, which it compares with the last clean stop when it starts. `names`:
    the databases that it cannot do without.

    The marker is removed at the start and written at the stop: after a crash every file counts as changed.
    """

    def __init__(self, home: Path, names: Sequence[str]) -> None:
        self._home, self.names, self._marker = home, names, home / MARKER
        self._before, self._checked = _read_marker(self._marker) or {}, False

    def check_changed(self) -> list[str]:
        """Check the files that changed since the clean stop, and name those whose bytes changed without harm.

        Raises DamagedStore, which names every damaged file and what SQLite found in it.
        """
        is_marker_damaged = self._marker.exists() and _read_marker(self._marker) is None
        changed = [name for name in self._present() if self._has_changed(name)]
        databases = [name for name in changed if name.endswith(".db")]
        if damages := [damage for name in databases for damage in find_damage(self._home / name)]:
            raise DamagedStore("; ".join(damages))
        if self.can_write():
            self._checked = True
            self._marker.unlink(missing_ok=True)
        altered = [name for name in changed if self._is_altered(name)]
        return [*altered, *([MARKER] if is_marker_damaged else [])]

    def databases(self) -> list[str]:
        """The databases of the home, those that it can do without included."""
        others = sorted(file.name for file in self._home.glob("*.db"))
        return list(dict.fromkeys([*self.names, *others]))

    def _present(self) -> list[str]:
        """The files that are there, and those that were there at the clean stop."""
        found = [
            str(file.relative_to(self._home))
            for glob in OTHER_FILES
            for file in sorted(self._home.glob(glob))
        ]
        return list(dict.fromkeys([*self.databases(), *found, *self._before]))

    def put_aside_if_damaged(self, name: str) -> bool:
        """Rename a damaged file to `NAME.damaged`; returns whether it was."""
        file = self._home / name
        if not any(find_damage(file)):
            return False
        file.replace(file.with_name(f"{name}.damaged"))
        for rest in ("-wal", "-shm"):
            file.with_name(f"{name}{rest}").unlink(missing_ok=True)
        return True

    def _has_changed(self, name: str) -> bool:
        state, before = _state_of(self._home / name), self._before.get(name)
        if state is None:
            return before is not None
        return before is None or (state.size, state.modified) != (before.size, before.modified)

    def _is_altered(self, name: str) -> bool:
        """Whether the bytes are not those of the clean stop; False where those are not remembered."""
        before = self._before.get(name)
        return before is not None and bool(before.digest) and _digest(self._home / name) != before.digest

    def find_altered(self) -> list[str]:
        """The files that nobody has written since the clean stop and whose bytes are others all the same."""
        return [name for name in self._present() if not self._has_changed(name) and self._is_altered(name)]

    def check_writable(self) -> None:
        """Raise ReadOnlyStore or DiskFull where nothing more can be written to the home."""
        self.check_permissions()
        system = os.statvfs(self._home)
        if system.f_bavail * system.f_frsize < SPARE_BYTES:
            raise DiskFull(f"{self._home}: {REASONS[DiskFull]}")

    def can_write(self) -> bool:
        """Whether something can be written to every file, and others can be made beside them."""
        return all(can_write(self._home / name) for name in self.names)

    def check_complete(self) -> None:
        """Raise ReadOnlyStore where a file is not there, of a home that may only be read."""
        if missing := [name for name in self.names if not (self._home / name).exists()]:
            raise ReadOnlyStore(
                f"{self._home}: {REASONS[ReadOnlyStore]}, and {', '.join(missing)} is not there; "
                "open the ledger once where it can be written"
            )

    def check_permissions(self) -> None:
        """Raise ReadOnlyStore where the home or a file in it may only be read."""
        system = os.statvfs(self._home)
        if system.f_flag & os.ST_RDONLY or not os.access(self._home, os.W_OK):
            raise ReadOnlyStore(f"{self._home}: {REASONS[ReadOnlyStore]}")
        files = [name for name in self.names if (self._home / name).exists()]
        if locked := [name for name in files if not os.access(self._home / name, os.W_OK)]:
            raise ReadOnlyStore(f"{self._home}: {', '.join(locked)}: {REASONS[ReadOnlyStore]}")

    def remember(self) -> None:
        """Write the marker, once all files are closed. Where that fails, the next start checks every file."""
        if not self._checked:
            return  # a file that was found damaged must be found again
        states = {}
        for name in self._present():
            file = self._home / name
            state, log = _state_of(file), file.with_name(f"{file.name}-wal")
            if state is None or (log.exists() and log.stat().st_size):
                continue  # another process reads it and has not yet let go of what was written
            before = self._before.get(name)
            if before and (before.size, before.modified) == (state.size, state.modified):
                states[name] = before
            else:
                digest = _digest(file) if state.size <= LARGEST_DIGESTED else ""
                states[name] = FileState(state.size, state.modified, digest)
        draft = self._marker.with_suffix(".new")
        try:
            draft.touch(0o600)
            draft.write_bytes(msgspec.json.encode(_CleanStop(states, _digest_states(states))))
            draft.replace(self._marker)
        except OSError:
            with suppress(OSError):
                self._marker.unlink(missing_ok=True)


def find_damage(file: Path, thorough: bool = False) -> Iterator[str]:
    """What is wrong with the structure of a file, in one sentence with a remedy; nothing where it is whole.

    `thorough`: also whether every index has exactly the entries of its table.
    """
    if not file.exists():
        return
    try:
        with closing(connect_sqlite(file)) as connection:
            pragma = "integrity_check" if thorough else "quick_check"
            found = [row[0] for row in connection.execute(f"PRAGMA {pragma}(3)")]
    except sqlite3.DatabaseError as error:
        failure = name_failure(error)
        if not isinstance(failure, DamagedStore):
            raise name_failure(error, file) from error
        found = [str(error)]
    if found != ["ok"]:
        event = find_damaged_event(file)
        remedy = REBUILD if file.stem == ROWS_FILE else RESTORE
        findings = ", ".join(
            " ".join(str(each).removeprefix("*** in database main ***").split()) for each in found
        )
        yield f"{file} is damaged ({findings}){'; ' if event else ''}{event}. {remedy}"


def _read_marker(file: Path) -> dict[str, FileState] | None:
    """The files at the clean stop; None where there was none, or the marker is not as it was written."""
    try:
        content = file.read_bytes()
        try:
            marker = msgspec.json.decode(content, type=_CleanStop)
        except msgspec.ValidationError:
            msgspec.json.decode(content, type=dict[str, FileState])
            return {}  # an earlier version wrote it
    except (OSError, ValueError):
        return None
    return marker.files if marker.digest == _digest_states(marker.files) else None


def _digest_states(states: dict[str, FileState]) -> str:
    return sha256(msgspec.json.encode(sorted(states.items()))).hexdigest()


def _state_of(file: Path) -> FileState | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return FileState(found.st_size, found.st_mtime_ns)


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return file_digest(content, "sha256").hexdigest()
    except OSError:
        return ""
