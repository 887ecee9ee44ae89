"""What every year brings in the simulated city: retirements, second terms, congresses and elections."""

from functools import partial

from services.appointment.events import EndReason
from services.demo.city.tenures import fill_seat, leave_post, reappoint, renew_term
from services.demo.city.world import CityPerson, CityTenure, CityWorld, shift_day
from services.organization.events import Kind
from shared.core.partial_dates import Day, add_months

CONGRESSES = {
    "2015-05-20": ("TTN", "VD", "BS", "DH"),
    "2015-08-12": ("KA", "LC"),
    "2015-10-22": ("HP",),
    "2020-05-14": ("TTN", "VD", "BS", "DH"),
    "2020-08-06": ("KA", "LC"),
    "2020-10-15": ("HP",),
    "2025-08-14": ("PKA", "PPL"),
    "2025-09-26": ("HP2",),
}
ELECTIONS = {
    "2016-06-15": ("TTN", "VD", "BS", "DH"),
    "2016-06-21": ("KA",),
    "2016-06-28": ("HP",),
    "2021-06-18": ("TTN", "VD", "BS", "DH"),
    "2021-06-24": ("KA",),
    "2021-06-29": ("HP",),
    "2026-03-25": ("PKA", "PPL"),
    "2026-03-30": ("HP2",),
}
"""First sessions of the councils after general elections."""


def schedule_years(world: CityWorld) -> None:
    for year in range(2014, 2027):
        world.schedule(f"{year}-01-02", partial(start_year, world))
    for dates, bodies in ((CONGRESSES, ("DU",)), (ELECTIONS, ("HD", "UB"))):
        for day, places in dates.items():
            for place in places:
                world.schedule(day, partial(hold_election, world, place, bodies))


def start_year(world: CityWorld, day: Day) -> None:
    """Schedule those who retire this year, and those whose five years are over."""
    for person in world.people:
        held = person.primary
        if held is None or held.seat.body.kind is Kind.RESIDENTIAL_GROUP:
            continue
        if person.retires[:4] <= day[:4]:
            world.schedule(max(person.retires, shift_day(day, 30)), partial(retire, world, person))
        elif not held.seat.post.elected:
            due = add_months(held.since, 60)
            if due[:4] == day[:4]:
                world.schedule(due, partial(offer_second_term, world, held))


def retire(world: CityWorld, person: CityPerson, day: Day) -> None:
    held = person.primary
    if held is None:
        return
    leave_post(world, held, day, EndReason.RETIRED)
    for other in list(person.held):
        leave_post(world, other, day, EndReason.RETIRED)
    wait = world.chance.choice((0, 15, 30, 60, 120))
    world.schedule(shift_day(day, wait), partial(fill_seat, world, held.seat))


def offer_second_term(world: CityWorld, held: CityTenure, day: Day) -> None:
    if held in held.person.held and not held.person.suspended and world.seats.get(held.seat.key) is held.seat:
        reappoint(world, held, day)


def hold_election(world: CityWorld, place: str, bodies: tuple[str, ...], day: Day) -> None:
    """A congress or a council's first session: most are elected again, the others leave."""
    for seat in world.seats_of(place, *bodies):
        if not seat.post.elected:
            continue
        for held in list(seat.holders):
            stays = shift_day(day, 700) < held.person.retires and world.chance.random() < 0.8
            if seat.post.with_ or stays:
                renew_term(world, held, day)
            else:
                old = shift_day(day, 700) >= held.person.retires
                leave_post(world, held, day, EndReason.RETIRED if old else EndReason.NOT_REELECTED)
        while world.vacant(seat) > 0 and not seat.post.with_:
            before = world.vacant(seat)
            fill_seat(world, seat, day)
            if world.vacant(seat) == before:
                break
