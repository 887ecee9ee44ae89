"""Two trees of units and the map between them: which units continue, which are new, and what each is made of."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.importing.batches import derive_id
from shared.core.facts import PENDING
from shared.core.partial_dates import Day, PDate

UnitKey = tuple[str, str]
"""Level and code of a unit."""


class TreeUnit(NamedTuple):
    """A unit of a tree; `since` is the date from which it is known to have been so, empty for the tree's last day
    only."""

    level: str
    code: str
    parent: str
    name: str
    type: str
    since: PDate = PDate("")
    file: str = ""
    line: int = 0

    @property
    def unit_key(self) -> UnitKey:
        return self.level, self.code

    @property
    def above(self) -> UnitKey:
        return str(int(self.level) - 1), self.parent


class Link(NamedTuple):
    """Territory of an old commune becomes part of a new one. `D` before the code: a district without communes."""

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
    """Ids of the decision documents: for provinces, for the abolished level, and by code of new province."""

    provinces: str = PENDING
    level: str = PENDING
    communes: Mapping[str, str] = field(default_factory=dict)


class Reform:
    """The trees before and after a reform; `last` is the old tree's last day, `day` the new one's first.

    Links to units of neither tree are left out. `unsure`: new communes of which some source may be missing; no old unit
    continues in them.
    """

    def __init__(
        self,
        scheme: str,
        last: Day,
        day: Day,
        old: Iterable[TreeUnit],
        new: Iterable[TreeUnit],
        links: Iterable[Link],
        decisions: ReformDecisions | None = None,
        unsure: Iterable[str] = (),
    ) -> None:
        self.scheme, self.last, self.day, self.decisions = scheme, last, day, decisions or ReformDecisions()
        self.old = {unit.unit_key: unit for unit in sorted(old)}
        self.new = {unit.unit_key: unit for unit in sorted(new)}
        self._ids: dict[tuple[UnitKey, int], str] = {}
        self.goes_to: dict[UnitKey, list[UnitKey]] = defaultdict(list)
        self.comes_from: dict[UnitKey, list[UnitKey]] = defaultdict(list)
        for link in sorted(set(links)):
            if link.source in self.old and link.target in self.new:
                self.goes_to[link.source].append(link.target)
                self.comes_from[link.target].append(link.source)
        self._join_provinces()
        self.continues_from = self._find_continuing({("2", code) for code in unsure})
        """The old unit that continues, by new unit."""

    def _join_provinces(self) -> None:
        """Link each old province to the new one that most of its communes become part of."""
        counts: dict[UnitKey, Counter[UnitKey]] = defaultdict(Counter)
        for source, targets in self.goes_to.items():
            for target in targets:
                counts[self.province(source)][self.new[target].above] += 1
        for source, provinces in sorted(counts.items()):
            target = provinces.most_common(1)[0][0]
            self.goes_to[source].append(target)
            self.comes_from[target].append(source)

    def _find_continuing(self, unsure: set[UnitKey]) -> dict[UnitKey, UnitKey]:
        """A province continues if it alone becomes one of the same name; a commune if it alone and whole becomes a new
        one."""
        continuing: dict[UnitKey, UnitKey] = {}
        for target, sources in self.comes_from.items():
            source = sources[0]
            if len(sources) > 1 or len(self.goes_to[source]) > 1 or target in unsure:
                continue
            same = self.old[source].name == self.new[target].name
            if source[0] == "3" or (source[0] == "1" and same):
                continuing[target] = source
        return continuing

    def province(self, unit_key: UnitKey) -> UnitKey:
        """The old province of an old unit."""
        while unit_key[0] != "1":
            unit_key = self.old[unit_key].above
        return unit_key

    def old_id(self, unit_key: UnitKey) -> str:
        return self._id(unit_key, 1)

    def new_id(self, unit_key: UnitKey) -> str:
        if unit_key in self.continues_from:
            return self.old_id(self.continues_from[unit_key])
        return self._id(unit_key, 2 if unit_key in self.old else 1)

    def _id(self, unit_key: UnitKey, life: int) -> str:
        if (unit_key, life) not in self._ids:
            self._ids[unit_key, life] = derive_id(self.scheme, "unit", f"{'/'.join(unit_key)}#{life}")
        return self._ids[unit_key, life]

    def reorganisation(self, province: str) -> str:
        """The stream of the resolution on a new province's communes; without a province: on the provinces."""
        return derive_id(self.scheme, "reorganisation", f"{self.day}/{province or 'provinces'}")
