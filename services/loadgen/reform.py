"""The reform of 1 July 2025: districts end, communes become wards, provinces merge, and holders are designated anew."""

from services.appointment.events import EndReason
from services.importing.units.reform import UnitKey
from services.importing.units.reform_facts import propose_reform
from services.loadgen.opening import OpeningHolders
from services.loadgen.sizes import REFORM
from services.loadgen.world import (
    SimulatedPerson,
    SimulatedPost,
    SimulatedTenure,
    SimulatedUnit,
    Simulation,
    iso,
)
from services.organization.events import PostAbolished
from services.personnel.events import ServiceEnd
from services.planning.events import RemovalReason
from services.rotation.events import RotationOutcome


class TerritorialReform(OpeningHolders):
    def __init__(self, world: Simulation) -> None:
        super().__init__(world)
        world.schedule(REFORM, self.reform)

    def reform(self) -> None:
        """Change the units, end what ends in the old ones, then fill the new ones."""
        reform = self._size.reform
        for stream, proposals in propose_reform(reform).items():
            unit = self.world.units.get(stream) or next(iter(self.world.units.values()))
            for proposal in proposals:
                self.world.record("organization", stream, proposal.fact, unit)
        free: dict[UnitKey, list[SimulatedPerson]] = {}
        for place in sorted(self._size.followed, reverse=True):
            unit = self.world.units[reform.old_id(place)]
            living = place[0] == "1" and place in reform.continues_from.values()
            if living and unit.posts:
                continue
            people = self._close(unit)
            target = self._target(place)
            if target is not None:
                free.setdefault(target, []).extend(people)
        areas = {}
        for place in sorted(free):
            areas[place] = self._begin(place, free)
        for place, unit in areas.items():
            self._fill_new(unit, free[place])
        for place in sorted(free):
            for person in free[place]:
                self._superfluous(person, areas[place])

    def _target(self, place: UnitKey) -> UnitKey | None:
        """The new unit of an old unit's people; those of a district go to the first ward made of its communes."""
        reform = self._size.reform
        if place[0] != "2":
            return next(iter(reform.goes_to.get(place, ())), None)
        for other, tree in reform.old.items():
            if other[0] == "3" and tree.parent == place[1] and reform.goes_to.get(other):
                return reform.goes_to[other][0]
        return next(iter(reform.goes_to.get(place, ())), None)

    def _close(self, unit: SimulatedUnit) -> list[SimulatedPerson]:
        """Abolish the posts, with what appointment, rotation and planning record because of it."""
        world, out = self.world, []
        reorganisation = self._size.reform.reorganisation(unit.province)
        people = dict.fromkeys(
            tenure.person for post in (*unit.posts, *unit.side_posts) for tenure in self._all_in(post)
        )
        causes = {}
        for post in (*unit.posts, *unit.side_posts):
            fact = PostAbolished(
                effective_from=iso(REFORM), reason="bỏ cấp hành chính", reorganisation=reorganisation
            )
            causes[post] = world.record("organization", post.id, fact, unit)
            post.closed = True
        for person in people:
            for tenure in [each for each in person.held if each.post in causes]:
                cause = causes[tenure.post]
                if tenure.rotation:
                    self.end_rotation(tenure, REFORM, RotationOutcome.UNIT_ABOLISHED, cause)
                self.end_tenure(tenure, REFORM, EndReason.UNIT_ABOLISHED, cause)
            if not person.held:
                out.append(person)
        plan = unit.plans
        for entry in list(plan.entries) if plan else ():
            assert plan is not None
            person, post, _ = plan.entries[entry]
            if post in causes:
                self.remove_from_list(
                    person, (plan, entry), RemovalReason.TITLE_ABOLISHED, causes[post], REFORM
                )
        return out

    def _all_in(self, post: SimulatedPost) -> list[SimulatedTenure]:
        return [*post.holders, *([post.acting] if post.acting else [])]

    def _begin(self, place: UnitKey, free: dict[UnitKey, list[SimulatedPerson]]) -> SimulatedUnit:
        reform = self._size.reform
        tree = reform.new[place]
        id_ = reform.new_id(place)
        level = "PROVINCE" if place[0] == "1" else "WARD"
        province = tree.code if place[0] == "1" else tree.parent
        unit = self.world.units[id_] = SimulatedUnit(id_, tree.name, level, province)
        if level == "WARD":
            over = reform.new_id(("1", province))
            unit.area = self.world.units.get(over) or SimulatedUnit(
                over, reform.new["1", province].name, "PROVINCE", province
            )
        self.furnish(unit, level, REFORM)
        self.open_lists([unit], level == "PROVINCE")
        return unit

    def _fill_new(self, unit: SimulatedUnit, people: list[SimulatedPerson]) -> None:
        for post in unit.posts:
            for _ in range(post.seats):
                if not people:
                    self.world.schedule(REFORM + self.chance.randint(5, 120), self.fill, post, REFORM)
                    continue
                tenure = self.take(people.pop(0), post, REFORM, designated=post.lead and post.elected)
                self.first_term(tenure)
                if post.elected and self.chance.random() < 0.3:
                    self.take_side_posts(tenure.person, unit, REFORM)

    def _superfluous(self, person: SimulatedPerson, unit: SimulatedUnit) -> None:
        """Retired early, or without a post until one is free."""
        if self.chance.random() < 0.7:
            self.leave(person, unit, ServiceEnd.RETIRED_EARLY_REORG, REFORM + 1)
        else:
            self.world.waiting[unit.province].append(person)
