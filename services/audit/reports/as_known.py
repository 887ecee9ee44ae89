"""Retroactive changes: how a day was known at one moment and at a later one, and the facts between them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from services.audit.reports.who_knew import FactOrigin, describe_fact, number_reader
from shared.core.partial_dates import Day, Instant
from shared.database.sql import Lookup, Statement
from shared.eventlog.union import UnionReader
from shared.readmodel.row_store import RowStore

_Value = str | int | float
_Columns = dict[str, _Value]
AT_ONCE = 500
"""Streams whose facts are read together."""
_APART = ("stream", "key", "known_from", "known_to")


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A row about the day that differs between the two moments: the differing columns, empty where there was no row."""

    rows: str
    stream: str
    key: str
    before: _Columns
    after: _Columns
    facts: list[FactOrigin]


def changes(
    tables: RowStore,
    unions: Mapping[str, UnionReader[Any]],
    day: Day,
    known: Instant,
    later: Instant,
    only: Collection[str] = (),
    about: Collection[str] | None = None,
) -> Iterator[Changed]:
    """About one day, between two moments of knowing; of all projections or of some, of all streams or of some."""
    number = number_reader(tables)
    for name in only or tables.projections:
        columns = tables.tables[name].columns.keys()
        with tables.engine.connect() as connection:
            pairs = _read_pairs(connection, name, columns, about, day, known, later)
        differing = [
            (key, pair, names)
            for key, pair in sorted(pairs.items())
            if (names := _differing_columns(columns, pair))
        ]
        union = unions[tables.projections[name].follows.name]
        for start in range(0, len(differing), AT_ONCE):
            some = differing[start : start + AT_ONCE]
            events = union.load_histories([key.stream for key, _, _ in some])
            for (stream, key), (before, after), names in some:
                moments = {before.get("known_to"), after.get("known_from")}
                yield Changed(
                    rows=name,
                    stream=stream,
                    key=key,
                    before={column: before[column] for column in names} if before else {},
                    after={column: after[column] for column in names} if after else {},
                    facts=[
                        describe_fact(union.log.topic, event, number)
                        for event in events.get(stream, ())
                        if event.recorded_at in moments and known < event.recorded_at <= later
                    ],
                )


class _RowKey(NamedTuple):
    """Which row of a projection: its stream, and its key there."""

    stream: str
    key: str


class _Pair(NamedTuple):
    """A row about the day as it was known at the first moment and not at the second, and the other way round."""

    before: _Columns
    after: _Columns


def _differing_columns(columns: list[str], pair: _Pair) -> list[str]:
    before, after = pair
    return [each for each in columns if each not in _APART and before.get(each) != after.get(each)]


def _read_pairs(
    connection: Connection,
    name: str,
    columns: list[str],
    about: Collection[str] | None,
    day: Day,
    known: Instant,
    later: Instant,
) -> dict[_RowKey, _Pair]:
    """The rows about the day that are known at only one of the two moments."""
    quote = connection.dialect.identifier_preparer.quote
    sql = (
        f"SELECT {', '.join(map(quote, columns))} FROM {quote(name)} "
        "WHERE valid_from <= :day AND valid_to > :day AND known_from <= :later "
        "AND ((known_from <= :known AND known_to > :known AND known_to <= :later) "
        "OR (known_from > :known AND known_to > :later))"
    )
    values = {"day": day, "known": known, "later": later}
    if about is None:
        rows = Statement(sql)(connection, **values)
    else:
        rows = Lookup(f"{sql} AND stream IN :ids")(connection, ids=sorted(about), **values)
    pairs: dict[_RowKey, _Pair] = {}
    for row in (dict(zip(columns, each, strict=True)) for each in rows):
        pair = pairs.setdefault(_RowKey(row["stream"], row["key"]), _Pair({}, {}))
        (pair.after if row["known_from"] > known else pair.before).update(row)
    return pairs
