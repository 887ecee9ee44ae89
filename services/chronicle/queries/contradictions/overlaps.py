"""TWO_PRIMARY and SAME_POST_TWICE: tenures of one person that exclude each other."""

from collections import defaultdict
from collections.abc import Iterator, Set
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import link
from services.chronicle.queries.contradictions.candidates import (
    Concern,
    read_units_of_posts,
    surely_held_until,
)
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.chronicle.queries.people.merged_files import MergedFiles
from services.chronicle.rows import FindingsOfFact, list_from_text
from shared.core.partial_dates import Instant
from shared.database.sql import BatchQuery, Query, known_condition


class HeldRow(NamedTuple):
    """A tenure over the days [since, until) on which it is certainly held."""

    cadre_id: str
    tenure_id: str
    post_id: str
    holding: str
    since: str
    until: str
    opened_by: str
    findings: str


RULES = {
    ContradictionKind.SAME_POST_TWICE: "SamePostTwice",
    ContradictionKind.TWO_PRIMARY: "TwoPrimaryPosts",
}
"""The name of the finding under which somebody may have answered for it."""


HeldValues = tuple[str, ...]
"""The fields of a HeldRow as they come from the driver: of a million rows, tuples cost half as much as named ones."""


class Overlap(NamedTuple):
    """Two tenures that exclude each other. There may be very many, so what a page says of one is made when it is read;
    see Found."""

    kind: ContradictionKind
    since: str
    until: str
    person: str
    one: HeldValues
    other: HeldValues
    units: tuple[str, ...]

    @property
    def concerns(self) -> tuple[Concern, ...]:
        one, other = HeldRow(*self.one), HeldRow(*self.other)
        posts = dict.fromkeys((one.post_id, other.post_id))
        return (
            Concern("cadre", self.person),
            *(Concern("post", post) for post in posts),
            Concern("tenure", one.tenure_id),
            Concern("tenure", other.tenure_id),
        )

    @property
    def facts(self) -> tuple[str, ...]:
        rows = (HeldRow(*self.one), HeldRow(*self.other))
        return tuple(link("appointment", row.cadre_id, row.opened_by) for row in rows)

    @property
    def accepted_by(self) -> str:
        return _accepted_by(RULES[self.kind], *(HeldRow(*row).findings for row in (self.one, self.other)))

    def is_about(self, what: str, ids: Set[str]) -> bool:
        if what == "cadre":
            return self.person in ids
        column = {"tenure": 1, "post": 2}.get(what)
        return column is not None and (self.one[column] in ids or self.other[column] in ids)

    @property
    def order(self) -> tuple[str, ...]:
        """As that of a Contradiction."""
        file, tenure, post, _, _, _, event, _ = self.one
        other_file, other_tenure, other_post, _, _, _, other_event, _ = self.other
        posts = (post,) if post == other_post else (post, other_post)
        facts = (link("appointment", file, event), link("appointment", other_file, other_event))
        return (self.kind.value, self.since, self.person, *posts, tenure, other_tenure, *facts)


_HELD = f"""
SELECT t.cadre_id, t.tenure_id, t.post_id, t.holding, t.certain_from AS since, {surely_held_until("t")} AS until,
  t.opened_by, t.findings FROM tenures t"""
HELD_BY = BatchQuery(
    HeldRow,
    f"""{_HELD} WHERE t.cadre_id IN :ids AND t.stretch = 0 AND {known_condition("t")} ORDER BY t.cadre_id, t.tenure_id""",
)
_PAGE = 5_000
EVERY_TENURE = Query(
    HeldRow,
    f"""{_HELD}
WHERE (t.cadre_id, t.tenure_id) > (:cadre, :tenure) AND t.stretch = 0 AND {known_condition("t")}
ORDER BY t.cadre_id, t.tenure_id LIMIT {_PAGE}""",
)


def find_tenure_overlaps(connection: Connection, known: Instant, files: MergedFiles) -> Iterator[Overlap]:
    """One person with two primary posts, or twice in one post, on a day that is certain."""
    pairs: list[tuple[HeldValues, HeldValues]] = []
    for _, own in groupby(_read_every_tenure(connection, known), key=itemgetter(0)):
        pairs += _overlapping(list(own))
    by_person: dict[str, list[HeldValues]] = defaultdict(list)
    for held in HELD_BY(connection, ids=files.merged_files, known=known):
        by_person[files.person(held.cadre_id)].append(tuple(held))
    for rows in by_person.values():
        pairs += [(one, other) for one, other in _overlapping(rows) if one[0] != other[0]]
    if files.duplicates:
        pairs = [pair for pair in pairs if not any(files.is_duplicate(row[0], row[1]) for row in pair)]
    units = read_units_of_posts(connection, known, (row[2] for pair in pairs for row in pair))
    for one, other in pairs:
        _, _, post, _, since, until, _, _ = one
        _, _, other_post, _, other_since, other_until, _, _ = other
        yield Overlap(
            ContradictionKind.SAME_POST_TWICE if post == other_post else ContradictionKind.TWO_PRIMARY,
            max(since, other_since),
            min(until, other_until),
            files.person(one[0]) if files.mergers else one[0],
            one,
            other,
            units[post] if units[post] == units[other_post] else units[post] + units[other_post],
        )


def _read_every_tenure(connection: Connection, known: Instant) -> Iterator[HeldValues]:
    """All tenures by file, a part at a time."""
    cadre, tenure = "", ""
    while True:
        rows = EVERY_TENURE.read_tuples(connection, known=known, cadre=cadre, tenure=tenure)
        yield from rows
        if len(rows) < _PAGE:
            return
        cadre, tenure, *_ = rows[-1]


def _overlapping(rows: list[HeldValues]) -> Iterator[tuple[HeldValues, HeldValues]]:
    """Every two of one person that exclude each other, by file and id within a pair."""
    if len(rows) < 2:
        return
    earlier: list[HeldValues] = []
    for row in sorted(rows, key=itemgetter(4)):
        _, _, post, holding, since, until, _, _ = row
        if since >= until:
            continue
        if earlier := [each for each in earlier if each[5] > since]:
            for each in earlier:
                if each[2] == post or each[3] == holding == "PRIMARY":
                    yield (each, row) if each[:2] < row[:2] else (row, each)
        earlier.append(row)


def _accepted_by(rule: str, *findings: str) -> str:
    """Who overrode this rule, from the findings of rows."""
    for each in (each for text in findings for each in list_from_text(text, FindingsOfFact)):
        for finding in each.findings:
            if finding.rule == rule and finding.overridden_by:
                return finding.overridden_by
    return ""
