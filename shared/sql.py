"""SQL with `:named` values, run on SQLite and PostgreSQL through the driver, and the two-axes condition."""

import re
from typing import Any

from sqlalchemy import Connection

_NAMED = re.compile(r"(?<!:):([a-z_]+)")


class Statement:
    """A query compiled to the driver's own marks on first use. Rows come back as tuples."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.names = _NAMED.findall(sql)
        self._for: dict[str, str] = {}

    def __call__(self, connection: Connection, **values: Any) -> list[Any]:
        style = connection.dialect.paramstyle
        sql = self._for.get(style) or self._compile(style)
        return list(connection.exec_driver_sql(sql, tuple([values[name] for name in self.names])))

    def _compile(self, style: str) -> str:
        escaped = self.sql if style == "qmark" else self.sql.replace("%", "%%")
        sql = _NAMED.sub("?" if style == "qmark" else "%s", escaped)
        self._for[style] = sql
        return sql


def as_of(alias: str) -> str:
    """True on `:day` as known at `:known`, in some reading of partial dates."""
    return f"{alias}.valid_from <= :day AND {alias}.valid_to > :day AND {known(alias)}"


def known(alias: str) -> str:
    return f"{alias}.known_from <= :known AND {alias}.known_to > :known"


def certain(alias: str) -> str:
    return f"({alias}.certain_from <= :day AND {alias}.certain_to > :day)"
