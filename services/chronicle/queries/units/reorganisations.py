"""What a reorganisation did: units, posts, people and planning entries before and after, and that nobody is lost."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import Evidence
from services.chronicle.queries.common.dated_lookup import units_below
from services.chronicle.queries.common.responses import AsOf, Documents, link
from services.chronicle.queries.units.balances import executed, post_balance
from shared.core.partial_dates import day_after, day_before
from shared.database.sql import Lookup, as_of_condition, known_condition


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """before = continued + ended + moved + left + pending, and `difference` is what is missing from that.

    People: `continued` hold a post in what came of it, `moved` one elsewhere, `left` are out of service, `pending`
    have none of these. Entries: `continued` were carried over. `facts` tell of those pending.
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


_HELD = f"""
SELECT t.cadre_id, t.tenure_id, t.opened_by, t.decision, p.unit_id FROM posts p JOIN tenures t ON t.post_id = p.post_id
  AND {as_of_condition("t")} WHERE {as_of_condition("p")}"""
HELD_IN = Lookup(f"{_HELD} AND p.unit_id IN :ids")
HELD_BY = Lookup(f"{_HELD} AND t.cadre_id IN :ids")
AWAY = Lookup(f"SELECT a.cadre_id FROM away a WHERE a.cadre_id IN :ids AND {as_of_condition('a')}")
STANDING = Lookup(f"SELECT u.unit_id FROM units u WHERE u.unit_id IN :ids AND {as_of_condition('u')}")
_ENTRY = "SELECT e.entry_id, e.list_id, e.opened_by, e.decision, e.valid_to FROM planning_entries e"
ENTRIES = Lookup(f"""
{_ENTRY} JOIN posts p ON p.post_id = e.post_id AND {as_of_condition("p")} WHERE p.unit_id IN :ids AND {as_of_condition("e")}""")
ENTRIES_BY_UNIT = Lookup(f"{_ENTRY} WHERE e.post_id = '' AND e.title_unit IN :ids AND {as_of_condition('e')}")
FOR_STANDING = Lookup(f"""
SELECT e.entry_id FROM planning_entries e LEFT JOIN posts p ON p.post_id = e.post_id AND {as_of_condition("p")}
LEFT JOIN units u ON u.unit_id = e.title_unit AND {as_of_condition("u")}
WHERE e.entry_id IN :ids AND {as_of_condition("e")} AND (p.post_id IS NOT NULL OR e.post_id = '' AND u.unit_id IS NOT NULL)""")
CARRIED = Lookup(
    f"SELECT e.mapped_from FROM planning_entries e WHERE e.mapped_from IN :ids AND {known_condition('e')}"
)


def reorganisation_balance(connection: Connection, when: AsOf, id_: str) -> ReorganisationBalance | None:
    """None: no reorganisation of this id was carried out."""
    found = executed(connection, when, [id_]).get(id_)
    if found is None:
        return None
    day, sources, targets = found
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
    """Those that stand on the day, and all that stands below them."""
    first = STANDING(connection, ids=sorted(roots), day=when.as_of, known=when.known_at)
    return {
        unit
        for row in first
        for unit in units_below(connection, row[0], when, when.as_of, day_after(when.as_of))
    }


def _posts(connection: Connection, when: AsOf, id_: str) -> list[Measure]:
    changes = {each.key["role"]: each for each in post_balance(connection, when, [id_]).changes}
    found = []
    for role, name in (("HEAD", "heads"), ("DEPUTY", "deputies")):
        before = (changes[role].before or 0) if role in changes else 0
        after = (changes[role].after or 0) if role in changes else 0
        same = min(before, after)
        facts = changes[role].facts if role in changes else []
        found.append(_measure(name, "post", before, after, facts, continued=same, ended=before - same))
    return found


def _people(connection: Connection, old: set[str], new: set[str], eve: AsOf, on: AsOf) -> Measure:
    asked_before = {"day": eve.as_of, "known": eve.known_at}
    asked = {"day": on.as_of, "known": on.known_at}
    sat = {row[0]: row for row in HELD_IN(connection, ids=sorted(old), **asked_before)}
    sits = {row[0] for row in HELD_IN(connection, ids=sorted(new), **asked)}
    without = sorted(sat.keys() - sits)
    moved = {row[0] for row in HELD_BY(connection, ids=without, **asked)}
    left = {row[0] for row in AWAY(connection, ids=without, **asked)} - moved
    pending = [sat[cadre] for cadre in without if cadre not in moved | left]
    return _measure(
        "people",
        "person",
        len(sat),
        len(sits),
        _evidence(connection, on, pending, "appointment"),
        continued=len(sat.keys() & sits),
        moved=len(moved),
        left=len(left),
        pending=len(pending),
    )


def _entries(connection: Connection, old: set[str], eve: AsOf, on: AsOf) -> Measure:
    asked = {"ids": sorted(old), "day": eve.as_of, "known": eve.known_at}
    live = [row for ask in (ENTRIES, ENTRIES_BY_UNIT) for row in ask(connection, **asked)]
    carried = {row[0] for row in CARRIED(connection, ids=[row[0] for row in live], known=on.known_at)}
    closed = {row[0] for row in live if row[4] <= on.as_of} - carried
    stands = _standing_posts(connection, live, on)
    pending = [row for row in live if row[0] not in carried | closed | stands]
    facts = _evidence(connection, on, [(row[1], "", row[2], row[3]) for row in pending], "planning")
    return _measure(
        "planning entries",
        "entry",
        len(live),
        len(carried) + len(stands - carried - closed),
        facts,
        continued=len(carried) + len(stands - carried - closed),
        ended=len(closed),
        pending=len(pending),
    )


def _standing_posts(connection: Connection, live: list[Any], on: AsOf) -> set[str]:
    """Entries whose title lives on: there is nothing to carry over."""
    rows = FOR_STANDING(connection, ids=[row[0] for row in live], day=on.as_of, known=on.known_at)
    return {row[0] for row in rows}


def _evidence(connection: Connection, when: AsOf, rows: Iterable[Any], topic: str) -> list[Evidence]:
    documents = Documents(connection, when)
    return [Evidence(link(topic, row[0], row[2]), documents.get(row[3])) for row in rows]
