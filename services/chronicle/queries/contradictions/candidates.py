"""What every definition of a contradiction is made of: a period, what it concerns, and the facts in question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.contradictions.kinds import ContradictionKind
from shared.core.partial_dates import LAST_DAY, Instant
from shared.database.sql import Query, known_condition


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


class _MergedRow(NamedTuple):
    merged_id: str
    cadre_id: str
    duplicates: str
    opened_by: str
    valid_from: str
    certain_from: str
    first_known: str


_MERGED = Query(
    _MergedRow,
    f"""
SELECT m.merged_id, m.cadre_id, m.duplicates, m.opened_by, m.valid_from, m.certain_from,
  (SELECT min(n.known_from) FROM merged_records n WHERE n.stream = m.stream AND n.key = m.key) AS first_known
FROM merged_records m WHERE {known_condition("m")} ORDER BY m.merged_id, first_known, m.cadre_id""",
)


class MergedFiles:
    """Which files are of one person, as known at an instant."""

    def __init__(self, connection: Connection, known: Instant) -> None:
        self.mergers: Sequence[_MergedRow] = _MERGED(connection, known=known)
        self._kept: dict[str, str] = {}
        for row in self.mergers:
            self._kept.setdefault(row.merged_id, row.cadre_id)
        self.duplicates = {
            (row.merged_id, tenure) for row in self.mergers for tenure in row.duplicates.split("\n") if tenure
        }
        self.groups: dict[str, list[str]] = {}
        for file in dict.fromkeys((*self._kept, *self._kept.values())):
            self.groups.setdefault(self.person(file), []).append(file)

    def person(self, file: str) -> str:
        """The file that is kept of this person; the file itself where nothing was merged."""
        seen = [file]
        while (kept := self._kept.get(seen[-1])) is not None:
            if kept in seen:
                return min(seen[seen.index(kept) :])
            seen.append(kept)
        return seen[-1]

    def files(self, file: str) -> list[str]:
        """All files of the person that this file is of."""
        return self.groups.get(self.person(file), [file])

    @property
    def merged_files(self) -> list[str]:
        """Every file that a merger concerns."""
        return [file for files in self.groups.values() for file in files]
