"""The rows as readers see them who may not see personal data, nor what is secret."""

from collections.abc import Collection

from sqlalchemy import Table

from services.chronicle.rows import FREE_TEXT_COLUMNS, PERSONAL_COLUMNS, SECRET_COLUMNS
from services.regulation.events import KINDS_ABOUT_PERSONS
from shared.core.facts import MASKED
from shared.database.sql import TableViews, quote_text
from shared.http.token_classes import PUBLIC_TOPICS
from shared.readmodel.row_store import RowStore


def mask_tables(tables: RowStore, secret: Collection[str] = (), public: bool = False) -> TableViews:
    """Every table that holds personal data or words about a person, with what is stated there masked, and without the
    rows that are about these `secret` ids. With `public`, the tables about persons are empty. Also questions that
    search, sort or count see only that."""
    selects = {}
    for name, table in tables.tables.items():
        if public and tables.projections[name].follows.name not in PUBLIC_TOPICS:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            selects[name] = f"SELECT {columns} FROM {table.name} WHERE 1 = 0"  # noqa: S608 - names of the program's own
            continue
        masked = _masked_columns(name)
        filtered = SECRET_COLUMNS & set(table.columns.keys()) if secret else set()
        if masked or filtered:
            selects[name] = _select(table, masked, sorted(filtered), secret)
    return TableViews(selects)


def _masked_columns(table: str) -> dict[str, str]:
    """By name of a column: the SQL expression that stands in its place.

    The empty value is the column itself: on PostgreSQL what stands there instead then sorts as the column does."""
    instead = PERSONAL_COLUMNS.get(table, {}) | dict.fromkeys(FREE_TEXT_COLUMNS.get(table, ()), MASKED)
    masked = {
        name: f"CASE \"{name}\" WHEN '' THEN \"{name}\" ELSE '{text}' END" for name, text in instead.items()
    }
    if table == "decisions":
        kinds = ", ".join(f"'{kind.value}'" for kind in KINDS_ABOUT_PERSONS)
        number = 'substr("search", 1, length("number") + 1)'
        masked["title"] = (
            f'CASE WHEN "title" = \'\' OR "kind" NOT IN ({kinds}) THEN "title" ELSE \'{MASKED}\' END'
        )
        masked["search"] = f'CASE WHEN "kind" NOT IN ({kinds}) THEN "search" ELSE {number} END'
    return masked


def _select(table: Table, masked: dict[str, str], filtered: list[str], secret: Collection[str]) -> str:
    parts = [
        f'{masked[column.name]} AS "{column.name}"' if column.name in masked else f'"{column.name}"'
        for column in table.columns
    ]
    ids = ", ".join(quote_text(id_) for id_ in sorted(secret))
    where = " AND ".join(f'"{name}" NOT IN ({ids})' for name in filtered)
    return f"SELECT {', '.join(parts)} FROM {table.name}{' WHERE ' if where else ''}{where}"  # noqa: S608 - names of the program's own, ids quoted
