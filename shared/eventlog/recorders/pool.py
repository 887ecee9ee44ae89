"""A pool of PostgreSQL connections that all logs of a process share for reading."""

from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from shared.database.pg_options import connection_options


class ReaderPool:
    """Connections for reading, opened by the first query; a query that meets a dead connection is repeated over a live
    one."""

    def __init__(self, url: str, max_size: int = 12) -> None:
        self.url = url
        self._pool: ConnectionPool[psycopg.Connection[TupleRow]] = ConnectionPool(
            url,
            min_size=1,
            max_size=max_size,
            timeout=5,
            open=False,
            kwargs={"autocommit": True, **connection_options()},
        )

    def select(self, sql: bytes, values: tuple[object, ...]) -> list[Any]:
        """All rows of a query. Raises psycopg.Error when the server cannot be reached."""
        self._pool.open()
        try:
            return self._query(sql, values)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self._pool.check()
            return self._query(sql, values)

    def _query(self, sql: bytes, values: tuple[object, ...]) -> list[Any]:
        with self._pool.connection() as connection:
            return connection.execute(sql, values, binary=True).fetchall()

    def close(self) -> None:
        self._pool.close()
