"""Names what keeps a store from its work: a full disk, a read-only store, a damaged file, or a store that is away."""

import errno
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from shared.core.errors import DamagedStore, DiskFull, ReadOnlyStore, StoreUnavailable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SQLITE_KINDS: dict[int, type[StoreUnavailable]] = {
    sqlite3.SQLITE_FULL: DiskFull,
    # SQLite names only ENOSPC; a quota or a limit of the size of files is an error of writing
    sqlite3.SQLITE_IOERR_WRITE: DiskFull,
    sqlite3.SQLITE_IOERR_SHMSIZE: DiskFull,
    sqlite3.SQLITE_READONLY: ReadOnlyStore,
    sqlite3.SQLITE_PERM: ReadOnlyStore,
    sqlite3.SQLITE_CORRUPT: DamagedStore,
    sqlite3.SQLITE_NOTADB: DamagedStore,
    sqlite3.SQLITE_IOERR_SHORT_READ: DamagedStore,
}
_POSTGRES_KINDS: dict[str, type[StoreUnavailable]] = {
    "53100": DiskFull,
    "25006": ReadOnlyStore,
    "XX001": DamagedStore,
    "XX002": DamagedStore,
}
"""By SQLSTATE."""
NOT_TEXT = "Could not decode to UTF-8"
"""SQLite holds a text whose bytes are none: nobody has written such a one."""
REASONS: dict[type[StoreUnavailable], str] = {
    DiskFull: "the disk is full, or a quota is reached",
    ReadOnlyStore: "it may only be read",
    DamagedStore: "it is damaged; `cadre verify` says where",
}


def name_failure(error: BaseException, where: str | Path = "") -> StoreUnavailable:
    """The error as one of the named kinds of StoreUnavailable, in one line; `where` is the file or the database."""
    if isinstance(error, StoreUnavailable):
        return error
    causes = list(_causes(error))
    kind = next(filter(None, map(_kind_of, causes)), StoreUnavailable)
    first = str(causes[-1]).strip().partition("\n")[0] or type(causes[-1]).__name__
    reason = f" ({REASONS[kind]})" if kind in REASONS else ""
    return kind(f"{where}: {first}{reason}" if where else f"{first}{reason}")


def is_failure(error: BaseException) -> bool:
    """Whether an error comes from a store and not from a fault in this program."""
    psycopg = sys.modules.get("psycopg")  # what was never imported has raised nothing
    kinds = (sqlite3.DatabaseError, DBAPIError, NoConnection, *((psycopg.Error,) if psycopg else ()))
    return any(
        isinstance(cause, (StoreUnavailable, OSError, *kinds))
        and not isinstance(cause, sqlite3.ProgrammingError)
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and the ones it was raised from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = getattr(cause, "orig", None) or cause.__cause__


def _kind_of(error: BaseException) -> type[StoreUnavailable] | None:
    if isinstance(error, StoreUnavailable):
        return type(error)
    if isinstance(error, OSError) and error.errno:
        return DiskFull if error.errno in _FULL else ReadOnlyStore if error.errno == errno.EROFS else None
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0)
        if str(error).startswith(NOT_TEXT):
            return DamagedStore
        return _SQLITE_KINDS.get(code) or _SQLITE_KINDS.get(code & 0xFF)
    return _POSTGRES_KINDS.get(getattr(error, "sqlstate", None) or "")
