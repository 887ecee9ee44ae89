"""UNIT_CIRCLE, PARENT_NOT_THERE, POST_WITHOUT_UNIT and LINEAGE_AGAINST_TIME: units that cannot stand as recorded."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import link
from services.chronicle.queries.contradictions.candidates import (
    Concern,
    Contradiction,
    join_adjoining,
    overlap,
)
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.chronicle.queries.people.merged_files import MergedFiles
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Instant
from shared.database.sql import BatchQuery, Query, known_condition


class ParentRow(NamedTuple):
    """A version of a unit under its parent, over the days on which that is certain. Empty: it is under none."""

    unit_id: str
    parent_id: str
    since: str
    until: str
    opened_by: str


class _OrphanRow(NamedTuple):
    """A unit that may be under a parent on some of the days [gone_from, gone_to) on which that is not there."""

    unit_id: str
    parent_id: str
    gone_from: str
    gone_to: str
    gone_by: str


class _PostRow(NamedTuple):
    post_id: str
    unit_id: str
    valid_from: str
    valid_to: str
    opened_by: str
    unit_event: str


class _ClauseRow(NamedTuple):
    reorganisation: str
    unit_id: str
    other_id: str
    valid_from: str
    opened_by: str
    unit_event: str


_VERSION = "c.unit_id, c.parent_id, c.certain_from AS since, c.certain_to AS until, c.opened_by"
PARENTS = Query(
    ParentRow,
    f"""
SELECT {_VERSION} FROM units c WHERE {known_condition("c")} AND EXISTS (
  SELECT 1 FROM units p WHERE p.unit_id = c.unit_id AND p.parent_id <> '' AND {known_condition("p")})
ORDER BY c.unit_id, c.valid_from, c.certain_from, c.valid_to""",
)
VERSIONS = BatchQuery(
    ParentRow,
    f"""
SELECT {_VERSION} FROM units c WHERE c.unit_id IN :ids AND {known_condition("c")}
ORDER BY c.unit_id, c.valid_from, c.certain_from, c.valid_to""",
)


def _is_first(alias: str) -> str:
    """SQL: the row is the first version of a unit that did not exist before, as far as the source says."""
    return (
        f"substr({alias}.opening, 1, 8) <> 'baseline' AND NOT EXISTS (SELECT 1 FROM units e WHERE "
        f"e.unit_id = {alias}.unit_id AND e.valid_from < {alias}.valid_from AND {known_condition('e')})"
    )


UNDER_NOTHING = Query(
    _OrphanRow,
    f"""
SELECT DISTINCT c.unit_id, c.parent_id, u.valid_to AS gone_from, '{LAST_DAY}' AS gone_to, u.closed_by AS gone_by
FROM units u JOIN units c ON c.parent_id = u.unit_id AND c.valid_to > u.valid_to AND {known_condition("c")}
WHERE u.closing <> '' AND {known_condition("u")}
UNION
SELECT c.unit_id, c.parent_id, '{FIRST_DAY}' AS gone_from, u.valid_from AS gone_to, u.opened_by AS gone_by
FROM units c JOIN units u ON u.unit_id = c.parent_id AND u.valid_from > c.valid_from AND {known_condition("u")} AND {_is_first("u")}
WHERE {known_condition("c")}""",
)
UNDER_UNKNOWN = Query(
    ParentRow,
    f"""
SELECT c.unit_id, c.parent_id, c.valid_from AS since, c.valid_to AS until, c.opened_by
FROM units c WHERE c.parent_id <> '' AND {known_condition("c")} AND NOT EXISTS (
  SELECT 1 FROM units u WHERE u.unit_id = c.parent_id AND {known_condition("u")})""",
)
POSTS_WITHOUT_UNIT = Query(
    _PostRow,
    f"""
SELECT p.post_id, p.unit_id, p.valid_from, p.valid_to, p.opened_by, '' AS unit_event FROM posts p
WHERE p.unit_id <> '' AND {known_condition("p")} AND NOT EXISTS (
  SELECT 1 FROM units u WHERE u.unit_id = p.unit_id AND {known_condition("u")})
UNION ALL
SELECT p.post_id, p.unit_id, p.valid_from, p.valid_to, p.opened_by, u.closed_by AS unit_event
FROM units u JOIN posts p ON p.unit_id = u.unit_id AND p.valid_from >= u.valid_to AND {known_condition("p")}
  AND NOT EXISTS (SELECT 1 FROM posts q WHERE q.post_id = p.post_id AND q.valid_from < p.valid_from AND {known_condition("q")})
WHERE u.closing <> '' AND {known_condition("u")}
UNION ALL
SELECT p.post_id, p.unit_id, p.valid_from, u.valid_from AS valid_to, p.opened_by, u.opened_by AS unit_event
FROM posts p JOIN units u ON u.unit_id = p.unit_id AND u.valid_from > p.certain_from AND {known_condition("u")} AND {_is_first("u")}
WHERE {known_condition("p")} AND NOT EXISTS (
  SELECT 1 FROM posts q WHERE q.post_id = p.post_id AND q.valid_from < p.valid_from AND {known_condition("q")})""",
)


def _clauses(end: str, other: str) -> str:
    """Clauses of a day on which the unit at one end had ended before, or did not exist yet, or that is not on record."""
    return f"""
SELECT e.reorganisation, u.unit_id, e.{other} AS other_id, e.valid_from, e.opened_by, u.closed_by AS unit_event
FROM edges e JOIN units u ON u.unit_id = e.{end} AND u.closing <> '' AND u.valid_to < e.valid_from AND {known_condition("u")}
WHERE {known_condition("e")}
UNION
SELECT e.reorganisation, u.unit_id, e.{other} AS other_id, e.valid_from, e.opened_by, u.opened_by AS unit_event
FROM edges e JOIN units u ON u.unit_id = e.{end} AND u.valid_from > e.certain_from AND {known_condition("u")} AND {_is_first("u")}
WHERE {known_condition("e")}
UNION
SELECT e.reorganisation, e.{end} AS unit_id, e.{other} AS other_id, e.valid_from, e.opened_by, '' AS unit_event
FROM edges e WHERE {known_condition("e")} AND NOT EXISTS (
  SELECT 1 FROM units u WHERE u.unit_id = e.{end} AND {known_condition("u")})"""


AGAINST_TIME = Query(
    _ClauseRow, f"{_clauses('source_id', 'target_id')} UNION {_clauses('target_id', 'source_id')}"
)


def find_unit_circles(connection: Connection, known: Instant, _: MergedFiles) -> Iterator[Contradiction]:
    """Units that stand under each other, however many, on days on which every link is certain."""
    for units, since, until, events in circles(join_versions(PARENTS(connection, known=known))):
        yield Contradiction(
            ContradictionKind.UNIT_CIRCLE,
            since,
            until,
            tuple(Concern("unit", unit) for unit in units),
            tuple(link("organization", unit, event) for unit, event in zip(units, events, strict=True)),
            tuple(units),
        )


def join_versions(rows: Iterable[ParentRow]) -> list[ParentRow]:
    """Versions in order, one after another under the same parent, as one: its name changed, its parent did not."""
    joined: list[ParentRow] = []
    for row in rows:
        if joined and joined[-1][:2] == row[:2]:
            joined[-1] = joined[-1]._replace(until=row.until)
        else:
            joined.append(row)
    return [row for row in joined if row.parent_id and row.since < row.until]


def circles(rows: Sequence[ParentRow]) -> Iterator[tuple[list[str], str, str, list[str]]]:
    """Every circle once, from its least unit upwards: its units, its days [since, until), the facts that make it."""
    above: dict[str, list[ParentRow]] = defaultdict(list)
    for row in rows:
        above[row.unit_id].append(row)
    for unit in sorted(_possibly_in_circles(above)):
        paths = [([row], (row.since, row.until)) for row in above[unit]]
        while paths:
            path, days = paths.pop()
            at = path[-1].parent_id
            if at == unit:
                yield [row.unit_id for row in path], *days, [row.opened_by for row in path]
            elif at > unit and all(row.unit_id != at for row in path):
                paths += [
                    ([*path, row], common)
                    for row in above.get(at, ())
                    if (common := overlap(days, (row.since, row.until)))
                ]


def _possibly_in_circles(above: Mapping[str, Sequence[ParentRow]]) -> set[str]:
    """What is left when units without a parent, at any time, are taken away until none is left."""
    below: dict[str, set[str]] = defaultdict(set)
    parents = {unit: {row.parent_id for row in rows} & above.keys() for unit, rows in above.items()}
    for unit, over in parents.items():
        for parent in over:
            below[parent].add(unit)
    left = {unit: len(over) for unit, over in parents.items()}
    roots = [unit for unit, count in left.items() if not count]
    while roots:
        root = roots.pop()
        del left[root]
        for unit in below[root]:
            left[unit] -= 1
            if not left[unit]:
                roots.append(unit)
    return set(left)


def find_missing_parents(connection: Connection, known: Instant, _: MergedFiles) -> list[Contradiction]:
    """A unit under one that is dissolved, not established yet, or not on record."""
    candidates = UNDER_NOTHING(connection, known=known)
    children = sorted({row.unit_id for row in candidates})
    under: dict[tuple[str, str], list[ParentRow]] = defaultdict(list)
    for version in join_versions(VERSIONS(connection, ids=children, known=known)):
        under[version.unit_id, version.parent_id].append(version)
    found = [
        _orphan(version, days, row.gone_by)
        for row in candidates
        for version in under[row.unit_id, row.parent_id]
        if (days := overlap((version.since, version.until), (row.gone_from, row.gone_to)))
    ]
    found += [_orphan(row, (row.since, row.until), "") for row in UNDER_UNKNOWN(connection, known=known)]
    return join_adjoining(found)


def _orphan(version: ParentRow, days: tuple[str, str], gone_by: str) -> Contradiction:
    return Contradiction(
        ContradictionKind.PARENT_NOT_THERE,
        *days,
        (Concern("unit", version.unit_id), Concern("unit", version.parent_id)),
        _links((version.unit_id, version.opened_by), (version.parent_id, gone_by)),
        (version.unit_id, version.parent_id),
    )


def _links(*facts: tuple[str, str]) -> tuple[str, ...]:
    """Links to facts of organization given as (stream, event); those without an event are left out."""
    return tuple(link("organization", stream, event) for stream, event in facts if event)


def find_posts_without_unit(connection: Connection, known: Instant, _: MergedFiles) -> list[Contradiction]:
    """A post of a unit that is not on record, or that did not exist when the post was created.

    A post ends with its unit; that it was not abolished by a fact of its own is no contradiction.
    """
    found = [
        Contradiction(
            ContradictionKind.POST_WITHOUT_UNIT,
            row.valid_from,
            row.valid_to,
            (Concern("post", row.post_id), Concern("unit", row.unit_id)),
            _links((row.post_id, row.opened_by), (row.unit_id, row.unit_event)),
            (row.unit_id,),
        )
        for row in POSTS_WITHOUT_UNIT(connection, known=known)
    ]
    return join_adjoining(found)


def find_impossible_lineage(
    connection: Connection, known: Instant, _: MergedFiles
) -> Iterator[Contradiction]:
    """A clause of a reorganisation whose source or target is certainly not there on its day, or is not on record."""
    for row in AGAINST_TIME(connection, known=known):
        yield Contradiction(
            ContradictionKind.LINEAGE_AGAINST_TIME,
            row.valid_from,
            LAST_DAY,
            (Concern("unit", row.unit_id), Concern("unit", row.other_id)),
            _links((row.reorganisation, row.opened_by), (row.unit_id, row.unit_event)),
            (row.unit_id, row.other_id),
        )
