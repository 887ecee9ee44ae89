"""The simulated city on the first day: bodies, holders of posts, dual oversight, quotas, a reorganisation scheme."""

from services.demo.city.bodies import derive_body_id, derive_territory_id, establish_bodies
from services.demo.city.names import SYNTHETIC
from services.demo.city.plan import BodyPlan, PostPlan, Territory
from services.demo.city.tenures import take_post
from services.demo.city.territories import DUAL_MANAGED, OLD_TERRITORIES
from services.demo.city.world import BEGINNING, CityWorld, Paper, demo_id
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


def open_city(world: CityWorld) -> None:
    """Establish all bodies and appoint those in office when the ledger was opened."""
    for territory in OLD_TERRITORIES:
        establish_bodies(world, territory, "..2010-01-01", UNSIGNED)
    for territory in OLD_TERRITORIES:
        for seat in world.seats_of(territory.key):
            for _ in range(0 if seat.post.with_ else seat.post.seats):
                since = draw_first_day(world, seat.body, seat.post)
                ages = {6: (46, 55), 4: (38, 54), 2: (32, 52)}[territory.rank]
                if seat.body.kind is Kind.RESIDENTIAL_GROUP:
                    ages = (45, 66)
                take_post(world, seat, world.hire(BEGINNING, ages, sex=seat.sex), since)
    _set_oversight(world, OLD_TERRITORIES[1])
    set_quotas(world)
    approve_group_scheme(world)


def draw_first_day(world: CityWorld, body_: BodyPlan, post: PostPlan) -> Day:
    if post.elected:
        return Day(PDate("2010-08-12" if body_.bloc is Bloc.PARTY else "2011-06-20"))
    chance = world.chance
    return Day(
        PDate(f"{chance.randint(2009, 2013)}-{chance.randint(1, 12):02}-{chance.choice((1, 10, 15)):02}")
    )


def _set_oversight(world: CityWorld, district: Territory) -> None:
    """Units with two superiors: an authority of the city and the district's Party committee."""
    for key, (_, above, _) in DUAL_MANAGED.items():
        vertical, territorial = demo_id("unit", f"HP/{above}"), derive_body_id(district, "DU")
        fact = OversightSet(
            effective_from=PDate("2010-01-01"),
            vertical=vertical,
            territorial=territorial,
            shares={"appoint": vertical, "pay": vertical, "evaluate": territorial, "plan": territorial},
        )
        world.record(BEGINNING, "organization", derive_body_id(district, key), fact)


def set_quotas(world: CityWorld) -> None:
    for place, amount in (("HP", 3), ("KA", 2), ("TTN", 1), ("VD", 1)):
        fact = QuotaSet(effective_from=PDate("2011-06-20"), quota=QuotaKind.DEPUTIES, amount=amount)
        world.record(BEGINNING, "organization", demo_id("unit", f"{place}/UB"), fact)


def approve_group_scheme(world: CityWorld) -> None:
    target = Target(kind=Kind.RESIDENTIAL_GROUP, from_count=149, to_count=86, due_on=Day(PDate("2020-12-31")))
    title = "Đề án sắp xếp, sáp nhập tổ dân phố quận Kiến An"
    fact = ReorganisationApproved(
        effective_from=PDate("2018-07-02"),
        title=title,
        scope=derive_territory_id(OLD_TERRITORIES[1]),
        targets=(target,),
        note=SYNTHETIC,
    )
    world.record(Day(PDate("2018-07-06")), "organization", demo_id("reorganisation", "KA/TDP"), fact)
