"""Whether a post that refuses holders beyond its seats has a free one."""

from collections.abc import Collection
from typing import NamedTuple

from services.chronicle.rows.appointment import TENURES
from services.chronicle.rows.organization import POSTS, UNITS
from shared.core.decider import ReadModel
from shared.core.partial_dates import Day, PDate, latest


class TakenSeats(NamedTuple):
    """A day on which all seats of a post are certainly taken."""

    day: Day
    seats: int
    holders: int


def find_taken_seats(
    post: str, since: PDate, files: Collection[str], read_model: ReadModel
) -> TakenSeats | None:
    """The first day from `since` on, on which others than the person of these `files` certainly have all seats of the
    post, and it or its unit refuses more; None where there is none."""
    versions = [row for row in read_model.rows(POSTS, post_id=post) if row.seats]
    units = {
        row.unit_id: read_model.rows(UNITS, unit_id=row.unit_id) for row in versions if not row.refuse_excess
    }
    refuses = any(row.refuse_excess for row in versions) or any(
        row.refuse_excess for rows in units.values() for row in rows
    )
    if not refuses:
        return None
    first = latest(since)
    held = [
        row
        for row in read_model.rows(TENURES, post_id=post)
        if row.cadre_id not in files and row.certain_to > first and row.certain_from < row.certain_to
    ]
    for day in sorted({first, *(row.certain_from for row in held if row.certain_from > first)}):
        for row in versions:
            if not row.valid_from <= day < row.valid_to:
                continue
            own = row.refuse_excess or any(
                unit.refuse_excess and unit.valid_from <= day < unit.valid_to
                for unit in units.get(row.unit_id, ())
            )
            holders = len({each.cadre_id for each in held if each.certain_from <= day < each.certain_to})
            if own and holders >= row.seats:
                return TakenSeats(day, row.seats, holders)
    return None
