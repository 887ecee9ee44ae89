"""Many rows to PostgreSQL in one statement: column by column, as binary arrays. A row then costs microseconds."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, Float, LargeBinary, Table

_TYPES = {BigInteger: "bigint", Boolean: "boolean", Float: "double precision", LargeBinary: "bytea"}


class ArrayStatements:
    """Statements for one table, written once. Names are the declared ones; values go as arrays."""

    def __init__(self, table: Table, key: Sequence[str] = ()) -> None:
        def quoted(names: Iterable[str]) -> str:
            return ", ".join(f'"{name}"' for name in names)

        casts = ", ".join(f"%b::{_kind(column)}[]" for column in table.columns)
        self._text = [_kind(column) == "text" for column in table.columns]
        self._insert = (
            f"INSERT INTO {table.name} ({quoted(table.columns.keys())}) SELECT * FROM unnest({casts})"
        )
        if not key:
            return
        gone = ", ".join(f"%b::{_kind(table.c[name])}[]" for name in key)
        same = " AND ".join(f't."{name}" = gone."{name}"' for name in key)
        self._delete = f"DELETE FROM {table.name} t USING unnest({gone}) AS gone({quoted(key)}) WHERE {same}"
        self._select = (
            f"SELECT {quoted(table.columns.keys())} FROM {table.name} WHERE stream = ANY(%b::text[])"
        )

    def insert(self, connection: Connection, rows: Sequence[tuple[Any, ...]], new: bool = False) -> None:
        """`new`: rows that are there already stay as they are."""
        columns = zip(*rows, strict=True)
        arrays = tuple(_plain(c) if text else list(c) for c, text in zip(columns, self._text, strict=True))
        connection.exec_driver_sql(f"{self._insert} ON CONFLICT DO NOTHING" if new else self._insert, arrays)

    def delete(self, connection: Connection, keys: Sequence[tuple[Any, ...]]) -> None:
        connection.exec_driver_sql(self._delete, tuple(map(list, zip(*keys, strict=True))))

    def select_streams(self, connection: Connection, streams: Sequence[str]) -> Iterable[tuple[Any, ...]]:
        return map(tuple, connection.exec_driver_sql(self._select, (list(streams),)))


def _kind(column: Column[Any]) -> str:
    return next((name for kind, name in _TYPES.items() if isinstance(column.type, kind)), "text")


def _plain(values: Iterable[Any]) -> list[str]:
    """Text as text: an array takes no mixture of text and names of text."""
    return [str(value.value) if isinstance(value, Enum) else value for value in values]
