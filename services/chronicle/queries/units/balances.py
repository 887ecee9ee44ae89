"""Units, posts and quotas on a day, planned and real, and what became of their numbers between two days."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import Basis, Counts, Evidence, Item, counts
from services.chronicle.queries.common.dated_lookup import units_below
from services.chronicle.queries.common.responses import AsOf, Documents, link
from shared.core.partial_dates import Day, day_after, day_before
from shared.database.sql import Lookup, Statement, as_of_condition, known_condition


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How many there were on two days, and the facts that made the difference. None: no data."""

    key: dict[str, str]
    before: int | None
    after: int | None
    change: int | None
    facts: list[Evidence] = []


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """From the one day to the other: numbers of `unit`, of which a quota's place is none of the others."""

    as_of: str
    known_at: str
    unit: Literal["unit", "post", "quota"]
    basis: Basis
    day_before: str
    day_after: str
    changes: list[Change]


_BELOW = f"""
WITH RECURSIVE sub(unit_id) AS (
  SELECT u.unit_id FROM units u WHERE u.unit_id = :place AND {as_of_condition("u")}
  UNION SELECT u.unit_id FROM sub JOIN units u ON u.parent_id = sub.unit_id WHERE {as_of_condition("u")}
)"""
UNITS = Statement(f"""{_BELOW}
SELECT u.kind, u.unit_id, u.opened_by, u.decision, u.closed_by, u.closing_decision
FROM sub CROSS JOIN units u WHERE u.unit_id = sub.unit_id AND {as_of_condition("u")}""")
POSTS = Statement(f"""{_BELOW}
SELECT p.role, p.post_id, p.opened_by, p.decision, p.closed_by, '', p.seats
FROM sub CROSS JOIN posts p WHERE p.unit_id = sub.unit_id AND {as_of_condition("p")}""")
QUOTAS = Statement(f"""{_BELOW}
SELECT q.quota, q.unit_id, q.opened_by, q.decision, '', '', q.amount
FROM sub CROSS JOIN quotas q WHERE q.unit_id = sub.unit_id AND {as_of_condition("q")}""")
TARGETS = Statement(f"""
SELECT t.kind, t.reorganisation, t.opened_by, t.decision, t.from_count, t.to_count, t.scope
FROM reorganisation_targets t WHERE {as_of_condition("t")} ORDER BY t.valid_from""")
EDGES = Lookup(f"""
SELECT e.reorganisation, e.source_id, e.target_id, e.valid_from FROM edges e
WHERE e.reorganisation IN :ids AND {known_condition("e")}""")
_ASKS = {"unit": (UNITS, "kind"), "post": (POSTS, "role"), "quota": (QUOTAS, "quota")}
Standing = Mapping[tuple[str, str], Any]
"""Rows by what they are filed under and their id."""


def unit_counts(
    connection: Connection, when: AsOf, *, place: str, kind: str = "", basis: Basis = "actual"
) -> Counts:
    """Units at and below a place by kind: those that stand on the day, or how many the plans in force want."""
    if basis == "plan":
        rows = [row for row in _targets(connection, when, place) if kind in ("", row[0])]
        items = [
            Item(
                (row[0],),
                {"unit": f"{row[1]}/{row[0]}"},
                link("organization", row[1], row[2]),
                row[3],
                row[5],
            )
            for row in rows
        ]
    else:
        standing = _standing(connection, UNITS, place, when)
        items = [
            Item((row[0],), {"unit": row[1]}, link("organization", row[1], row[2]), row[3])
            for row in standing.values()
            if kind in ("", row[0])
        ]
    return counts(
        ("kind",),
        sorted(items, key=lambda item: item.key),
        Documents(connection, when),
        when,
        unit="unit",
        allowed=("unit",),
        basis=basis,
        expected=[(kind,)] if kind else (),
    )


def balance(
    connection: Connection,
    when: AsOf,
    before: Day,
    after: Day,
    *,
    of: Literal["unit", "post", "quota"],
    place: str,
    kind: str = "",
    basis: Basis = "actual",
) -> Balance:
    """Units by kind, seats by role or quotas by kind at and below a place, on two days. Plans know only units."""
    ask, name = _ASKS[of]
    documents = Documents(connection, when)
    if basis == "plan":
        wanted = [row for row in _targets(connection, AsOf(after, when.known_at), place) if of == "unit"]
        changes = [
            Change(
                key={name: row[0]},
                before=row[4],
                after=row[5],
                change=row[5] - row[4],
                facts=[Evidence(link("organization", row[1], row[2]), documents.get(row[3]))],
            )
            for row in wanted
        ]
    else:
        old, new = (_standing(connection, ask, place, AsOf(day, when.known_at)) for day in (before, after))
        changes = _changes(name, old, new, documents)
    return Balance(
        as_of=when.as_of,
        known_at=when.known_at,
        unit=of,
        basis=basis,
        day_before=before,
        day_after=after,
        changes=[each for each in changes if kind in ("", each.key[name])],
    )


def post_balance(connection: Connection, when: AsOf, reorganisations: Iterable[str]) -> Balance:
    """Seats by role in the units of some reorganisations: the day before each, and the day of it, together."""
    old: dict[tuple[str, str], Any] = {}
    new: dict[tuple[str, str], Any] = {}
    days = set()
    for day, sources, targets in executed(connection, when, reorganisations).values():
        days.add(day)
        for unit in sorted(sources | targets):
            old |= _standing(connection, POSTS, unit, AsOf(day_before(day), when.known_at))
            new |= _standing(connection, POSTS, unit, AsOf(day, when.known_at))
    return Balance(
        as_of=when.as_of,
        known_at=when.known_at,
        unit="post",
        basis="actual",
        day_before=day_before(min(days)) if days else "",
        day_after=max(days, default=""),
        changes=_changes("role", old, new, Documents(connection, when)),
    )


def executed(
    connection: Connection, when: AsOf, reorganisations: Iterable[str]
) -> dict[str, tuple[Day, set[str], set[str]]]:
    """Of each reorganisation: its day, the units it took from, and the units it made or enlarged."""
    found: dict[str, tuple[Day, set[str], set[str]]] = {}
    for id_, source, target, day in EDGES(connection, ids=list(reorganisations), known=when.known_at):
        _, sources, targets = found.setdefault(id_, (day, set(), set()))
        sources.add(source)
        targets.add(target)
    return found


def _targets(connection: Connection, when: AsOf, place: str) -> list[Any]:
    """Of the plans for a place or a body at or below it."""
    within = units_below(connection, place, when, when.as_of, day_after(when.as_of))
    rows = TARGETS(connection, day=when.as_of, known=when.known_at)
    return [row for row in rows if row[6] in within]


def _standing(connection: Connection, ask: Statement, place: str, when: AsOf) -> Standing:
    rows = ask(connection, place=place, day=when.as_of, known=when.known_at)
    return {(row[0], row[1]): row for row in rows}


def _changes(name: str, old: Standing, new: Standing, documents: Documents) -> list[Change]:
    """By what they are filed under; a place that had or has any of it has a number, else there is no data."""
    before, after = (_sums(standing) for standing in (old, new))
    facts: dict[str, list[Evidence]] = defaultdict(list)
    ended = [(row[0], row[1], row[4], row[5]) for key, row in old.items() if key not in new and row[4]]
    begun = [
        (row[0], row[1], row[2], row[3])
        for key, row in new.items()
        if key not in old or _amount(row) != _amount(old[key])
    ]
    documents.read(each[3] for each in (*ended, *begun))
    for filed, id_, event, decision in (*ended, *begun):
        facts[filed].append(Evidence(link("organization", id_, event), documents.get(decision)))
    return [
        Change(
            key={name: filed},
            before=before[filed],
            after=after[filed],
            change=after[filed] - before[filed],
            facts=facts[filed],
        )
        for filed in sorted(before.keys() | after.keys())
    ]


def _sums(standing: Standing) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in standing.values():
        sums[row[0]] += _amount(row)
    return sums


def _amount(row: Any) -> int:
    return int(row[6]) if len(row) > 6 else 1
