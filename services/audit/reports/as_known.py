"""Retroactive changes: what was said about a day at one moment, what at another, and the facts that made it so."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.audit.reports.who_knew import ConsumedEvent, fact_told, numbers
from shared.core.partial_dates import Day, Instant
from shared.database.sql import Lookup, Statement
from shared.eventlog.event_log import EventLog
from shared.readmodel.row_store import RowStore

AT_ONCE = 500
"""Streams whose facts are read together."""
_APART = ("stream", "key", "known_from", "known_to")


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A row about the day that was said otherwise later. Empty where nothing was said. Columns that differ only."""

    rows: str
    stream: str
    key: str
    before: dict[str, Any]
    after: dict[str, Any]
    facts: list[ConsumedEvent]


def changes(
    tables: RowStore,
    logs: Mapping[str, EventLog[Any]],
    day: Day,
    known: Instant,
    later: Instant,
    only: Collection[str] = (),
    about: Collection[str] | None = None,
) -> Iterator[Changed]:
    """About one day, between two moments of knowing; of all projections or of some, of all streams or of some."""
    number = numbers(tables)
    for name in only or tables.projections:
        columns = tables.tables[name].columns.keys()
        with tables.engine.connect() as connection:
            pairs = _pairs(connection, name, columns, about, day=day, known=known, later=later)
        differing = [
            (key, pair, differ) for key, pair in sorted(pairs.items()) if (differ := _differ(columns, *pair))
        ]
        log = logs[tables.projections[name].follows.name]
        for start in range(0, len(differing), AT_ONCE):
            some = differing[start : start + AT_ONCE]
            told = log.load_streams([stream for (stream, _), _, _ in some])
            for (stream, key), (before, after), differ in some:
                moments = {before.get("known_to"), after.get("known_from")}
                yield Changed(
                    rows=name,
                    stream=stream,
                    key=key,
                    before={column: before[column] for column in differ} if before else {},
                    after={column: after[column] for column in differ} if after else {},
                    facts=[
                        fact_told(log.topic, event, number)
                        for event in told.get(stream, ())
                        if event.recorded_at in moments and known < event.recorded_at <= later
                    ],
                )


Pair = tuple[dict[str, Any], dict[str, Any]]


def _differ(columns: list[str], before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [each for each in columns if each not in _APART and before.get(each) != after.get(each)]


def _pairs(
    connection: Connection, name: str, columns: list[str], about: Collection[str] | None, **asked: str
) -> dict[tuple[str, str], Pair]:
    """What is said at one of the two moments and not, in the same row, at the other."""
    quote = connection.dialect.identifier_preparer.quote
    sql = (
        f"SELECT {', '.join(map(quote, columns))} FROM {quote(name)} "
        "WHERE valid_from <= :day AND valid_to > :day AND known_from <= :later "
        "AND ((known_from <= :known AND known_to > :known AND known_to <= :later) "
        "OR (known_from > :known AND known_to > :later))"
    )
    if about is None:
        found = Statement(sql)(connection, **asked)
    else:
        found = Lookup(f"{sql} AND stream IN :ids")(connection, ids=sorted(about), **asked)
    pairs: dict[tuple[str, str], Pair] = {}
    for values in found:
        row = dict(zip(columns, values, strict=True))
        pair = pairs.setdefault((row["stream"], row["key"]), ({}, {}))
        pair[row["known_from"] > asked["known"]].update(row)
    return pairs
