"""TWO_PRIMARY, SAME_POST_TWICE, SEATS_EXCEEDED and TENURE_ID_TWICE: tenures that exclude each other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import link
from services.chronicle.queries.contradictions.candidates import (
    Concern,
    Found,
    overlap,
    surely_held_until,
)
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.chronicle.queries.people.merged_files import MergedFiles
from services.chronicle.rows import FindingsOfFact, list_from_text
from shared.core.partial_dates import Instant
from shared.database.sql import BatchQuery, Query, known_condition


class HeldRow(NamedTuple):
    """A tenure over the days [since, until) on which it is certainly held."""

    cadre_id: str
    tenure_id: str
    post_id: str
    unit_id: str | None
    holding: str
    since: str
    until: str
    opened_by: str
    findings: str


class _PairRow(NamedTuple):
    """Two tenures of one file that overlap for certain; see HeldRow."""

    cadre_id: str
    one: str
    one_post: str
    one_unit: str | None
    one_holding: str
    one_since: str
    one_until: str
    one_event: str
    one_findings: str
    other: str
    other_post: str
    other_unit: str | None
    other_holding: str
    other_since: str
    other_until: str
    other_event: str
    other_findings: str


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
    unit_id: str | None
    opened_by: str
    valid_from: str


_UNIT_OF = "(SELECT min(q.unit_id) FROM posts q WHERE q.post_id = {0}.post_id)"
_HELD = f"""t.cadre_id, t.tenure_id, t.post_id, {_UNIT_OF.format("t")} AS unit_id, t.holding, t.certain_from AS since,
{surely_held_until("t")} AS until, t.opened_by, t.findings"""
HELD_BY = BatchQuery(
    HeldRow,
    f"""
SELECT {_HELD} FROM tenures t WHERE t.cadre_id IN :ids AND t.stretch = 0 AND {known_condition("t")}
ORDER BY t.cadre_id, t.tenure_id""",
)


def _columns(alias: str, name: str) -> str:
    return (
        f"{alias}.tenure_id AS {name}, {alias}.post_id AS {name}_post, {_UNIT_OF.format(alias)} AS {name}_unit, "
        f"{alias}.holding AS {name}_holding, {alias}.certain_from AS {name}_since, "
        f"{surely_held_until(alias)} AS {name}_until, {alias}.opened_by AS {name}_event, "
        f"{alias}.findings AS {name}_findings"
    )


PAIRS = Query(
    _PairRow,
    f"""
SELECT a.cadre_id, {_columns("a", "one")}, {_columns("b", "other")}
FROM tenures a JOIN tenures b ON b.cadre_id = a.cadre_id AND b.tenure_id > a.tenure_id AND b.stretch = 0
  AND (b.post_id = a.post_id OR (a.holding = 'PRIMARY' AND b.holding = 'PRIMARY'))
  AND a.certain_from < {surely_held_until("b")} AND b.certain_from < {surely_held_until("a")}
  AND b.certain_from < {surely_held_until("b")} AND {known_condition("b")}
WHERE a.stretch = 0 AND a.certain_from < {surely_held_until("a")} AND {known_condition("a")}""",
)
_SEATED = "t.status = 'ACTIVE' AND t.holding IN ('PRIMARY', 'CONCURRENT') AND t.certain_from < t.certain_to"
_LATER = "CASE WHEN t.certain_from > p.certain_from THEN t.certain_from ELSE p.certain_from END"
"""The first day on which both the tenure and the version of the post are certain."""
SEATS = Query(
    _SeatRow,
    f"""
WITH crowded AS (
  SELECT DISTINCT p.post_id FROM posts p JOIN tenures t ON t.post_id = p.post_id AND {_SEATED} AND {known_condition("t")}
    AND t.certain_from < p.valid_to AND t.certain_to > p.certain_from
  WHERE p.seats > 0 AND {known_condition("p")} AND p.seats < (
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
  SELECT t.tenure_id FROM tenures t WHERE {known_condition("t")}
  GROUP BY t.tenure_id HAVING min(t.cadre_id) < max(t.cadre_id))
SELECT t.tenure_id, t.cadre_id, t.post_id, {_UNIT_OF.format("t")} AS unit_id, t.opened_by, t.valid_from
FROM shared s JOIN tenures t ON t.tenure_id = s.tenure_id AND t.stretch = 0 AND {known_condition("t")}
ORDER BY t.tenure_id, t.cadre_id""",
)


def find_tenure_overlaps(connection: Connection, known: Instant, files: MergedFiles) -> Iterator[Found]:
    """One person with two primary posts, or twice in one post, on a day that is certain."""
    for row in PAIRS(connection, known=known):
        one, other = HeldRow(row[0], *row[1:9]), HeldRow(row[0], *row[9:])
        if not files.duplicates or not _is_duplicate(files, one, other):
            yield from _excluding(files, one, other)
    by_person: dict[str, list[HeldRow]] = defaultdict(list)
    for held in HELD_BY(connection, ids=files.merged_files, known=known):
        if (held.cadre_id, held.tenure_id) not in files.duplicates:
            by_person[files.person(held.cadre_id)].append(held)
    for rows in by_person.values():
        for one, other in combinations(rows, 2):
            if one.cadre_id != other.cadre_id:
                yield from _excluding(files, one, other)


def _is_duplicate(files: MergedFiles, *rows: HeldRow) -> bool:
    return any((row.cadre_id, row.tenure_id) in files.duplicates for row in rows)


def _excluding(files: MergedFiles, one: HeldRow, other: HeldRow) -> Iterator[Found]:
    days = overlap((one.since, one.until), (other.since, other.until))
    if days is None:
        return
    person = files.person(one.cadre_id)
    concerns = (
        Concern("cadre", person),
        *dict.fromkeys(Concern("post", row.post_id) for row in (one, other)),
        Concern("tenure", one.tenure_id),
        Concern("tenure", other.tenure_id),
    )
    rules = {
        ContradictionKind.SAME_POST_TWICE: one.post_id == other.post_id,
        ContradictionKind.TWO_PRIMARY: one.post_id != other.post_id
        and one.holding == other.holding == "PRIMARY",
    }
    for kind, broken in rules.items():
        if broken:
            yield Found(
                kind,
                *days,
                concerns,
                tuple(link("appointment", row.cadre_id, row.opened_by) for row in (one, other)),
                tuple(dict.fromkeys(row.unit_id for row in (one, other) if row.unit_id)),
                _accepted_by(RULES[kind], one.findings, other.findings),
            )


RULES = {
    ContradictionKind.SAME_POST_TWICE: "SamePostTwice",
    ContradictionKind.TWO_PRIMARY: "TwoPrimaryPosts",
}
"""The name of the finding under which somebody may have answered for it."""


def _accepted_by(rule: str, *findings: str) -> str:
    """Who overrode this rule, from the findings of rows."""
    for each in (each for text in findings for each in list_from_text(text, FindingsOfFact)):
        for finding in each.findings:
            if finding.rule == rule and finding.overridden_by:
                return finding.overridden_by
    return ""


def find_exceeded_seats(connection: Connection, known: Instant, files: MergedFiles) -> Iterator[Found]:
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
) -> Iterator[Found]:
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
        yield Found(
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


def find_shared_tenure_ids(connection: Connection, known: Instant, files: MergedFiles) -> Iterator[Found]:
    """One tenure id that several people have."""
    by_id: dict[str, list[_SharedIdRow]] = defaultdict(list)
    for row in SHARED_IDS(connection, known=known):
        by_id[row.tenure_id].append(row)
    for tenure, rows in by_id.items():
        people = dict.fromkeys(files.person(row.cadre_id) for row in rows)
        if len(people) > 1:
            yield Found(
                ContradictionKind.TENURE_ID_TWICE,
                max(row.valid_from for row in rows),
                "9999-12-31",
                (Concern("tenure", tenure), *(Concern("cadre", person) for person in people)),
                tuple(link("appointment", row.cadre_id, row.opened_by) for row in rows),
                _units_of(rows),
            )


def _units_of(rows: Iterable[_SharedIdRow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.unit_id for row in rows if row.unit_id))
