"""Units, posts and people under the names they had on a day, read many at a time; and the units below a unit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.common.subtree import SUBTREE_DURING
from shared.core.partial_dates import Day
from shared.database.sql import NAMED, BatchQuery, Query, known_condition


class UnitOnDay(NamedTuple):
    """A unit under one name, kind and parent, from `valid_from` on."""

    unit: str = ""
    name: str = ""
    kind: str = ""
    level: str = ""
    bloc: str = ""
    parent: str = ""
    valid_from: str = ""


class PostOnDay(NamedTuple):
    """A post under one title, from `valid_from` on."""

    post: str = ""
    title: str = ""
    title_code: str = ""
    unit: str = ""
    rank_group: str = ""
    role: str = ""
    key_title: bool = False
    valid_from: str = ""


class _UnitIdRow(NamedTuple):
    unit_id: str


class Person(NamedTuple):
    """A cadre as known at the instant of the question."""

    cadre: str = ""
    name: str = ""
    name_key: str = ""
    sex: str = ""
    birth: str = ""
    ethnicity: str = ""
    theory: str = ""
    state_management: str = ""


_UNITS, _UNITS_ASKED_FOR = (
    BatchQuery(
        UnitOnDay,
        f"""
SELECT u.unit_id AS unit, u.name, u.kind, u.level, u.bloc, u.parent_id AS parent, u.valid_from FROM units{mark} u
WHERE u.unit_id IN :ids AND {known_condition("u")} ORDER BY u.valid_from""",
    )
    for mark in (NAMED, "")
)
_POSTS = BatchQuery(
    PostOnDay,
    f"""
SELECT p.post_id AS post, p.title, p.title_code, p.unit_id AS unit, p.rank_group, p.role, p.key_title, p.valid_from
FROM posts{NAMED} p WHERE p.post_id IN :ids AND {known_condition("p")} ORDER BY p.valid_from""",
)
_PEOPLE = BatchQuery(
    Person,
    f"""
SELECT c.cadre_id AS cadre, c.name, c.name_key, c.sex, c.birth, c.ethnicity, c.theory, c.state_management
FROM cadres c WHERE c.cadre_id IN :ids AND {known_condition("c")}""",
)
_BELOW = Query(_UnitIdRow, f"{SUBTREE_DURING} SELECT unit_id FROM sub")

V = TypeVar("V", UnitOnDay, PostOnDay)


def list_units_below(connection: Connection, unit: str, when: AsOf, since: Day, until: Day) -> frozenset[str]:
    """The unit and every unit below it at some time of [since, until)."""
    rows = _BELOW(connection, unit=unit, known=when.known_at, since=since, until=until)
    return frozenset(row.unit_id for row in rows)


class DatedLookup:
    """Names by id and day. `read` the ids first; an id that was not read, or is not known, has empty fields."""

    def __init__(self, connection: Connection, when: AsOf) -> None:
        self._connection, self._when = connection, when
        self._units: dict[str, list[UnitOnDay]] = defaultdict(list, {"": []})
        self._posts: dict[str, list[PostOnDay]] = defaultdict(list, {"": []})
        self._people: dict[str, Person] = {"": Person()}

    def read(self, units: Iterable[str] = (), posts: Iterable[str] = (), people: Iterable[str] = ()) -> None:
        """The units that the posts belong to are read with them."""
        known_at = self._when.known_at
        for post in _POSTS(self._connection, ids=_new(posts, self._posts), known=known_at):
            self._posts[post.post].append(post)
        of_posts = [post.unit for versions in self._posts.values() for post in versions]
        for unit in _UNITS(self._connection, ids=_new([*units, *of_posts], self._units), known=known_at):
            self._units[unit.unit].append(unit)
        for person in _PEOPLE(self._connection, ids=_new(people, self._people), known=known_at):
            self._people[person.cadre] = person

    def read_asked_for(self, unit: str) -> None:
        """Read a unit that the question itself names: it has empty fields where the reader may not open it."""
        rows = _UNITS_ASKED_FOR(self._connection, ids=[unit] if unit else [], known=self._when.known_at)
        self._units[unit] = rows

    def unit(self, id_: str, day: str) -> UnitOnDay:
        return _on(self._units.get(id_, []), day) or UnitOnDay(id_)

    def post(self, id_: str, day: str) -> PostOnDay:
        return _on(self._posts.get(id_, []), day) or PostOnDay(id_)

    def person(self, id_: str) -> Person:
        return self._people.get(id_) or Person(id_)


def _new(ids: Iterable[str], had: Mapping[str, object]) -> list[str]:
    return [id_ for id_ in dict.fromkeys(ids) if id_ not in had]


def _on(versions: list[V], day: str) -> V | None:
    """The version of that day; the first one for days before."""
    started = [version for version in versions if version.valid_from <= day]
    return started[-1] if started else versions[0] if versions else None
