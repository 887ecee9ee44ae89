"""What stands on a planning entry: moves and appointments that name it."""

from collections.abc import Iterator

from services.appointment.events import Appointed
from services.chronicle.rows import PLANNING_ENTRIES, ROTATIONS, EntryRow
from shared.core.follow_ups import Stranded, StreamChange


def find_stranded(change: StreamChange) -> Iterator[Stranded]:
    """Rotations that prepared for an entry which is no longer, and appointments that it led to: they happened all the
    same, and name it no more."""
    before = {row.entry_id: row for row in change.before.rows(PLANNING_ENTRIES, list_id=change.stream)}
    after = {row.entry_id for row in change.after.rows(PLANNING_ENTRIES, list_id=change.stream)}
    for row in (row for id_, row in before.items() if id_ not in after):
        yield from _naming(row, change)


def _naming(entry: EntryRow, change: StreamChange) -> Iterator[Stranded]:
    cadre, none = entry.cadre_id, {"planned_entry": ""}
    for move in change.after.rows(ROTATIONS, cadre_id=cadre):
        if move.planned_entry == entry.entry_id:
            yield Stranded("rotation", cadre, move.opened_by, "AMEND", none)
    for event in change.load_stream("appointment", cadre):
        if isinstance(event.fact, Appointed) and event.fact.planned_entry == entry.entry_id:
            yield Stranded("appointment", cadre, event.event_id, "AMEND", none)
