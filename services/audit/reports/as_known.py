"""Retroactive changes: what was said about a day at one moment, what at another, and the facts that made it so."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.audit.reports.who_knew import Told, fact_told
from shared.dates import Day, Instant
from shared.sql import Statement
from shared.store import Log
from shared.tables import Tables

_APART = ("stream", "key", "known_from", "known_to")


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A row about the day that was said otherwise later. Empty where nothing was said. Columns that differ only."""

    rows: str
    stream: str
    key: str
    before: dict[str, Any]
    after: dict[str, Any]
    facts: list[Told]


def changes(
    tables: Tables,
    logs: Mapping[str, Log[Any]],
    day: Day,
    known: Instant,
    later: Instant,
    only: Collection[str] = (),
) -> Iterator[Changed]:
    """About one day, between two moments of knowing; of all projections or of some."""
    for name in only or tables.projections:
        columns = tables.tables[name].columns.keys()
        with tables.engine.connect() as connection:
            pairs = _pairs(connection, name, columns, day, known, later)
        log = logs[tables.projections[name].follows.name]
        for (stream, key), (before, after) in sorted(pairs.items()):
            differ = [
                column
                for column in columns
                if column not in _APART and before.get(column) != after.get(column)
            ]
            if differ:
                moments = {before.get("known_to"), after.get("known_from")}
                yield Changed(
                    rows=name,
                    stream=stream,
                    key=key,
                    before={column: before[column] for column in differ} if before else {},
                    after={column: after[column] for column in differ} if after else {},
                    facts=[
                        fact_told(log.topic, event, tables)
                        for event in log.stream(stream)
                        if event.recorded_at in moments and known < event.recorded_at <= later
                    ],
                )


Pair = tuple[dict[str, Any], dict[str, Any]]


def _pairs(
    connection: Connection, name: str, columns: list[str], day: Day, known: Instant, later: Instant
) -> dict[tuple[str, str], Pair]:
    """What is said at one of the two moments and not, in the same row, at the other."""
    quote = connection.dialect.identifier_preparer.quote
    sql = (
        f"SELECT {', '.join(map(quote, columns))} FROM {quote(name)} "
        "WHERE valid_from <= :day AND valid_to > :day AND known_from <= :later "
        "AND ((known_from <= :known AND known_to > :known AND known_to <= :later) "
        "OR (known_from > :known AND known_to > :later))"
    )
    pairs: dict[tuple[str, str], Pair] = {}
    for values in Statement(sql)(connection, day=day, known=known, later=later):
        row = dict(zip(columns, values, strict=True))
        pair = pairs.setdefault((row["stream"], row["key"]), ({}, {}))
        pair[row["known_from"] > known].update(row)
    return pairs
