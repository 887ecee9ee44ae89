"""The rows as readers see them who may not see personal data."""

from collections.abc import Mapping

from services.chronicle.rows import PERSONAL_COLUMNS
from shared.database.sql import TableViews
from shared.readmodel.row_store import RowStore


def mask_tables(tables: RowStore) -> TableViews:
    """Every table that holds personal data, with what is stated there masked. Also questions that search, sort or
    count by it see only that."""
    return TableViews(
        {
            name: _select_masked(name, [column.name for column in tables.tables[name].columns], masked)
            for name, masked in PERSONAL_COLUMNS.items()
        }
    )


def _select_masked(table: str, columns: list[str], masked: Mapping[str, str]) -> str:
    parts = [
        f"CASE \"{name}\" WHEN '' THEN '' ELSE '{masked[name]}' END AS \"{name}\""
        if name in masked
        else f'"{name}"'
        for name in columns
    ]
    return f"SELECT {', '.join(parts)} FROM {table}"  # noqa: S608 - names of the program's own
