"""SEATS_EXCEEDED and TENURE_ID_TWICE: more people than there can be."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import link
from services.chronicle.queries.contradictions.candidates import (
    Concern,
    Contradiction,
    read_units_of_posts,
)
from services.chronicle.queries.contradictions.ignored import TWICE_HELD
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.chronicle.queries.people.merged_files import MergedFiles
from shared.core.partial_dates import LAST_DAY, Instant
from shared.database.sql import BatchQuery, Query, known_condition


class _SeatRow(NamedTuple):
    """A holder of a crowded post, over the days [since, until) on which that is certain."""

    post_id: str
    cadre_id: str
    since: str
    until: str
    tenure_id: str
    opened_by: str


class _CapacityRow(NamedTuple):
    """A version of a post with its number of seats, on days on which it may be and on which it is certain."""

    post_id: str
    unit_id: str
    seats: int
    valid_from: str
    valid_to: str
    certain_from: str
    certain_to: str
    opened_by: str


class _SharedIdRow(NamedTuple):
    tenure_id: str
    cadre_id: str
    post_id: str
    opened_by: str
    valid_from: str


class _SecondTenureRow(NamedTuple):
    """A tenure, and a later fact that begins one under its id."""

    tenure_id: str
    cadre_id: str
    post_id: str
    opened_by: str
    ignored: str
    valid_from: str


_SEATED = "t.status = 'ACTIVE' AND t.holding IN ('PRIMARY', 'CONCURRENT') AND t.certain_from < t.certain_to"
_LATER = "CASE WHEN t.certain_from > p.certain_from THEN t.certain_from ELSE p.certain_from END"
"""The first day on which both the tenure and the version of the post are certain."""
SEATS = Query(
    _SeatRow,
    f"""
WITH sitting AS (
  SELECT t.post_id, t.certain_from, max(t.certain_to) OVER (
    PARTITION BY t.post_id ORDER BY t.valid_from ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until
  FROM tenures t WHERE {_SEATED} AND {known_condition("t")}),
shared AS (SELECT DISTINCT s.post_id FROM sitting s WHERE s.certain_from < s.taken_until),
crowded AS (
  SELECT DISTINCT p.post_id FROM shared s CROSS JOIN posts p CROSS JOIN tenures t
  WHERE p.post_id = s.post_id AND t.post_id = p.post_id AND {_SEATED} AND {known_condition("t")}
    AND t.certain_from < p.valid_to AND t.certain_to > p.certain_from
    AND p.seats > 0 AND {known_condition("p")} AND p.seats < (
    SELECT count(*) FROM tenures o WHERE o.post_id = p.post_id AND o.valid_from <= {_LATER} AND {_SEATED.replace("t.", "o.")}
      AND o.certain_from <= {_LATER} AND o.certain_to > {_LATER} AND {known_condition("o")}))
SELECT t.post_id, t.cadre_id, t.certain_from AS since, t.certain_to AS until, t.tenure_id, t.opened_by
FROM crowded c CROSS JOIN tenures t WHERE t.post_id = c.post_id AND {_SEATED} AND {known_condition("t")}
ORDER BY t.post_id, t.certain_from, t.cadre_id, t.tenure_id""",
)
CAPACITIES = BatchQuery(
    _CapacityRow,
    f"""
SELECT p.post_id, p.unit_id, p.seats, p.valid_from, p.valid_to, p.certain_from, p.certain_to, p.opened_by FROM posts p
WHERE p.post_id IN :ids AND {known_condition("p")} ORDER BY p.post_id, p.valid_from, p.certain_from""",
)
SHARED_IDS = Query(
    _SharedIdRow,
    f"""
WITH shared AS (
  SELECT t.tenure_id FROM tenures t GROUP BY t.tenure_id HAVING min(t.cadre_id) < max(t.cadre_id))
SELECT t.tenure_id, t.cadre_id, t.post_id, t.opened_by, t.valid_from
FROM shared s JOIN tenures t ON t.tenure_id = s.tenure_id AND t.stretch = 0 AND {known_condition("t")}
ORDER BY t.tenure_id, t.cadre_id""",
)
"""Ids that several files have had at any time are few, and found by an index alone; who has them as known follows."""
SECOND_TENURES = Query(
    _SecondTenureRow,
    f"""
SELECT t.tenure_id, t.cadre_id, t.post_id, t.opened_by, i.fact AS ignored, i.valid_from
FROM ignored_appointment i CROSS JOIN tenures t
WHERE {TWICE_HELD} AND {known_condition("i")} AND t.cadre_id = i.stream AND t.tenure_id = i.subject AND t.stretch = 0
  AND {known_condition("t")}""",
)


def find_exceeded_seats(
    connection: Connection, known: Instant, files: MergedFiles
) -> Iterator[Contradiction]:
    """More people in a post than it has seats, on days on which all of that is certain."""
    sitting: dict[str, list[_SeatRow]] = defaultdict(list)
    for row in SEATS(connection, known=known):
        if not files.is_duplicate(row.cadre_id, row.tenure_id):
            sitting[row.post_id].append(row)
    versions: dict[str, list[_CapacityRow]] = defaultdict(list)
    for version in CAPACITIES(connection, ids=list(sitting), known=known):
        versions[version.post_id].append(version)
    for post, rows in sitting.items():
        yield from _crowded_periods(rows, versions[post], files)


def _crowded_periods(
    rows: list[_SeatRow], versions: list[_CapacityRow], files: MergedFiles
) -> Iterator[Contradiction]:
    """Each longest period over which the same people are too many for every version of the post that may then hold."""
    edges = {day for row in rows for day in (row.since, row.until)}
    edges |= {day for each in versions for day in (each.valid_from, each.valid_to, each.certain_from)}
    edges |= {versions[-1].certain_to}
    found: list[tuple[str, str, list[_SeatRow], list[_CapacityRow]]] = []
    for since, until in pairwise(sorted(edges)):
        possible = [each for each in versions if each.valid_from <= since < each.valid_to]
        exists = versions[0].certain_from <= since < versions[-1].certain_to
        if not possible or not exists or not all(each.seats for each in possible):
            continue
        sitting = [row for row in rows if row.since <= since < row.until]
        if len({files.person(row.cadre_id) for row in sitting}) <= max(each.seats for each in possible):
            continue
        if found and found[-1][1] == since and found[-1][2:] == (sitting, possible):
            found[-1] = (found[-1][0], until, sitting, possible)
        else:
            found.append((since, until, sitting, possible))
    for since, until, sitting, possible in found:
        people = dict.fromkeys(files.person(row.cadre_id) for row in sitting)
        post, unit = possible[-1].post_id, possible[-1].unit_id
        yield Contradiction(
            ContradictionKind.SEATS_EXCEEDED,
            since,
            until,
            (Concern("post", post), *(Concern("cadre", person) for person in people)),
            (
                *(link("organization", post, each.opened_by) for each in possible),
                *(link("appointment", row.cadre_id, row.opened_by) for row in sitting),
            ),
            (unit,) if unit else (),
        )


def find_shared_tenure_ids(
    connection: Connection, known: Instant, files: MergedFiles
) -> Iterator[Contradiction]:
    """One tenure id that several people have, or that one cadre has twice: the second has no row of a tenure."""
    by_id: dict[str, list[_SharedIdRow]] = defaultdict(list)
    for row in SHARED_IDS(connection, known=known):
        by_id[row.tenure_id].append(row)
    again = SECOND_TENURES(connection, known=known)
    posts = [row.post_id for rows in by_id.values() for row in rows] + [second.post_id for second in again]
    units = read_units_of_posts(connection, known, posts)
    for tenure, rows in by_id.items():
        people = dict.fromkeys(files.person(row.cadre_id) for row in rows)
        if len(people) > 1:
            yield Contradiction(
                ContradictionKind.TENURE_ID_TWICE,
                max(row.valid_from for row in rows),
                LAST_DAY,
                (Concern("tenure", tenure), *(Concern("cadre", person) for person in people)),
                tuple(link("appointment", row.cadre_id, row.opened_by) for row in rows),
                tuple(dict.fromkeys(unit for row in rows for unit in units[row.post_id])),
            )
    for second in again:
        yield Contradiction(
            ContradictionKind.TENURE_ID_TWICE,
            second.valid_from,
            LAST_DAY,
            (Concern("tenure", second.tenure_id), Concern("cadre", files.person(second.cadre_id))),
            tuple(link("appointment", second.cadre_id, fact) for fact in (second.opened_by, second.ignored)),
            units[second.post_id],
        )
