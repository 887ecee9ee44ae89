"""Of those who took up posts between two days: how many were planned for them. The exceptions are its facts."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, counts
from services.chronicle.queries.common.responses import AsOf, Documents, link
from services.chronicle.queries.tenures.holders import scope
from shared.core.partial_dates import Day
from shared.database.sql import Lookup, Statement, known_condition

STARTED = Statement(f"""
SELECT t.tenure_id, t.cadre_id, t.post_id, t.valid_from, t.opened_by, t.decision, p.unit_id, p.title_code
FROM tenures t JOIN posts p ON p.post_id = t.post_id AND {known_condition("p")} AND p.valid_from <= t.valid_from
AND p.valid_to > t.valid_from
WHERE {known_condition("t")} AND t.stretch = 0 AND t.holding IN ('PRIMARY', 'CONCURRENT')
AND t.route NOT IN ('ROTATED', 'TRANSFERRED') AND t.valid_from >= :since AND t.valid_from < :until""")
ENTRIES = Lookup(f"""
SELECT e.cadre_id, e.post_id, e.title_code, e.valid_from, e.valid_to FROM planning_entries e
WHERE e.cadre_id IN :ids AND {known_condition("e")}""")


def planned_share(
    connection: Connection,
    when: AsOf,
    *,
    unit: str,
    since: Day,
    until: Day,
    counting: CountingUnit = "case",
) -> Counts:
    """Appointments, re-appointments, elections and designations that took effect in [since, until) in the unit or below
    it, by `planned`: yes where the cadre was on a list for that post or its title code until then. A move is not an
    appointment. NotCountable, see counts."""
    rows = STARTED(connection, known=when.known_at, since=since, until=until)
    units = scope(connection, unit, when, since, until)
    rows = [row for row in rows if units is None or row[6] in units]
    entries: dict[str, list[Any]] = {}
    for entry in ENTRIES(connection, ids=sorted({row[1] for row in rows}), known=when.known_at):
        entries.setdefault(entry[0], []).append(entry)
    items = [
        Item(
            key=("yes" if _planned(row, entries.get(row[1], ())) else "no",),
            ids={"case": row[0], "person": row[1], "post": row[2]},
            fact=link("appointment", row[1], row[4]),
            decision=row[5],
        )
        for row in sorted(rows, key=lambda row: (row[3], row[0]))
    ]
    return counts(
        ("planned",),
        items,
        Documents(connection, when),
        when,
        unit=counting,
        allowed=("case", "person", "post"),
        expected=[("yes",), ("no",)],
        since=since,
        until=until,
    )


def _planned(row: Any, entries: Iterable[Any]) -> bool:
    """On a list that day, or until that day: reaching the title closes the entry."""
    return any(
        since <= row[3] <= until and (post == row[2] or (code and code == row[7]))
        for _, post, code, since, until in entries
    )
