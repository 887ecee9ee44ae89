"""What no single fact shows: caps, seats, kin, terms and pairs, checked over everything that holds on a day."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, link
from services.chronicle.queries.people.merged_files import MergedFiles
from services.chronicle.queries.tenures.holders import list_units_in_scope
from shared.core.partial_dates import day_after
from shared.core.rulebook import Rulebook, RuleVersion
from shared.database.sql import Query, as_of_condition, known_condition


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that a set of facts breaks on a day. `subject` and `related` are posts, cadres or units."""

    rule: str
    """Name of the rule."""
    version: int
    """Version of the rule."""
    severity: str
    """INFO, WARN or BLOCK_UNLESS_OVERRIDDEN."""
    subject: str
    """Id of the post, cadre or unit that it is about."""
    related: list[str]
    """Ids of the posts, cadres or units it is with."""
    unit: str
    """Id of the unit it happens in."""
    detail: str
    """The particulars, in words."""
    facts: list[str]
    """The facts that break the rule together."""


class SittingRow(NamedTuple):
    """A holder of a post on that day, with the post's seats and the post it is paired with."""

    post_id: str
    unit_id: str
    title: str
    seats: int
    role: str
    paired_post: str
    cadre_id: str
    opened_by: str


class LeadingRow(NamedTuple):
    """A head or deputy of a unit, and the unit's quota of them."""

    unit_id: str
    role: str
    cadre_id: str
    opened_by: str
    quota: str
    amount: int
    overage_allowed: int
    overage_until: str


class PlannedRow(NamedTuple):
    """A planning entry: who is planned for which title, on whose list."""

    list_id: str
    title: str
    cadre_id: str
    opened_by: str
    owner_id: str


class _KinRow(NamedTuple):
    """Two relatives in one unit with their roles, and who declared the kinship."""

    unit_id: str
    cadre_id: str
    role: str
    relative_id: str
    relative_role: str
    relation: str
    declared_by: str
    opened_by: str


class _TermRow(NamedTuple):
    """A head of a unit, and how many terms in this post there have been so far."""

    unit_id: str
    post_id: str
    cadre_id: str
    opened_by: str
    title: str
    terms: int


class LocalRow(NamedTuple):
    """A holder of a post that is not for locals, whose home lies in the territory of the post."""

    post_id: str
    unit_id: str
    cadre_id: str
    opened_by: str
    territory: str


Row = TypeVar("Row", bound=NamedTuple)


class CheckContext(NamedTuple):
    """What a check is given: the rows as of a day, and the rules in force on it."""

    connection: Connection
    when: AsOf
    book: Rulebook
    files: MergedFiles

    def rows(self, query: Query[Row]) -> list[Row]:
        return query(self.connection, day=self.when.as_of, known=self.when.known_at)

    def rule(self, name: str) -> RuleVersion | None:
        return self.book.version(name, self.when.as_of)


_SITTING = f"""
SELECT p.post_id, p.unit_id, p.title, p.seats, p.role, p.paired_post, t.cadre_id, t.opened_by
FROM posts p JOIN tenures t ON t.post_id = p.post_id AND {as_of_condition("t")} AND t.status = 'ACTIVE'
AND t.holding IN ('PRIMARY', 'CONCURRENT') WHERE {as_of_condition("p")}"""
SEATED = Query(
    SittingRow,
    f"""
WITH s AS ({_SITTING}) SELECT s.* FROM s WHERE s.seats > 0 AND s.post_id IN (
  SELECT o.post_id FROM s o GROUP BY o.post_id, o.seats HAVING count(DISTINCT o.cadre_id) > o.seats)""",
)
_PAIRED = Query(SittingRow, f"WITH s AS ({_SITTING}) SELECT s.* FROM s WHERE s.paired_post <> ''")
_LEADING = Query(
    LeadingRow,
    f"""
WITH s AS ({_SITTING}) SELECT s.unit_id, s.role, s.cadre_id, s.opened_by, q.quota, q.amount, q.overage_allowed,
  q.overage_until FROM s JOIN quotas q ON q.unit_id = s.unit_id AND {as_of_condition("q")}
  AND ((q.quota = 'DEPUTIES' AND s.role = 'DEPUTY') OR (q.quota = 'HEADS' AND s.role = 'HEAD'))""",
)
_PLANNED = Query(
    PlannedRow,
    f"""
SELECT e.list_id, coalesce(nullif(e.post_id, ''), e.title_code || '@' || e.title_unit) AS title, e.cadre_id,
       e.opened_by, l.owner_id
FROM planning_entries e JOIN planning_lists l ON l.list_id = e.list_id AND {as_of_condition("l")} WHERE {as_of_condition("e")}""",
)
_KIN = Query(
    _KinRow,
    f"""
WITH s AS ({_SITTING}) SELECT a.unit_id, a.cadre_id, a.role, b.cadre_id AS relative_id, b.role AS relative_role,
  k.relation, k.cadre_id AS declared_by, k.opened_by
FROM kinship k JOIN s a ON a.cadre_id = k.cadre_id JOIN s b ON b.cadre_id = k.relative_id AND b.unit_id = a.unit_id
WHERE {as_of_condition("k")} AND k.relative_id <> ''
AND a.role IN ('HEAD', 'DEPUTY', 'MEMBER') AND b.role IN ('HEAD', 'DEPUTY', 'MEMBER')""",
)
TERMS = Query(
    _TermRow,
    f"""
WITH s AS ({_SITTING}) SELECT s.unit_id, s.post_id, s.cadre_id, s.opened_by, s.title,
  (SELECT count(*) FROM tenures o WHERE o.cadre_id = s.cadre_id AND o.post_id = s.post_id AND o.stretch = 0
   AND o.valid_from <= :day AND {known_condition("o")}) AS terms FROM s WHERE s.role = 'HEAD'""",
)
NOT_LOCAL = Query(
    LocalRow,
    f"""
WITH RECURSIVE placed(post_id, unit_id, cadre_id, event, home, territory) AS (
  SELECT p.post_id, p.unit_id, t.cadre_id, t.opened_by, c.home_unit, p.unit_id
  FROM posts p JOIN tenures t ON t.post_id = p.post_id AND {as_of_condition("t")}
  JOIN cadres c ON c.cadre_id = t.cadre_id AND {known_condition("c")} AND c.home_unit <> ''
  WHERE {as_of_condition("p")} AND p.not_local
  UNION
  SELECT s.post_id, s.unit_id, s.cadre_id, s.event, s.home, u.parent_id FROM placed s
  JOIN units u ON u.unit_id = s.territory AND {as_of_condition("u")} AND u.bloc <> 'TERRITORY' WHERE u.parent_id <> ''
), homes(post_id, cadre_id, at) AS (
  SELECT post_id, cadre_id, home FROM placed
  UNION
  SELECT h.post_id, h.cadre_id, u.parent_id FROM homes h JOIN units u ON u.unit_id = h.at AND {as_of_condition("u")}
  WHERE u.parent_id <> ''
)
SELECT DISTINCT s.post_id, s.unit_id, s.cadre_id, s.event AS opened_by, s.territory FROM placed s
JOIN units u ON u.unit_id = s.territory AND u.bloc = 'TERRITORY' AND {as_of_condition("u")}
JOIN homes h ON h.post_id = s.post_id AND h.cadre_id = s.cadre_id AND h.at = s.territory""",
)


def _conflict(
    version: RuleVersion, subject: str, related: Iterable[str], unit: str, detail: str, facts: Iterable[str]
) -> Conflict:
    return Conflict(
        rule=version.rule,
        version=version.number,
        severity=version.severity,
        subject=subject,
        related=sorted(set(related)),
        unit=unit,
        detail=f"{version.title_en}: {detail}",
        facts=sorted(set(facts)),
    )


def _check_seats(context: CheckContext) -> Iterator[Conflict]:
    """More holders than seats."""
    if version := context.rule("SEATS"):
        for post, rows in _group(context.rows(SEATED), lambda row: row.post_id).items():
            people = {context.files.person(row.cadre_id) for row in rows}
            if len(people) <= rows[0].seats:
                continue  # two files of one person
            detail = f"{len(people)} hold {rows[0].title} of {rows[0].seats} seats"
            yield _conflict(version, post, people, rows[0].unit_id, detail, _link_tenures(rows))


def check_quotas(context: CheckContext) -> Iterator[Conflict]:
    """More heads or deputies than the quota, and than a permitted overage while it lasts."""
    version = context.rule("QUOTA_DEPUTIES_OVERAGE") or context.rule("SEATS")
    if version is None:
        return
    for (unit, quota), rows in _group(context.rows(_LEADING), lambda row: (row.unit_id, row.quota)).items():
        amount, over, until = rows[0].amount, rows[0].overage_allowed, rows[0].overage_until
        people = {context.files.person(row.cadre_id) for row in rows}
        if len(people) <= amount:
            continue
        legal = until > context.when.as_of and len(people) <= amount + over
        detail = f"{len(people)} where {quota} is {amount}" + (f", allowed until {until}" if legal else "")
        conflict = _conflict(version, unit, people, unit, detail, _link_tenures(rows))
        yield msgspec.structs.replace(conflict, severity="INFO" if legal else "WARN")


def check_caps(context: CheckContext) -> Iterator[Conflict]:
    """More people planned for one title, or titles planned for one person, than may be."""
    rows = context.rows(_PLANNED)
    per_title = _group(rows, lambda row: (row.list_id, row.title))
    if version := context.rule("PLAN_MAX_PERSONS_PER_TITLE"):
        for (_, title), entries in per_title.items():
            yield from _check_cap(version, title, {entry.cadre_id for entry in entries}, entries)
    if version := context.rule("PLAN_MAX_TITLES_PER_PERSON"):
        for cadre, entries in _group(rows, lambda row: row.cadre_id).items():
            yield from _check_cap(version, cadre, {entry.title for entry in entries}, entries)


def _check_cap(
    version: RuleVersion, subject: str, related: set[str], entries: list[PlannedRow]
) -> Iterator[Conflict]:
    most = version.integer("most")
    if len(related) > most:
        facts = (link("planning", entry.list_id, entry.opened_by) for entry in entries)
        detail = f"{len(related)} where {most} may be"
        yield _conflict(version, subject, related, entries[0].owner_id, detail, facts)


def check_kin(context: CheckContext) -> Iterator[Conflict]:
    """Relatives who lead one unit together."""
    for row in context.rows(_KIN):
        roles = {row.role, row.relative_role}
        rule = "KIN_HEAD_DEPUTY" if roles == {"HEAD", "DEPUTY"} else "KIN_SAME_COLLECTIVE"
        if version := context.rule(rule):
            detail = f"{row.relation}; {row.role} and {row.relative_role}"
            facts = [link("personnel", row.declared_by, row.opened_by)]
            yield _conflict(version, row.cadre_id, [row.relative_id], row.unit_id, detail, facts)


def check_terms(context: CheckContext) -> Iterator[Conflict]:
    """Heads in a third term of one post."""
    if version := context.rule("MAX_CONSECUTIVE_TERMS"):
        for row in context.rows(TERMS):
            if row.terms > version.integer("terms"):
                detail = f"term {row.terms} as {row.title}"
                facts = [link("appointment", row.cadre_id, row.opened_by)]
                yield _conflict(version, row.cadre_id, [row.post_id], row.unit_id, detail, facts)


def check_locals(context: CheckContext) -> Iterator[Conflict]:
    """Local people in posts that are not for them."""
    if version := context.rule("NOT_LOCAL"):
        for row in context.rows(NOT_LOCAL):
            detail = "the home place lies in the territory"
            facts = [link("appointment", row.cadre_id, row.opened_by)]
            yield _conflict(version, row.cadre_id, [row.post_id, row.territory], row.unit_id, detail, facts)


def check_pairs(context: CheckContext) -> Iterator[Conflict]:
    """Posts that one person is to hold together, held by different people."""
    version, by_post = context.rule("SEATS"), _group(context.rows(_PAIRED), lambda row: row.post_id)
    for post, rows in by_post.items():
        other = rows[0].paired_post
        others = by_post.get(other, [])
        holders, other_holders = (
            {context.files.person(row.cadre_id) for row in each} for each in (rows, others)
        )
        people = holders ^ other_holders
        if version and others and people and post < other:
            facts = _link_tenures([*rows, *others])
            conflict = _conflict(version, post, [other, *people], rows[0].unit_id, "", facts)
            yield msgspec.structs.replace(
                conflict, rule="PAIRED_POSTS", detail="paired posts, different holders"
            )


CHECKS = (_check_seats, check_quotas, check_caps, check_kin, check_terms, check_locals, check_pairs)


def list_conflicts(
    connection: Connection, when: AsOf, book: Rulebook, *, unit: str = "", rule: str = ""
) -> list[Conflict]:
    """What breaks a rule on that day in the unit or below it (empty: everywhere), by rule and subject."""
    context = CheckContext(connection, when, book, MergedFiles(connection, when.known_at))
    units = list_units_in_scope(connection, unit, when, when.as_of, day_after(when.as_of))
    everywhere = [conflict for check in CHECKS for conflict in check(context)]
    chosen = [
        conflict
        for conflict in everywhere
        if (units is None or conflict.unit in units) and (not rule or conflict.rule == rule)
    ]
    return sorted(chosen, key=lambda each: (each.rule, each.subject, each.related))


Key = TypeVar("Key", bound=Hashable)


def _group(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _link_tenures(rows: Iterable[SittingRow] | Iterable[LeadingRow]) -> list[str]:
    return [link("appointment", row.cadre_id, row.opened_by) for row in rows]
