"""Period rows in a relational database, SQLite or PostgreSQL by URL, with the same SQLAlchemy Core statements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_type_hints

from msgspec.structs import astuple
from sqlalchemy import (
    URL,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    MetaData,
    Table,
    Text,
    and_,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)

from shared.core.bitemporal import PeriodRow
from shared.core.errors import ReadOnlyStore
from shared.core.partial_dates import FOREVER
from shared.core.projection import AnyProjection, R, Row, View
from shared.database.failures import REASONS
from shared.database.pg_arrays import ArrayStatements
from shared.database.pg_options import connection_options
from shared.database.sql import Lookup, Statement
from shared.database.sqlite_address import sqlite_address
from shared.readmodel.row_comparison import RowComparer

ROWS_NAME = "chronicle"
"""A stored name, which therefore stays: of the PostgreSQL schema or the SQLite file that holds the rows, and the first
part of the names under which positions of the projection are stored."""

_text = Text().with_variant(Text(collation="C"), "postgresql")
_KINDS: dict[Any, Any] = {str: _text, int: BigInteger, bool: Boolean, float: Float}
_PERIOD = ("stream", "key", "known_from", "known_to")

_Value = str | int | float | bool
StoredRow = tuple[_Value, ...]
"""All columns of a row, in the order of the table: stream, key, known_from, known_to and the projection's own."""
_RowKey = tuple[str, str, str]
"""Stream, key and known_from."""
Periods = Mapping[str, Sequence[PeriodRow[Any]]]
"""Folded rows by stream, of any projection."""

WATERMARK = f"{ROWS_NAME}/watermark"
"""The name under which a closed timestamp is stored beside the positions, in microseconds since 1970: all that was
recorded at or before it has rows, and nothing more will be."""


def rows_follower(topic: str) -> str:
    """The name under which the position up to which a topic is projected is stored."""
    return f"{ROWS_NAME}/{topic}"


def foreign_follower(topic: str) -> str:
    """The name under which the number of the last change of events of other sites that has rows is stored."""
    return f"foreign/{topic}"


def topic_of_rows(follower: str) -> str:
    """The topic of which this follower is the rows; empty for any other follower."""
    return follower.removeprefix(f"{ROWS_NAME}/") if follower.startswith(f"{ROWS_NAME}/") else ""


def engine_for(where: Path | str, schema: str = ROWS_NAME) -> Engine:
    """A SQLite file by its path, or a schema of the database at `postgresql://…`."""
    if str(where).startswith("postgresql://"):
        url = str(where).replace("postgresql://", "postgresql+psycopg://", 1)
        return create_engine(
            url, hide_parameters=True, connect_args=connection_options(f"-csearch_path={schema}")
        )
    address = "" if isinstance(where, str) else sqlite_address(where)
    is_read_only = address.startswith("file:")
    file, _, mode = address.partition("?") if is_read_only else (address, "", "")
    query = {"uri": "true", **dict([mode.split("=")])} if mode else {}
    sqlite = URL.create("sqlite", database=file, query=query)
    engine = create_engine(where if isinstance(where, str) else sqlite, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        if not is_read_only:
            connection.execute("PRAGMA journal_mode=WAL")
        # a lost commit loses rows and their position together; they are projected again from the log
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA cache_size=-65536")
        connection.execute("PRAGMA mmap_size=2000000000")
        # bulk work rewrites the same pages many times, so they are checkpointed seldom
        connection.execute("PRAGMA wal_autocheckpoint=20000")
        connection.execute("PRAGMA busy_timeout=30000")

    return engine


class RowStore:
    """One table per projection, and the position up to which each follower has read its log.

    Beside them stands the layout of each table: its columns and indexes, and the version of its projection. Where the
    stored one is another than this program's, the rows are outdated.
    """

    def __init__(self, engine: Engine, projections: Iterable[AnyProjection], schema: str = ROWS_NAME) -> None:
        self.engine, self.schema = engine, schema
        self.metadata = MetaData()
        self.projections = {projection.name: projection for projection in projections}
        self.tables = {name: self._table(projection) for name, projection in self.projections.items()}
        self.positions = Table(
            "positions",
            self.metadata,
            Column("follower", _text, primary_key=True),
            Column("position", BigInteger),
            Column("chain", _text),
        )
        self.layouts = Table(
            "layouts",
            self.metadata,
            Column("projection", _text, primary_key=True),
            Column("layout", _text, nullable=False),
        )
        self._known_statements: dict[tuple[str, type[Row], tuple[str, ...]], Statement] = {}
        self._insert = {name: _TableStatements(table, self.engine) for name, table in self.tables.items()}
        self._comparers = {
            name: RowComparer(table, self.engine.dialect.name) for name, table in self.tables.items()
        }

    def create(self) -> list[str]:
        """Create the schema and the tables that do not exist. Returns the projections whose rows are outdated."""
        if self.engine.dialect.name == "postgresql":
            with self.engine.begin() as connection:
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {self.schema}"))
        self.metadata.create_all(self.engine)
        columns = inspect(self.engine).get_columns("positions", schema=self._schema_name())
        if "chain" not in {column["name"] for column in columns}:  # made before rows remembered their log
            with self.engine.begin() as connection:
                connection.execute(text("ALTER TABLE positions ADD COLUMN chain TEXT"))
        with self.engine.begin() as connection:
            if not connection.execute(select(self.positions)).first():
                self.mark_current(connection)
        return self.find_outdated()

    def find_outdated(self) -> list[str]:
        """The projections whose stored rows were made by another version of this program."""
        with self.engine.connect() as connection:
            known = inspect(connection).has_table(self.layouts.name)
            rows = connection.execute(select(self.layouts)).all() if known else []
            stored = {row.projection: row.layout for row in rows}
        return [name for name in self.projections if stored.get(name) != self._layout(name)]

    def recreate(self, names: Sequence[str]) -> None:
        """Replace the tables of these projections by empty ones. Their rows are outdated until they are rebuilt."""
        tables = [self.tables[name] for name in names]
        with self.engine.begin() as connection:
            connection.execute(self.layouts.delete().where(self.layouts.c.projection.in_(names)))
            self.metadata.drop_all(connection, tables)
            self.metadata.create_all(connection, tables)

    def mark_current(self, connection: Connection) -> None:
        """Say that the rows of every projection are those of this program."""
        connection.execute(self.layouts.delete())
        rows = [{"projection": name, "layout": self._layout(name)} for name in self.projections]
        connection.execute(self.layouts.insert(), rows)

    def _layout(self, name: str) -> str:
        columns = ", ".join(f"{column.name} {column.type}" for column in self.tables[name].columns)
        indexes = " ".join(sorted(",".join(names) for names in self.projections[name].indexes))
        return f"{self.projections[name].version}: {columns}; {indexes}"

    def _schema_name(self) -> str | None:
        return self.schema if self.engine.dialect.name == "postgresql" else None

    def _table(self, projection: AnyProjection) -> Table:
        hints = get_type_hints(projection.row)
        own = [
            Column(name, _KINDS.get(hints[name], _text), nullable=False)
            for name in projection.row.__struct_fields__
        ]
        keys = [Column(name, _text, primary_key=name != "known_to", nullable=False) for name in _PERIOD]
        table = Table(projection.name, self.metadata, *keys, *own)
        for number, names in enumerate(projection.indexes, start=1):
            covering = self.engine.dialect.name == "sqlite"
            columns = [table.c[name.lstrip("+!")] for name in names if covering or not name.startswith("+")]
            not_empty = [table.c[name[1:]] != "" for name in names if name.startswith("!")]
            where: dict[str, Any] = (
                {f"{self.engine.dialect.name}_where": and_(*not_empty)} if not_empty else {}
            )
            Index(f"{projection.name}_{number}", *columns, **where)
        return table

    def check_writable(self) -> None:
        """Raise ReadOnlyStore where the database says that it may only be read; of a file, its folder is asked."""
        if self.engine.dialect.name != "postgresql":
            return
        with self.engine.connect() as connection:
            if connection.execute(text("SHOW transaction_read_only")).scalar() == "on":
                raise ReadOnlyStore(f"the database {self.engine.url.database}: {REASONS[ReadOnlyStore]}")

    def disable_mmap(self) -> None:
        """Read the file without mapping it: a mapped file counts as memory of a process that reads every row."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA mmap_size=0")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    def store(
        self,
        connection: Connection,
        name: str,
        streams: Periods,
        fresh: bool = False,
    ) -> None:
        """Make the rows of these streams equal to their periods, writing only what differs. `fresh`: none is stored."""
        insert, wanted = self._insert[name], self.wanted(name, streams)
        if not fresh:
            stored = self._stored(connection, name, list(streams))
            stale = [key for key, values in stored.items() if wanted.get(key) != values]
            if stale:
                insert.delete(connection, stale)
            wanted = {
                key: values for key, values in wanted.items() if key not in stored or stored[key] != values
            }
        if wanted:
            insert.insert(connection, list(wanted.values()))

    def wanted(self, name: str, streams: Periods) -> dict[_RowKey, StoredRow]:
        """The rows that periods would be stored as, by key."""
        values = self._insert[name].values
        return {(s, p.key, p.known_from): values(s, p) for s, periods in streams.items() for p in periods}

    def differing(self, name: str, streams: Periods) -> list[str]:
        """The streams whose stored rows are not exactly these."""
        wanted = self.wanted(name, streams)
        with self.engine.connect() as connection:
            stored = self._stored(connection, name, list(streams))
        return sorted({key[0] for key in wanted.keys() | stored.keys() if wanted.get(key) != stored.get(key)})

    @staticmethod
    def in_order(stream: str, periods: Sequence[PeriodRow[Any]]) -> list[StoredRow]:
        """The rows of one stream as they would be stored, in the order of their keys."""
        return sorted([(stream, p.key, p.known_from, p.known_to, *astuple(p.row)) for p in periods])

    def same(self, name: str, wanted: Mapping[str, bytes]) -> bool:
        """Whether these streams, in order, have exactly these rows (`in_order` as JSON). May be False for equal rows
        that are written differently: compare them with `stored`."""
        with self.engine.connect() as connection:
            return self._comparers[name].same(connection, list(wanted), wanted.values())

    def stored(self, name: str, streams: Sequence[str]) -> dict[_RowKey, StoredRow]:
        """The stored rows of these streams, by key."""
        with self.engine.connect() as connection:
            return self._stored(connection, name, list(streams))

    def streams(self, name: str, after: str, limit: int) -> list[str]:
        """At most `limit` streams that have rows and come after this one, in order."""
        column = self.tables[name].c.stream
        query = select(column).distinct().where(column > after).order_by(column).limit(limit)
        with self.engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def count(self, name: str) -> int:
        """The number of stored rows of a projection."""
        with self.engine.connect() as connection:
            return self.count_in(connection, name)

    def count_in(self, connection: Connection, name: str) -> int:
        """The same, as a transaction sees it."""
        return int(connection.execute(select(func.count()).select_from(self.tables[name])).scalar() or 0)

    def _stored(self, connection: Connection, name: str, streams: list[str]) -> dict[_RowKey, StoredRow]:
        insert = self._insert[name]
        if insert.columns:
            return {row[:3]: row for row in insert.columns.select_streams(connection, streams)}
        rows = insert.stored(connection, ids=streams)
        return {(row[0], row[1], row[2]): tuple(row) for row in rows}

    def position(self, connection: Connection, follower: str) -> int:
        """The stored position of a follower; 0 before the first event."""
        query = select(self.positions.c.position).where(self.positions.c.follower == follower)
        return int(connection.execute(query).scalar() or 0)

    def load_positions(self) -> dict[str, int]:
        """The position of every follower."""
        query = select(self.positions.c.follower, self.positions.c.position)
        with self.engine.connect() as connection:
            return {row.follower: row.position for row in connection.execute(query)}

    def load_sources(self) -> dict[str, tuple[int, bytes]]:
        """The position of every follower, and the chain hash of its log there; empty where none is remembered."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(self.positions)).all()
        return {row.follower: (row.position, bytes.fromhex(row.chain or "")) for row in rows}

    def set_position(
        self, connection: Connection, follower: str, position: int, chain: bytes | None = None
    ) -> None:
        """Store a position, and the chain hash of the log there, by which rows recognise their log."""
        table, values = self.positions, {"position": position, "chain": (chain or b"").hex()}
        done = connection.execute(table.update().where(table.c.follower == follower).values(values))
        if not done.rowcount:
            connection.execute(table.insert().values(follower=follower, **values))

    def clear(self, connection: Connection, name: str) -> None:
        """Delete all rows of a projection."""
        connection.execute(self.tables[name].delete())

    def rows(self, view: View[R], /, **where: str) -> list[R]:
        """The rows of a projection as known now whose columns have these values. Serves `ReadModel`."""
        with self.engine.connect() as connection:
            return self.reader(connection).rows(view, **where)

    def reader(self, connection: Connection) -> "RowReader":
        """A `ReadModel` over one connection, which sees what its transaction has written."""
        return RowReader(connection, self)

    @contextmanager
    def read_transaction(self) -> Iterator["RowReader"]:
        """A `ReadModel` whose queries run in one transaction."""
        with self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":  # psycopg begins by itself
                connection.exec_driver_sql("BEGIN")
            yield self.reader(connection)

    def statement(self, view: View[Any], *columns: str) -> Statement:
        """The query for current rows and their streams by these columns, checked and compiled once."""
        key = (view.name, view.row, columns)
        if key not in self._known_statements:
            view.require_among(self.projections)
            view.require_columns(columns)
            quote = self.engine.dialect.identifier_preparer.quote
            names = ", ".join(map(quote, ("stream", *view.row.__struct_fields__)))
            conditions = "".join(f" AND {quote(column)} = :{column}" for column in columns)
            sql = f"SELECT {names} FROM {quote(view.name)} WHERE known_to = :forever{conditions}"
            self._known_statements[key] = Statement(sql)
        return self._known_statements[key]


class RowReader:
    """Rows as known now, read over one connection. Serves `ReadModel`."""

    def __init__(self, connection: Connection, store: RowStore) -> None:
        self._connection, self._store = connection, store

    def position(self, follower: str) -> int:
        """The stored position of a follower, as this transaction sees it."""
        return self._store.position(self._connection, follower)

    def rows(self, view: View[R], /, **where: str) -> list[R]:
        return [row for _, row in self.rows_by_stream(view, **where)]

    def rows_by_stream(self, view: View[R], /, **where: str) -> list[tuple[str, R]]:
        """The same, each row with the stream that it is computed from."""
        values = self._store.statement(view, *where)(self._connection, forever=FOREVER, **where)
        columns = view.row.__struct_fields__
        return [(stream, view.row(**dict(zip(columns, row, strict=True)))) for stream, *row in values]


class _TableStatements:
    """The compiled statements that insert, delete and select rows of one table; rows are tuples."""

    def __init__(self, table: Table, engine: Engine) -> None:
        self.table = table
        many = engine.dialect.name == "postgresql"
        self.columns = ArrayStatements(table, ("stream", "key", "known_from")) if many else None
        marks = ", ".join("?" * len(table.columns))
        names = ", ".join(map(engine.dialect.identifier_preparer.quote, table.columns.keys()))
        self._insert_sql = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
        self.stored = Lookup(f"SELECT {names} FROM {table.name} WHERE stream IN :ids")
        self._delete_sql = f"DELETE FROM {table.name} WHERE stream = ? AND key = ? AND known_from = ?"

    def values(self, stream: str, period: PeriodRow[Any]) -> StoredRow:
        return (stream, period.key, period.known_from, period.known_to, *astuple(period.row))

    def insert(self, connection: Connection, rows: list[StoredRow]) -> None:
        if self.columns:
            self.columns.insert(connection, rows)
        else:
            connection.exec_driver_sql(self._insert_sql, rows)

    def delete(self, connection: Connection, keys: list[_RowKey]) -> None:
        if self.columns:
            self.columns.delete(connection, keys)
        else:
            connection.exec_driver_sql(self._delete_sql, keys)
