"""The encryption keys of a cluster in a PostgreSQL schema: destroying a key takes effect in every process at once."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from psycopg_pool import ConnectionPool, PoolTimeout

from shared.database.failures import name_failure
from shared.database.pg_options import connection_options
from shared.eventlog.key_store import NAMESPACES, SITE_KEY, SUBJECT_PREFIX, KeyStore

CREATE_TABLES = (
    "CREATE SCHEMA IF NOT EXISTS keys",
    "CREATE TABLE IF NOT EXISTS keys.keys (subject text PRIMARY KEY, key bytea)",
)
ROW_SECURITY = (
    "ALTER TABLE keys.keys ENABLE ROW LEVEL SECURITY",
    "DROP POLICY IF EXISTS site ON keys.keys",
    "DROP POLICY IF EXISTS holders ON keys.keys",
    "CREATE POLICY site ON keys.keys FOR SELECT USING (subject = 'site/key')",
)


class PostgresKeyStore(KeyStore):
    """As `KeyStore`, on PostgreSQL; `create` makes the tables once, before any process starts."""

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=4,
            open=True,
            timeout=5,
            kwargs={"autocommit": True, **connection_options()},
            check=ConnectionPool.check_connection,
        )

    @staticmethod
    def create(url: str) -> None:
        """Create the schema, the table and the key of the site where they are missing."""
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in (*CREATE_TABLES, *NAMESPACES):
                connection.execute(statement.format(table="keys.keys").encode())
            site = (SITE_KEY, secrets.token_bytes(32))
            connection.execute("INSERT INTO keys.keys VALUES (%s, %s) ON CONFLICT DO NOTHING", site)

    @staticmethod
    def restrict_access(url: str, holders: Iterable[str]) -> None:
        """Let only these roles read the keys of people; other roles that may read the table see the key of the site."""
        names = SQL(", ").join(map(Identifier, holders))
        with psycopg.connect(url) as connection:
            for statement in ROW_SECURITY:
                connection.execute(statement.encode())
            connection.execute(SQL("CREATE POLICY holders ON keys.keys TO {} USING (true)").format(names))

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.Error, PoolTimeout) as error:
            raise name_failure(error, "keys") from error

    def create_keys(self, subjects: Iterable[str]) -> None:
        rows = [(SUBJECT_PREFIX + subject, secrets.token_bytes(32)) for subject in subjects]
        with self._connection() as connection, connection.transaction(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO keys.keys VALUES (%s, %s) ON CONFLICT DO NOTHING", rows)

    def destroy(self, subject: str) -> None:
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO keys.keys VALUES (%s, NULL) ON CONFLICT (subject) DO UPDATE SET key = NULL",
                (SUBJECT_PREFIX + subject,),
            )
            connection.execute("VACUUM keys.keys")

    def _find(self, name: str) -> bytes | None:
        with self._connection() as connection:
            row = connection.execute("SELECT key FROM keys.keys WHERE subject = %s", (name,)).fetchone()
        return row[0] if row else None

    def find_keys(self, subjects: Iterable[str]) -> dict[str, bytes | None]:
        with self._connection() as connection:
            sql = "SELECT subject, key FROM keys.keys WHERE subject = ANY(%s)"
            names = [SUBJECT_PREFIX + subject for subject in subjects]
            rows = connection.execute(sql, (names,)).fetchall()
        return {name.removeprefix(SUBJECT_PREFIX): key for name, key in rows}

    def find_unknown(self, subjects: Iterable[str]) -> set[str]:
        wanted = set(subjects)
        return wanted - self.find_keys(wanted).keys()

    def close(self) -> None:
        self._pool.close()
