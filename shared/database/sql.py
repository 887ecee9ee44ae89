"""SQL with `:named` values, run through the driver on SQLite and PostgreSQL, its rows as tuples or as named tuples."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar, get_type_hints

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, OperationalError

_NAMED = re.compile(r"(?<!:):([a-z_]+)")
_LIMIT = re.compile(r"\bLIMIT\s+\S+(?:\s+OFFSET\s+\S+)?\s*$")
_FLAGS = {0: False, 1: True, None: None}

Row = TypeVar("Row", bound="NamedTuple | msgspec.Struct")


class WrongColumns(TypeError):
    """A query selects other columns than the fields of its row type."""


TABLE_VIEWS = "table_views"
"""Name of the execution option of a connection that holds its `TableViews`."""


NAMED = " /* named */"
"""After the name of a table: it is read only to name what other rows refer to by its id."""


class TableViews:
    """What the statements of a connection read in place of some tables: by name of the table, a SELECT from it.

    A table is recognised after FROM and JOIN, as every query here names its tables. `named`: what is read in place of a
    table that only names what another row refers to, which is joined, or marked NAMED; else the same. A CROSS JOIN is
    no such thing. None: the table itself.
    """

    def __init__(self, selects: Mapping[str, str], named: Mapping[str, str | None] | None = None) -> None:
        self.selects, self.named = dict(selects), dict(named or {})
        self._written: dict[str, str] = {}
        names = "|".join(map(re.escape, sorted(selects, key=len, reverse=True)))
        self._read = re.compile(
            rf"\b(FROM|CROSS JOIN|JOIN)(\s+)({names})\b({re.escape(NAMED)})?"
            rf"(?:\s+(?:AS\s+)?(?!{_AFTER_TABLE})(\w+))?",
            re.ASCII,
        )

    def rewrite(self, sql: str) -> str:
        """The statement with each of the tables replaced by its SELECT, under the same alias."""
        if not self.selects:
            return sql
        return self._written.get(sql) or self._written.setdefault(sql, self._read.sub(self._replace, sql))

    def _replace(self, found: "re.Match[str]") -> str:
        word, space, table, mark, alias = found.groups()
        is_named = mark or word == "JOIN"
        select = self.named.get(table, self.selects[table]) if is_named else self.selects[table]
        return f"{word}{space}{f'({select})' if select else table} {alias or table}"


_AFTER_TABLE = r"(?:ON|WHERE|JOIN|LEFT|CROSS|INNER|GROUP|ORDER|LIMIT|UNION)\b"


class Statement:
    """A query compiled to the driver's own marks on first use. Rows come back as tuples.

    `columns` are the names that the result must have, in order: WrongColumns if it has others. Its rows are then
    ordered by all of them, after the order that the query says. None: any columns, in no further order.
    """

    def __init__(self, sql: str, columns: tuple[str, ...] | None = None) -> None:
        self.sql = _order_fully(sql, len(columns)) if columns else sql
        self.names = _NAMED.findall(sql)
        self._for: dict[str, str] = {}
        self._written, self._unchecked = sql, columns

    def __call__(self, connection: Connection, **values: Any) -> list[Any]:
        return self.run(connection, tuple([values[name] for name in self.names]))

    def run(self, connection: Connection, values: tuple[Any, ...]) -> list[Any]:
        """Run with values in the order of `names`, on the driver's own cursor: SQLAlchemy's takes twice as long."""
        style, driver = connection.dialect.paramstyle, connection.dialect.loaded_dbapi
        views = connection.get_execution_options().get(TABLE_VIEWS)
        cursor = connection.connection.cursor()
        try:
            unchecked = self._unchecked  # another thread may check it meanwhile
            if unchecked is not None:  # as it is written, because it may lack a column to order by
                cursor.execute(_compile(self._written, style), values)
                self._check(tuple([column[0] for column in cursor.description]), unchecked)
            cursor.execute(self._text(style, views), values)
            return list(cursor.fetchall())
        except (driver.OperationalError, driver.InterfaceError) as error:
            connection.invalidate(error)  # it may be dead, so it must not go back to the pool
            raise OperationalError(self.sql, None, error) from error
        except driver.DatabaseError as error:  # such as a damaged page
            raise DatabaseError(self.sql, None, error) from error
        finally:
            with suppress(driver.Error):  # where the connection is invalidated, so is the cursor
                cursor.close()

    def _check(self, columns: tuple[str, ...], wanted: tuple[str, ...]) -> None:
        if columns != wanted:
            raise WrongColumns(f"selects {', '.join(columns)}; the row has {', '.join(wanted)}: {self.sql}")
        self._unchecked = None  # the columns of a query do not change

    def _text(self, style: str, views: TableViews | None) -> str:
        if views is not None:
            return _compile(views.rewrite(self.sql), style)
        return self._for.get(style) or self._for.setdefault(style, _compile(self.sql, style))


def _compile(sql: str, style: str) -> str:
    """With the driver's own marks."""
    escaped = sql if style == "qmark" else sql.replace("%", "%%")
    return _NAMED.sub("?" if style == "qmark" else "%s", escaped)


class Lookup:
    """A query for many ids, written `IN :ids`; run in parts that every database takes. `columns` as of Statement."""

    def __init__(self, sql: str, columns: tuple[str, ...] | None = None) -> None:
        self.sql = sql
        self._columns = columns
        self._parts: dict[int, Statement] = {}

    def __call__(self, connection: Connection, *, ids: Sequence[str], **values: Any) -> list[Any]:
        rows: list[Any] = []
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            statement = self._parts.get(len(part)) or self._part(len(part))
            each = iter(part)
            arguments = [next(each) if name == "id" else values[name] for name in statement.names]
            rows += statement.run(connection, tuple(arguments))
        return rows

    def _part(self, size: int) -> Statement:
        marks = ", ".join([":id"] * size)
        statement = Statement(self.sql.replace(":ids", f"({marks})"), self._columns)
        return self._parts.setdefault(size, statement)


class Query(Generic[Row]):
    """A query whose columns are, by name and in order, the fields of its row type: WrongColumns on first use if not.

    The row type is a NamedTuple, or the msgspec Struct of a projection, whose rows are made five times as slowly.
    Select an expression under the name of its field (`count(*) AS children`). A field declared `bool` or
    `bool | None` is one on SQLite too, which stores 0 and 1. Rows that the query leaves in no order are ordered by
    their columns, so that the same question has the same answer, however the rows are stored.
    """

    def __init__(self, row: type[Row], sql: str) -> None:
        self.row = row
        self._statement = Statement(sql, _fields(row))
        self._read = _reader(row)

    def __call__(self, connection: Connection, **values: Any) -> list[Row]:
        return self._read(self._statement(connection, **values))

    def read_tuples(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """The same rows as the driver makes them, for questions that read very many."""
        return self._statement(connection, **values)

    @property
    def sql(self) -> str:
        return self._statement.sql

    @property
    def names(self) -> list[str]:
        return self._statement.names


class BatchQuery(Generic[Row]):
    """A Query for many ids, written `IN :ids`; run in parts that every database takes, in the order of the ids."""

    def __init__(self, row: type[Row], sql: str) -> None:
        self.row = row
        self._lookup = Lookup(sql, _fields(row))
        self._read = _reader(row)

    def __call__(self, connection: Connection, *, ids: Sequence[str], **values: Any) -> list[Row]:
        return self._read(self._lookup(connection, ids=sorted(ids), **values))

    @property
    def sql(self) -> str:
        return self._lookup.sql

    @property
    def names(self) -> list[str]:
        """The names of the values other than `ids`."""
        return [name for name in _NAMED.findall(self.sql) if name != "ids"]


def _order_fully(sql: str, columns: int) -> str:
    """The query with its rows ordered by all columns, after the order that it has. One with a LIMIT orders itself."""
    if _LIMIT.search(sql):
        return sql
    _, ordered, order = sql.rpartition("ORDER BY")
    is_outermost = ordered and order.count(")") <= order.count("(")
    return f"{sql}{',' if is_outermost else ' ORDER BY'} {', '.join(map(str, range(1, columns + 1)))}"


def _fields(row: type[object]) -> tuple[str, ...]:
    return row.__struct_fields__ if issubclass(row, msgspec.Struct) else tuple(get_type_hints(row))


def _maker(row: type[Row]) -> Callable[[Iterable[Any]], Row]:
    """A function from the values of one row, whose number is already checked, to the row."""
    if issubclass(row, tuple):
        return partial(tuple.__new__, row)  # type: ignore[return-value]  # makes a tuple of this very class
    fields = _fields(row)
    return lambda values: row(**dict(zip(fields, values, strict=True)))


def _reader(row: type[Row]) -> Callable[[list[Any]], list[Row]]:
    """A function from the driver's tuples to rows, with 0 and 1 as flags where the row type has `bool`."""
    make, hints = _maker(row), get_type_hints(row)
    flags = [index for index, name in enumerate(_fields(row)) if hints[name] in (bool, bool | None)]

    def read(rows: list[Any]) -> list[Row]:
        return list(map(make, rows))

    def read_with_flags(rows: list[Any]) -> list[Row]:
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for index in flags if rows else ():
            columns[index] = map(_FLAGS.__getitem__, columns[index])
        return list(map(make, zip(*columns, strict=True)))

    return read_with_flags if flags else read


def quote_text(text: str) -> str:
    """A text as it is written in SQL. A colon would begin the name of a value; no id of today has one."""
    quoted = text.replace("'", "''")
    return "'" + quoted.replace(":", ":' || '") + "'"


def as_of_condition(alias: str) -> str:
    """SQL: the row holds on `:day` as known at `:known`, in some reading of partial dates."""
    return f"{alias}.valid_from <= :day AND {alias}.valid_to > :day AND {known_condition(alias)}"


def optional(column: str, name: str) -> str:
    """SQL: the column equals `:name`; true where `:name` is empty."""
    return f"(:{name} = '' OR {column} = :{name})"


def contains(expression: str, name: str) -> str:
    """SQL: the text matches `:name`, which is a `pattern`."""
    return f"{expression} LIKE :{name} ESCAPE '!'"


def pattern(text: str, start: bool = False) -> str:
    """The value of a `contains` condition for texts that have this one in them, or at their `start`: `%` and `_` mean
    themselves."""
    for special in "!%_":
        text = text.replace(special, f"!{special}")
    return f"{text}%" if start else f"%{text}%"


def known_condition(alias: str) -> str:
    """SQL: the row was known at `:known`."""
    return f"{alias}.known_from <= :known AND {alias}.known_to > :known"


def certain_condition(alias: str) -> str:
    """SQL: the row holds on `:day` in every reading of partial dates."""
    return f"({alias}.certain_from <= :day AND {alias}.certain_to > :day)"
