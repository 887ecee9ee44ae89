"""SQL with `:named` values, run on SQLite and PostgreSQL through the driver, and the two-axes condition."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

_NAMED = re.compile(r"(?<!:):([a-z_]+)")


class Statement:
    """A query compiled to the driver's own marks on first use. Rows come back as tuples."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.names = _NAMED.findall(sql)
        self._for: dict[str, str] = {}

    def __call__(self, connection: Connection, **values: Any) -> list[Any]:
        return self.run(connection, tuple([values[name] for name in self.names]))

    def run(self, connection: Connection, values: tuple[Any, ...]) -> list[Any]:
        """By the driver's own cursor: its rows cost half of what wrapped ones do."""
        style, driver = connection.dialect.paramstyle, connection.dialect.loaded_dbapi
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._for.get(style) or self._compile(style), values)
            return list(cursor.fetchall())
        except (driver.OperationalError, driver.InterfaceError) as error:
            connection.invalidate(error)  # it may be dead; nobody else shall meet it
            raise OperationalError(self.sql, None, error) from error
        finally:
            cursor.close()

    def _compile(self, style: str) -> str:
        escaped = self.sql if style == "qmark" else self.sql.replace("%", "%%")
        sql = _NAMED.sub("?" if style == "qmark" else "%s", escaped)
        self._for[style] = sql
        return sql


class Lookup:
    """A query for many ids, written `IN :ids`; asked in parts that every database takes."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._parts: dict[int, Statement] = {}

    def __call__(self, connection: Connection, *, ids: Sequence[str], **values: Any) -> list[Any]:
        found: list[Any] = []
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            ask = self._parts.get(len(part)) or self._part(len(part))
            each = iter(part)
            found += ask.run(connection, tuple([next(each) if n == "id" else values[n] for n in ask.names]))
        return found

    def _part(self, size: int) -> Statement:
        marks = ", ".join([":id"] * size)
        return self._parts.setdefault(size, Statement(self.sql.replace(":ids", f"({marks})")))


def as_of_condition(alias: str) -> str:
    """True on `:day` as known at `:known`, in some reading of partial dates."""
    return f"{alias}.valid_from <= :day AND {alias}.valid_to > :day AND {known_condition(alias)}"


def known_condition(alias: str) -> str:
    return f"{alias}.known_from <= :known AND {alias}.known_to > :known"


def certain_condition(alias: str) -> str:
    return f"({alias}.certain_from <= :day AND {alias}.certain_to > :day)"
