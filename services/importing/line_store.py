"""Keeps the lines of every source that was imported, so that each part of it is judged together with all others.

Facts are the only truth about people and units. These lines say what a source said, which facts alone cannot: a line
that was set aside has none. No line of a person is kept, because names stand in the log as ciphertext only.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    Text,
    delete,
    event,
    insert,
    inspect,
    select,
    text,
)

from services.importing.batches import SetAsideLine
from shared.readmodel.row_store import RowStore, engine_for

FILE_NAME = "imports.db"
_METADATA = MetaData()
_text = Text().with_variant(Text(collation="C"), "postgresql")
_LINES = Table(
    "imported_lines",
    _METADATA,
    Column("scheme", _text, primary_key=True),
    Column("file", _text, primary_key=True),
    Column("key", _text, primary_key=True),
    Column("source", _text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("content", _text, nullable=False),
    Column("batch", _text, nullable=False),
)
_SET_ASIDE = Table(
    "set_aside_lines",
    _METADATA,
    Column("scheme", _text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("content", _text, nullable=False),
)
_UNFINISHED = Table(
    "unfinished_imports",
    _METADATA,
    Column("scheme", _text, primary_key=True),
    Column("batch", _text, nullable=False),
)
_PAGE = 5000
"""Lines that are written with one statement."""


LineKey = tuple[str, str]
"""The kind of file, and what tells a line of it apart."""


@dataclass(slots=True)
class KeptLine:
    """A line as it was imported last. `file` is the kind of file and `source` its name; `batch` is the import."""

    file: str
    key: str
    source: str
    number: int
    values: dict[str, str]
    batch: str


class KeptProblem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line that was set aside. `key` and `values` are empty where the line could not be read at all."""

    file: str
    """The kind of file."""
    problem: SetAsideLine
    key: str = ""
    values: dict[str, str] = {}
    batch: str = ""
    """The import that set it aside first."""


class KeptScheme(msgspec.Struct):
    """All that is kept of a scheme. `finished` is false after an import that did not come to its end."""

    lines: dict[LineKey, KeptLine] = {}
    """Lines that were taken."""
    problems: list[KeptProblem] = []
    finished: bool = True


class LineStore:
    """The kept lines of all schemes: a file beside the logs, or tables beside the rows in a database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def create(self) -> None:
        """Create the tables that do not exist."""
        if not inspect(self.engine).has_table(_UNFINISHED.name):
            _METADATA.create_all(self.engine)

    @contextmanager
    def lock(self, scheme: str) -> Iterator[None]:
        """Wait until no other process imports into the scheme. Files are those of the process that has the lease."""
        if self.engine.dialect.name == "sqlite":
            yield
            return
        key = {"name": f"cadre import {scheme}"}
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"), key)
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), key)

    def load(self, scheme: str) -> KeptScheme:
        """What is kept of a scheme; nothing for one that was never imported."""
        with self.engine.connect() as connection:
            lines = connection.execute(select(_LINES).where(_LINES.c.scheme == scheme)).all()
            problems = connection.execute(
                select(_SET_ASIDE.c.content)
                .where(_SET_ASIDE.c.scheme == scheme)
                .order_by(_SET_ASIDE.c.number)
            ).all()
            unfinished = connection.execute(select(_UNFINISHED).where(_UNFINISHED.c.scheme == scheme)).all()
        decode = msgspec.json.Decoder(dict[str, str]).decode
        return KeptScheme(
            {
                (row.file, row.key): KeptLine(
                    row.file, row.key, row.source, row.number, decode(row.content), row.batch
                )
                for row in lines
            },
            [msgspec.json.decode(row.content, type=KeptProblem) for row in problems],
            not unfinished,
        )

    def has_lines(self, scheme: str, *files: str) -> bool:
        """Whether a line of one of these kinds of file is kept."""
        query = select(_LINES.c.key).where(_LINES.c.scheme == scheme, _LINES.c.file.in_(files)).limit(1)
        with self.engine.connect() as connection:
            return connection.execute(query).first() is not None

    def begin(self, scheme: str, batch: str, added: Iterable[KeptLine], gone: Iterable[LineKey]) -> None:
        """Keep the lines of an import before its facts are recorded, and mark it as unfinished until `finish`.

        `gone`: the lines that are removed, and those of which `added` has another version."""
        with self.engine.begin() as connection:
            connection.execute(delete(_UNFINISHED).where(_UNFINISHED.c.scheme == scheme))
            connection.execute(insert(_UNFINISHED), [{"scheme": scheme, "batch": batch}])
            _delete_lines(connection, scheme, gone)
            _insert_lines(connection, scheme, added)

    def finish(
        self,
        scheme: str,
        problems: Iterable[KeptProblem],
        restored: Iterable[KeptLine] = (),
        gone: Iterable[LineKey] = (),
    ) -> None:
        """Replace what is set aside, and mark the import as finished: all its facts are recorded.

        `gone` are the lines that a rule rejected, `restored` what was kept of them before."""
        rows = [
            {"scheme": scheme, "number": number, "content": msgspec.json.encode(problem).decode()}
            for number, problem in enumerate(problems, start=1)
        ]
        with self.engine.begin() as connection:
            _delete_lines(connection, scheme, gone)
            _insert_lines(connection, scheme, restored)
            connection.execute(delete(_SET_ASIDE).where(_SET_ASIDE.c.scheme == scheme))
            for start in range(0, len(rows), _PAGE):
                connection.execute(insert(_SET_ASIDE), rows[start : start + _PAGE])
            connection.execute(delete(_UNFINISHED).where(_UNFINISHED.c.scheme == scheme))

    def forget_batch(self, batch: str) -> None:
        """Forget the lines of an import that is undone, also those that it set aside."""
        with self.engine.begin() as connection:
            connection.execute(delete(_LINES).where(_LINES.c.batch == batch))
            for row in connection.execute(select(_SET_ASIDE)).all():
                if msgspec.json.decode(row.content, type=KeptProblem).batch == batch:
                    which = (_SET_ASIDE.c.scheme == row.scheme) & (_SET_ASIDE.c.number == row.number)
                    connection.execute(delete(_SET_ASIDE).where(which))

    def close(self) -> None:
        if self.engine.dialect.name == "sqlite":
            self.engine.dispose()


def _insert_lines(connection: Connection, scheme: str, lines: Iterable[KeptLine]) -> None:
    rows = [
        {
            "scheme": scheme,
            "file": line.file,
            "key": line.key,
            "source": line.source,
            "number": line.number,
            "content": msgspec.json.encode(line.values).decode(),
            "batch": line.batch,
        }
        for line in lines
    ]
    for start in range(0, len(rows), _PAGE):
        connection.execute(insert(_LINES), rows[start : start + _PAGE])


def _delete_lines(connection: Connection, scheme: str, keys: Iterable[LineKey]) -> None:
    statement = delete(_LINES).where(_LINES.c.scheme == scheme)
    by_file: dict[str, list[str]] = {}
    for file, key in keys:
        by_file.setdefault(file, []).append(key)
    for file, of_file in by_file.items():
        for start in range(0, len(of_file), 500):
            connection.execute(
                statement.where(_LINES.c.file == file, _LINES.c.key.in_(of_file[start : start + 500]))
            )


def open_line_store(tables: RowStore) -> LineStore:
    """The kept lines that belong to a ledger: beside its SQLite files, or in its database."""
    url = tables.engine.url
    if tables.engine.dialect.name == "sqlite" and url.database:
        engine = engine_for(Path(url.database).with_name(FILE_NAME))
        event.listen(engine, "connect", _commit_durably)
        store = LineStore(engine)
    else:
        store = LineStore(tables.engine)
    store.create()
    return store


def _commit_durably(connection: Any, _: Any) -> None:
    """Unlike rows, lines cannot be computed anew."""
    connection.execute("PRAGMA synchronous=FULL")
