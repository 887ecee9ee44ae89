"""What is in a scope now: units below its roots, their posts and lists, and the persons who belong there.

The tree is that of today, whichever day a question is about. A unit that is no more stands where it stood last, one that
is still to come where it will stand first. A person belongs to the units of their present tenures and postings, and to
the owners of the planning lists on which they are. Whoever has none of these belongs to the unit that registered them,
and where none is stated to that of their home place.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.people.merged_files import MergedFiles
from shared.core.partial_dates import BY_NOW, FOREVER, Day
from shared.database.sql import BatchQuery
from shared.http.scope import Scope

PUBLIC_SERVICE = "regulation"
"""Documents and rules belong to no unit: everybody may open them."""


class UnitVersion(NamedTuple):
    """Where a unit stands over some time."""

    unit_id: str
    parent_id: str
    valid_from: str
    valid_to: str


class _IdRow(NamedTuple):
    id: str


class _PersonUnitRow(NamedTuple):
    id: str
    unit: str


_TODAY = "{0}.known_to = :now AND {0}.valid_from <= :day AND {0}.valid_to > :day"
_VERSION = "SELECT u.unit_id, u.parent_id, u.valid_from, u.valid_to FROM units u WHERE u.known_to = :now AND "
_VERSIONS = BatchQuery(UnitVersion, f"{_VERSION} u.unit_id IN :ids")
_EVER_BELOW = BatchQuery(
    _IdRow, "SELECT DISTINCT u.unit_id AS id FROM units u WHERE u.parent_id IN :ids AND u.known_to = :now"
)
_ASSIGNED_IN = tuple(
    BatchQuery(_IdRow, f"SELECT DISTINCT {sql}")
    for sql in (
        f"t.cadre_id AS id FROM posts p JOIN tenures t ON t.post_id = p.post_id "
        f"WHERE p.unit_id IN :ids AND {_TODAY.format('p')} AND {_TODAY.format('t')}",
        f"r.cadre_id AS id FROM rotations r WHERE r.to_unit IN :ids AND r.posting AND {_TODAY.format('r')}",
        f"r.cadre_id AS id FROM rotations r WHERE r.from_unit IN :ids AND r.posting AND {_TODAY.format('r')}",
        f"r.cadre_id AS id FROM posts p JOIN rotations r ON r.from_post = p.post_id "
        f"WHERE p.unit_id IN :ids AND r.posting AND p.known_to = :now AND {_TODAY.format('r')}",
        f"e.cadre_id AS id FROM planning_lists l JOIN planning_entries e ON e.list_id = l.list_id "
        f"WHERE l.owner_id IN :ids AND {_TODAY.format('l')} AND {_TODAY.format('e')}",
    )
)
_MANAGED_BY = BatchQuery(
    _IdRow,
    f"SELECT DISTINCT t.cadre_id AS id FROM posts p JOIN tenures t ON t.post_id = p.post_id "
    f"WHERE p.managed_by IN :ids AND {_TODAY.format('p')} AND {_TODAY.format('t')}",
)
_HOME = "CASE c.managed_by WHEN '' THEN c.home_unit ELSE c.managed_by END"
_AT_HOME = BatchQuery(
    _IdRow, f"SELECT DISTINCT c.cadre_id AS id FROM cadres c WHERE {_HOME} IN :ids AND c.known_to = :now"
)
_UNITS_OF = tuple(
    BatchQuery(_PersonUnitRow, f"SELECT DISTINCT {sql}")
    for sql in (
        f"t.cadre_id AS id, p.unit_id AS unit FROM tenures t JOIN posts p ON p.post_id = t.post_id "
        f"WHERE t.cadre_id IN :ids AND {_TODAY.format('p')} AND {_TODAY.format('t')}",
        f"r.cadre_id AS id, r.to_unit AS unit FROM rotations r "
        f"WHERE r.cadre_id IN :ids AND r.posting AND {_TODAY.format('r')}",
        f"r.cadre_id AS id, r.from_unit AS unit FROM rotations r "
        f"WHERE r.cadre_id IN :ids AND r.posting AND {_TODAY.format('r')}",
        f"r.cadre_id AS id, p.unit_id AS unit FROM rotations r JOIN posts p ON p.post_id = r.from_post "
        f"WHERE r.cadre_id IN :ids AND r.posting AND p.known_to = :now AND {_TODAY.format('r')}",
        f"e.cadre_id AS id, l.owner_id AS unit FROM planning_entries e JOIN planning_lists l ON l.list_id = e.list_id "
        f"WHERE e.cadre_id IN :ids AND {_TODAY.format('l')} AND {_TODAY.format('e')}",
    )
)
_MANAGERS_OF = BatchQuery(
    _PersonUnitRow,
    f"SELECT DISTINCT t.cadre_id AS id, p.managed_by AS unit FROM tenures t JOIN posts p ON p.post_id = t.post_id "
    f"WHERE t.cadre_id IN :ids AND p.managed_by <> '' AND {_TODAY.format('p')} AND {_TODAY.format('t')}",
)
_HOME_OF = BatchQuery(
    _PersonUnitRow,
    f"SELECT DISTINCT c.cadre_id AS id, {_HOME} AS unit FROM cadres c "
    f"WHERE c.cadre_id IN :ids AND {_HOME} <> '' AND c.known_to = :now",
)
_BELONGING = tuple(
    BatchQuery(_IdRow, f"SELECT DISTINCT {sql} AND known_to = :now")
    for sql in (
        "p.post_id AS id FROM posts p WHERE p.unit_id IN :ids",
        "l.list_id AS id FROM planning_lists l WHERE l.owner_id IN :ids",
        "r.plan_id AS id FROM rotation_plans r WHERE r.owner_id IN :ids",
        "k.contest_id AS id FROM contests k WHERE k.organiser IN :ids",
        "e.reorganisation AS id FROM edges e WHERE e.source_id IN :ids",
        "e.reorganisation AS id FROM edges e WHERE e.target_id IN :ids",
        "g.reorganisation AS id FROM reorganisation_targets g WHERE g.scope IN :ids",
    )
)
_CONTESTS_FOR = BatchQuery(
    _IdRow, "SELECT DISTINCT k.contest_id AS id FROM contests k WHERE k.post_id IN :ids AND k.known_to = :now"
)


class IdsInScope(msgspec.Struct, frozen=True):
    """The ids of what is in a scope; see `ScopedIds`."""

    ids: frozenset[str]

    def shows(self, event: Mapping[str, Any]) -> bool:
        """Whether a recorded event is about something in scope: of a fact about a person, that person."""
        fact = event.get("fact") or {}
        if str(fact.get("type", "")).startswith(f"{PUBLIC_SERVICE}."):
            return True
        return str(fact.get("cadre") or event.get("stream", "")) in self.ids


class PersonUnits(NamedTuple):
    """Where a person belongs now."""

    units: frozenset[str]
    managed_by: frozenset[str]


def find_ids_in_scope(connection: Connection, scope: Scope, today: Day) -> IdsInScope:
    """Everything in a scope that is not the whole tree. The connection reads all rows."""
    units = find_units_below(connection, scope.units, today)
    mergers = MergedFiles(connection, BY_NOW)
    times = {"now": FOREVER, "day": today}
    persons = {row.id for query in _ASSIGNED_IN for row in query(connection, ids=list(units), **times)}
    persons |= {row.id for row in _MANAGED_BY(connection, ids=list(scope.managed_by), **times)}
    at_home = {row.id for row in _AT_HOME(connection, ids=list(units), now=FOREVER)} - persons
    files = {file for person in at_home for file in mergers.files(person)}
    assigned = find_assignments(connection, files, today)
    persons |= {
        person for person in at_home if not any(assigned[file].units for file in mergers.files(person))
    }
    persons = {file for person in persons for file in mergers.files(person)}
    belonging = {row.id for query in _BELONGING for row in query(connection, ids=list(units), now=FOREVER)}
    contests = {row.id for row in _CONTESTS_FOR(connection, ids=list(belonging), now=FOREVER)}
    return IdsInScope(frozenset(units | persons | belonging | contests) - {""})


def find_units_below(connection: Connection, roots: Collection[str], today: Day) -> set[str]:
    """The roots and all units that stand below them now."""
    found = set(roots)
    new = set(roots)
    while new:
        candidates = {row.id for row in _EVER_BELOW(connection, ids=list(new), now=FOREVER)} - found
        parents = find_parents(_VERSIONS(connection, ids=list(candidates), now=FOREVER), today)
        new = {unit for unit, above in parents.items() if not above.isdisjoint(found)} - found
        found |= new
    return found


def find_units_above(connection: Connection, units: Collection[str], today: Day) -> set[str]:
    """The units and all above them now."""
    found, new = set[str](), set(units)
    while new:
        found |= new
        parents = find_parents(_VERSIONS(connection, ids=list(new), now=FOREVER), today)
        new = {above for each in parents.values() for above in each} - found - {""}
    return found


def find_parents(versions: Iterable[UnitVersion], today: Day) -> dict[str, set[str]]:
    """By unit, what stands above it today: of a unit that is no more its last parent, of a future one its first."""
    by_unit: dict[str, list[UnitVersion]] = {}
    for version in versions:
        by_unit.setdefault(version.unit_id, []).append(version)
    return {unit: {each.parent_id for each in _current(rows, today)} for unit, rows in by_unit.items()}


def _current(rows: list[UnitVersion], today: Day) -> list[UnitVersion]:
    if current := [row for row in rows if row.valid_from <= today < row.valid_to]:
        return current
    if past := [row for row in rows if row.valid_to <= today]:
        last = max(row.valid_to for row in past)
        return [row for row in past if row.valid_to == last]
    first = min(row.valid_from for row in rows)
    return [row for row in rows if row.valid_from == first]


def find_assignments(connection: Connection, cadres: Collection[str], today: Day) -> dict[str, PersonUnits]:
    """The units of the present tenures, postings and lists of each cadre, and who manages them; the home unit is not
    among them."""
    units: dict[str, set[str]] = {cadre: set() for cadre in cadres}
    managers: dict[str, set[str]] = {cadre: set() for cadre in cadres}
    times = {"now": FOREVER, "day": today}
    for query in _UNITS_OF:
        for row in query(connection, ids=list(cadres), **times):
            units[row.id].add(row.unit)
    for row in _MANAGERS_OF(connection, ids=list(cadres), **times):
        managers[row.id].add(row.unit)
    return {
        cadre: PersonUnits(frozenset(units[cadre] - {""}), frozenset(managers[cadre])) for cadre in cadres
    }


def find_person_units(connection: Connection, cadre: str, today: Day) -> PersonUnits:
    """Where the person of a file belongs now, by all files of theirs; where they are in no unit, who registered them."""
    files = MergedFiles(connection, BY_NOW).files(cadre)
    assigned = find_assignments(connection, files, today).values()
    units = frozenset(unit for each in assigned for unit in each.units)
    managers = frozenset(unit for each in assigned for unit in each.managed_by)
    if not units:
        units = frozenset(row.unit for row in _HOME_OF(connection, ids=files, now=FOREVER))
    return PersonUnits(units, managers)
