"""Merges bodies of one district: two offices into one, five service units into one, 149 groups into 86."""

from services.appointment.events import EndReason
from services.importing.batches import derive_id
from services.loadgen.reform import TerritorialReform
from services.loadgen.sizes import REFORM
from services.loadgen.world import SimulatedPost, SimulatedUnit, Simulation, iso
from services.organization.events import (
    Bloc,
    DissolutionReason,
    Edge,
    Kind,
    Portion,
    PostAbolished,
    ReorganisationExecuted,
    Role,
    UnitDissolved,
    UnitEstablished,
)
from services.personnel.events import ServiceEnd

KIEN_AN = ("2", "307")
MERGED_OFFICES = ("Ban Tổ chức Quận ủy", "Phòng Nội vụ")
PUBLIC_UNITS = 5
HEADS_AND_DEPUTIES = (1, 1, 1, 1, 1), (1, 1, 1, 2, 2)
"""Seats in the five units; the merged one has a head and a deputy: five heads and six deputies fewer."""
GROUP_COUNTS = 149, 86


class DistrictMergers(TerritorialReform):
    def __init__(self, world: Simulation) -> None:
        super().__init__(world)
        self.bodies: list[SimulatedUnit] = []
        self.groups: list[SimulatedUnit] = []

    def open(self) -> None:
        super().open()
        district = self.world.units[self._size.reform.old_id(KIEN_AN)]
        self.world.schedule(self.world.day + 2, self._bodies, district)
        self.world.schedule(max(self.world.day + 300, REFORM - 2000), self._merge, district)

    def _body(self, district: SimulatedUnit, name: str, kind: Kind, seats: tuple[int, int]) -> SimulatedUnit:
        id_ = derive_id(self._size.reform.scheme, "unit", f"kien-an/{name}")
        unit = SimulatedUnit(id_, name, "BODY", district.province, district)
        fact = UnitEstablished(
            effective_from=iso(self.world.day), name=name, kind=kind, level="DISTRICT", bloc=Bloc.SERVICE,
            parent=district.id,
        )  # fmt: skip
        self.world.record("organization", id_, fact, unit)
        for (title, role), count in zip((("Trưởng", Role.HEAD), ("Phó", Role.DEPUTY)), seats, strict=True):
            if count:
                unit.posts.append(self.create(unit, title, role, count, True, False, self.world.day))
        return unit

    def _bodies(self, district: SimulatedUnit) -> None:
        places = [(name, Kind.DIVISION, (1, 2)) for name in MERGED_OFFICES]
        places += [
            (f"Đơn vị sự nghiệp số {number}", Kind.SERVICE_UNIT, (head, deputies))
            for number, (head, deputies) in enumerate(zip(*HEADS_AND_DEPUTIES, strict=True), start=1)
        ]
        self.bodies = [self._body(district, *place) for place in places]
        self.groups = [
            self._body(district, f"Tổ dân phố số {number}", Kind.RESIDENTIAL_GROUP, (0, 0))
            for number in range(1, GROUP_COUNTS[0] + 1)
        ]
        for unit in self.bodies:
            for post in unit.posts:
                for _ in range(post.seats):
                    self.fill(post, self.world.day)

    def _merge(self, district: SimulatedUnit) -> None:
        joint = self._body(district, "Ban Tổ chức, Nội vụ", Kind.JOINT_PARTY_GOV, (1, 2))
        centre = self._body(district, "Trung tâm dịch vụ công", Kind.SERVICE_UNIT, (1, 1))
        into = [joint] * len(MERGED_OFFICES) + [centre] * PUBLIC_UNITS
        groups = [
            self._body(district, f"Tổ dân phố mới số {number}", Kind.RESIDENTIAL_GROUP, (0, 0))
            for number in range(1, GROUP_COUNTS[1] + 1)
        ]
        into += [groups[number % len(groups)] for number in range(len(self.groups))]
        old = self.bodies + self.groups
        reorganisation = derive_id(self._size.reform.scheme, "reorganisation", "kien-an")
        edges = tuple(
            Edge(source=source.id, target=target.id, portion=Portion.WHOLE, clause_no=clause)
            for clause, (source, target) in enumerate(zip(old, into, strict=True), start=1)
        )
        done = ReorganisationExecuted(
            effective_from=iso(self.world.day), title="Sắp xếp quận Kiến An", edges=edges
        )
        self.world.record("organization", reorganisation, done, district)
        for source, target in zip(old, into, strict=True):
            self._dissolved(source, target, reorganisation)
        self.world.schedule(REFORM, self._end_of_the_district, [joint, centre, *groups])

    def _dissolved(self, source: SimulatedUnit, target: SimulatedUnit | None, reorganisation: str) -> None:
        """Holders who find a seat in the new body take it on the same day; the others wait, or leave."""
        world, day = self.world, self.world.day
        gone = UnitDissolved(
            effective_from=iso(day), reason=DissolutionReason.CONSOLIDATED, reorganisation=reorganisation
        )
        world.record("organization", source.id, gone, source)
        for post in source.posts:
            fact = PostAbolished(effective_from=iso(day), reason="sáp nhập", reorganisation=reorganisation)
            cause = world.record("organization", post.id, fact, source)
            post.closed = True
            for tenure in [*post.holders, *([post.acting] if post.acting else [])]:
                person = tenure.person
                self.end_tenure(tenure, max(day, tenure.since + 1), EndReason.UNIT_ABOLISHED, cause)
                free = next((each for each in target.posts if _room(each, post)), None) if target else None
                if not person.held and free is not None and person.last <= day:
                    self.first_term(self.take(person, free, day))
                elif not person.held:
                    self.leave(person, source, ServiceEnd.RETIRED_EARLY_REORG, day + 1)

    def _end_of_the_district(self, bodies: list[SimulatedUnit]) -> None:
        reorganisation = self._size.reform.reorganisation("31")
        for body in bodies:
            self._dissolved(body, None, reorganisation)


def _room(post: SimulatedPost, old: SimulatedPost) -> bool:
    return post.role is old.role and len(post.holders) < post.seats
