"""Entries of planning lists as a report counts them: by list, source, and what was added and removed; no names."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, counts
from services.chronicle.queries.common.dated_lookup import units_below
from services.chronicle.queries.common.responses import AsOf, Documents, link
from shared.core.partial_dates import Day, day_after
from shared.database.sql import Lookup, Statement, known_condition

LISTS = Statement(
    f"SELECT l.list_id, l.owner_id, l.title_set FROM planning_lists l WHERE {known_condition('l')}"
)
ENTRIES = Lookup(f"""
SELECT e.list_id, e.entry_id, e.cadre_id, e.source, e.valid_from, e.valid_to, e.opened_by, e.decision, e.closed_by,
       e.closing_decision, e.ended
FROM planning_entries e WHERE e.list_id IN :ids AND {known_condition("e")}""")
COUNTED: Sequence[CountingUnit] = ("entry",)


def pool(connection: Connection, when: AsOf, place: str) -> Counts:
    """Live entries on the day, by title set and source."""
    sets, rows = _entries(connection, when, place, when.as_of, day_after(when.as_of))
    items = [
        _item((sets[row[0]], row[3]), row, row[6], row[7]) for row in rows if row[4] <= when.as_of < row[5]
    ]
    names = ("title_set", "source")
    return counts(names, items, Documents(connection, when), when, unit="entry", allowed=COUNTED)


def changes(connection: Connection, when: AsOf, place: str, since: Day, until: Day) -> Counts:
    """Entries that began and that ended in [since, until)."""
    _, rows = _entries(connection, when, place, since, until)
    items = [_item(("ADDED",), row, row[6], row[7]) for row in rows if since <= row[4] < until]
    items += [_item(("REMOVED",), row, row[8], row[9]) for row in rows if row[10] and since <= row[5] < until]
    return counts(
        ("change",),
        items,
        Documents(connection, when),
        when,
        unit="entry",
        allowed=COUNTED,
        expected=[("ADDED",), ("REMOVED",)] if items else (),
        since=since,
        until=until,
    )


def _entries(
    connection: Connection, when: AsOf, place: str, since: Day, until: Day
) -> tuple[dict[str, str], list[Any]]:
    """The title set of each list whose owner is the place or stood below it, and all entries of these lists."""
    owners = units_below(connection, place, when, since, until)
    sets = {list_: set_ for list_, owner, set_ in LISTS(connection, known=when.known_at) if owner in owners}
    return sets, ENTRIES(connection, ids=list(sets), known=when.known_at)


def _item(key: tuple[str, ...], row: Any, fact: str, decision: str) -> Item:
    return Item(key, {"entry": f"{row[0]}/{row[1]}"}, link("planning", row[0], fact), decision)
