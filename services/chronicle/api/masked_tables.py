"""The rows as readers see them who may not see all: personal data, what is secret, what is out of scope."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import Connection, Table

from services.chronicle.rows import (
    FREE_TEXT_COLUMNS,
    NAMED_TABLES,
    PERSONAL_COLUMNS,
    SCOPE_COLUMNS,
    SCOPE_REFERENCES,
    SECRET_COLUMNS,
    SENSITIVE_COLUMNS,
)
from services.regulation.events import KINDS_ABOUT_PERSONS
from shared.core.facts import MASKED
from shared.database.sql import Statement, TableViews, quote_text
from shared.http.token_classes import PUBLIC_TOPICS
from shared.readmodel.row_store import RowStore

_IN_SCOPE = {
    "sqlite": "in_scope({0})",
    "postgresql": "{0} IN (SELECT unnest(current_setting('cadre.scope')::text[]))",
}
"""By database, the condition that an id is one of those that `bring_scope` gave to the connection."""
_SET_SCOPE = Statement("SELECT set_config('cadre.scope', :ids, true)")


class Limits(msgspec.Struct, frozen=True):
    """What a reader may not see."""

    is_masked: bool = True
    """Personal data and words about persons."""
    secret: frozenset[str] = frozenset()
    """What is about these ids."""
    is_public: bool = False
    """Whatever is about persons."""
    is_sensitive_masked: bool = False
    """What is sensitive, where other personal data is shown."""
    database: str = ""
    """The kind of database in which the reader sees only what is in scope; empty: everything is."""


MASKED_ONLY = Limits()


def mask_tables(tables: RowStore, limits: Limits = MASKED_ONLY) -> TableViews:
    """Every table as it is read within these limits, so that also questions that search, sort or count see only that.

    Joined tables that only name what a visible row refers to are not limited to the scope."""
    selects: dict[str, str] = {}
    named: dict[str, str | None] = {}
    for name, table in tables.tables.items():
        if limits.is_public and tables.projections[name].follows.name not in PUBLIC_TOPICS:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            selects[name] = f"SELECT {columns} FROM {table.name} WHERE 1 = 0"  # noqa: S608 - names of the program's own
            continue
        masked = _masked_columns(name) if limits.is_masked else {}
        if limits.is_sensitive_masked and not limits.is_masked:
            masked |= _masked(SENSITIVE_COLUMNS.get(name, {}))
        conditions = _not_secret(table, limits.secret)
        if limits.database:
            in_scope = _IN_SCOPE[limits.database]
            if name in NAMED_TABLES:
                named[name] = _select(table, masked, conditions) if masked or conditions else None
            masked |= {
                column: f"CASE WHEN {in_scope.format(_quote(column))} THEN {_quote(column)} ELSE '' END"
                for column in SCOPE_REFERENCES.get(name, ())
                if column not in masked
            }
            if about := SCOPE_COLUMNS.get(name):
                either = " OR ".join(in_scope.format(_quote(column)) for column in about)
                conditions = [*conditions, f"({either})"]
        if masked or conditions:
            selects[name] = _select(table, masked, conditions)
    return TableViews(selects, named)


def bring_scope(connection: Connection, ids: Collection[str]) -> None:
    """Give a connection the ids that are in scope, for what it reads in this transaction."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.create_function("in_scope", 1, frozenset(ids).__contains__, deterministic=True)
    else:
        quoted = ",".join(f'"{_escape(id_)}"' for id_ in sorted(ids))
        _SET_SCOPE(connection, ids=f"{{{quoted}}}")


def _escape(id_: str) -> str:
    return id_.replace("\\", "\\\\").replace('"', '\\"')


def _quote(column: str) -> str:
    return f'"{column}"'


def _masked_columns(table: str) -> dict[str, str]:
    """By name of a column: the SQL expression that stands in its place.

    The empty value is the column itself: on PostgreSQL what stands there instead then sorts as the column does."""
    instead = PERSONAL_COLUMNS.get(table, {}) | dict.fromkeys(FREE_TEXT_COLUMNS.get(table, ()), MASKED)
    masked = _masked(instead)
    if table == "decisions":
        kinds = ", ".join(f"'{kind.value}'" for kind in KINDS_ABOUT_PERSONS)
        number = 'substr("search", 1, length("number") + 1)'
        masked["title"] = (
            f'CASE WHEN "title" = \'\' OR "kind" NOT IN ({kinds}) THEN "title" ELSE \'{MASKED}\' END'
        )
        masked["search"] = f'CASE WHEN "kind" NOT IN ({kinds}) THEN "search" ELSE {number} END'
    return masked


def _masked(instead: Mapping[str, str]) -> dict[str, str]:
    return {
        name: f"CASE \"{name}\" WHEN '' THEN \"{name}\" ELSE '{text}' END" for name, text in instead.items()
    }


def _not_secret(table: Table, secret: Collection[str]) -> list[str]:
    ids = ", ".join(quote_text(id_) for id_ in sorted(secret))
    return [
        f'"{name}" NOT IN ({ids})' for name in sorted(SECRET_COLUMNS & set(table.columns.keys())) if secret
    ]


def _select(table: Table, masked: dict[str, str], conditions: list[str]) -> str:
    parts = [
        f'{masked[column.name]} AS "{column.name}"' if column.name in masked else f'"{column.name}"'
        for column in table.columns
    ]
    where = " AND ".join(conditions)
    return f"SELECT {', '.join(parts)} FROM {table.name}{' WHERE ' if where else ''}{where}"  # noqa: S608 - names of the program's own, ids quoted
