"""How SQLite opens a file: to read and write, or only to read where nothing can be written."""

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from shared.core.errors import ReadOnlyStore


def can_write(file: Path) -> bool:
    """Whether this user can change the file and make others beside it, and the disk has room for that. Of a folder that
    does not exist, SQLite says so."""
    if not file.parent.exists():
        return True
    system = os.statvfs(file.parent)
    if system.f_flag & os.ST_RDONLY or not system.f_bavail:
        return False
    return os.access(file.parent, os.W_OK) and (not file.exists() or os.access(file, os.W_OK))


def sqlite_address(file: Path) -> str:
    """The path of a file that can be written, else a URI by which it is only read.

    SQLite reads a file of this program only together with its write-ahead log, and wants to make that where it is not
    there. Raises ReadOnlyStore where a part of it is lost: what it holds would silently be left out.
    """
    if not file.exists() or can_write(file):
        return str(file)
    address = f"file:{quote(str(file.absolute()))}"
    log, index = (file.with_name(f"{file.name}{suffix}") for suffix in ("-wal", "-shm"))
    if (log.exists() and index.exists()) or os.access(file.parent, os.W_OK):
        return f"{address}?mode=ro"  # another process may be writing, where it may
    if log.exists() and log.stat().st_size:
        raise ReadOnlyStore(
            f"{file}: it may only be read, and what {log.name} holds cannot be read without {index.name}; "
            "open the ledger once where it can be written, such as in a copy of its folder"
        )
    return f"{address}?immutable=1"


def connect_sqlite(file: Path) -> sqlite3.Connection:
    """A connection to a file, only to read it where nothing can be written; used by any thread, no transaction begins
    by itself."""
    return sqlite3.connect(
        sqlite_address(file), timeout=30, uri=True, check_same_thread=False, isolation_level=None
    )
