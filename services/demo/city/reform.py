"""The reform of 1 July 2025: every body of the old tree ends, the new ones begin with designated leaders."""

from functools import partial

from services.appointment.events import Holding
from services.demo.city.bodies import close, found, place_id
from services.demo.city.places import NEW
from services.demo.city.tenures import take
from services.demo.city.world import Held, Paper, Person, Seat, World, demo_id
from services.importing.vietnam import COMMUNES, PROVINCES, paper_id, vietnam
from services.organization.events import DissolutionReason, Kind, QuotaKind, QuotaSet, UnitReparented
from shared.core.partial_dates import Day, PDate

RECORDED = Day(PDate("2025-06-27"))
NATION = Paper(paper_id(PROVINCES[0]), Day(PDate("2025-06-12")), RECORDED)
CITY = Paper(paper_id(COMMUNES["31"][0]), Day(PDate("2025-06-16")), RECORDED)
WARDS = ("TTN", "VD", "BS", "DH")


def agenda(world: World) -> None:
    world.on("2025-07-01", partial(reform, world))


def reform(world: World, day: Day) -> None:
    for territory in NEW:
        found(world, territory, day, CITY if territory.rank == 4 else NATION)
    sat = end_of_the_old(world, day)
    for territory in NEW:
        pool = sat["HP"] if territory.key == "HP2" else sat["KA"] + sat["wards"]
        designate(world, territory.key, pool, day)
    allow_overage(world, day)


def end_of_the_old(world: World, day: Day) -> dict[str, list[Held]]:
    """End every tenure because of the reform."""
    communes, provinces = vietnam().reorganisation("31"), vietnam().reorganisation("")
    keep_groups(world, day)
    consolidated, abolished = DissolutionReason.CONSOLIDATED, DissolutionReason.LEVEL_ABOLISHED
    sat = {"HP": close(world, "HP", day, NATION, consolidated, provinces), "KA": [], "wards": []}
    for place in ("KA", "LC"):
        sat["KA"] += close(world, place, day, CITY, abolished, communes)
    for place in WARDS:
        keys = tuple(
            body.key for body in world.places[place].bodies if body.kind is not Kind.RESIDENTIAL_GROUP
        )
        sat["wards"] += close(world, place, day, CITY, consolidated, communes, keys)
    return sat


def keep_groups(world: World, day: Day) -> None:
    """Move the residential groups under the new ward."""
    for body in world.places["TTN"].bodies:
        if body.kind is Kind.RESIDENTIAL_GROUP:
            fact = UnitReparented(
                effective_from=day, parent=place_id(NEW[1]), decision=CITY.id, decided_on=CITY.signed
            )
            world.say(RECORDED, "organization", demo_id("unit", f"TTN/{body.key}"), fact)


def designate(world: World, place: str, pool: list[Held], day: Day) -> None:
    """Designate holders: first who had the same post, then by rank; not those about to retire."""
    waiting = [
        held for held in pool if held.holding is Holding.PRIMARY and held.person.retires > "2026-06-30"
    ]
    waiting.sort(key=lambda held: (-held.seat.rank, held.since, held.tenure))
    for seat in world.seats_of(place):
        for _ in range(0 if seat.post.with_ else seat.post.seats):
            held = chosen(seat, [held for held in waiting if not held.person.primary])
            person: Person = held.person if held else world.hire(day, (34, 46), sex=seat.sex)
            same = held is not None and held.seat.post.code == seat.post.code
            take(
                world,
                seat,
                person,
                day,
                "designated" if seat.post.elected else "appointed",
                paper=paper_for(world, seat, day),
                continues=held.tenure if held and same else "",
            )


def chosen(seat: Seat, waiting: list[Held]) -> Held | None:
    same = [
        held for held in waiting if (held.seat.body.key, held.seat.post.key) == (seat.body.key, seat.post.key)
    ]
    if same and seat.territory.key == "HP2":
        return same[0]
    fit = [h for h in waiting if 0 <= h.seat.rank <= seat.rank and seat.sex in ("", h.person.made.sex)]
    return fit[0] if fit else None


def paper_for(world: World, seat: Seat, day: Day) -> Paper:
    chance = world.chance
    signed = Day(PDate(f"2025-06-{chance.randint(26, 30)}"))
    recorded = Day(PDate(f"2025-07-{chance.randint(1, 11):02}"))
    place = world.places[seat.territory.over if seat.post.key_title else seat.territory.key]
    word = "Chỉ định" if seat.post.elected else "Bổ nhiệm"
    title = f"{word} {seat.post.title}, {seat.body.name}"
    return world.document(place, seat.party, day, signed, recorded, title)


def allow_overage(world: World, day: Day) -> None:
    """Allow more deputies than the norm for five years."""
    for place in ("PKA", "PPL"):
        fact = QuotaSet(
            effective_from=day,
            quota=QuotaKind.DEPUTIES,
            amount=1,
            overage_allowed=1,
            overage_until=Day(PDate("2030-07-01")),
            decision=CITY.id,
            decided_on=CITY.signed,
        )
        world.say(RECORDED, "organization", demo_id("unit", f"{place}/UB"), fact)
