"""Of those who took up posts between two days: how many were planned for them. The exceptions are its facts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, count_items
from services.chronicle.queries.common.dimensions import PlannedTitle, is_planned_for, yes_no
from services.chronicle.queries.common.responses import AsOf, Documents, link
from services.chronicle.queries.tenures.holders import list_units_in_scope
from shared.core.partial_dates import Day
from shared.database.sql import BatchQuery, Query, known_condition


class StartRow(NamedTuple):
    """A post taken up on `valid_from`, with the unit and the title code that the post had then."""

    tenure_id: str
    cadre_id: str
    post_id: str
    valid_from: str
    opened_by: str
    decision: str
    unit_id: str
    title_code: str


_STARTED = Query(
    StartRow,
    f"""
SELECT t.tenure_id, t.cadre_id, t.post_id, t.valid_from, t.opened_by, t.decision, p.unit_id, p.title_code
FROM tenures t JOIN posts p ON p.post_id = t.post_id AND {known_condition("p")} AND p.valid_from <= t.valid_from
AND p.valid_to > t.valid_from
WHERE {known_condition("t")} AND t.stretch = 0 AND t.holding IN ('PRIMARY', 'CONCURRENT')
AND t.route NOT IN ('ROTATED', 'TRANSFERRED') AND t.valid_from >= :since AND t.valid_from < :until""",
)
_TITLES = BatchQuery(
    PlannedTitle,
    f"""
SELECT e.cadre_id, e.post_id, e.title_code, e.valid_from, e.valid_to FROM planning_entries e
WHERE e.cadre_id IN :ids AND {known_condition("e")}""",
)


def list_planned_titles(
    connection: Connection, when: AsOf, cadres: Iterable[str]
) -> Mapping[str, Sequence[PlannedTitle]]:
    """What each of these cadres is or was planned for; nobody is missing."""
    titles: dict[str, list[PlannedTitle]] = defaultdict(list)
    for title in _TITLES(connection, ids=sorted(set(cadres)), known=when.known_at):
        titles[title.cadre_id].append(title)
    return titles


def count_planned_starts(
    connection: Connection,
    when: AsOf,
    *,
    unit: str,
    since: Day,
    until: Day,
    counted: CountingUnit = "case",
) -> Counts:
    """Appointments, re-appointments, elections and designations that took effect in [since, until) in the unit or below
    it, by `planned`: yes where the cadre was planned for that post or an equal title until then. A move is not an
    appointment. NotCountable, see counts."""
    units = list_units_in_scope(connection, unit, when, since, until)
    starts = [
        row
        for row in _STARTED(connection, known=when.known_at, since=since, until=until)
        if units is None or row.unit_id in units
    ]
    titles = list_planned_titles(connection, when, (row.cadre_id for row in starts))
    items = [
        Item(
            key=(yes_no(is_planned_for(row.post_id, row.title_code, row.valid_from, titles[row.cadre_id])),),
            ids={"case": row.tenure_id, "person": row.cadre_id, "post": row.post_id},
            fact=link("appointment", row.cadre_id, row.opened_by),
            decision=row.decision,
        )
        for row in sorted(starts, key=lambda row: (row.valid_from, row.tenure_id))
    ]
    return count_items(
        ("planned",),
        items,
        Documents(connection, when),
        when,
        counted=counted,
        allowed=("case", "person", "post"),
        expected=[("yes",), ("no",)],
        since=since,
        until=until,
    )
