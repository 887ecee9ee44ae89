"""What every definition of a contradiction is made of: a period, what it concerns, and the facts in question."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from services.chronicle.queries.contradictions.kinds import ContradictionKind
from shared.core.partial_dates import LAST_DAY


class Concern(NamedTuple):
    """A thing that a contradiction is about: `what` is unit, post, cadre, tenure, rotation, entry or code."""

    what: str
    id: str


@dataclass(frozen=True)
class Found:
    """Facts that cannot all be true on any day of [since, until). `units` are where it is; empty: where its cadres
    are."""

    kind: ContradictionKind
    since: str
    until: str
    concerns: tuple[Concern, ...]
    facts: tuple[str, ...]
    units: tuple[str, ...] = ()
    accepted_by: str = ""
    """Who answered for it when it was recorded, as a finding says; empty: nobody."""

    @property
    def order(self) -> tuple[str, ...]:
        return (self.kind.value, self.since, *(each.id for each in self.concerns), *self.facts)

    def holds_on(self, day: str) -> bool:
        return self.since <= day and (day < self.until or self.until == LAST_DAY)


def join_adjoining(found: Iterable[Found]) -> list[Found]:
    """Periods of one kind about the same things as one, where one begins when the other ends or before."""

    def about(each: Found) -> tuple[str, tuple[Concern, ...], str]:
        return (each.kind, each.concerns, each.since)

    joined: list[Found] = []
    for _, group in groupby(sorted(found, key=about), key=lambda each: about(each)[:2]):
        first, *others = group
        for other in others:
            if other.since <= first.until:
                facts = tuple(dict.fromkeys((*first.facts, *other.facts)))
                first = replace(first, until=max(first.until, other.until), facts=facts)
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
