"""The balance of a reorganisation: units, posts, people and planning entries before and after it."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import Evidence
from services.chronicle.queries.common.dated_lookup import list_units_below
from services.chronicle.queries.common.responses import AsOf, Documents, link
from services.chronicle.queries.units.balances import executed, post_balance
from shared.core.partial_dates import day_after, day_before
from shared.database.sql import BatchQuery, as_of_condition, known_condition


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """before = continued + ended + moved + left + pending, and `difference` is what is missing from that.

    People: `continued` hold a post in what came of it, `moved` one elsewhere, `left` are out of service, `pending`
    have none of these. Entries: `continued` were carried over. `facts` are those of the pending.
    """

    measure: str
    """What is counted."""
    unit: str
    """The counting unit: persons, posts, entries …"""
    before: int
    """How many on the day before."""
    continued: int
    """How many went on."""
    ended: int
    """How many ended."""
    moved: int
    """How many went elsewhere."""
    left: int
    """How many are out of service."""
    pending: int
    """How many have none of these yet."""
    created: int
    """How many are new."""
    after: int
    """How many on the day itself."""
    difference: int
    """What is missing from the sum; 0: it adds up."""
    facts: list[Evidence] = []
    """The facts behind those pending."""


class ReorganisationBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What became of people, posts, units and entries in a reorganisation."""

    as_of: str
    """The day that the answer is about."""
    known_at: str
    """The moment up to which facts count."""
    reorganisation: str
    """Id of the reorganisation."""
    day: str
    """The day on which it took effect."""
    measures: list[Measure]
    """What was counted."""


class _HeldRow(NamedTuple):
    cadre_id: str
    opened_by: str
    decision: str


class _CadreRow(NamedTuple):
    cadre_id: str


class _UnitIdRow(NamedTuple):
    unit_id: str


class _EntryRow(NamedTuple):
    entry_id: str
    list_id: str
    opened_by: str
    decision: str
    valid_to: str


class EntryIdRow(NamedTuple):
    entry_id: str


_HELD = f"""
SELECT t.cadre_id, t.opened_by, t.decision FROM posts p JOIN tenures t ON t.post_id = p.post_id
  AND {as_of_condition("t")} WHERE {as_of_condition("p")}"""
_HELD_IN = BatchQuery(_HeldRow, f"{_HELD} AND p.unit_id IN :ids")
_HELD_BY = BatchQuery(_HeldRow, f"{_HELD} AND t.cadre_id IN :ids")
_AWAY = BatchQuery(
    _CadreRow, f"SELECT a.cadre_id FROM away a WHERE a.cadre_id IN :ids AND {as_of_condition('a')}"
)
EXISTING = BatchQuery(
    _UnitIdRow, f"SELECT u.unit_id FROM units u WHERE u.unit_id IN :ids AND {as_of_condition('u')}"
)
_ENTRY = "SELECT e.entry_id, e.list_id, e.opened_by, e.decision, e.valid_to FROM planning_entries e"
ENTRIES_FOR_POSTS = BatchQuery(
    _EntryRow,
    f"""
{_ENTRY} JOIN posts p ON p.post_id = e.post_id AND {as_of_condition("p")} WHERE p.unit_id IN :ids AND {as_of_condition("e")}""",
)
ENTRIES_FOR_TITLES = BatchQuery(
    _EntryRow, f"{_ENTRY} WHERE e.post_id = '' AND e.title_unit IN :ids AND {as_of_condition('e')}"
)
WITH_TITLE = BatchQuery(
    EntryIdRow,
    f"""
SELECT e.entry_id FROM planning_entries e LEFT JOIN posts p ON p.post_id = e.post_id AND {as_of_condition("p")}
LEFT JOIN units u ON u.unit_id = e.title_unit AND {as_of_condition("u")}
WHERE e.entry_id IN :ids AND {as_of_condition("e")} AND (p.post_id IS NOT NULL OR e.post_id = '' AND u.unit_id IS NOT NULL)""",
)
CARRIED = BatchQuery(
    EntryIdRow,
    f"""
SELECT e.mapped_from AS entry_id FROM planning_entries e WHERE e.mapped_from IN :ids AND {known_condition("e")}""",
)


def balance_reorganisation(connection: Connection, when: AsOf, id_: str) -> ReorganisationBalance | None:
    """None: no reorganisation of this id was carried out."""
    reorganisation = executed(connection, when, [id_]).get(id_)
    if reorganisation is None:
        return None
    day, sources, targets = reorganisation
    eve, on = AsOf(day_before(day), when.known_at), AsOf(day, when.known_at)
    old = _units(connection, sources | targets, eve)
    new = _units(connection, sources | targets, on)
    measures = [
        _measure("units", "unit", len(old), len(new), continued=len(old & new), ended=len(old - new)),
        *_posts(connection, when, id_),
        _people(connection, old, new, eve, on),
        _entries(connection, old, eve, on),
    ]
    return ReorganisationBalance(
        as_of=when.as_of, known_at=when.known_at, reorganisation=id_, day=day, measures=measures
    )


def _measure(
    name: str, unit: str, before: int, after: int, facts: Iterable[Evidence] = (), **parts: int
) -> Measure:
    whole = {"continued": 0, "ended": 0, "moved": 0, "left": 0, "pending": 0} | parts
    return Measure(
        measure=name,
        unit=unit,
        before=before,
        after=after,
        created=after - whole["continued"],
        difference=before - sum(whole.values()),
        facts=list(facts),
        **whole,
    )


def _units(connection: Connection, roots: Iterable[str], when: AsOf) -> set[str]:
    """Those that exist on the day, and all units below them."""
    existing = EXISTING(connection, ids=sorted(roots), day=when.as_of, known=when.known_at)
    next_day = day_after(when.as_of)
    return {
        unit
        for row in existing
        for unit in list_units_below(connection, row.unit_id, when, when.as_of, next_day)
    }


def _posts(connection: Connection, when: AsOf, id_: str) -> list[Measure]:
    changes = {each.key["role"]: each for each in post_balance(connection, when, [id_]).changes}
    measures = []
    for role, name in (("HEAD", "heads"), ("DEPUTY", "deputies")):
        before = (changes[role].before or 0) if role in changes else 0
        after = (changes[role].after or 0) if role in changes else 0
        same = min(before, after)
        facts = changes[role].facts if role in changes else []
        measures.append(_measure(name, "post", before, after, facts, continued=same, ended=before - same))
    return measures


def _people(connection: Connection, old: set[str], new: set[str], eve: AsOf, on: AsOf) -> Measure:
    before = {
        row.cadre_id: row for row in _HELD_IN(connection, ids=sorted(old), day=eve.as_of, known=eve.known_at)
    }
    times = {"day": on.as_of, "known": on.known_at}
    after = {row.cadre_id for row in _HELD_IN(connection, ids=sorted(new), **times)}
    without = sorted(before.keys() - after)
    moved = {row.cadre_id for row in _HELD_BY(connection, ids=without, **times)}
    left = {row.cadre_id for row in _AWAY(connection, ids=without, **times)} - moved
    pending = [before[cadre] for cadre in without if cadre not in moved | left]
    documents = Documents(connection, on)
    return _measure(
        "people",
        "person",
        len(before),
        len(after),
        [
            Evidence(link("appointment", row.cadre_id, row.opened_by), documents.get(row.decision))
            for row in pending
        ],
        continued=len(before.keys() & after),
        moved=len(moved),
        left=len(left),
        pending=len(pending),
    )


def _entries(connection: Connection, old: set[str], eve: AsOf, on: AsOf) -> Measure:
    live = [
        row
        for query in (ENTRIES_FOR_POSTS, ENTRIES_FOR_TITLES)
        for row in query(connection, ids=sorted(old), day=eve.as_of, known=eve.known_at)
    ]
    ids = [row.entry_id for row in live]
    carried = {row.entry_id for row in CARRIED(connection, ids=ids, known=on.known_at)}
    closed = {row.entry_id for row in live if row.valid_to <= on.as_of} - carried
    # whose title lives on: there is nothing to carry over
    with_title = {row.entry_id for row in WITH_TITLE(connection, ids=ids, day=on.as_of, known=on.known_at)}
    pending = [row for row in live if row.entry_id not in carried | closed | with_title]
    continued = len(carried) + len(with_title - carried - closed)
    documents = Documents(connection, on)
    return _measure(
        "planning entries",
        "entry",
        len(live),
        continued,
        [
            Evidence(link("planning", row.list_id, row.opened_by), documents.get(row.decision))
            for row in pending
        ],
        continued=continued,
        ended=len(closed),
        pending=len(pending),
    )
