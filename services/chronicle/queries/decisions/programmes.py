"""How far the items of a programme have come."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, NotCountable, count_items
from services.chronicle.queries.common.responses import AsOf, Documents, link
from shared.database.sql import Query, as_of_condition, optional


class ItemRow(NamedTuple):
    """An item of a programme under one status."""

    programme: str
    item: str
    status: str
    lead_unit: str
    opened_by: str
    decision: str


ITEMS = Query(
    ItemRow,
    f"""
SELECT i.programme, i.item, i.status, i.lead_unit, i.opened_by, i.decision FROM programme_items i
WHERE {as_of_condition("i")} AND {optional("i.programme", "programme")} ORDER BY i.status, i.item""",
)
BY = ("status", "lead", "programme")


def count_programme_items(
    connection: Connection,
    when: AsOf,
    *,
    programme: str = "",
    by: Sequence[str] = ("status",),
    counted: CountingUnit = "case",
) -> Counts:
    """Items of one programme, or of all, on the day; counted as cases, or by the units that lead them."""
    if wrong := [name for name in by if name not in BY]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(BY)}")
    items = []
    for row in ITEMS(connection, day=when.as_of, known=when.known_at, programme=programme):
        dimensions = {"status": row.status, "lead": row.lead_unit, "programme": row.programme}
        items.append(
            Item(
                tuple(dimensions[name] for name in by),
                {"case": f"{row.programme}/{row.item}", "unit": row.lead_unit},
                link("regulation", row.programme, row.opened_by),
                row.decision or row.programme,
            )
        )
    return count_items(
        by, items, Documents(connection, when), when, counted=counted, allowed=("case", "unit")
    )
