"""What every definition of a contradiction is made of: a period, what it concerns, and the facts in question."""

from collections.abc import Iterable, Set
from itertools import groupby
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from services.chronicle.queries.contradictions.kinds import ContradictionKind
from shared.core.partial_dates import LAST_DAY, Instant
from shared.database.sql import BatchQuery, known_condition


class Concern(NamedTuple):
    """A thing that a contradiction is about: `what` is unit, post, cadre, tenure, rotation, entry or code, and for
    facts without effect whatever a fact opens and ends."""

    what: str
    id: str


class Found(Protocol):
    """Facts that cannot all be true on any day of [since, until). `units` are where it is; empty: where its cadres
    are."""

    @property
    def kind(self) -> ContradictionKind: ...
    @property
    def since(self) -> str: ...
    @property
    def until(self) -> str: ...
    @property
    def concerns(self) -> tuple[Concern, ...]: ...
    @property
    def facts(self) -> tuple[str, ...]: ...
    @property
    def units(self) -> tuple[str, ...]: ...
    @property
    def accepted_by(self) -> str:
        """Who answered for it when it was recorded, as a finding says; empty: nobody."""

    @property
    def order(self) -> tuple[str, ...]:
        """By what contradictions are sorted and paged: kind, first day, ids, facts."""

    def is_about(self, what: str, ids: Set[str]) -> bool:
        """Whether it concerns a thing of this kind with one of these ids."""


class Contradiction(NamedTuple):
    """What was found, stated in full; see Found."""

    kind: ContradictionKind
    since: str
    until: str
    concerns: tuple[Concern, ...]
    facts: tuple[str, ...]
    units: tuple[str, ...] = ()
    accepted_by: str = ""

    @property
    def order(self) -> tuple[str, ...]:
        return (self.kind.value, self.since, *(each.id for each in self.concerns), *self.facts)

    def is_about(self, what: str, ids: Set[str]) -> bool:
        return any(each.what == what and each.id in ids for each in self.concerns)


def holds_on(found: Found, day: str) -> bool:
    return found.since <= day and (day < found.until or found.until == LAST_DAY)


def join_adjoining(found: Iterable[Contradiction]) -> list[Contradiction]:
    """Periods of one kind about the same things as one, where one begins when the other ends or before."""

    def about(each: Contradiction) -> tuple[str, tuple[Concern, ...], str]:
        return (each.kind, each.concerns, each.since)

    joined: list[Contradiction] = []
    for _, group in groupby(sorted(found, key=about), key=lambda each: about(each)[:2]):
        first, *others = group
        for other in others:
            if other.since <= first.until:
                facts = tuple(dict.fromkeys((*first.facts, *other.facts)))
                first = first._replace(until=max(first.until, other.until), facts=facts)
            else:
                joined.append(first)
                first = other
        joined.append(first)
    return joined


def overlap(*periods: tuple[str, str]) -> tuple[str, str] | None:
    """The days that all of these [since, until) have in common; None: there is none."""
    since, until = max(each[0] for each in periods), min(each[1] for each in periods)
    return (since, until) if since < until else None


def surely_held_until(alias: str) -> str:
    """SQL: the first day on which a tenure, from its row of stretch 0, is perhaps no longer held."""
    end = f'{alias}."end"'
    return (
        f"(CASE WHEN {alias}.ended = '' THEN '9999-12-31' WHEN length({end}) = 10 THEN {end} "
        f"WHEN length({end}) = 7 THEN {end} || '-01' WHEN length({end}) = 4 THEN {end} || '-01-01' "
        "ELSE '0001-01-01' END)"
    )


class _UnitOfPostRow(NamedTuple):
    post_id: str
    unit_id: str


_UNITS_OF_POSTS = BatchQuery(
    _UnitOfPostRow,
    f"SELECT p.post_id, p.unit_id FROM posts p WHERE p.post_id IN :ids AND {known_condition('p')}",
)


def read_units_of_posts(
    connection: Connection, known: Instant, posts: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The unit of each of these posts as known at an instant; nothing where the post has none or is not on record."""
    units = dict.fromkeys(posts, tuple[str, ...]())
    for row in _UNITS_OF_POSTS(connection, ids=list(units), known=known):
        units[row.post_id] = (row.unit_id,) if row.unit_id else ()
    return units
