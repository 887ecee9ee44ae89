"""Sends many rows to PostgreSQL in one statement, column by column, as binary arrays."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, Float, LargeBinary, Table

_TYPES = {BigInteger: "bigint", Boolean: "boolean", Float: "double precision", LargeBinary: "bytea"}


class ArrayStatements:
    """The insert, delete and select statements of one table; values are passed as one array per column."""

    def __init__(self, table: Table, key: Sequence[str] = ()) -> None:
        def quoted(names: Iterable[str]) -> str:
            return ", ".join(f'"{name}"' for name in names)

        casts = ", ".join(f"%b::{_type_of(column)}[]" for column in table.columns)
        self._text = [_type_of(column) == "text" for column in table.columns]
        self._insert = (
            f"INSERT INTO {table.name} ({quoted(table.columns.keys())}) SELECT * FROM unnest({casts})"
        )
        if not key:
            return
        deleted = ", ".join(f"%b::{_type_of(table.c[name])}[]" for name in key)
        equal = " AND ".join(f't."{name}" = gone."{name}"' for name in key)
        self._delete = (
            f"DELETE FROM {table.name} t USING unnest({deleted}) AS gone({quoted(key)}) WHERE {equal}"
        )
        self._select = (
            f"SELECT {quoted(table.columns.keys())} FROM {table.name} WHERE stream = ANY(%b::text[])"
        )

    def insert(self, connection: Connection, rows: Sequence[tuple[object, ...]], new: bool = False) -> None:
        """Insert rows, values in the order of the columns. `new`: rows that exist already stay as they are."""
        columns = zip(*rows, strict=True)
        arrays = tuple(
            _plain_values(c) if text else list(c) for c, text in zip(columns, self._text, strict=True)
        )
        connection.exec_driver_sql(f"{self._insert} ON CONFLICT DO NOTHING" if new else self._insert, arrays)

    def delete(self, connection: Connection, keys: Sequence[tuple[object, ...]]) -> None:
        """Delete the rows with these keys."""
        connection.exec_driver_sql(self._delete, tuple(map(list, zip(*keys, strict=True))))

    def select_streams(self, connection: Connection, streams: Sequence[str]) -> Iterable[tuple[Any, ...]]:
        """All rows of these streams, values in the order of the columns."""
        return map(tuple, connection.exec_driver_sql(self._select, (list(streams),)))


def _type_of(column: Column[Any]) -> str:
    return next((name for kind, name in _TYPES.items() if isinstance(column.type, kind)), "text")


def _plain_values(values: Iterable[Any]) -> list[str]:
    """Members of enumerations as plain text, since an array cannot mix both."""
    return [str(value.value) if isinstance(value, Enum) else value for value in values]
