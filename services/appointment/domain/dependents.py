"""What stands on a cadre's tenures: moves that leave one or led to one."""

from collections.abc import Iterator

from services.appointment.events import Appointed
from services.chronicle.rows import ROTATIONS, TENURES, MoveRow
from shared.core.facts import AnyEvent
from shared.core.follow_ups import Stranded, StreamChange, is_follow_up


def find_stranded(change: StreamChange) -> Iterator[Stranded]:
    """Moves from a tenure that is no longer; and the move that led to a tenure which is declared void by hand."""
    cadre = change.stream
    before = {row.tenure_id for row in change.before.rows(TENURES, cadre_id=cadre)}
    gone = before - {row.tenure_id for row in change.after.rows(TENURES, cadre_id=cadre)}
    if not gone:
        return
    moves = change.after.rows(ROTATIONS, cadre_id=cadre)
    for row in moves:
        if row.from_tenure in gone and not _follows(change, row):
            yield Stranded("rotation", cadre, row.opened_by)
    target = change.target
    if change.follows or change.correction.mode != "VOID":
        return
    if isinstance(target.fact, Appointed) and is_follow_up(target):
        yield from _what_led_to(target, moves, change)


def _follows(change: StreamChange, row: MoveRow) -> bool:
    """Whether the correction itself follows from another one, which concerns the move already."""
    return change.target.cause == row.opened_by


def _what_led_to(target: AnyEvent, moves: list[MoveRow], change: StreamChange) -> Iterator[Stranded]:
    """The end of a posting that led to the tenure is void, so that the posting is open again. The move that led to it
    is void too, or stays and is open, as the correction says."""
    for row in moves:
        if row.closed_by and row.closed_by == target.cause:
            yield Stranded("rotation", change.stream, row.closed_by)
        elif row.opened_by == target.cause and change.correction.consequences != "reopen":
            yield Stranded("rotation", change.stream, row.opened_by)
        elif row.opened_by == target.cause and row.closed_by:
            yield Stranded("rotation", change.stream, row.closed_by)
