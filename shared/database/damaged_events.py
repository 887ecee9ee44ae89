"""Finds the first event of a log in a SQLite file that is not as it was written."""

import sqlite3
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

from shared.database.sqlite_address import connect_sqlite

_PAGE = 1000
_EVENTS = (
    "SELECT rowid, CAST(originator_id AS BLOB), CAST(state AS BLOB), CAST(chain AS BLOB) "
    "FROM stored_events WHERE rowid > ? ORDER BY rowid LIMIT ?"
)

_INDEX = (
    "SELECT CAST(originator_id AS BLOB) FROM stored_events INDEXED BY sqlite_autoindex_stored_events_1 "
    "WHERE +rowid = ?"
)


def find_damaged_event(file: Path) -> str:
    """Where the first damaged event is, in words; empty where every event is whole or the file holds no log."""
    with suppress(sqlite3.DatabaseError), closing(connect_sqlite(file)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'stored_events'").fetchone():
            return ""
        position, chain = 0, bytes(32)
        while True:
            try:
                page = _read(connection, position)
            except sqlite3.DatabaseError as error:
                return (
                    f"the first damaged event is at position {position + 1}{_stream_of(connection, position + 1)} "
                    f"({error}); those before it can be read"
                )
            if not page:
                return ""
            for at, stream, state, stored in page:
                chain = sha256(chain + (state or b"")).digest()
                if at != position + 1 or chain != stored:
                    of = bytes(stream or b"").decode(errors="replace")
                    return f"the first damaged event is at position {position + 1} in stream {of}"
                position = at
    return ""


def _stream_of(connection: sqlite3.Connection, position: int) -> str:
    """The stream of an event whose row cannot be read, from the index; empty where that cannot be read either."""
    with suppress(sqlite3.DatabaseError):
        for (stream,) in connection.execute(_INDEX, (position,)):
            return f" in stream {bytes(stream or b'').decode(errors='replace')}"
    return ""


def _read(connection: sqlite3.Connection, position: int) -> list[tuple[int, bytes, bytes, bytes]]:
    """The next events; one by one where a page of them cannot be read."""
    try:
        return connection.execute(_EVENTS, (position, _PAGE)).fetchall()
    except sqlite3.DatabaseError:
        return connection.execute(_EVENTS, (position, 1)).fetchall()
