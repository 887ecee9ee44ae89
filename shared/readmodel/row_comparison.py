"""Compare stored rows with computed ones as JSON text that the database writes, without an object for each value."""

from collections.abc import Iterable, Sequence
from sqlite3 import OperationalError
from typing import Any

import msgspec
from sqlalchemy import Boolean, Connection, Float, Table
from sqlalchemy.types import TypeEngine

from shared.database.sql import Statement

_KEY = '"stream", "key", "known_from"'
SQLITE: dict[type[TypeEngine[Any]], str] = {
    Boolean: "CASE {c} WHEN 1 THEN json('true') WHEN 0 THEN json('false') ELSE {c} END",
    # fifteen digits do not write every number: one that they do not becomes text, which no computed row has
    Float: "CASE WHEN CAST(printf('%!.15g', {c}) AS REAL) = {c} THEN {c} ELSE printf('%!.17g', {c}) END",
}
POSTGRES: dict[type[TypeEngine[Any]], str] = {
    Float: "CASE WHEN {c} = trunc({c}) AND abs({c}) < 1e15 THEN to_json({c}::numeric(20,1)) ELSE to_json({c}) END"
}


class RowComparer:
    """Compares the rows of one table. Equal texts are equal rows; unequal ones may be equal but written differently."""

    def __init__(self, table: Table, dialect: str) -> None:
        self._spaced = dialect == "postgresql"
        spelt = POSTGRES if self._spaced else SQLITE
        names = [(f'"{column.name}"', type(column.type)) for column in table.columns]
        columns = ", ".join([spelt.get(kind, "{c}").format(c=name) for name, kind in names])
        if self._spaced:
            sql = f"SELECT json_build_array({columns})::text FROM {table.name} WHERE stream = ANY(:streams)"
        else:
            sql = f"SELECT CAST(json_array({columns}) AS BLOB) FROM {table.name} WHERE stream BETWEEN ? AND ?"
        self._sql = f"{sql} ORDER BY {_KEY}"
        self._rows = Statement(self._sql)

    def same(self, connection: Connection, streams: Sequence[str], wanted: Iterable[bytes]) -> bool:
        """Whether the table has exactly these rows from the first of these streams to the last. `wanted` is a JSON
        array of rows for each stream, in the order of their keys."""
        computed = b",".join([rows[1:-1] for rows in wanted if len(rows) > 2])
        if self._spaced:
            rows = self._rows(connection, streams=list(streams))
            stored = ", ".join([row for (row,) in rows]).encode()
            return msgspec.json.format(b"[%b]" % computed, indent=0) == b"[%b]" % stored
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._sql, (min(streams), max(streams)))
            return b",".join([row for (row,) in cursor.fetchall()]) == computed
        except OperationalError as error:
            if "JSON cannot hold BLOB" in str(error):
                return False  # no row of ours has such a value
            raise
        finally:
            cursor.close()
