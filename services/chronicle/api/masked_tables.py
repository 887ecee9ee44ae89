"""The rows as readers see them who may not see personal data, nor what is secret."""

from collections.abc import Collection, Mapping

from sqlalchemy import Table

from services.chronicle.rows import PERSONAL_COLUMNS, SECRET_COLUMNS
from shared.database.sql import TableViews, quote_text
from shared.readmodel.row_store import RowStore


def mask_tables(tables: RowStore, secret: Collection[str] = ()) -> TableViews:
    """Every table that holds personal data, with what is stated there masked, and without the rows that are about
    these `secret` ids. Also questions that search, sort or count see only that."""
    selects = {}
    for name, table in tables.tables.items():
        masked = PERSONAL_COLUMNS.get(name, {})
        filtered = SECRET_COLUMNS & set(table.columns.keys()) if secret else set()
        if masked or filtered:
            selects[name] = _select(table, masked, sorted(filtered), secret)
    return TableViews(selects)


def _select(table: Table, masked: Mapping[str, str], filtered: list[str], secret: Collection[str]) -> str:
    parts = [
        f'CASE "{column.name}" WHEN \'\' THEN "{column.name}" ELSE \'{masked[column.name]}\' END AS "{column.name}"'
        if column.name in masked
        else f'"{column.name}"'
        for column in table.columns
    ]
    # the empty value is the column itself: on PostgreSQL what stands there instead then sorts as the column does
    ids = ", ".join(quote_text(id_) for id_ in sorted(secret))
    where = " AND ".join(f'"{name}" NOT IN ({ids})' for name in filtered)
    return f"SELECT {', '.join(parts)} FROM {table.name}{' WHERE ' if where else ''}{where}"  # noqa: S608 - names of the program's own, ids quoted
