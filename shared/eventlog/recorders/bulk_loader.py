"""Writes a new log to a SQLite file without an index and without durability until it is closed, for speed."""

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

_TABLES = """
CREATE TABLE stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB, chain BLOB);
CREATE TABLE epochs (number INTEGER PRIMARY KEY, epoch TEXT, site TEXT, first INTEGER);
CREATE TABLE commands (command_id TEXT PRIMARY KEY, digest BLOB, stream TEXT, version INTEGER, facts INTEGER)
WITHOUT ROWID;
"""


class BulkLoader:
    """Loads a log that does not exist yet; a crash leaves an unusable file, so write it where nobody reads."""

    def __init__(self, path: Path, epoch: str, site: str) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        execute = self._connection.execute
        execute("PRAGMA journal_mode=OFF")
        execute("PRAGMA synchronous=OFF")
        self._connection.executescript(_TABLES)
        execute("INSERT INTO epochs VALUES (1, ?, ?, 1)", (epoch, site))
        execute("BEGIN")

    def write(self, events: Iterable[tuple[object, ...]]) -> None:
        """Write (position, stream, version, tag, bytes, chain hash) rows. sqlite3.Error when the disk is full."""
        self._connection.executemany(
            "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state, chain) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            events,
        )

    def close(self) -> None:
        """Build the index by stream, which replaces the primary key of other logs, and sync the file to disk."""
        execute = self._connection.execute
        execute("COMMIT")
        execute(
            "CREATE UNIQUE INDEX stored_events_by_stream ON stored_events (originator_id, originator_version)"
        )
        execute("PRAGMA journal_mode=WAL")
        self._connection.close()
        with self._path.open("rb") as file:
            os.fsync(file.fileno())

    def abandon(self) -> None:
        """Close the file without finishing it."""
        self._connection.close()
