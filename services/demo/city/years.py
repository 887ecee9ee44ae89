"""What every year brings in the simulated city: retirements, second terms, congresses and elections."""

from functools import partial

from services.appointment.events import EndReason
from services.demo.city.tenures import fill, leave, reappoint, renew
from services.demo.city.world import Held, Person, World, shift
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


def calendar(world: World) -> None:
    for year in range(2014, 2027):
        world.on(f"{year}-01-02", partial(turn_of_the_year, world))
    for dates, bodies in ((CONGRESSES, ("DU",)), (ELECTIONS, ("HD", "UB"))):
        for day, places in dates.items():
            for place in places:
                world.on(day, partial(vote, world, place, bodies))


def turn_of_the_year(world: World, day: Day) -> None:
    """Schedule those who retire this year, and those whose five years are over."""
    for person in world.people:
        held = person.primary
        if held is None or held.seat.body.kind is Kind.RESIDENTIAL_GROUP:
            continue
        if person.retires[:4] <= day[:4]:
            world.on(max(person.retires, shift(day, 30)), partial(retire, world, person))
        elif not held.seat.post.elected:
            due = add_months(held.since, 60)
            if due[:4] == day[:4]:
                world.on(due, partial(again, world, held))


def retire(world: World, person: Person, day: Day) -> None:
    held = person.primary
    if held is None:
        return
    leave(world, held, day, EndReason.RETIRED)
    for other in list(person.held):
        leave(world, other, day, EndReason.RETIRED)
    wait = world.chance.choice((0, 15, 30, 60, 120))
    world.on(shift(day, wait), partial(fill, world, held.seat))


def again(world: World, held: Held, day: Day) -> None:
    if held in held.person.held and not held.person.suspended and world.seats.get(held.seat.key) is held.seat:
        reappoint(world, held, day)


def vote(world: World, place: str, bodies: tuple[str, ...], day: Day) -> None:
    """A congress or a council's first session: most are elected again, the others leave."""
    for seat in world.seats_of(place, *bodies):
        if not seat.post.elected:
            continue
        for held in list(seat.holders):
            stays = shift(day, 700) < held.person.retires and world.chance.random() < 0.8
            if seat.post.with_ or stays:
                renew(world, held, day)
            else:
                old = shift(day, 700) >= held.person.retires
                leave(world, held, day, EndReason.RETIRED if old else EndReason.NOT_REELECTED)
        while world.vacant(seat) > 0 and not seat.post.with_:
            before = world.vacant(seat)
            fill(world, seat, day)
            if world.vacant(seat) == before:
                break
