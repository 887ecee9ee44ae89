"""Two trees of units and the map between them as facts: who lives on, who ends, who is new, and clause by clause why."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from services.intake.batch import Proposal, Streams, id_for
from services.intake.unit_kinds import kind_of, level_of, unit_code
from services.organization.events import (
    Bloc,
    DissolutionReason,
    Edge,
    Kind,
    OrganizationFact,
    Portion,
    ReorganisationExecuted,
    UnitDissolved,
    UnitEstablished,
    UnitReclassified,
    UnitRenamed,
    UnitReparented,
)
from shared.dates import Day, PDate
from shared.facts import PENDING

Place = tuple[str, str]
"""Level and code."""


class TreeUnit(NamedTuple):
    """A unit of a tree. `since`: from when it is known to have been so; empty: only that it was so when the tree ended."""

    level: str
    code: str
    parent: str
    name: str
    type: str
    since: PDate = PDate("")
    file: str = ""
    line: int = 0

    @property
    def place(self) -> Place:
        return self.level, self.code


class Link(NamedTuple):
    """Territory of an old commune goes into a new one. `D` before the code: a district that had no commune."""

    old: str
    new: str

    @property
    def source(self) -> Place:
        return ("2", self.old[1:]) if self.old.startswith("D") else ("3", self.old)


@dataclass(frozen=True, slots=True)
class Papers:
    """Ids of the decision documents: of the provinces, of the level that ended, and by code of new province."""

    provinces: str = PENDING
    level: str = PENDING
    communes: Mapping[str, str] = {}  # noqa: RUF012


class Reform:
    """`last` is the old tree's last day, `day` the new one's first. Every answer is proposals by stream."""

    def __init__(
        self,
        scheme: str,
        last: Day,
        day: Day,
        old: Iterable[TreeUnit],
        new: Iterable[TreeUnit],
        links: Iterable[Link],
        papers: Papers = Papers(),
    ) -> None:
        self.scheme, self.last, self.day, self.papers = scheme, last, day, papers
        self.old = {unit.place: unit for unit in old}
        self.new = {unit.place: unit for unit in new}
        self.links = [link for link in links if link.source in self.old and ("2", link.new) in self.new]
        self.goes_to: dict[Place, list[str]] = defaultdict(list)
        self.comes_from: dict[str, list[Place]] = defaultdict(list)
        for link in self.links:
            self.goes_to[link.source].append(link.new)
            self.comes_from[link.new].append(link.source)
        self.provinces = self._provinces()
        """Of every new province: the old ones it was made of."""
        self.lives_on = self._living()
        """Of every new unit that is an old one: which."""

    def _provinces(self) -> dict[str, list[str]]:
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for link in self.links:
            found[self.province(self.old[link.source])][self.new["2", link.new].parent] += 1
        made: dict[str, list[str]] = {code: [] for level, code in self.new if level == "1"}
        for source, targets in sorted(found.items()):
            made[targets.most_common(1)[0][0]].append(source)
        return made

    def _living(self) -> dict[Place, Place]:
        living: dict[Place, Place] = {}
        for code, sources in self.provinces.items():
            if len(sources) == 1 and self.old["1", sources[0]].name == self.new["1", code].name:
                living["1", code] = ("1", sources[0])
        for code, origins in self.comes_from.items():
            if len(origins) == 1 and origins[0][0] == "3" and len(self.goes_to[origins[0]]) == 1:
                living["2", code] = origins[0]
        return living

    def province(self, unit: TreeUnit) -> str:
        while unit.level != "1":
            unit = self.old[str(int(unit.level) - 1), unit.parent]
        return unit.code

    def old_id(self, place: Place) -> str:
        return id_for(self.scheme, "unit", f"{'/'.join(place)}#1")

    def new_id(self, place: Place) -> str:
        if place in self.lives_on:
            return self.old_id(self.lives_on[place])
        return id_for(self.scheme, "unit", f"{'/'.join(place)}#{2 if place in self.old else 1}")

    def before(self) -> Streams:
        """The old tree, parents first."""
        streams: Streams = {}
        for place, unit in sorted(self.old.items()):
            parent = self.old_id((str(int(unit.level) - 1), unit.parent)) if unit.parent else ""
            kind = self._kind(unit, self.old)
            fact = UnitEstablished(
                effective_from=unit.since or PDate(f"..{self.last}"),
                name=unit.name,
                kind=kind,
                kind_label=unit.type,
                level=level_of(unit.level, kind),
                bloc=Bloc.TERRITORY,
                parent=parent,
                codes=(unit_code(self.scheme, *place),),
                baseline=len(unit.since) != 10,
            )
            streams[self.old_id(place)] = [_proposal(fact, unit)]
        return streams

    def after(self) -> Streams:
        """What the day of the reform does to every unit, and its clauses."""
        survivors = set(self.lives_on.values())
        streams: Streams = {}
        for place, unit in sorted(self.new.items()):
            facts = self._lived_on(unit) if place in self.lives_on else [self._established(unit)]
            streams[self.new_id(place)] = [_proposal(fact, unit) for fact in facts]
        for place, unit in sorted(self.old.items()):
            if place not in survivors:
                streams[self.old_id(place)] = [_proposal(self._dissolved(unit), unit)]
        return {**streams, **self._clauses()}

    def reorganisation(self, province: str) -> str:
        """The stream of a new province's commune-level resolution; without a province: that of the provinces."""
        return id_for(self.scheme, "reorganisation", f"{self.day}/{province or 'provinces'}")

    def _kind(self, unit: TreeUnit, tree: Mapping[Place, TreeUnit]) -> Kind:
        above = tree.get(("1", unit.parent))
        city = above is not None and kind_of("1", above.type, False) is Kind.MUNICIPALITY
        return kind_of(unit.level, unit.type, city)

    def _paper(self, unit: TreeUnit) -> str:
        return self.papers.provinces if unit.level == "1" else self.papers.communes.get(unit.parent, PENDING)

    def _established(self, unit: TreeUnit) -> UnitEstablished:
        kind = self._kind(unit, self.new)
        return UnitEstablished(
            effective_from=PDate(self.day),
            name=unit.name,
            kind=kind,
            kind_label=unit.type,
            level=level_of(unit.level, kind),
            bloc=Bloc.TERRITORY,
            parent=self.new_id(("1", unit.parent)) if unit.parent else "",
            codes=(unit_code(self.scheme, *unit.place),),
            reorganisation=self.reorganisation(unit.parent),
            decision=self._paper(unit),
        )

    def _lived_on(self, unit: TreeUnit) -> list[OrganizationFact]:
        """New parent, new name, new type: each only if it is; the code goes with the first of them."""
        was, day, paper = self.old[self.lives_on[unit.place]], PDate(self.day), self._paper(unit)
        kind, facts = self._kind(unit, self.new), list[OrganizationFact]()
        codes = (unit_code(self.scheme, *unit.place),)
        if unit.parent:
            parent = self.new_id(("1", unit.parent))
            facts.append(UnitReparented(effective_from=day, parent=parent, codes=codes, decision=paper))
        if unit.name != was.name:
            facts.append(UnitRenamed(effective_from=day, name=unit.name, codes=codes, decision=paper))
        if (unit.type, kind) != (was.type, self._kind(was, self.old)):
            fact = UnitReclassified(
                effective_from=day,
                kind=kind,
                level=level_of(unit.level, kind),
                kind_label=unit.type,
                codes=codes,
                decision=paper,
            )
            facts.append(fact)
        return facts

    def _dissolved(self, unit: TreeUnit) -> UnitDissolved:
        ways = self.goes_to.get(unit.place, ())
        target = next((code for code, sources in self.provinces.items() if self.province(unit) in sources), "")
        if unit.level == "2":
            reason, paper = DissolutionReason.LEVEL_ABOLISHED, self.papers.level
        elif unit.level == "1":
            reason, paper, target = DissolutionReason.CONSOLIDATED, self.papers.provinces, ""
        else:
            reason = DissolutionReason.DIVIDED if len(ways) > 1 else DissolutionReason.CONSOLIDATED
            paper = self.papers.communes.get(target, PENDING)
        reorganisation = self.reorganisation(target)
        return UnitDissolved(
            effective_from=PDate(self.day), reason=reason, reorganisation=reorganisation, decision=paper
        )

    def _clauses(self) -> Streams:
        """The reorganisation of the provinces, and one for each new province: a clause for every new unit."""
        merged = {code: sources for code, sources in sorted(self.provinces.items()) if ("1", code) not in self.lives_on}
        edges = [
            Edge(source=self.old_id(("1", old)), target=self.new_id(("1", new)), portion=Portion.WHOLE, clause_no=clause)
            for clause, (new, sources) in enumerate(merged.items(), start=1)
            for old in sources
        ]
        year = self.day[:4]
        streams = self._executed("", f"Sắp xếp các đơn vị hành chính cấp tỉnh năm {year}", edges)
        for code in self.provinces:
            new = sorted(ward for ward in self.comes_from if self.new["2", ward].parent == code)
            edges = [
                Edge(
                    source=self.old_id(place),
                    target=self.new_id(("2", ward)),
                    portion=Portion.PART if len(self.goes_to[place]) > 1 else Portion.WHOLE,
                    clause_no=clause,
                )
                for clause, ward in enumerate(new, start=1)
                if ("2", ward) not in self.lives_on
                for place in sorted(self.comes_from[ward])
            ]
            name = self.new["1", code].name
            title = f"Sắp xếp các đơn vị hành chính cấp xã của {name[0].lower()}{name[1:]} năm {year}"
            streams |= self._executed(code, title, edges)
        return streams

    def _executed(self, province: str, title: str, edges: list[Edge]) -> Streams:
        if not edges:
            return {}
        paper = self.papers.communes.get(province, PENDING) if province else self.papers.provinces
        fact = ReorganisationExecuted(effective_from=PDate(self.day), title=title, edges=tuple(edges), decision=paper)
        return {self.reorganisation(province): [Proposal(fact)]}


def _proposal(fact: OrganizationFact, unit: TreeUnit) -> Proposal:
    return Proposal(fact, unit.file, unit.line, "code", "/".join(unit.place))
