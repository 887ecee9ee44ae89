"""What ids name: people, units, posts and decision documents, in words."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from shared.core.partial_dates import Day, Instant
from shared.database.sql import BatchQuery, known_condition


class Name(msgspec.Struct, frozen=True, gc=False):
    """What an id names."""

    kind: str
    """cadre, unit, post, list or decision."""
    name: str
    """Full name of a cadre, name of a unit or list, title of a post, number of a decision."""


class _NameRow(NamedTuple):
    id: str
    kind: str
    name: str


def _named(table: str, column: str, kind: str, name: str) -> str:
    return (
        f"SELECT n.{column} AS id, '{kind}' AS kind, n.{name} AS name FROM {table} n "
        f"WHERE n.{column} IN :ids AND {known_condition('n')} AND n.valid_from <= :day ORDER BY n.valid_from"
    )


_QUERIES = tuple(
    BatchQuery(_NameRow, _named(*each))
    for each in (
        ("cadres", "cadre_id", "cadre", "name"),
        ("units", "unit_id", "unit", "name"),
        ("posts", "post_id", "post", "title"),
        ("planning_lists", "list_id", "list", "name"),
        ("decisions", "decision_id", "decision", "number"),
    )
)


def find_names(connection: Connection, ids: Iterable[str], day: Day, known_at: Instant) -> dict[str, Name]:
    """By id, the names of those ids that name something, as they were on a day."""
    wanted = sorted({id_ for id_ in ids if id_})
    rows = (row for query in _QUERIES for row in query(connection, ids=wanted, day=day, known=known_at))
    return {row.id: Name(row.kind, row.name) for row in rows if row.name}


def iterate_texts(value: object) -> Iterator[str]:
    """Every text inside a value of a fact: those that are ids name what the fact refers to."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from iterate_texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from iterate_texts(part)
