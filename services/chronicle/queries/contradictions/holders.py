"""HOLDER_IN_DISSOLVED_UNIT, HOLDER_IN_ABOLISHED_POST, HOLDER_AFTER_SERVICE and HOLDER_OF_VOIDED: a post is held on days
on which its unit, the post itself or its holder's service is certainly not there."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import link
from services.chronicle.queries.contradictions.candidates import (
    Concern,
    Contradiction,
    overlap,
    read_units_of_posts,
    surely_held_until,
)
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.chronicle.queries.contradictions.overlaps import HELD_BY
from services.chronicle.queries.people.merged_files import MergedFiles
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Instant
from shared.database.sql import BatchQuery, Query, known_condition


class _GoneRow(NamedTuple):
    """A tenure that may be held on some of the days [gone_from, gone_to) on which its post or unit is not there."""

    cadre_id: str
    tenure_id: str
    post_id: str
    unit_id: str
    gone_from: str
    gone_to: str
    gone_by: str


class _AwayRow(NamedTuple):
    cadre_id: str
    tenure_id: str
    post_id: str
    since: str
    until: str
    opened_by: str
    away_file: str
    away_from: str
    away_to: str
    away_by: str


class _OutRow(NamedTuple):
    cadre_id: str
    certain_from: str
    certain_to: str
    opened_by: str


class _MissingRow(NamedTuple):
    """A tenure of a post, unit or cadre (`what`) that is not on record."""

    what: str
    missing: str
    cadre_id: str
    tenure_id: str
    post_id: str
    unit_id: str
    valid_from: str
    valid_to: str
    opened_by: str


_UNTIL = surely_held_until("t")


_POSSIBLE = f"x.post_id = p.post_id AND {known_condition('x')}"
"""SQL: any row of a tenure of the post. It is answered by an index alone; what is certain is looked up afterwards."""
IN_DISSOLVED_UNIT = Query(
    _GoneRow,
    f"""
SELECT DISTINCT x.cadre_id, x.tenure_id, p.post_id, p.unit_id, u.valid_to AS gone_from, '{LAST_DAY}' AS gone_to,
  u.closed_by AS gone_by FROM units u CROSS JOIN posts p CROSS JOIN tenures x
WHERE u.closing <> '' AND {known_condition("u")} AND p.unit_id = u.unit_id AND {known_condition("p")}
  AND {_POSSIBLE} AND x.valid_to > u.valid_to""",
)
IN_ABOLISHED_POST = Query(
    _GoneRow,
    f"""
SELECT DISTINCT x.cadre_id, x.tenure_id, p.post_id, p.unit_id, p.valid_to AS gone_from, '{LAST_DAY}' AS gone_to,
  p.closed_by AS gone_by FROM posts p CROSS JOIN tenures x
WHERE p.closed_by <> '' AND {known_condition("p")} AND {_POSSIBLE} AND x.valid_to > p.valid_to""",
)
BEFORE_POST = Query(
    _GoneRow,
    f"""
SELECT DISTINCT x.cadre_id, x.tenure_id, p.post_id, p.unit_id, '{FIRST_DAY}' AS gone_from, p.valid_from AS gone_to,
  p.opened_by AS gone_by FROM posts p CROSS JOIN tenures x
WHERE {known_condition("p")} AND {_POSSIBLE} AND x.valid_from < p.valid_from AND NOT EXISTS (
  SELECT 1 FROM posts e WHERE e.post_id = x.post_id AND e.valid_from < p.valid_from AND {known_condition("e")})""",
)
AFTER_SERVICE = Query(
    _AwayRow,
    f"""
SELECT t.cadre_id, t.tenure_id, t.post_id, t.certain_from AS since, {_UNTIL} AS until,
  t.opened_by, a.cadre_id AS away_file, a.certain_from AS away_from, a.certain_to AS away_to, a.opened_by AS away_by
FROM away a CROSS JOIN tenures t
WHERE a.certain_from < a.certain_to AND {known_condition("a")} AND t.cadre_id = a.cadre_id AND t.stretch = 0
  AND {known_condition("t")} AND t.certain_from < a.certain_to AND {_UNTIL} > a.certain_from AND {_UNTIL} > t.certain_from""",
)
_AWAY = BatchQuery(
    _OutRow,
    f"""
SELECT a.cadre_id, a.certain_from, a.certain_to, a.opened_by FROM away a
WHERE a.cadre_id IN :ids AND {known_condition("a")} ORDER BY a.cadre_id, a.certain_from""",
)


def _missing(what: str, missing: str, unit: str, ids: str, tenures: str) -> str:
    """Tenures by the ids that are not on record: each id is looked up once, not once for each tenure."""
    return f"""
SELECT '{what}' AS what, i.id AS missing, t.cadre_id, t.tenure_id, t.post_id, {unit} AS unit_id, t.valid_from,
  t.valid_to, t.opened_by FROM (SELECT DISTINCT {ids}) i {tenures} AND t.stretch = 0 AND {known_condition("t")}
WHERE i.id <> '' AND NOT EXISTS (SELECT 1 FROM {missing} = i.id AND {known_condition("k")})"""


OF_MISSING = Query(
    _MissingRow,
    " UNION ".join(
        (
            _missing(
                "post",
                "posts k WHERE k.post_id",
                "''",
                "a.post_id AS id FROM tenures a",
                "JOIN tenures t ON t.post_id = i.id",
            ),
            _missing(
                "cadre",
                "cadres k WHERE k.cadre_id",
                "''",
                "a.cadre_id AS id FROM tenures a",
                "JOIN tenures t ON t.cadre_id = i.id",
            ),
            _missing(
                "unit",
                "units k WHERE k.unit_id",
                "i.id",
                "a.unit_id AS id FROM posts a",
                f"JOIN posts p ON p.unit_id = i.id AND {known_condition('p')} JOIN tenures t ON t.post_id = p.post_id",
            ),
        )
    ),
)


def find_holders_of_ended(
    connection: Connection, known: Instant, files: MergedFiles
) -> Iterator[Contradiction]:
    """A post is held when its unit is dissolved, or when the post is abolished or not created yet."""
    for kind, query, topic_of in (
        (ContradictionKind.HOLDER_IN_DISSOLVED_UNIT, IN_DISSOLVED_UNIT, "unit_id"),
        (ContradictionKind.HOLDER_IN_ABOLISHED_POST, IN_ABOLISHED_POST, "post_id"),
        (ContradictionKind.HOLDER_IN_ABOLISHED_POST, BEFORE_POST, "post_id"),
    ):
        rows = query(connection, known=known)
        cadres = list(dict.fromkeys(row.cadre_id for row in rows))
        held = {
            (each.cadre_id, each.tenure_id): each for each in HELD_BY(connection, ids=cadres, known=known)
        }
        for row in rows:
            tenure = held[row.cadre_id, row.tenure_id]
            days = overlap((tenure.since, tenure.until), (row.gone_from, row.gone_to))
            if days and (row.cadre_id, row.tenure_id) not in files.duplicates:
                yield Contradiction(
                    kind,
                    *days,
                    (
                        Concern("cadre", files.person(row.cadre_id)),
                        Concern("post", row.post_id),
                        Concern("unit", row.unit_id),
                        Concern("tenure", row.tenure_id),
                    ),
                    (
                        link("appointment", row.cadre_id, tenure.opened_by),
                        link("organization", getattr(row, topic_of), row.gone_by),
                    ),
                    (row.unit_id,) if row.unit_id else (),
                )


def find_holders_out_of_service(
    connection: Connection, known: Instant, files: MergedFiles
) -> Iterator[Contradiction]:
    """A post is held by somebody who is out of service; all files of a person count."""
    rows = [*AFTER_SERVICE(connection, known=known), *_across_merged_files(connection, known, files)]
    units = read_units_of_posts(connection, known, (row.post_id for row in rows))
    for row in rows:
        days = overlap((row.since, row.until), (row.away_from, row.away_to))
        if days and (row.cadre_id, row.tenure_id) not in files.duplicates:
            yield Contradiction(
                ContradictionKind.HOLDER_AFTER_SERVICE,
                *days,
                (
                    Concern("cadre", files.person(row.cadre_id)),
                    Concern("post", row.post_id),
                    Concern("tenure", row.tenure_id),
                ),
                (
                    link("appointment", row.cadre_id, row.opened_by),
                    link("personnel", row.away_file, row.away_by),
                ),
                units[row.post_id],
            )


def _across_merged_files(connection: Connection, known: Instant, files: MergedFiles) -> Iterator[_AwayRow]:
    """Tenures in one file of a person, with the end of service in another one."""
    away: dict[str, list[_OutRow]] = defaultdict(list)
    for out in _AWAY(connection, ids=files.merged_files, known=known):
        away[files.person(out.cadre_id)].append(out)
    if not away:
        return
    for held in HELD_BY(connection, ids=files.merged_files, known=known):
        for out in away.get(files.person(held.cadre_id), ()):
            if out.cadre_id != held.cadre_id:
                yield _AwayRow(
                    held.cadre_id,
                    held.tenure_id,
                    held.post_id,
                    held.since,
                    held.until,
                    held.opened_by,
                    *out,
                )


def find_holders_of_missing(
    connection: Connection, known: Instant, files: MergedFiles
) -> Iterator[Contradiction]:
    """A tenure whose post, unit or cadre was voided or never recorded."""
    rows = OF_MISSING(connection, known=known)
    units = read_units_of_posts(connection, known, (row.post_id for row in rows))
    for row in rows:
        concerns = (
            Concern(row.what, row.missing),
            Concern("cadre", files.person(row.cadre_id)),
            Concern("post", row.post_id),
            Concern("tenure", row.tenure_id),
        )
        yield Contradiction(
            ContradictionKind.HOLDER_OF_VOIDED,
            row.valid_from,
            row.valid_to,
            tuple(dict.fromkeys(concerns)),
            (link("appointment", row.cadre_id, row.opened_by),),
            (row.unit_id,) if row.unit_id else units[row.post_id],
        )
