"""What no single fact shows: caps, seats, kin, terms and pairs, checked over everything that holds on a day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, link
from services.chronicle.queries.tenures.holders import scope
from shared.core.partial_dates import day_after
from shared.core.rulebook import Rulebook, RuleVersion
from shared.database.sql import Statement, as_of_condition, known_condition


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that a set of facts breaks on a day. `subject` and `related` are posts, cadres or units."""

    rule: str
    version: int
    severity: str
    subject: str
    related: list[str]
    unit: str
    detail: str
    facts: list[str]


class Asked(NamedTuple):
    connection: Connection
    when: AsOf
    book: Rulebook

    def rows(self, statement: Statement, **values: Any) -> list[Any]:
        return statement(self.connection, day=self.when.as_of, known=self.when.known_at, **values)

    def rule(self, name: str) -> RuleVersion | None:
        return self.book.version(name, self.when.as_of)


_SITTING = f"""
SELECT p.post_id, p.unit_id, p.title, p.seats, p.role, p.paired_post, t.cadre_id, t.opened_by
FROM posts p JOIN tenures t ON t.post_id = p.post_id AND {as_of_condition("t")} AND t.status = 'ACTIVE'
AND t.holding IN ('PRIMARY', 'CONCURRENT') WHERE {as_of_condition("p")}"""
SEATED = Statement(f"""
WITH s AS ({_SITTING}) SELECT s.* FROM s WHERE s.seats > 0 AND s.post_id IN (
  SELECT o.post_id FROM s o GROUP BY o.post_id, o.seats HAVING count(DISTINCT o.cadre_id) > o.seats)""")
PAIRED = Statement(f"WITH s AS ({_SITTING}) SELECT s.* FROM s WHERE s.paired_post <> ''")
LEADING = Statement(f"""
WITH s AS ({_SITTING}) SELECT s.unit_id, s.role, s.cadre_id, s.opened_by, q.quota, q.amount, q.overage_allowed,
  q.overage_until FROM s JOIN quotas q ON q.unit_id = s.unit_id AND {as_of_condition("q")}
  AND ((q.quota = 'DEPUTIES' AND s.role = 'DEPUTY') OR (q.quota = 'HEADS' AND s.role = 'HEAD'))""")
PLANNED = Statement(f"""
SELECT e.list_id, coalesce(nullif(e.post_id, ''), e.title_code || '@' || e.title_unit), e.cadre_id, e.opened_by,
       l.owner_id
FROM planning_entries e JOIN planning_lists l ON l.list_id = e.list_id AND {as_of_condition("l")} WHERE {as_of_condition("e")}""")
KIN = Statement(f"""
WITH s AS ({_SITTING}) SELECT a.unit_id, a.cadre_id, a.role, b.cadre_id, b.role, k.relation, k.cadre_id, k.opened_by
FROM kinship k JOIN s a ON a.cadre_id = k.cadre_id JOIN s b ON b.cadre_id = k.relative_id AND b.unit_id = a.unit_id
WHERE {as_of_condition("k")} AND k.relative_id <> ''
AND a.role IN ('HEAD', 'DEPUTY', 'MEMBER') AND b.role IN ('HEAD', 'DEPUTY', 'MEMBER')""")
TERMS = Statement(f"""
WITH s AS ({_SITTING}) SELECT s.unit_id, s.post_id, s.cadre_id, s.opened_by, s.title,
  (SELECT count(*) FROM tenures o WHERE o.cadre_id = s.cadre_id AND o.post_id = s.post_id AND o.stretch = 0
   AND o.valid_from <= :day AND {known_condition("o")}) FROM s WHERE s.role = 'HEAD'""")
NOT_LOCAL = Statement(f"""
WITH RECURSIVE placed(post_id, unit_id, cadre_id, event, home, place) AS (
  SELECT p.post_id, p.unit_id, t.cadre_id, t.opened_by, c.home_unit, p.unit_id
  FROM posts p JOIN tenures t ON t.post_id = p.post_id AND {as_of_condition("t")}
  JOIN cadres c ON c.cadre_id = t.cadre_id AND {known_condition("c")} AND c.home_unit <> ''
  WHERE {as_of_condition("p")} AND p.not_local
  UNION
  SELECT s.post_id, s.unit_id, s.cadre_id, s.event, s.home, u.parent_id FROM placed s
  JOIN units u ON u.unit_id = s.place AND {as_of_condition("u")} AND u.bloc <> 'TERRITORY' WHERE u.parent_id <> ''
), homes(post_id, cadre_id, at) AS (
  SELECT post_id, cadre_id, home FROM placed
  UNION
  SELECT h.post_id, h.cadre_id, u.parent_id FROM homes h JOIN units u ON u.unit_id = h.at AND {as_of_condition("u")}
  WHERE u.parent_id <> ''
)
SELECT DISTINCT s.post_id, s.unit_id, s.cadre_id, s.event, s.place FROM placed s
JOIN units u ON u.unit_id = s.place AND u.bloc = 'TERRITORY' AND {as_of_condition("u")}
JOIN homes h ON h.post_id = s.post_id AND h.cadre_id = s.cadre_id AND h.at = s.place""")


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


def seats(asked: Asked) -> Iterator[Conflict]:
    """More holders than seats."""
    if version := asked.rule("SEATS"):
        for (post,), rows in _grouped(asked.rows(SEATED), 0).items():
            people = {row[6] for row in rows}
            detail = f"{len(people)} hold {rows[0][2]} of {rows[0][3]} seats"
            yield _conflict(version, post, people, rows[0][1], detail, _appointed(rows, 6, 7))


def quotas(asked: Asked) -> Iterator[Conflict]:
    """More heads or deputies than the quota, and than a permitted overage while it lasts."""
    version = asked.rule("QUOTA_DEPUTIES_OVERAGE") or asked.rule("SEATS")
    if version is None:
        return
    for (unit, quota), rows in _grouped(asked.rows(LEADING), 0, 4).items():
        amount, over, until = rows[0][5:8]
        people = {row[2] for row in rows}
        if len(people) <= amount:
            continue
        legal = until > asked.when.as_of and len(people) <= amount + over
        detail = f"{len(people)} where {quota} is {amount}" + (f", allowed until {until}" if legal else "")
        found = _conflict(version, unit, people, unit, detail, _appointed(rows, 2, 3))
        yield msgspec.structs.replace(found, severity="INFO" if legal else "WARN")


def caps(asked: Asked) -> Iterator[Conflict]:
    """Planned for one title, and titles of one person."""
    rows = asked.rows(PLANNED)
    for name, by, of in (("PERSONS_PER_TITLE", (0, 1), 2), ("TITLES_PER_PERSON", (2,), 1)):
        version = asked.rule(f"PLAN_MAX_{name}")
        for key, found in _grouped(rows, *by).items():
            others = {row[of] for row in found}
            if version and len(others) > (most := version.integer("most")):
                facts = (link("planning", row[0], row[3]) for row in found)
                detail = f"{len(others)} where {most} may be"
                yield _conflict(version, key[-1], others, found[0][4], detail, facts)


def kin(asked: Asked) -> Iterator[Conflict]:
    """Relatives who lead one unit together."""
    for unit, one, role, other, other_role, relation, declared, event in asked.rows(KIN):
        rule = "KIN_HEAD_DEPUTY" if {role, other_role} == {"HEAD", "DEPUTY"} else "KIN_SAME_COLLECTIVE"
        if version := asked.rule(rule):
            facts = [link("personnel", declared, event)]
            yield _conflict(version, one, [other], unit, f"{relation}; {role} and {other_role}", facts)


def terms(asked: Asked) -> Iterator[Conflict]:
    """Heads in a third term of one post."""
    if version := asked.rule("MAX_CONSECUTIVE_TERMS"):
        for unit, post, cadre, event, title, number in asked.rows(TERMS):
            if number > version.integer("terms"):
                facts = [link("appointment", cadre, event)]
                yield _conflict(version, cadre, [post], unit, f"term {number} as {title}", facts)


def locals_(asked: Asked) -> Iterator[Conflict]:
    """Local people in posts that are not for them."""
    if version := asked.rule("NOT_LOCAL"):
        for post, unit, cadre, event, place in asked.rows(NOT_LOCAL):
            facts = [link("appointment", cadre, event)]
            yield _conflict(
                version, cadre, [post, place], unit, "the home place lies in the territory", facts
            )


def pairs(asked: Asked) -> Iterator[Conflict]:
    """Posts that one person is to hold together, held by different people."""
    version, groups = asked.rule("SEATS"), _grouped(asked.rows(PAIRED), 0)
    for (post,), rows in groups.items():
        other = groups.get((rows[0][5],), [])
        people = {row[6] for row in rows} ^ {row[6] for row in other}
        if version and other and people and post < rows[0][5]:
            facts = _appointed([*rows, *other], 6, 7)
            found = _conflict(version, post, [rows[0][5], *people], rows[0][1], "", facts)
            yield msgspec.structs.replace(
                found, rule="PAIRED_POSTS", detail="paired posts, different holders"
            )


CHECKS = (seats, quotas, caps, kin, terms, locals_, pairs)


def conflicts(
    connection: Connection, when: AsOf, book: Rulebook, *, unit: str = "", rule: str = ""
) -> list[Conflict]:
    """What breaks a rule on that day in the unit or below it (empty: everywhere), by rule and subject."""
    asked = Asked(connection, when, book)
    units = scope(connection, unit, when, when.as_of, day_after(when.as_of))
    found = [each for check in CHECKS for each in check(asked)]
    chosen = [
        each for each in found if (units is None or each.unit in units) and (not rule or each.rule == rule)
    ]
    return sorted(chosen, key=lambda each: (each.rule, each.subject, each.related))


def _grouped(rows: Iterable[Any], *columns: int) -> dict[tuple[Any, ...], list[Any]]:
    groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[column] for column in columns)].append(row)
    return groups


def _appointed(rows: Iterable[Any], cadre: int, event: int) -> Iterator[str]:
    return (link("appointment", row[cadre], row[event]) for row in rows)
