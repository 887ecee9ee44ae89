"""Units, posts and quotas on a day, planned and real, and what became of their numbers between two days."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import Basis, Counts, Evidence, Item, count_items
from services.chronicle.queries.common.dated_lookup import list_units_below
from services.chronicle.queries.common.responses import AsOf, Documents, link
from services.chronicle.queries.common.subtree import SUBTREE_ON_DAY
from shared.core.partial_dates import Day, day_after, day_before
from shared.database.sql import BatchQuery, Query, as_of_condition, known_condition


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How many there were on two days, and the facts that made the difference. None: no data."""

    key: dict[str, str]
    """The kind or role."""
    before: int | None
    """How many on the first day; null: no data."""
    after: int | None
    """How many on the second day; null: no data."""
    change: int | None
    """The difference; null: no data."""
    facts: list[Evidence] = []
    """The facts that made the difference."""


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """How many units, posts or quotas (see `unit`) there are on two days, and what made the difference."""

    as_of: str
    """The day that was asked about."""
    known_at: str
    """The moment up to which facts count."""
    unit: Literal["unit", "post", "quota"]
    """What is counted: unit, post (seats) or quota."""
    basis: Basis
    """plan or actual."""
    day_before: str
    """The first day."""
    day_after: str
    """The second day."""
    changes: list[Change]
    """One for each kind or role."""


class ExistingRow(NamedTuple):
    """A unit, a post or a quota that exists on a day, its `kind` (of a post its role), and how many it counts for."""

    kind: str
    id: str
    opened_by: str
    decision: str
    closed_by: str
    closing_decision: str
    amount: int


class _TargetRow(NamedTuple):
    """How many units of a kind a plan in force wants at and below a unit (`scope`)."""

    kind: str
    reorganisation: str
    opened_by: str
    decision: str
    from_count: int
    to_count: int
    scope: str


class _EdgeRow(NamedTuple):
    """One clause of a reorganisation that was carried out."""

    reorganisation: str
    source_id: str
    target_id: str
    valid_from: Day


class Executed(NamedTuple):
    """A reorganisation that was carried out: its day, the units it took from, and the units it made or enlarged."""

    day: Day
    sources: set[str]
    targets: set[str]


_UNITS = Query(
    ExistingRow,
    f"""{SUBTREE_ON_DAY}
SELECT u.kind, u.unit_id AS id, u.opened_by, u.decision, u.closed_by, u.closing_decision, 1 AS amount
FROM sub CROSS JOIN units u WHERE u.unit_id = sub.unit_id AND {as_of_condition("u")}""",
)
_POSTS = Query(
    ExistingRow,
    f"""{SUBTREE_ON_DAY}
SELECT p.role AS kind, p.post_id AS id, p.opened_by, p.decision, p.closed_by, '' AS closing_decision,
       p.seats AS amount
FROM sub CROSS JOIN posts p WHERE p.unit_id = sub.unit_id AND {as_of_condition("p")}""",
)
_QUOTAS = Query(
    ExistingRow,
    f"""{SUBTREE_ON_DAY}
SELECT q.quota AS kind, q.unit_id AS id, q.opened_by, q.decision, '' AS closed_by, '' AS closing_decision, q.amount
FROM sub CROSS JOIN quotas q WHERE q.unit_id = sub.unit_id AND {as_of_condition("q")}""",
)
TARGETS = Query(
    _TargetRow,
    f"""
SELECT t.kind, t.reorganisation, t.opened_by, t.decision, t.from_count, t.to_count, t.scope
FROM reorganisation_targets t WHERE {as_of_condition("t")} ORDER BY t.valid_from""",
)
_EDGES = BatchQuery(
    _EdgeRow,
    f"""
SELECT e.reorganisation, e.source_id, e.target_id, e.valid_from FROM edges e
WHERE e.reorganisation IN :ids AND {known_condition("e")}""",
)
_QUERIES = {"unit": (_UNITS, "kind"), "post": (_POSTS, "role"), "quota": (_QUOTAS, "quota")}
Existing = Mapping[tuple[str, str], ExistingRow]
"""Rows by their kind and id."""


def count_units(
    connection: Connection, when: AsOf, *, unit: str, kind: str = "", basis: Basis = "actual"
) -> Counts:
    """Units at and below a unit by kind: those that exist on the day, or how many the plans in force want."""
    if basis == "plan":
        items = [
            Item(
                (target.kind,),
                {"unit": f"{target.reorganisation}/{target.kind}"},
                link("organization", target.reorganisation, target.opened_by),
                target.decision,
                target.to_count,
            )
            for target in _list_targets(connection, when, unit)
            if kind in ("", target.kind)
        ]
    else:
        existing = _read_existing(connection, _UNITS, unit, when)
        items = [
            Item((row.kind,), {"unit": row.id}, link("organization", row.id, row.opened_by), row.decision)
            for row in existing.values()
            if kind in ("", row.kind)
        ]
    return count_items(
        ("kind",),
        sorted(items, key=lambda item: item.key),
        Documents(connection, when),
        when,
        counted="unit",
        allowed=("unit",),
        basis=basis,
        expected=[(kind,)] if kind else (),
    )


def compare_balances(
    connection: Connection,
    when: AsOf,
    before: Day,
    after: Day,
    *,
    of: Literal["unit", "post", "quota"],
    unit: str,
    kind: str = "",
    basis: Basis = "actual",
) -> Balance:
    """Units by kind, seats by role or quotas by kind at and below a unit, on two days. Plans have numbers of units only."""
    query, name = _QUERIES[of]
    documents = Documents(connection, when)
    if basis == "plan":
        targets = _list_targets(connection, AsOf(after, when.known_at), unit) if of == "unit" else []
        changes = [
            Change(
                key={name: target.kind},
                before=target.from_count,
                after=target.to_count,
                change=target.to_count - target.from_count,
                facts=[
                    Evidence(
                        link("organization", target.reorganisation, target.opened_by),
                        documents.get(target.decision),
                    )
                ],
            )
            for target in targets
        ]
    else:
        old, new = (
            _read_existing(connection, query, unit, AsOf(day, when.known_at)) for day in (before, after)
        )
        changes = _list_changes(name, old, new, documents)
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
    old: dict[tuple[str, str], ExistingRow] = {}
    new: dict[tuple[str, str], ExistingRow] = {}
    days = set()
    for day, sources, targets in executed(connection, when, reorganisations).values():
        days.add(day)
        for unit in sorted(sources | targets):
            old |= _read_existing(connection, _POSTS, unit, AsOf(day_before(day), when.known_at))
            new |= _read_existing(connection, _POSTS, unit, AsOf(day, when.known_at))
    return Balance(
        as_of=when.as_of,
        known_at=when.known_at,
        unit="post",
        basis="actual",
        day_before=day_before(min(days)) if days else "",
        day_after=max(days, default=""),
        changes=_list_changes("role", old, new, Documents(connection, when)),
    )


def executed(connection: Connection, when: AsOf, reorganisations: Iterable[str]) -> dict[str, Executed]:
    """What each of some reorganisations did, by its id; those that were not carried out are left out."""
    by_id: dict[str, Executed] = {}
    for edge in _EDGES(connection, ids=list(reorganisations), known=when.known_at):
        reorganisation = by_id.setdefault(edge.reorganisation, Executed(edge.valid_from, set(), set()))
        reorganisation.sources.add(edge.source_id)
        reorganisation.targets.add(edge.target_id)
    return by_id


def _list_targets(connection: Connection, when: AsOf, unit: str) -> list[_TargetRow]:
    """The numbers that plans in force want, of plans for a unit or one below it."""
    within = list_units_below(connection, unit, when, when.as_of, day_after(when.as_of))
    targets = TARGETS(connection, day=when.as_of, known=when.known_at)
    return [target for target in targets if target.scope in within]


def _read_existing(connection: Connection, query: Query[ExistingRow], unit: str, when: AsOf) -> Existing:
    rows = query(connection, unit=unit, day=when.as_of, known=when.known_at)
    return {(row.kind, row.id): row for row in rows}


def _list_changes(name: str, old: Existing, new: Existing, documents: Documents) -> list[Change]:
    """The change of each kind that there is on either day."""
    before, after = (_sum_amounts(existing) for existing in (old, new))
    facts: dict[str, list[Evidence]] = defaultdict(list)
    ended = [row for key, row in old.items() if key not in new and row.closed_by]
    begun = [row for key, row in new.items() if key not in old or row.amount != old[key].amount]
    causes = [
        *((row, row.closed_by, row.closing_decision) for row in ended),
        *((row, row.opened_by, row.decision) for row in begun),
    ]
    documents.read(decision for _, _, decision in causes)
    for row, event, decision in causes:
        facts[row.kind].append(Evidence(link("organization", row.id, event), documents.get(decision)))
    return [
        Change(
            key={name: kind},
            before=before[kind],
            after=after[kind],
            change=after[kind] - before[kind],
            facts=facts[kind],
        )
        for kind in sorted(before.keys() | after.keys())
    ]


def _sum_amounts(existing: Existing) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in existing.values():
        sums[row.kind] += row.amount
    return sums
