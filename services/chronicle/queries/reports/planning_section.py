"""Entries of planning lists as a report counts them: by list, source, and what was added and removed; no names."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, count_items
from services.chronicle.queries.common.dated_lookup import list_units_below
from services.chronicle.queries.common.dimensions import is_live
from services.chronicle.queries.common.responses import AsOf, Documents, link
from shared.core.partial_dates import Day, day_after
from shared.database.sql import BatchQuery, Query, known_condition


class _ListRow(NamedTuple):
    """A planning list, and whose it is."""

    list_id: str
    owner_id: str
    title_set: str
    valid_to: str


class _EntryRow(NamedTuple):
    """Somebody on a list over [valid_from, valid_to); `ended` is the reason, empty while it lasts."""

    list_id: str
    entry_id: str
    cadre_id: str
    source: str
    valid_from: str
    valid_to: str
    opened_by: str
    decision: str
    closed_by: str
    closing_decision: str
    ended: str


_LISTS = Query(
    _ListRow,
    f"SELECT l.list_id, l.owner_id, l.title_set, l.valid_to FROM planning_lists l WHERE {known_condition('l')}",
)
ENTRIES = BatchQuery(
    _EntryRow,
    f"""
SELECT e.list_id, e.entry_id, e.cadre_id, e.source, e.valid_from, e.valid_to, e.opened_by, e.decision, e.closed_by,
       e.closing_decision, e.ended
FROM planning_entries e WHERE e.list_id IN :ids AND {known_condition("e")}""",
)
COUNTED: Sequence[CountingUnit] = ("entry",)


def count_pool(connection: Connection, when: AsOf, unit: str) -> Counts:
    """Live entries on the day, by title set and source."""
    lists, rows = _read_entries(connection, when, unit, when.as_of, day_after(when.as_of))
    items = [
        _opening((lists[row.list_id].title_set, row.source), row)
        for row in rows
        if is_live(row.valid_from, row.valid_to, lists[row.list_id].valid_to, when.as_of)
    ]
    names = ("title_set", "source")
    return count_items(names, items, Documents(connection, when), when, counted="entry", allowed=COUNTED)


def count_changes(connection: Connection, when: AsOf, unit: str, since: Day, until: Day) -> Counts:
    """Entries that began and that ended in [since, until)."""
    _, rows = _read_entries(connection, when, unit, since, until)
    items = [_opening(("ADDED",), row) for row in rows if since <= row.valid_from < until]
    items += [_closing(("REMOVED",), row) for row in rows if row.ended and since <= row.valid_to < until]
    return count_items(
        ("change",),
        items,
        Documents(connection, when),
        when,
        counted="entry",
        allowed=COUNTED,
        expected=[("ADDED",), ("REMOVED",)] if items else (),
        since=since,
        until=until,
    )


def _read_entries(
    connection: Connection, when: AsOf, unit: str, since: Day, until: Day
) -> tuple[dict[str, _ListRow], list[_EntryRow]]:
    """Each list whose owner is the unit or was below it, and all entries of these lists."""
    owners = list_units_below(connection, unit, when, since, until)
    lists = {row.list_id: row for row in _LISTS(connection, known=when.known_at) if row.owner_id in owners}
    return lists, ENTRIES(connection, ids=list(lists), known=when.known_at)


def _opening(key: tuple[str, ...], row: _EntryRow) -> Item:
    """The entry by the fact that added it."""
    fact = link("planning", row.list_id, row.opened_by)
    return Item(key, {"entry": f"{row.list_id}/{row.entry_id}"}, fact, row.decision)


def _closing(key: tuple[str, ...], row: _EntryRow) -> Item:
    """The entry by the fact that removed it."""
    fact = link("planning", row.list_id, row.closed_by)
    return Item(key, {"entry": f"{row.list_id}/{row.entry_id}"}, fact, row.closing_decision)
