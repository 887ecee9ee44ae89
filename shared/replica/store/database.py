"""The database of a replica: short reads at any time, and one transaction after another that writes."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from shared.core.errors import ReadOnlyStore, StoreUnavailable
from shared.database.failures import name_failure
from shared.database.sqlite_address import can_write, connect_sqlite
from shared.replica.store.schema import META, TABLES, VERSION, Table

if TYPE_CHECKING:
    import psycopg

Select = Callable[..., list[Any]]
"""Runs a query, written with `?`, with a sequence of values; its rows are tuples."""
SCHEMA = "replica"
"""Of PostgreSQL."""
_COUNT = "INSERT INTO meta VALUES ('transactions', 1) ON CONFLICT (name) DO UPDATE SET value = meta.value + 1"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('cadre-ledger/sync'))"


class LaterVersion(StoreUnavailable):
    """The store was made by a later version of this program."""


class Transaction(Protocol):
    """What a transaction may do; it sees what it has written."""

    def select(self, sql: str, values: Sequence[object] = ()) -> list[Any]: ...

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """The number of rows that the statement changed."""
        ...

    def insert(self, table: Table, rows: Sequence[tuple[object, ...]], new: bool = False) -> None:
        """Insert rows, values in the order of the columns. `new`: rows that exist stay as they are."""
        ...


class Database(Protocol):
    """Both databases raise StoreUnavailable, or the kind of it that says what is wrong."""

    @property
    def transactions(self) -> int:
        """How many have ended, of PostgreSQL in all processes: what was read after the last of them is still so."""
        ...

    def select(self, sql: str, values: Sequence[object] = ()) -> list[Any]: ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """One at a time over all processes: all of it is stored durably at its end, or nothing."""
        ...

    def has_tables(self, last: str = "changes") -> bool:
        """Whether the tables have been made, this one among them."""
        ...

    def close(self) -> None: ...


def open_database(where: Path | str, create: bool = True) -> Database:
    """The database at an address: a path is a SQLite file, `postgresql://…` a database with the schema `replica`.

    Without `create` the schema is taken as it is: a process of a cluster makes no tables."""
    if isinstance(where, str) and where.startswith("postgresql://"):
        return PostgresDatabase(where, create)
    return SQLiteDatabase(Path(where))


def create_tables(database: Database, postgres: bool) -> None:
    """Create what is missing; raise LaterVersion where a later version made the store."""
    with database.transaction() as written:
        for table in TABLES:
            for statement in table.statements(postgres):
                written.execute(statement)
        written.insert(META, [("version", VERSION), ("lamport", 0)], new=True)
        [(version,)] = written.select("SELECT value FROM meta WHERE name = 'version'")
    if version > VERSION:
        raise LaterVersion(f"the replica has tables of version {version}; this program knows {VERSION}")


class SQLiteDatabase:
    """A file: one connection writes, another reads beside it."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock, self._reading = path, Lock(), Lock()
        self.transactions = 0
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        with self._named():
            if can_write(path):
                self._writer = connect_sqlite(path)
                for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
                    self._writer.execute(f"PRAGMA {pragma}")
            self._reader = connect_sqlite(path)
        if self._writer:
            try:
                create_tables(self, postgres=False)
            except BaseException:
                self.close()
                raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise name_failure(error, self._path) from error

    def select(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        assert self._reader
        with self._named(), self._reading:
            return self._reader.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator["SQLiteTransaction"]:
        connection = self._writer
        if connection is None:
            raise ReadOnlyStore(f"{self._path}: it may only be read")
        with self._named(), self._lock:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield SQLiteTransaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite has ended it where the disk is full
                    connection.execute("ROLLBACK")
                raise
            finally:
                self.transactions += 1

    def has_tables(self, last: str = "changes") -> bool:
        return True

    def close(self) -> None:
        for connection in (self._writer, self._reader):
            if connection:
                connection.close()


class SQLiteTransaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def select(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        return self._connection.execute(sql, values).rowcount

    def insert(self, table: Table, rows: Sequence[tuple[object, ...]], new: bool = False) -> None:
        verb = "INSERT OR IGNORE" if new else "INSERT"
        marks = ", ".join("?" * len(table.kinds))
        self._connection.executemany(f"{verb} INTO {table.name} VALUES ({marks})", rows)


class PostgresDatabase:
    """A schema of a server. A connection that was lost is opened again by the next use."""

    def __init__(self, url: str, create: bool = True) -> None:
        import psycopg

        from shared.eventlog.recorders.pool import ReaderPool

        self._url, self._lock, self._driver = url, Lock(), psycopg
        self._writer: psycopg.Connection[Any] | None = None
        self._readers = ReaderPool(url, max_size=4)
        if not create:
            return
        try:
            with self._named(), psycopg.connect(url, autocommit=True) as connection:
                connection.execute("SELECT pg_advisory_lock(hashtext('cadre-ledger'))")
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}".encode())
            create_tables(self, postgres=True)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except (self._driver.Error, OSError) as error:
            raise name_failure(self._find_cause(error), SCHEMA) from error

    def _find_cause(self, error: Exception) -> Exception:
        """Why a pool got no connection in its time, as one that is opened now says it; else the error itself."""
        from psycopg_pool import PoolTimeout

        if isinstance(error, PoolTimeout):
            try:
                self._driver.connect(self._url).close()
            except self._driver.Error as cause:
                return cause
        return error

    def select(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        with self._named():
            return self._readers.select(_qualified(sql), tuple(values))

    @property
    def transactions(self) -> int:
        rows = self.select("SELECT value FROM meta WHERE name = 'transactions'")
        return int(rows[0][0]) if rows else 0

    @contextmanager
    def transaction(self) -> Iterator["PostgresTransaction"]:
        from shared.database.pg_options import connection_options

        with self._named(), self._lock:
            if self._writer is None or self._writer.closed:
                options = connection_options(
                    f"-csearch_path={SCHEMA}", r"-cdefault_transaction_isolation=read\ committed"
                )
                self._writer = self._driver.connect(self._url, autocommit=True, **options)
            with self._writer.transaction():
                self._writer.execute(_LOCK)
                written = PostgresTransaction(self._writer)
                yield written
                written.execute(_COUNT)

    def has_tables(self, last: str = "changes") -> bool:
        with self._named():
            [(found,)] = self._readers.select(f"SELECT to_regclass('{SCHEMA}.{last}')::text".encode(), ())
        return found is not None

    def close(self) -> None:
        self._readers.close()
        if self._writer:
            self._writer.close()


class PostgresTransaction:
    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def select(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        return self._connection.execute(_marked(sql), tuple(values), binary=True).fetchall()

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        return self._connection.execute(_marked(sql), tuple(values) or None).rowcount

    def insert(self, table: Table, rows: Sequence[tuple[object, ...]], new: bool = False) -> None:
        if not rows:
            return
        types = {"int": "bigint", "bytes": "bytea", "text": "text"}
        casts = ", ".join(f"%b::{types[kind]}[]" for kind in table.kinds.values())
        sql = f"INSERT INTO {table.name} SELECT * FROM unnest({casts}){' ON CONFLICT DO NOTHING' if new else ''}"
        self._connection.execute(sql.encode(), [list(column) for column in zip(*rows, strict=True)])


def _marked(sql: str) -> bytes:
    return sql.replace("?", "%s").encode()


def _qualified(sql: str) -> bytes:
    """The query for a connection of all schemas, with tables in theirs."""
    for word in ("FROM", "JOIN"):
        sql = sql.replace(f"{word} ", f"{word} {SCHEMA}.")
    return _marked(sql)
