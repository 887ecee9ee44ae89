"""A log in a schema of a PostgreSQL database. Refuses server settings that can lose committed events."""

from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from eventsourcing.persistence import PersistenceError
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from shared.core.errors import Fenced
from shared.database.pg_options import IDLE_SESSION_SECONDS, connection_options
from shared.eventlog.recorders import EMPTY, LogEnd
from shared.eventlog.recorders.pool import ReaderPool

INSERT_EVENTS = """
WITH new AS (
  INSERT INTO {schema}.stored_events
    (notification_id, originator_id, originator_version, topic, state, chain)
  SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::bytea[])
  WHERE (SELECT max(number) FROM {schema}.epochs) = %b
  AND coalesce((SELECT max(notification_id) FROM {schema}.stored_events), 0) = %b::bigint
  AND (SELECT chain FROM {schema}.stored_events ORDER BY notification_id DESC LIMIT 1)
    IS NOT DISTINCT FROM %b::bytea {condition}
  RETURNING notification_id
)
SELECT count(*), pg_notify('{schema}', max(notification_id)::text) FROM new
"""
CLOSED_CONDITION = """
  AND coalesce((SELECT instant FROM {closed_table} WHERE name = 'closed'), '') COLLATE "C" < %b::text
  AND (%b::boolean OR NOT EXISTS (SELECT FROM {closed_table} WHERE name = 'site' AND instant <> ''))
"""
LAST_EVENT = "SELECT notification_id, chain FROM stored_events ORDER BY notification_id DESC LIMIT 1"
INSERT_COMMANDS = """
INSERT INTO {schema}.commands
SELECT * FROM unnest(%b::text[], %b::bytea[], %b::text[], %b::bigint[], %b::bigint[])
WHERE (SELECT max(number) FROM {schema}.epochs) = %b
"""


SAFE_SETTINGS = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply", "remote_write"),
}
"""Allowed values of the server settings that durability depends on."""


class UnsafeSettings(Exception):
    """The server would acknowledge commits that it can lose."""


class PostgresLogStorage:
    """The tables of one log in a schema of a PostgreSQL database."""

    position_column = "notification_id"
    bytes_format = "coalesce({}, '')"
    failures = (PersistenceError, psycopg.Error, OSError)

    def __init__(self, readers: ReaderPool, schema: str, closed_table: str = "") -> None:
        self._url, self.schema, self._readers, self._closed_table = readers.url, schema, readers, closed_table
        parts = urlsplit(readers.url)
        self._store = PostgresDatastore(
            dbname=parts.path.lstrip("/"),
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 5432,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            schema=schema,
            originator_id_type="text",
            enable_db_functions=False,  # with them, followers miss events (19 of 3,600 measured)
        )

    @cached_property
    def recorder(self) -> PostgresApplicationRecorder:
        """The library's reader, created on first use because it queries the database."""
        return PostgresApplicationRecorder(self._store)

    def create(self) -> None:
        """The tables of the library, with the chain hash, and beside them epochs and idempotency keys."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            _refuse_unsafe(connection)
            connection.execute("SELECT pg_advisory_lock(hashtext('cadre-ledger'))")
            for statement in (
                "CREATE SCHEMA IF NOT EXISTS {s}",
                "CREATE TABLE IF NOT EXISTS {s}.stored_events (originator_id text NOT NULL, "
                "originator_version bigint NOT NULL, topic text, state bytea, notification_id bigint UNIQUE, "
                "chain bytea, PRIMARY KEY (originator_id, originator_version))",
                "CREATE TABLE IF NOT EXISTS {s}.epochs (number bigint PRIMARY KEY, epoch text, site text, "
                "first bigint)",
                "CREATE TABLE IF NOT EXISTS {s}.commands (command_id text PRIMARY KEY, digest bytea, stream text, "
                "version bigint, facts bigint)",
                "CREATE TABLE IF NOT EXISTS {s}.bookmarks (name text PRIMARY KEY, position bigint NOT NULL, "
                "incarnation text NOT NULL, holder bigint NOT NULL)",
            ):
                connection.execute(statement.format(s=self.schema).encode())

    def select(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        return self._readers.select(_qualify_tables(sql, self.schema), values)

    def open_write_connection(self) -> "PostgresWriteConnection":
        return PostgresWriteConnection(self._url, self.schema, self._closed_table)

    def close(self) -> None:
        self._store.close()
        self._readers.close()


class PostgresWriteConnection:
    """The PostgreSQL connection of the process that writes a log."""

    def __init__(self, url: str, schema: str, closed_table: str = "") -> None:
        # a statement is to see what was committed before it locked its tables: a newer epoch, a closed timestamp
        committed = connection_options(r"-cdefault_transaction_isolation=read\ committed")
        self._connection = psycopg.connect(url, autocommit=True, **committed)
        _refuse_unsafe(self._connection)
        self.schema = schema
        self._checks_closed = bool(closed_table)
        condition = CLOSED_CONDITION.format(closed_table=closed_table) if closed_table else ""
        self._events = INSERT_EVENTS.format(schema=schema, condition=condition).encode()
        self._commands = INSERT_COMMANDS.format(schema=schema).encode()

    def select(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        return self._connection.execute(_qualify_tables(sql, self.schema), values, binary=True).fetchall()

    def write(
        self,
        commands: list[tuple[object, ...]],
        events: list[tuple[object, ...]],
        number: int,
        end: LogEnd,
        first: str = "",
        admitted: bool = True,
    ) -> bool:
        values: tuple[object, ...] = (number, *end)
        if self._checks_closed:
            values = (*values, first, admitted)
        if not events and (self.select(LAST_EVENT, ()) or [EMPTY])[0] != end:
            return False
        if not commands:
            return self._write_events(events, values)
        with self._connection.transaction() as transaction:
            columns = [list(column) for column in zip(*commands, strict=True)]
            if self._connection.execute(self._commands, [*columns, number]).rowcount != len(commands) or (
                events and not self._write_events(events, values)
            ):
                raise psycopg.Rollback(transaction)
            return True
        return False

    def _write_events(self, events: list[tuple[object, ...]], values: tuple[object, ...]) -> bool:
        columns = [list(column) for column in zip(*events, strict=True)]
        row = self._connection.execute(
            self._events, [*columns, *values], prepare=True, binary=True
        ).fetchone()
        return row is not None and row[0] == len(events)

    def open_epoch(self, epoch: str, site: str) -> tuple[int, tuple[Any, ...] | None]:
        s = self.schema
        with self._connection.transaction():
            # waits for whoever is writing: nothing is added behind the event that is read as the last one here
            self._connection.execute(f"LOCK TABLE {s}.epochs IN ACCESS EXCLUSIVE MODE".encode())
            last = self._connection.execute(
                f"SELECT notification_id, state, chain FROM {s}.stored_events "
                "ORDER BY notification_id DESC LIMIT 1".encode()
            ).fetchone()
            number = self._connection.execute(
                f"INSERT INTO {s}.epochs SELECT coalesce(max(number), 0) + 1, %s, %s, %s FROM {s}.epochs "
                "RETURNING number".encode(),
                (epoch, site, last[0] + 1 if last else 1),
            ).fetchone()
        assert number is not None
        return int(number[0]), last

    def close(self) -> None:
        self._connection.close()


class PostgresRelayOffset:
    """A relay's offset, protected by a lock that ends with the connection and by a holder number that is checked at
    every write.

    Raises Fenced while another process holds it; with `take_over` that one is fenced off. `connection`: of another
    offset of this process, with which it then ends.
    """

    def __init__(
        self,
        url: str,
        schema: str,
        name: str,
        take_over: bool = False,
        connection: psycopg.Connection[Any] | None = None,
    ) -> None:
        locked = connection_options(f"-cidle_session_timeout={IDLE_SESSION_SECONDS}s")
        self._connection = connection or psycopg.connect(url, autocommit=True, **locked)
        self._schema, self._table, self._name = schema, f"{schema}.bookmarks", name
        if take_over:
            self._connection.execute(
                f"UPDATE {self._table} SET holder = holder + 1 WHERE name = %s".encode(), (name,)
            )
        try:
            self.position, self.incarnation, self._holder = self._acquire(schema)
        except BaseException:
            self._connection.close()
            raise

    def _acquire(self, schema: str) -> tuple[int, str, int]:
        lock = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
        locked = self._connection.execute(lock, (f"{schema}/{self._name}",)).fetchone()
        if locked != (True,):
            raise Fenced(f"another process holds {self._name}")
        row = self._connection.execute(
            f"INSERT INTO {self._table} AS b VALUES (%s, 0, '', 1) "
            "ON CONFLICT (name) DO UPDATE SET holder = b.holder + 1 RETURNING position, incarnation, holder".encode(),
            (self._name,),
        ).fetchone()
        assert row is not None
        return int(row[0]), str(row[1]), int(row[2])

    def open_beside(self, name: str) -> "PostgresRelayOffset":
        """Another offset of the same relay, over the same connection."""
        return PostgresRelayOffset("", self._schema, name, connection=self._connection)

    def check(self) -> None:
        row = self._connection.execute(
            f"SELECT holder FROM {self._table} WHERE name = %s".encode(), (self._name,)
        ).fetchone()
        if row != (self._holder,):
            raise Fenced(f"another process holds {self._name}")

    def advance(self, position: int) -> None:
        self._set(position, self.incarnation)

    def restart(self, incarnation: str) -> None:
        self._set(0, incarnation)

    def _set(self, position: int, incarnation: str) -> None:
        done = self._connection.execute(
            f"UPDATE {self._table} SET position = %s, incarnation = %s WHERE name = %s AND holder = %s".encode(),
            (position, incarnation, self._name, self._holder),
        )
        if done.rowcount != 1:
            raise Fenced(f"another process holds {self._name}")
        self.position, self.incarnation = position, incarnation

    def close(self) -> None:
        self._connection.close()


@lru_cache(maxsize=1000)
def _qualify_tables(sql: str, schema: str) -> bytes:
    """The SQL for psycopg, with tables in their schema."""
    for table in ("stored_events", "commands", "epochs"):
        sql = sql.replace(f"FROM {table}", f"FROM {schema}.{table}")
    return sql.replace("?", "%s").encode()


def _refuse_unsafe(connection: psycopg.Connection[Any]) -> None:
    for name, safe in SAFE_SETTINGS.items():
        row = connection.execute(f"SHOW {name}".encode()).fetchone()
        if row is None or row[0] not in safe:
            raise UnsafeSettings(
                f"PostgreSQL has {name} = {row and row[0]}; set it to {safe[0]} in its settings"
            )
