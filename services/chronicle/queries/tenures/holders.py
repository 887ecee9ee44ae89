"""Who serves where: holders of posts below a unit, and the unit of a cadre on a day."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import units_below
from services.chronicle.queries.common.responses import AsOf
from shared.core.partial_dates import Day, day_after
from shared.database.sql import Lookup, known_condition

_HELD = Lookup(f"""
SELECT t.cadre_id, t.valid_from, t.valid_to, p.unit_id, t.tenure_id, t.post_id FROM tenures t
JOIN posts p ON p.post_id = t.post_id AND {known_condition("p")} AND p.valid_from <= t.valid_to AND p.valid_to > t.valid_from
WHERE t.cadre_id IN :ids AND t.holding = 'PRIMARY' AND {known_condition("t")} ORDER BY t.valid_from""")
_IN_UNITS = Lookup(f"""
SELECT DISTINCT t.cadre_id, p.unit_id FROM posts p JOIN tenures t ON t.post_id = p.post_id
WHERE p.unit_id IN :ids AND {known_condition("p")} AND p.valid_from <= :day AND p.valid_to > :day
AND {known_condition("t")} AND t.valid_from <= :day AND t.valid_to > :day AND t.holding = 'PRIMARY'""")


class Posts:
    """Where some cadres served, day by day; empty where no primary post is on record."""

    def __init__(self, connection: Connection, when: AsOf, cadres: Iterable[str]) -> None:
        rows = _HELD(connection, ids=list(dict.fromkeys(cadres)), known=when.known_at)
        self._held: dict[str, list[tuple[str, str, str]]] = {}
        for cadre, since, until, unit, _, _ in rows:
            self._held.setdefault(cadre, []).append((since, until, unit))

    def unit(self, cadre: str, day: str) -> str:
        """On that day, else the last one before."""
        before = [unit for since, _, unit in self._held.get(cadre, ()) if since <= day]
        return before[-1] if before else ""


def serving(connection: Connection, unit: str, when: AsOf) -> Mapping[str, str]:
    """Who holds a primary post in the unit or below it on that day: cadre to unit."""
    units = sorted(units_below(connection, unit, when, when.as_of, day_after(when.as_of)))
    rows = _IN_UNITS(connection, ids=units, day=when.as_of, known=when.known_at)
    return {row[0]: row[1] for row in rows}


def scope(connection: Connection, unit: str, when: AsOf, since: Day, until: Day) -> frozenset[str] | None:
    """The units meant by a place; None: everywhere."""
    return units_below(connection, unit, when, since, until) if unit else None
