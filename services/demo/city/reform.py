"""The reform of 1 July 2025: every body of the old tree ends, the new ones begin with designated leaders."""

from functools import partial

from services.appointment.events import Holding
from services.demo.city.bodies import close_bodies, derive_territory_id, establish_bodies
from services.demo.city.tenures import take_post
from services.demo.city.territories import NEW_TERRITORIES
from services.demo.city.world import CityPerson, CityTenure, CityWorld, Paper, Seat, demo_id
from services.importing.vietnam import (
    COMMUNE_RESOLUTIONS,
    PROVINCE_RESOLUTION,
    derive_resolution_id,
    load_reform,
)
from services.organization.events import DissolutionReason, Kind, QuotaKind, QuotaSet, UnitReparented
from shared.core.partial_dates import Day, PDate

_RECORDED = Day(PDate("2025-06-27"))
NATIONAL_RESOLUTION = Paper(derive_resolution_id(PROVINCE_RESOLUTION[0]), Day(PDate("2025-06-12")), _RECORDED)
CITY_RESOLUTION = Paper(
    derive_resolution_id(COMMUNE_RESOLUTIONS["31"][0]), Day(PDate("2025-06-16")), _RECORDED
)
OLD_WARDS = ("TTN", "VD", "BS", "DH")


def schedule_reform(world: CityWorld) -> None:
    world.schedule("2025-07-01", partial(carry_out_reform, world))


def carry_out_reform(world: CityWorld, day: Day) -> None:
    for territory in NEW_TERRITORIES:
        establish_bodies(
            world, territory, day, CITY_RESOLUTION if territory.rank == 4 else NATIONAL_RESOLUTION
        )
    sat = end_old_tenures(world, day)
    for territory in NEW_TERRITORIES:
        pool = sat["HP"] if territory.key == "HP2" else sat["KA"] + sat["wards"]
        designate(world, territory.key, pool, day)
    allow_overage(world, day)


def end_old_tenures(world: CityWorld, day: Day) -> dict[str, list[CityTenure]]:
    """End every tenure because of the reform."""
    communes, provinces = load_reform().reorganisation("31"), load_reform().reorganisation("")
    move_groups(world, day)
    consolidated, abolished = DissolutionReason.CONSOLIDATED, DissolutionReason.LEVEL_ABOLISHED
    sat = {
        "HP": close_bodies(world, "HP", day, NATIONAL_RESOLUTION, consolidated, provinces),
        "KA": [],
        "wards": [],
    }
    for place in ("KA", "LC"):
        sat["KA"] += close_bodies(world, place, day, CITY_RESOLUTION, abolished, communes)
    for place in OLD_WARDS:
        keys = tuple(
            body.key for body in world.places[place].bodies if body.kind is not Kind.RESIDENTIAL_GROUP
        )
        sat["wards"] += close_bodies(world, place, day, CITY_RESOLUTION, consolidated, communes, keys)
    return sat


def move_groups(world: CityWorld, day: Day) -> None:
    """Move the residential groups under the new ward."""
    for body in world.places["TTN"].bodies:
        if body.kind is Kind.RESIDENTIAL_GROUP:
            fact = UnitReparented(
                effective_from=day,
                parent=derive_territory_id(NEW_TERRITORIES[1]),
                decision=CITY_RESOLUTION.id,
                decided_on=CITY_RESOLUTION.signed,
            )
            world.record(_RECORDED, "organization", demo_id("unit", f"TTN/{body.key}"), fact)


def designate(world: CityWorld, place: str, pool: list[CityTenure], day: Day) -> None:
    """Designate holders: first who had the same post, then by rank; not those about to retire."""
    waiting = [
        held for held in pool if held.holding is Holding.PRIMARY and held.person.retires > "2026-06-30"
    ]
    waiting.sort(key=lambda held: (-held.seat.rank, held.since, held.tenure))
    for seat in world.seats_of(place):
        for _ in range(0 if seat.post.with_ else seat.post.seats):
            held = choose_holder(seat, [held for held in waiting if not held.person.primary])
            person: CityPerson = held.person if held else world.hire(day, (34, 46), sex=seat.sex)
            same = held is not None and held.seat.post.code == seat.post.code
            take_post(
                world,
                seat,
                person,
                day,
                "designated" if seat.post.elected else "appointed",
                paper=find_paper(world, seat, day),
                continues=held.tenure if held and same else "",
            )


def choose_holder(seat: Seat, waiting: list[CityTenure]) -> CityTenure | None:
    same = [
        held for held in waiting if (held.seat.body.key, held.seat.post.key) == (seat.body.key, seat.post.key)
    ]
    if same and seat.territory.key == "HP2":
        return same[0]
    fit = [h for h in waiting if 0 <= h.seat.rank <= seat.rank and seat.sex in ("", h.person.made.sex)]
    return fit[0] if fit else None


def find_paper(world: CityWorld, seat: Seat, day: Day) -> Paper:
    chance = world.chance
    signed = Day(PDate(f"2025-06-{chance.randint(26, 30)}"))
    recorded = Day(PDate(f"2025-07-{chance.randint(1, 11):02}"))
    place = world.places[seat.territory.over if seat.post.key_title else seat.territory.key]
    word = "Chỉ định" if seat.post.elected else "Bổ nhiệm"
    title = f"{word} {seat.post.title}, {seat.body.name}"
    return world.document(place, seat.party, day, signed, recorded, title)


def allow_overage(world: CityWorld, day: Day) -> None:
    """Allow more deputies than the norm for five years."""
    for place in ("PKA", "PPL"):
        fact = QuotaSet(
            effective_from=day,
            quota=QuotaKind.DEPUTIES,
            amount=1,
            overage_allowed=1,
            overage_until=Day(PDate("2030-07-01")),
            decision=CITY_RESOLUTION.id,
            decided_on=CITY_RESOLUTION.signed,
        )
        world.record(_RECORDED, "organization", demo_id("unit", f"{place}/UB"), fact)
