"""Which codes of schemes are of two things of one kind on the same day."""

from collections.abc import Callable, Iterable, Iterator

from services.chronicle.rows.organization import CodeRow
from shared.core.facts import AnyEvent, Code
from shared.core.partial_dates import LAST_DAY
from shared.core.projection import Row

_PARENT = "parent"


def names_another(scheme: str) -> bool:
    """Whether codes of the scheme name the unit above, so that many units share one: `…:parent`."""
    return scheme.endswith(_PARENT)


def find_other_holders(own: CodeRow, rows: Iterable[CodeRow]) -> list[CodeRow]:
    """Those of these rows that certainly give the code to another thing of its kind on a day on which it is its own.

    Two cadres whose codes do not end have one code in the end, whenever each of them got it."""
    if names_another(own.scheme):
        return []
    return [
        row
        for row in rows
        if row.subject != own.subject
        and (row.scheme, row.value, row.what) == (own.scheme, own.value, own.what)
        and (
            certainly_overlap(own, row)
            or (own.what == "cadre" and own.certain_to == row.certain_to == LAST_DAY)
        )
    ]


def certainly_overlap(one: Row, other: Row) -> bool:
    """Whether both are true on some day, in every reading of partial dates."""
    return max(one.certain_from, other.certain_from) < min(one.certain_to, other.certain_to)


def find_new_others(
    before: Iterable[CodeRow],
    after: Iterable[CodeRow],
    rows_of_code: Callable[[str, str], Iterable[CodeRow]],
) -> Iterator[tuple[CodeRow, str]]:
    """(code, subject) of the other things that certainly have one of these codes too at some time `after` a change of
    the rows of one thing, and had not `before`. `rows_of_code` reads all rows of (scheme, value)."""
    known = list(before)
    for own in after:
        if own in known:
            continue
        rows = list(rows_of_code(own.scheme, own.value))
        earlier = {
            each.subject
            for row in known
            if (row.scheme, row.value) == (own.scheme, own.value)
            for each in find_other_holders(row, rows)
        }
        for subject in sorted({each.subject for each in find_other_holders(own, rows)} - earlier):
            yield own, subject


def find_giver(events: Iterable[AnyEvent], code: CodeRow) -> str:
    """The event id of the last of these facts that gives the code; empty where none does."""
    given = Code(code.scheme, code.value)
    ids = [event.event_id for event in events if given in (getattr(event.fact, "codes", None) or ())]
    return ids[-1] if ids else ""
