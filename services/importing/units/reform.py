"""Two trees of units and the map between them: who lives on, who is new, and what each is made of."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.importing.batches import derive_id
from shared.core.facts import PENDING
from shared.core.partial_dates import Day, PDate

UnitKey = tuple[str, str]
"""Level and code."""


class TreeUnit(NamedTuple):
    """A unit of a tree. `since`: from when it is known to have been so; empty: known for the tree's last day only."""

    level: str
    code: str
    parent: str
    name: str
    type: str
    since: PDate = PDate("")
    file: str = ""
    line: int = 0

    @property
    def place(self) -> UnitKey:
        return self.level, self.code

    @property
    def above(self) -> UnitKey:
        return str(int(self.level) - 1), self.parent


class Link(NamedTuple):
    """Territory of an old commune goes into a new one. `D` before the code: a district that had no commune."""

    old: str
    new: str

    @property
    def source(self) -> UnitKey:
        return ("2", self.old[1:]) if self.old.startswith("D") else ("3", self.old)

    @property
    def target(self) -> UnitKey:
        return "2", self.new


@dataclass(frozen=True, slots=True)
class ReformDecisions:
    """Ids of the decision documents: of the provinces, of the level that ended, and by code of new province."""

    provinces: str = PENDING
    level: str = PENDING
    communes: Mapping[str, str] = field(default_factory=dict)


class Reform:
    """`last` is the old tree's last day, `day` the new one's first. Links to units of neither tree are left out.

    `unsure`: new communes of which not all sources may be known; no old one lives on in them.
    """

    def __init__(
        self,
        scheme: str,
        last: Day,
        day: Day,
        old: Iterable[TreeUnit],
        new: Iterable[TreeUnit],
        links: Iterable[Link],
        papers: ReformDecisions | None = None,
        unsure: Iterable[str] = (),
    ) -> None:
        self.scheme, self.last, self.day, self.papers = scheme, last, day, papers or ReformDecisions()
        self.old = {unit.place: unit for unit in sorted(old)}
        self.new = {unit.place: unit for unit in sorted(new)}
        self._ids: dict[tuple[UnitKey, int], str] = {}
        self.goes_to: dict[UnitKey, list[UnitKey]] = defaultdict(list)
        self.comes_from: dict[UnitKey, list[UnitKey]] = defaultdict(list)
        for link in sorted(set(links)):
            if link.source in self.old and link.target in self.new:
                self.goes_to[link.source].append(link.target)
                self.comes_from[link.target].append(link.source)
        self._join_provinces()
        self.lives_on = self._living({("2", code) for code in unsure})
        """Of every new unit that is an old one: which."""

    def _join_provinces(self) -> None:
        """A province goes where most of its communes go."""
        found: dict[UnitKey, Counter[UnitKey]] = defaultdict(Counter)
        for source, targets in self.goes_to.items():
            for target in targets:
                found[self.province(source)][self.new[target].above] += 1
        for source, provinces in sorted(found.items()):
            target = provinces.most_common(1)[0][0]
            self.goes_to[source].append(target)
            self.comes_from[target].append(source)

    def _living(self, unsure: set[UnitKey]) -> dict[UnitKey, UnitKey]:
        """A province that alone keeps its name; a commune that alone and whole makes the new one."""
        living: dict[UnitKey, UnitKey] = {}
        for target, sources in self.comes_from.items():
            source = sources[0]
            if len(sources) > 1 or len(self.goes_to[source]) > 1 or target in unsure:
                continue
            same = self.old[source].name == self.new[target].name
            if source[0] == "3" or (source[0] == "1" and same):
                living[target] = source
        return living

    def province(self, place: UnitKey) -> UnitKey:
        """The old province of an old unit."""
        while place[0] != "1":
            place = self.old[place].above
        return place

    def old_id(self, place: UnitKey) -> str:
        return self._id(place, 1)

    def new_id(self, place: UnitKey) -> str:
        if place in self.lives_on:
            return self.old_id(self.lives_on[place])
        return self._id(place, 2 if place in self.old else 1)

    def _id(self, place: UnitKey, life: int) -> str:
        if (place, life) not in self._ids:
            self._ids[place, life] = derive_id(self.scheme, "unit", f"{'/'.join(place)}#{life}")
        return self._ids[place, life]

    def reorganisation(self, province: str) -> str:
        """The stream of a new province's resolution on its communes; without a province: that of the provinces."""
        return derive_id(self.scheme, "reorganisation", f"{self.day}/{province or 'provinces'}")
