"""ROTATION_WITHOUT_TENURE and TENURE_WITHOUT_ROTATION: a move and the tenure that it starts, one without the other."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import link
from services.chronicle.queries.contradictions.candidates import Concern, Contradiction, read_units_of_posts
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.chronicle.queries.people.merged_files import MergedFiles
from shared.core.partial_dates import LAST_DAY, Instant
from shared.database.sql import BatchQuery, Query, known_condition


class _MoveRow(NamedTuple):
    """A move of a cadre to a post on some day of [first, last]."""

    cadre_id: str
    move_id: str
    post_id: str
    unit_id: str
    first: str
    last: str
    event: str


class _MovedRow(NamedTuple):
    """A tenure that a move started, on some day of [first, last]."""

    cadre_id: str
    tenure_id: str
    post_id: str
    route: str
    first: str
    last: str
    until: str
    event: str


class _HeldRow(NamedTuple):
    cadre_id: str
    post_id: str
    valid_from: str
    valid_to: str


class _StartRow(NamedTuple):
    cadre_id: str
    post_id: str
    first: str
    last: str


def _without_tenure(post: str, unit: str, first: str, last: str, event: str, condition: str) -> str:
    return f"""
SELECT m.cadre_id, m.move_id, m.{post} AS post_id, {unit} AS unit_id, m.{first} AS first, m.{last} AS last,
  m.{event} AS event FROM rotations m
WHERE m.{post} <> '' AND {condition} AND {known_condition("m")} AND NOT EXISTS (
  SELECT 1 FROM tenures t WHERE t.cadre_id = m.cadre_id AND t.post_id = m.{post} AND t.valid_from <= m.{last}
  AND t.valid_to > m.{first} AND {known_condition("t")})"""


MOVES_WITHOUT_TENURE = Query(
    _MoveRow,
    _without_tenure("to_post", "m.to_unit", "valid_from", "certain_from", "opened_by", "m.to_post <> ''")
    + " UNION ALL "
    + _without_tenure(
        "next_post",
        "''",
        "certain_to",
        "valid_to",
        "closed_by",
        "m.ended NOT IN ('', 'SERVICE_ENDED', 'UNIT_ABOLISHED')",
    ),
)
TENURES_WITHOUT_MOVE = Query(
    _MovedRow,
    f"""
SELECT t.cadre_id, t.tenure_id, t.post_id, t.route, t.valid_from AS first, t.certain_from AS last, t.valid_to AS until, t.opened_by AS event FROM tenures t
WHERE t.route IN ('ROTATED', 'TRANSFERRED') AND t.stretch = 0 AND {known_condition("t")} AND NOT EXISTS (
  SELECT 1 FROM rotations m WHERE m.cadre_id = t.cadre_id AND m.to_post = t.post_id AND m.valid_from <= t.certain_from
  AND m.certain_from >= t.valid_from AND {known_condition("m")})""",
)
_HELD = BatchQuery(
    _HeldRow,
    f"""
SELECT t.cadre_id, t.post_id, t.valid_from, t.valid_to FROM tenures t
WHERE t.cadre_id IN :ids AND {known_condition("t")}""",
)
_STARTS = BatchQuery(
    _StartRow,
    f"""
SELECT m.cadre_id, m.to_post AS post_id, m.valid_from AS first, m.certain_from AS last FROM rotations m
WHERE m.cadre_id IN :ids AND {known_condition("m")}""",
)


def _find_merged(rows: Iterable[_MoveRow | _MovedRow], files: MergedFiles) -> list[str]:
    """Every file of those people whose files were merged."""
    same = (files.files(row.cadre_id) for row in rows)
    return list(dict.fromkeys(file for each in same if len(each) > 1 for file in each))


def find_moves_without_tenure(
    connection: Connection, known: Instant, files: MergedFiles
) -> Iterator[Contradiction]:
    """A rotation or transfer to a post, or its end with a next post, and no tenure there on any day it can mean."""
    rows = MOVES_WITHOUT_TENURE(connection, known=known)
    held = _HELD(connection, ids=_find_merged(rows, files), known=known)
    for row in rows:
        same = files.files(row.cadre_id)
        if any(
            other.cadre_id in same
            and other.post_id == row.post_id
            and other.valid_from <= row.last
            and other.valid_to > row.first
            for other in held
        ):
            continue
        yield Contradiction(
            ContradictionKind.ROTATION_WITHOUT_TENURE,
            row.first,
            LAST_DAY,
            (
                Concern("cadre", files.person(row.cadre_id)),
                Concern("post", row.post_id),
                Concern("rotation", row.move_id),
            ),
            (link("rotation", row.cadre_id, row.event),),
            (row.unit_id,) if row.unit_id else (),
        )


def find_tenures_without_move(
    connection: Connection, known: Instant, files: MergedFiles
) -> Iterator[Contradiction]:
    """A tenure that came by rotation or transfer, and no such move to its post that may be of its first day."""
    rows = TENURES_WITHOUT_MOVE(connection, known=known)
    starts = _STARTS(connection, ids=_find_merged(rows, files), known=known)
    units = read_units_of_posts(connection, known, (row.post_id for row in rows))
    for row in rows:
        same = files.files(row.cadre_id)
        if any(
            move.cadre_id in same
            and move.post_id == row.post_id
            and move.first <= row.last
            and move.last >= row.first
            for move in starts
        ):
            continue
        yield Contradiction(
            ContradictionKind.TENURE_WITHOUT_ROTATION,
            row.first,
            row.until,
            (
                Concern("cadre", files.person(row.cadre_id)),
                Concern("post", row.post_id),
                Concern("tenure", row.tenure_id),
            ),
            (link("appointment", row.cadre_id, row.event),),
            units[row.post_id],
        )
