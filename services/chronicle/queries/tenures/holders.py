"""In which unit a cadre serves on a day, and who serves in a unit or below it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import list_units_below
from services.chronicle.queries.common.responses import AsOf
from shared.core.partial_dates import Day, day_after
from shared.database.sql import BatchQuery, known_condition


class _HeldRow(NamedTuple):
    cadre_id: str
    valid_from: str
    unit_id: str


class _ServingRow(NamedTuple):
    cadre_id: str
    unit_id: str


_HELD = BatchQuery(
    _HeldRow,
    f"""
SELECT t.cadre_id, t.valid_from, p.unit_id FROM tenures t
JOIN posts p ON p.post_id = t.post_id AND {known_condition("p")} AND p.valid_from <= t.valid_to AND p.valid_to > t.valid_from
WHERE t.cadre_id IN :ids AND t.holding = 'PRIMARY' AND {known_condition("t")} ORDER BY t.valid_from""",
)
IN_UNITS = BatchQuery(
    _ServingRow,
    f"""
SELECT DISTINCT t.cadre_id, p.unit_id FROM posts p JOIN tenures t ON t.post_id = p.post_id
WHERE p.unit_id IN :ids AND {known_condition("p")} AND p.valid_from <= :day AND p.valid_to > :day
AND {known_condition("t")} AND t.valid_from <= :day AND t.valid_to > :day AND t.holding = 'PRIMARY'""",
)


class PrimaryUnits:
    """The unit of each cadre's primary post, by day; empty where none is on record."""

    def __init__(self, connection: Connection, when: AsOf, cadres: Iterable[str]) -> None:
        self._held: dict[str, list[_HeldRow]] = {}
        for row in _HELD(connection, ids=list(dict.fromkeys(cadres)), known=when.known_at):
            self._held.setdefault(row.cadre_id, []).append(row)

    def unit(self, cadre: str, day: str) -> str:
        """On that day, else the last one before."""
        before = [row.unit_id for row in self._held.get(cadre, ()) if row.valid_from <= day]
        return before[-1] if before else ""


def list_serving_cadres(connection: Connection, unit: str, when: AsOf) -> Mapping[str, str]:
    """Who holds a primary post in the unit or below it on that day: cadre to unit."""
    units = sorted(list_units_below(connection, unit, when, when.as_of, day_after(when.as_of)))
    rows = IN_UNITS(connection, ids=units, day=when.as_of, known=when.known_at)
    return {row.cadre_id: row.unit_id for row in rows}


def list_units_in_scope(
    connection: Connection, unit: str, when: AsOf, since: Day, until: Day
) -> frozenset[str] | None:
    """The unit and every unit below it at some time of [since, until); None, for everywhere, where there is no unit."""
    return list_units_below(connection, unit, when, since, until) if unit else None
