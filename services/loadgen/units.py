"""The real units with their posts, and what happened to some of them before 2025."""

from datetime import date

from msgspec.structs import replace

from services.importing.batches import derive_id
from services.importing.units.kinds import build_unit_code
from services.importing.units.reform import TreeUnit, UnitKey
from services.importing.units.reform_facts import propose_old_tree
from services.loadgen.posts import COMMITTEES, titles_of_level
from services.loadgen.shape import draw_whole
from services.loadgen.sizes import Size
from services.loadgen.world import FIRST, SimulatedUnit, Simulation, iso
from services.loadgen.yearly import YearlyEvents
from services.organization.events import (
    Bloc,
    DissolutionReason,
    Edge,
    Kind,
    Portion,
    ReorganisationExecuted,
    Role,
    UnitDissolved,
    UnitEstablished,
    UnitReclassified,
    UnitRenamed,
    UnitReparented,
)
from shared.core.facts import Code
from shared.core.partial_dates import PDate

LEVEL_OF_DIGIT = {"1": "PROVINCE", "2": "DISTRICT", "3": "COMMUNE"}
HA_TAY = "Tỉnh Hà Tây", "28"
"""Its name and code until 2008-08-01."""
TO_HA_NOI = tuple(("2", str(code)) for code in (250, 268, 269, *range(271, 283)))
"""The fifteen districts that became part of Hà Nội on that day."""
JOINED = date(2008, 8, 1).toordinal()
UPGRADED = {("2", "194"): "2008-10-09", ("2", "718"): "2012-05-03", ("2", "213"): "2005-06-22"}
"""Towns that became cities and remained the same unit."""


class UnitsAndPosts(YearlyEvents):
    """Opens the ledger: first the units, then the posts of those that are followed."""

    def __init__(self, world: Simulation) -> None:
        super().__init__(world)
        self._size: Size = world.size
        self.beside_since = FIRST

    def open(self) -> None:
        world, reform = self.world, self._size.reform
        ha_tay = derive_id(reform.scheme, "unit", f"1/{HA_TAY[1]}#0")
        facts = propose_old_tree(reform)
        moved = [place for place in TO_HA_NOI if place in reform.old]
        units = {place: self._unit(place, tree) for place, tree in reform.old.items()}
        old = UnitEstablished(
            effective_from=PDate("..2004-08-31"), name=HA_TAY[0], kind=Kind.PROVINCE, kind_label="Tỉnh",
            level="PROVINCE", bloc=Bloc.TERRITORY, codes=(build_unit_code(reform.scheme, "1", HA_TAY[1]),),
            baseline=True,
        )  # fmt: skip
        world.record("organization", ha_tay, old, units["1", "01"])
        for place, unit in units.items():
            [proposal] = facts[unit.id]
            fact = proposal.fact
            assert isinstance(fact, UnitEstablished)
            if place in moved:
                fact = replace(fact, parent=ha_tay, effective_from=PDate("..2004-08-31"))
            if place in UPGRADED:
                town = fact.name.replace("Thành phố", "Thị xã")
                fact = replace(
                    fact,
                    name=town,
                    kind=Kind.DISTRICT_TOWN,
                    kind_label="Thị xã",
                    effective_from=PDate("..2004-08-31"),
                )
            since = (
                date.fromisoformat(fact.effective_from).toordinal() if len(fact.effective_from) == 10 else 0
            )
            world.schedule(since, self._establish, place, unit, fact, since)
        for place in moved:
            world.schedule(JOINED, self._reparent, units[place], reform.old_id(("1", "01")))
        if moved:
            world.schedule(
                JOINED, self._dissolve, ha_tay, [units[place] for place in moved], units["1", "01"]
            )
        for place, day in UPGRADED.items():
            if place in reform.old:
                world.schedule(
                    date.fromisoformat(day).toordinal(), self._upgrade, units[place], reform.old[place], day
                )
        for number in range(self._size.central // 290):
            self._central(number)

    def _unit(self, place: UnitKey, tree: TreeUnit) -> SimulatedUnit:
        reform = self._size.reform
        province = reform.province(place)[1]
        area = self.world.units.get(reform.old_id(tree.above)) if place[0] == "3" else None
        unit = SimulatedUnit(reform.old_id(place), tree.name, LEVEL_OF_DIGIT[place[0]], province, area)
        self.world.units[unit.id] = unit
        return unit

    def _establish(self, place: UnitKey, unit: SimulatedUnit, fact: UnitEstablished, since: int) -> None:
        self.world.record("organization", unit.id, fact, unit)
        if place in self._size.followed:
            other = self._size.other_staff / 10035 if place[0] == "3" else 0
            self.furnish(unit, unit.level, max(since, FIRST), other)
            for post in unit.posts:
                for _ in range(post.seats):
                    self._seated(unit, len(unit.posts), post)
            self.open_lists([unit], unit.level == "PROVINCE")

    def furnish(self, unit: SimulatedUnit, level: str, since: int, other: float = 0) -> None:
        for title in titles_of_level(level, other):
            few = 0 if unit.posts else 1
            if seats := max(few, draw_whole(self.chance, title.seats * self._size.density)):
                unit.posts.append(
                    self.create(unit, title.name, title.role, seats, title.lead, title.elected, since)
                )
        for name in COMMITTEES:
            unit.side_posts.append(self.create(unit, name, Role.MEMBER, 0, False, False, since))
        self.areas.setdefault((unit.area or unit).id, []).append(unit)

    def _central(self, number: int) -> None:
        id_ = derive_id(self._size.reform.scheme, "unit", f"central/{number}")
        unit = self.world.units[id_] = SimulatedUnit(
            id_, f"Cơ quan Trung ương số {number + 1}", "CENTRAL", "TW"
        )
        fact = UnitEstablished(
            effective_from=PDate("..2004-08-31"), name=unit.name, kind=Kind.CENTRAL, level="CENTRAL", baseline=True,
            codes=(Code("generated", f"TW-{number + 1}"),),
        )  # fmt: skip
        self._establish(("0", str(number)), unit, fact, 0)
        self.furnish(unit, "CENTRAL", FIRST)
        for post in unit.posts:
            for _ in range(post.seats):
                self._seated(unit, len(unit.posts), post)

    def _seated(self, unit: SimulatedUnit, posts: int, post: object) -> None:
        raise NotImplementedError

    # what happened before

    def _reparent(self, unit: SimulatedUnit, parent: str) -> None:
        fact = UnitReparented(effective_from=iso(JOINED), parent=parent, decision=self.world.paper(unit))
        self.world.record("organization", unit.id, fact, unit)

    def _dissolve(self, province: str, units: list[SimulatedUnit], into: SimulatedUnit) -> None:
        """The province ends; its districts continue under another one."""
        reorganisation = derive_id(self._size.reform.scheme, "reorganisation", "2008-08-01")
        executed = ReorganisationExecuted(
            effective_from=iso(JOINED), title="Điều chỉnh địa giới hành chính thành phố Hà Nội",
            edges=(Edge(source=province, target=into.id, portion=Portion.WHOLE),),
        )  # fmt: skip
        gone = UnitDissolved(
            effective_from=iso(JOINED), reason=DissolutionReason.MERGED, reorganisation=reorganisation
        )
        self.world.record("organization", reorganisation, executed, into)
        self.world.record("organization", province, gone, into)

    def _upgrade(self, unit: SimulatedUnit, tree: TreeUnit, day: str) -> None:
        when = PDate(day)
        self.world.record("organization", unit.id, UnitRenamed(effective_from=when, name=tree.name), unit)
        kind = UnitReclassified(
            effective_from=when, kind=Kind.PROVINCIAL_CITY, level="DISTRICT", kind_label=tree.type
        )
        self.world.record("organization", unit.id, kind, unit)
