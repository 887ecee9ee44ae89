"""What SQLite, PostgreSQL and the system raise has one name each, and nothing else is taken for a store."""

import errno
import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import DatabaseError, OperationalError

from shared.core.errors import DamagedStore, DiskFull, ReadOnlyStore, StoreUnavailable
from shared.database.failures import is_failure, name_failure


def sqlite_error(code: int, text: str = "it failed") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), DiskFull),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), DiskFull),
        (sqlite_error(sqlite3.SQLITE_IOERR_READ), StoreUnavailable),
        (sqlite_error(sqlite3.SQLITE_READONLY), ReadOnlyStore),
        (sqlite_error(sqlite3.SQLITE_READONLY_DIRECTORY), ReadOnlyStore),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), DamagedStore),
        (sqlite_error(sqlite3.SQLITE_CORRUPT_INDEX), DamagedStore),
        (sqlite_error(sqlite3.SQLITE_NOTADB), DamagedStore),
        (sqlite_error(sqlite3.SQLITE_ERROR, "Could not decode to UTF-8 column 'stream'"), DamagedStore),
        (sqlite_error(sqlite3.SQLITE_BUSY), StoreUnavailable),
        (psycopg.errors.DiskFull("could not extend file"), DiskFull),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT"), ReadOnlyStore),
        (psycopg.errors.DataCorrupted("invalid page"), DamagedStore),
        (psycopg.errors.IndexCorrupted("index"), DamagedStore),
        (psycopg.OperationalError("connection refused"), StoreUnavailable),
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DiskFull),
        (OSError(errno.EROFS, "Read-only file system"), ReadOnlyStore),
        (OSError(errno.ENOENT, "No such file"), StoreUnavailable),
    ],
    ids=repr,
)
def test_a_failure_has_a_name(error: Exception, kind: type[StoreUnavailable]) -> None:
    assert is_failure(error)
    assert type(name_failure(error)) is kind
    assert type(name_failure(OperationalError("SELECT secret", {"name": "An"}, error))) is kind
    told = str(name_failure(DatabaseError("SELECT secret", {"name": "An"}, error), "personnel"))
    assert told.startswith("personnel: ")
    assert "SELECT" not in told
    assert "An" not in told
    assert "\n" not in told


@pytest.mark.parametrize(
    "error", [ValueError("x"), ZeroDivisionError(), KeyError("x"), sqlite3.ProgrammingError("x")]
)
def test_a_fault_of_the_program_is_no_failure_of_a_store(error: Exception) -> None:
    assert not is_failure(error)
