"""The simulated city on the first day: bodies, holders of posts, dual oversight, quotas, a reorganisation scheme."""

from services.demo.city.bodies import body_id, found, place_id
from services.demo.city.names import SYNTHETIC
from services.demo.city.places import DUAL, OLD
from services.demo.city.plan import Body, Post, Territory
from services.demo.city.tenures import take
from services.demo.city.world import BEGINNING, Paper, World, demo_id
from services.organization.events import (
    Bloc,
    Kind,
    OversightSet,
    QuotaKind,
    QuotaSet,
    ReorganisationApproved,
    Target,
)
from shared.core.facts import PENDING
from shared.core.partial_dates import Day, PDate

UNSIGNED = Paper(PENDING, BEGINNING, BEGINNING)


def opening(world: World) -> None:
    """Establish all bodies and appoint those in office when the ledger was opened."""
    for territory in OLD:
        found(world, territory, "..2010-01-01", UNSIGNED)
    for territory in OLD:
        for seat in world.seats_of(territory.key):
            for _ in range(0 if seat.post.with_ else seat.post.seats):
                since = first_day(world, seat.body, seat.post)
                ages = {6: (46, 55), 4: (38, 54), 2: (32, 52)}[territory.rank]
                if seat.body.kind is Kind.RESIDENTIAL_GROUP:
                    ages = (45, 66)
                take(world, seat, world.hire(BEGINNING, ages, sex=seat.sex), since)
    oversight(world, OLD[1])
    quotas(world)
    scheme_of_groups(world)


def first_day(world: World, body_: Body, post: Post) -> Day:
    if post.elected:
        return Day(PDate("2010-08-12" if body_.bloc is Bloc.PARTY else "2011-06-20"))
    chance = world.chance
    return Day(
        PDate(f"{chance.randint(2009, 2013)}-{chance.randint(1, 12):02}-{chance.choice((1, 10, 15)):02}")
    )


def oversight(world: World, district: Territory) -> None:
    """Units with two superiors: an authority of the city and the district's Party committee."""
    for key, (_, above, _) in DUAL.items():
        vertical, territorial = demo_id("unit", f"HP/{above}"), body_id(district, "DU")
        fact = OversightSet(
            effective_from=PDate("2010-01-01"),
            vertical=vertical,
            territorial=territorial,
            shares={"appoint": vertical, "pay": vertical, "evaluate": territorial, "plan": territorial},
        )
        world.say(BEGINNING, "organization", body_id(district, key), fact)


def quotas(world: World) -> None:
    for place, amount in (("HP", 3), ("KA", 2), ("TTN", 1), ("VD", 1)):
        fact = QuotaSet(effective_from=PDate("2011-06-20"), quota=QuotaKind.DEPUTIES, amount=amount)
        world.say(BEGINNING, "organization", demo_id("unit", f"{place}/UB"), fact)


def scheme_of_groups(world: World) -> None:
    target = Target(kind=Kind.RESIDENTIAL_GROUP, from_count=149, to_count=86, due_on=Day(PDate("2020-12-31")))
    title = "Đề án sắp xếp, sáp nhập tổ dân phố quận Kiến An"
    fact = ReorganisationApproved(
        effective_from=PDate("2018-07-02"),
        title=title,
        scope=place_id(OLD[1]),
        targets=(target,),
        note=SYNTHETIC,
    )
    world.say(Day(PDate("2018-07-06")), "organization", demo_id("reorganisation", "KA/TDP"), fact)
