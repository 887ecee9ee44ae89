"""How far the items of a programme have come."""

from collections.abc import Sequence

from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, NotCountable, counts
from services.chronicle.queries.common.responses import AsOf, Documents, link
from shared.database.sql import Statement, as_of_condition

ITEMS = Statement(f"""
SELECT i.programme, i.item, i.status, i.lead_unit, i.opened_by, i.decision FROM programme_items i
WHERE {as_of_condition("i")} AND i.programme LIKE :programme ORDER BY i.status, i.item""")
BY = ("status", "lead", "programme")


def programme_board(
    connection: Connection,
    when: AsOf,
    *,
    programme: str = "",
    by: Sequence[str] = ("status",),
    unit: CountingUnit = "case",
) -> Counts:
    """Items of one programme, or of all, as they stand on the day; counted as cases, or by the units that lead them."""
    if wrong := [name for name in by if name not in BY]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(BY)}")
    items = []
    for row in ITEMS(connection, day=when.as_of, known=when.known_at, programme=programme or "%"):
        said = {"status": row[2], "lead": row[3], "programme": row[0]}
        items.append(
            Item(
                tuple(said[name] for name in by),
                {"case": f"{row[0]}/{row[1]}", "unit": row[3]},
                link("regulation", row[0], row[4]),
                row[5] or row[0],
            )
        )
    return counts(by, items, Documents(connection, when), when, unit=unit, allowed=("case", "unit"))
