"""Units, posts and people as they were on some day: each read once, many at a time. And what stood below a unit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf
from shared.core.partial_dates import Day, PDate, earliest, full_months
from shared.database.sql import Lookup, Statement, known_condition
from shared.eventlog.key_store import ERASED


class UnitOnDay(NamedTuple):
    unit: str = ""
    name: str = ""
    kind: str = ""
    level: str = ""
    bloc: str = ""
    parent: str = ""
    valid_from: str = ""


class PostOnDay(NamedTuple):
    post: str = ""
    title: str = ""
    title_code: str = ""
    unit: str = ""
    rank_group: str = ""
    role: str = ""
    key_title: bool = False
    valid_from: str = ""


class Person(NamedTuple):
    cadre: str = ""
    name: str = ""
    name_key: str = ""
    sex: str = ""
    birth: str = ""
    ethnicity: str = ""
    theory: str = ""
    state_management: str = ""

    def woman(self) -> bool | None:
        """None: not known, or erased."""
        return {"F": True, "NỮ": True, "M": False, "NAM": False}.get(self.sex.strip().upper())

    def minority(self) -> bool | None:
        """None: not known, or erased."""
        if self.ethnicity in ("", ERASED):
            return None
        return self.ethnicity.strip().casefold() != "kinh"

    def age(self, day: Day) -> int | None:
        """Full years on that day; who is born on an unknown day counts as born on the first (Decree 135/2020)."""
        if len(self.birth) not in (4, 7, 10):
            return None
        return full_months(earliest(PDate(self.birth)), day) // 12


_UNITS = Lookup(f"""
SELECT u.unit_id, u.name, u.kind, u.level, u.bloc, u.parent_id, u.valid_from FROM units u
WHERE u.unit_id IN :ids AND {known_condition("u")} ORDER BY u.valid_from""")
_POSTS = Lookup(f"""
SELECT p.post_id, p.title, p.title_code, p.unit_id, p.rank_group, p.role, p.key_title, p.valid_from FROM posts p
WHERE p.post_id IN :ids AND {known_condition("p")} ORDER BY p.valid_from""")
_PEOPLE = Lookup(f"""
SELECT c.cadre_id, c.name, c.name_key, c.sex, c.birth, c.ethnicity, c.theory, c.state_management
FROM cadres c WHERE c.cadre_id IN :ids AND {known_condition("c")}""")
_BELOW = Statement(f"""
WITH RECURSIVE sub(unit_id) AS (
  SELECT r.unit_id FROM units r WHERE r.unit_id = :unit AND {known_condition("r")}
  UNION SELECT u.unit_id FROM sub JOIN units u ON u.parent_id = sub.unit_id
  WHERE {known_condition("u")} AND u.valid_from < :until AND u.valid_to > :since
) SELECT unit_id FROM sub""")

V = TypeVar("V", UnitOnDay, PostOnDay)


def units_below(connection: Connection, unit: str, when: AsOf, since: Day, until: Day) -> frozenset[str]:
    """The unit and every unit that stood under it at some time of [since, until)."""
    rows = _BELOW(connection, unit=unit, known=when.known_at, since=since, until=until)
    return frozenset(row[0] for row in rows)


class DatedLookup:
    """Read what will be asked for first; what is not known has empty fields."""

    def __init__(self, connection: Connection, when: AsOf) -> None:
        self._connection, self._when = connection, when
        self._units: dict[str, list[UnitOnDay]] = defaultdict(list, {"": []})
        self._posts: dict[str, list[PostOnDay]] = defaultdict(list, {"": []})
        self._people: dict[str, Person] = {"": Person()}

    def read(self, units: Iterable[str] = (), posts: Iterable[str] = (), people: Iterable[str] = ()) -> None:
        """The units that the posts belong to are read with them."""
        known_at = self._when.known_at
        for row in _POSTS(self._connection, ids=_new(posts, self._posts), known=known_at):
            self._posts[row[0]].append(PostOnDay(*row))
        theirs = [post.unit for versions in self._posts.values() for post in versions]
        for row in _UNITS(self._connection, ids=_new([*units, *theirs], self._units), known=known_at):
            self._units[row[0]].append(UnitOnDay(*row))
        for row in _PEOPLE(self._connection, ids=_new(people, self._people), known=known_at):
            self._people[row[0]] = Person(*row)

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
