"""A log in a SQLite file, through the library's recorder: write-ahead log, every commit synchronous."""

import sqlite3
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from shared.database.sqlite_address import sqlite_address
from shared.eventlog.recorders import EMPTY, LogEnd

ROWS_PER_INSERT = 100
"""Rows of one INSERT: a longer statement blocks other threads, many short ones cost more."""
LAST_EVENT = "SELECT rowid, CAST(coalesce(chain, '') AS BLOB) FROM stored_events ORDER BY rowid DESC LIMIT 1"
EVENT_COLUMNS = "stored_events (rowid, originator_id, originator_version, topic, state, chain)"


class Recorder(SQLiteApplicationRecorder):
    """The library's table with a column for the chain hash, and beside it epochs and idempotency keys."""

    def construct_create_table_statements(self) -> list[str]:
        return [
            "CREATE TABLE IF NOT EXISTS stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT, "
            "state BLOB, chain BLOB, PRIMARY KEY (originator_id, originator_version))",
            "CREATE TABLE IF NOT EXISTS epochs (number INTEGER PRIMARY KEY, epoch TEXT, site TEXT, first INTEGER)",
            "CREATE TABLE IF NOT EXISTS commands (command_id TEXT PRIMARY KEY, digest BLOB, stream TEXT, "
            "version INTEGER, facts INTEGER) WITHOUT ROWID",
        ]


class SQLiteLogStorage:
    """The tables of one log in a SQLite file."""

    position_column = "rowid"
    bytes_format = "CAST(coalesce({}, '') AS BLOB)"
    failures = (PersistenceError, sqlite3.Error, OSError)

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._store = SQLiteDatastore(sqlite_address(path), originator_id_type="text", lock_timeout=30)
        self.recorder = Recorder(self._store)

    def create(self) -> None:
        self.recorder.create_table()

    def select(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        with self._store.get_connection(commit=False) as connection, connection.cursor() as cursor:
            cursor.row_factory = None  # plain tuples
            return cursor.execute(sql, values).fetchall()

    def open_write_connection(self) -> "SQLiteWriteConnection":
        return SQLiteWriteConnection(self._path)

    def close(self) -> None:
        self._store.close()


class SQLiteWriteConnection:
    """The SQLite connection of the process that writes a log."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False, cached_statements=500
        )
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA cache_size=-65536")

    def select(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()

    def write(
        self,
        commands: list[tuple[object, ...]],
        events: list[tuple[object, ...]],
        number: int,
        end: LogEnd,
        first: str = "",
        admitted: bool = True,
    ) -> bool:
        """As in `WriteConnection`; each statement checks the epoch itself, so nobody can write in between."""
        if not self._ends_with(end):
            return False
        in_transaction = bool(commands) or len(events) > ROWS_PER_INSERT
        if in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
        written = self._insert("commands", commands, number) and self._insert(EVENT_COLUMNS, events, number)
        if in_transaction:
            self._connection.execute("COMMIT" if written else "ROLLBACK")
        return written

    def _ends_with(self, end: LogEnd) -> bool:
        return (self._connection.execute(LAST_EVENT).fetchone() or EMPTY) == end

    def _insert(self, table: str, rows: list[tuple[object, ...]], number: int) -> bool:
        for start in range(0, len(rows), ROWS_PER_INSERT):
            part = rows[start : start + ROWS_PER_INSERT]
            sql = _insert_sql(table, len(part[0]), len(part))
            if self._connection.execute(sql, [*chain(*part), number]).rowcount != len(part):
                return False
        return True

    def open_epoch(self, epoch: str, site: str) -> tuple[int, tuple[Any, ...] | None]:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        last = execute("SELECT rowid, state, chain FROM stored_events ORDER BY rowid DESC LIMIT 1").fetchone()
        number = execute("SELECT coalesce(max(number), 0) + 1 FROM epochs").fetchone()[0]
        execute("INSERT INTO epochs VALUES (?, ?, ?, ?)", (number, epoch, site, last[0] + 1 if last else 1))
        execute("COMMIT")
        return number, last

    def close(self) -> None:
        self._connection.close()


@cache
def _insert_sql(table: str, columns: int, rows: int) -> str:
    marks = ", ".join([f"({', '.join('?' * columns)})"] * rows)
    return f"INSERT INTO {table} SELECT * FROM (VALUES {marks}) WHERE (SELECT max(number) FROM epochs) = ?"
