"""Which units and persons a fact concerns, so that a policy can be asked about each before it is recorded."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.appointment.events import ContestOpened
from services.chronicle.queries.common.names import iterate_texts
from services.chronicle.queries.units.scoped_ids import find_person_units, find_units_above
from services.organization.events import (
    PostCreated,
    ReorganisationApproved,
    ReorganisationExecuted,
    UnitEstablished,
)
from services.personnel.events import Registered
from services.planning.events import RoundOpened
from services.rotation.events import PlanApproved
from shared.core.facts import AnyEvent, Corrected, Fact
from shared.core.partial_dates import FOREVER, Day
from shared.database.sql import BatchQuery

FIELDS = (
    *("parent", "unit", "owner", "from_unit", "to_unit"),
    *("post", "from_post", "to_post", "next_post"),
    *("cadre", "merged"),
)
"""The fields of facts that name a unit, post or person whom the fact concerns. Others name what it rests on, such as
documents and the body that decides."""
OPENING = (UnitEstablished, PostCreated, Registered, RoundOpened, PlanApproved, ContestOpened)
"""Facts that begin what they are about: it concerns what their fields name. Of a person, who registers them."""
ABOUT_MANY = (ReorganisationApproved, ReorganisationExecuted)
"""Facts that concern every unit that they name anywhere."""


class Concerned(NamedTuple):
    """A unit or a person. `within`: all units above it; of a person also those where they belong."""

    id: str
    is_person: bool
    within: frozenset[str]
    managed_by: frozenset[str] = frozenset()


class _UnitRow(NamedTuple):
    id: str
    unit: str


_UNITS_OF = tuple(
    BatchQuery(_UnitRow, f"SELECT DISTINCT {sql} AND known_to = :now")
    for sql in (
        "u.unit_id AS id, u.unit_id AS unit FROM units u WHERE u.unit_id IN :ids",
        "p.post_id AS id, p.unit_id AS unit FROM posts p WHERE p.post_id IN :ids",
        "l.list_id AS id, l.owner_id AS unit FROM planning_lists l WHERE l.list_id IN :ids",
        "r.plan_id AS id, r.owner_id AS unit FROM rotation_plans r WHERE r.plan_id IN :ids",
    )
)
_POST_OF_CONTEST = BatchQuery(
    _UnitRow,
    "SELECT DISTINCT c.contest_id AS id, c.post_id AS unit FROM contests c WHERE c.contest_id IN :ids "
    "AND c.known_to = :now",
)
_CADRES = BatchQuery(
    _UnitRow,
    "SELECT DISTINCT c.cadre_id AS id, '' AS unit FROM cadres c WHERE c.cadre_id IN :ids AND c.known_to = :now",
)


def name_concerned(stream: str, fact: Fact, history: Sequence[AnyEvent]) -> tuple[set[str], set[str]]:
    """(ids that a fact concerns, ids among which are units that it concerns). Of a correction: what the corrected fact
    concerns, and what it concerns with the new values."""
    if isinstance(fact, Corrected):
        corrected = [event.fact for event in history if event.event_id == fact.target]
        named, among = {stream}, set[str]()
        for each in corrected:
            also, others = name_concerned(stream, each, ())
            named |= also
            among |= others
        values = [value for name, value in fact.new_values.items() if name in FIELDS]
        return named | {value for value in values if isinstance(value, str) and value}, among
    if isinstance(fact, ABOUT_MANY):
        return set(), set(iterate_texts(msgspec.to_builtins(fact, enc_hook=str)))
    named = {str(value) for name in FIELDS if (value := getattr(fact, name, ""))}
    if isinstance(fact, Registered) and not history and fact.managed_by:
        return {fact.managed_by}, set()
    if not isinstance(fact, OPENING) or history:
        named.add(stream)
    return named, set()


def find_concerned(connection: Connection, named: Iterable[str], today: Day) -> list[Concerned] | None:
    """What these ids stand for; None where one of them is nothing that is known, or there is none."""
    found: dict[str, Concerned] = {}
    named = list(named)
    posts = {row.id: row.unit for row in _POST_OF_CONTEST(connection, ids=named, now=FOREVER)}
    ids = [posts.get(id_, id_) for id_ in named]
    for query in _UNITS_OF:
        for row in query(connection, ids=ids, now=FOREVER):
            above = find_units_above(connection, [row.unit], today)
            found[row.id] = Concerned(row.unit, False, frozenset(above))
    for row in _CADRES(connection, ids=ids, now=FOREVER):
        units, managed_by = find_person_units(connection, row.id, today)
        above = find_units_above(connection, units, today)
        found[row.id] = Concerned(row.id, True, frozenset(above), managed_by)
    return list(found.values()) if found and found.keys() >= set(ids) else None


def find_known_ids(connection: Connection, texts: Collection[str]) -> frozenset[str]:
    """Those of these texts that are ids of units, posts, persons, lists, plans or contests."""
    ids = sorted(set(texts))
    queries = (*_UNITS_OF, _POST_OF_CONTEST, _CADRES)
    return frozenset(row.id for query in queries for row in query(connection, ids=ids, now=FOREVER))


def find_units_among(connection: Connection, texts: Iterable[str]) -> set[str]:
    """Those of these texts that are ids of units."""
    return {row.id for row in _UNITS_OF[0](connection, ids=sorted(texts), now=FOREVER)}
