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
from shared.eventlog.key_store import (
    ALL_MAKERS,
    FIND_DESTROYED,
    MAKER_OF_EARLIER_KEY,
    NAMESPACES,
    SITE_KEY,
    SUBJECT_PREFIX,
    KeyStore,
)

CREATE_TABLES = (
    "CREATE SCHEMA IF NOT EXISTS keys",
    "CREATE TABLE IF NOT EXISTS keys.keys (subject text, maker text, key bytea, PRIMARY KEY (subject, maker))",
)
HAS_MAKERS = """
SELECT 1 FROM information_schema.columns
WHERE table_schema = 'keys' AND table_name = 'keys' AND column_name = 'maker'
"""
ADD_MAKERS = (
    "ALTER TABLE keys.keys ADD COLUMN maker text",
    f"UPDATE keys.keys SET maker = {MAKER_OF_EARLIER_KEY.format(mark='%s')}",
    "ALTER TABLE keys.keys DROP CONSTRAINT keys_pkey",
    "ALTER TABLE keys.keys ADD PRIMARY KEY (subject, maker)",
)
INSERT_KEY = f"""
INSERT INTO keys.keys (subject, maker, key)
SELECT %s, %s, %s WHERE NOT EXISTS ({FIND_DESTROYED.format("%s").replace("FROM keys", "FROM keys.keys")})
ON CONFLICT DO NOTHING
"""
ROW_SECURITY = (
    "ALTER TABLE keys.keys ENABLE ROW LEVEL SECURITY",
    "DROP POLICY IF EXISTS site ON keys.keys",
    "DROP POLICY IF EXISTS holders ON keys.keys",
    "CREATE POLICY site ON keys.keys FOR SELECT USING (subject = 'site/key')",
)


class PostgresKeyStore(KeyStore):
    """As `KeyStore`, on PostgreSQL; `create` makes the tables once, before any process starts."""

    def __init__(self, url: str, site: str) -> None:
        self.site = site
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
    def create(url: str, site: str) -> None:
        """Create the schema, the table and the key of the site where they are missing. `site`: the maker of the keys
        of earlier versions, which knew of no other."""
        with psycopg.connect(url) as connection:
            for statement in CREATE_TABLES:
                connection.execute(statement.encode())
            if not connection.execute(HAS_MAKERS).fetchone():
                for statement in NAMESPACES:
                    connection.execute(statement.format(table="keys.keys").encode())
                for statement in ADD_MAKERS:
                    values = (SITE_KEY, ALL_MAKERS, site) if "%s" in statement else None
                    connection.execute(statement.encode(), values)
            connection.execute(
                "INSERT INTO keys.keys (subject, maker, key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (SITE_KEY, ALL_MAKERS, secrets.token_bytes(32)),
            )

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

    def _insert_keys(self, named: list[tuple[str, str, bytes, str]]) -> None:
        with self._connection() as connection, connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(INSERT_KEY.encode(), named)

    def destroy(self, subject: str) -> None:
        name = SUBJECT_PREFIX + subject
        with self._connection() as connection:
            with connection.transaction():
                connection.execute("DELETE FROM keys.keys WHERE subject = %s", (name,))
                connection.execute(
                    "INSERT INTO keys.keys (subject, maker, key) VALUES (%s, %s, NULL) ON CONFLICT DO NOTHING",
                    (name, ALL_MAKERS),
                )
            connection.execute("VACUUM keys.keys")

    def _select_keys(self, subjects: Iterable[str]) -> list[tuple[str, str, bytes | None]]:
        with self._connection() as connection:
            sql = "SELECT subject, maker, key FROM keys.keys WHERE subject = ANY(%s)"
            rows = connection.execute(sql, ([SUBJECT_PREFIX + subject for subject in subjects],)).fetchall()
        return [(name.removeprefix(SUBJECT_PREFIX), maker, key) for name, maker, key in rows]

    def _select_own(self, name: str) -> list[tuple[str, bytes]]:
        with self._connection() as connection:
            sql = "SELECT maker, key FROM keys.keys WHERE subject = %s ORDER BY maker"
            return [(maker, bytes(key)) for maker, key in connection.execute(sql, (name,)).fetchall()]

    def _insert_own(self, name: str, maker: str, key: bytes) -> None:
        with self._connection() as connection:
            sql = "INSERT INTO keys.keys (subject, maker, key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
            connection.execute(sql, (name, maker, key))

    def close(self) -> None:
        self._pool.close()
