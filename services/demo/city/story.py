"""The single events of the demonstration: mergers, a vacancy, acting heads, suspensions, a rotation, corrections."""

from functools import partial

from services.appointment.events import AppointmentRoute, EndReason, Holding, Reinstated, Suspended
from services.demo.city.bodies import merge
from services.demo.city.plan import Body, Post, body
from services.demo.city.tenures import fill, leave, take
from services.demo.city.world import Held, Paper, World, shift
from services.organization.events import Bloc, Kind, Role
from services.regulation.events import DecisionRevoked
from shared.core.facts import PENDING, Corrected
from shared.core.partial_dates import Day, PDate

CENTRE = body(
    "VTT",
    "Trung tâm Văn hóa, Thông tin và Thể thao quận Kiến An",
    Kind.SERVICE_UNIT,
    Bloc.SERVICE,
    "Giám đốc",
    "Phó Giám đốc phụ trách văn hóa, thông tin",
    "Phó Giám đốc phụ trách thể thao",
    in_="UB",
)
JOINT = body(
    "TCNV",
    "Ban Tổ chức - Nội vụ quận Kiến An",
    Kind.JOINT_PARTY_GOV,
    Bloc.PARTY,
    "Trưởng ban",
    "Phó Trưởng ban Thường trực",
    "Phó Trưởng ban",
    in_="DU",
)
GROUPS = tuple(
    Body(
        f"TDP{name}",
        f"Tổ dân phố {name}",
        Kind.RESIDENTIAL_GROUP,
        Bloc.TERRITORY,
        (Post("head", "Tổ trưởng", "HEAD", Role.HEAD, 1, True),),
    )
    for name in ("Trần Thành Ngọ 1", "Trần Thành Ngọ 2")
)


def agenda(world: World) -> None:
    """Schedule everything that happens on one given day."""
    for day, happens in {
        "2016-09-05": suspended_and_cleared,
        "2016-10-03": sent_to_a_ward,
        "2017-01-01": recorded_with_the_wrong_date,
        "2017-03-01": nobody_for_months,
        "2018-03-05": from_another_district,
        "2018-05-02": acting_chair,
        "2018-10-01": five_units_become_one,
        "2019-02-01": two_boards_become_one,
        "2019-03-01": never_appointed,
        "2019-11-04": back_from_the_ward,
        "2020-07-01": six_groups_become_two,
        "2022-03-10": suspended_and_removed,
        "2026-05-04": vacant_to_this_day,
        "2026-09-01": in_charge_to_this_day,
    }.items():
        world.on(day, partial(happens, world))
    for day in ("2017-06-01", "2018-02-01", "2018-12-03", "2019-08-01", "2020-03-02"):
        world.on(day, partial(relieved, world))


def suspended_and_cleared(world: World, day: Day) -> None:
    held = world.holder("KA/DT/head")
    suspend(world, held, day)
    after = shift(day, 91)
    paper = world.paper(held.seat, after, "Hủy bỏ quyết định tạm đình chỉ công tác")
    world.tell(held.person, paper, Reinstated(effective_from=after, tenure=held.tenure, decision=paper.id))
    held.person.suspended = False


def suspended_and_removed(world: World, day: Day) -> None:
    held = world.holder("VD/UB/vice")
    suspend(world, held, day)
    world.on(shift(day, 83), lambda then: leave(world, held, then, EndReason.REMOVED_DISCIPLINE))
    world.on(shift(day, 120), partial(fill, world, held.seat))


def suspend(world: World, held: Held, day: Day) -> None:
    paper = world.paper(held.seat, day, "Tạm đình chỉ công tác")
    held.person.suspended = True
    fact = Suspended(effective_from=day, tenure=held.tenure, reason="để kiểm tra, làm rõ", decision=paper.id)
    world.tell(held.person, paper, fact)


def sent_to_a_ward(world: World, day: Day) -> None:
    """Rotation downwards: a deputy head of the district's organisation board leads a ward for three years."""
    here = world.holder("TTN/DU/secretary")
    leave(world, here, day, EndReason.RETIRED)
    rotated = world.holder("KA/BTC/deputy2")
    take(world, here.seat, rotated.person, day, "appointed")
    world.on(shift(day, 30), partial(fill, world, rotated.seat))


def back_from_the_ward(world: World, day: Day) -> None:
    target = world.seats["KA/DV/head"]
    for held in list(target.holders):
        leave(world, held, day, EndReason.RETIRED)
    returned = world.holder("TTN/DU/secretary")
    take(world, target, returned.person, day, "appointed", route=AppointmentRoute.AFTER_ROTATION)
    world.on(shift(day, 25), partial(fill, world, returned.seat))


def recorded_with_the_wrong_date(world: World, day: Day) -> None:
    """An appointment recorded from 1 January, corrected nine months later to 1 February."""
    seat = world.seats["KA/TP/head"]
    for held in list(seat.holders):
        leave(world, held, day, EndReason.RETIRED)
    person = world.hire(day, (38, 44), "amended")
    held = take(world, seat, person, day)
    fact = Corrected(
        target="",
        mode="AMEND",
        reason="nhập nhầm tháng có hiệu lực",
        new_values={"effective_from": "2017-02-01"},
    )
    paper = Paper(PENDING, Day(PDate("2017-10-09")), Day(PDate("2017-10-12")))
    world.tell(person, paper, fact, corrects=held.said)


def never_appointed(world: World, day: Day) -> None:
    """An appointment that was recorded, revoked in June and voided, so that it never took effect."""
    seat = world.seats["KA/TC/deputy1"]
    for held in list(seat.holders):
        leave(world, held, shift(day, -14), EndReason.RETIRED)
    person = world.hire(day, (36, 42), "voided")
    signed, recorded = shift(day, -6), shift(day, 4)
    title = "Bổ nhiệm Phó Trưởng phòng, Phòng Tài chính - Kế hoạch quận Kiến An"
    paper = world.document(world.places["KA"], False, day, signed, recorded, title)
    held = take(world, seat, person, day, paper=paper)
    revoked = Day(PDate("2019-06-18"))
    world.say(
        shift(revoked, 2),
        "regulation",
        paper.id,
        DecisionRevoked(
            effective_from=revoked, reason="ban hành không đúng thẩm quyền, chưa có hiệu lực thi hành"
        ),
    )
    void = Corrected(target="", mode="VOID", reason="quyết định bị thu hồi, chưa từng có hiệu lực")
    world.tell(person, Paper(PENDING, revoked, shift(revoked, 2)), void, corrects=held.said)
    person.held.remove(held)
    seat.holders.remove(held)
    world.on("2019-08-01", partial(fill, world, seat))


def nobody_for_months(world: World, day: Day) -> None:
    held = world.holder("KA/YT/head")
    leave(world, held, day, EndReason.RETIRED)
    world.on("2017-11-01", partial(fill, world, held.seat))


def from_another_district(world: World, day: Day) -> None:
    """The secretary goes to the city; the standing deputy of another district comes."""
    here, there = world.holder("KA/DU/secretary"), world.holder("LC/DU/standing")
    board = world.holder("HP/BTC/head")
    leave(world, board, day, EndReason.RETIRED)
    take(world, board.seat, here.person, day)
    take(world, here.seat, there.person, day, "appointed")
    world.on(shift(day, 40), partial(fill, world, there.seat))


def acting_chair(world: World, day: Day) -> None:
    """The chair leaves for a department of the city; a deputy acts until the council elects the next one."""
    chair, vice, office = world.holder("KA/UB/chair"), world.holder("KA/UB/vice"), world.holder("HP/LD/head")
    leave(world, office, day, EndReason.RETIRED)
    take(world, office.seat, chair.person, day)
    acting = take(world, chair.seat, vice.person, day, "appointed", Holding.ACTING)

    def elected(then: Day) -> None:
        leave(world, acting, then, EndReason.MOVED)
        take(world, chair.seat, vice.person, then)
        world.on(shift(then, 20), partial(fill, world, vice.seat))

    world.on("2018-09-18", elected)


def relieved(world: World, day: Day) -> None:
    """Assign other work after an evaluation."""
    heads = [
        seat
        for seat in world.seats_of("KA")
        if seat.post.key == "deputy1" and seat.holders and seat.body.kind is Kind.DIVISION
    ]
    seat = world.chance.choice(heads)
    ground = "đánh giá cán bộ theo Nghị quyết Trung ương 4"
    leave(world, seat.holders[0], day, EndReason.RELIEVED, ground=ground)
    world.on(shift(day, 45), partial(fill, world, seat))


def five_units_become_one(world: World, day: Day) -> None:
    """Merge five units: five heads and six deputies become one head and two deputies."""
    title = "Thành lập Trung tâm Văn hóa, Thông tin và Thể thao quận Kiến An"
    reassign_holders(
        world, merge(world, "KA", ("DPT", "VHT", "TDT", "NTN", "QLR"), (CENTRE,), day, title), CENTRE, day
    )


def two_boards_become_one(world: World, day: Day) -> None:
    """Merge a Party board and a government office into one joint body."""
    title = "Hợp nhất Ban Tổ chức Quận ủy và Phòng Nội vụ quận Kiến An"
    world.beside["KA/TCNV/head"] = ["KA/DU/member", "KA/UB/member"]
    reassign_holders(world, merge(world, "KA", ("BTC", "NV"), (JOINT,), day, title), JOINT, day)


def reassign_holders(world: World, sat: list[Held], new: Body, day: Day) -> None:
    """Seat the holders of the old bodies in the new one, the rest where there is room."""
    people = [held.person for held in sat if held.holding is Holding.PRIMARY]
    for seat in world.seats_of("KA", new.key):
        if people:
            take(world, seat, people.pop(0), day)
    for person in people:
        free = next(
            (s for s in world.seats_of("KA") if world.vacant(s) and not s.post.with_ and s.rank == 2), None
        )
        if free:
            take(world, free, person, shift(day, 30))


def six_groups_become_two(world: World, day: Day) -> None:
    """Merge six residential groups into two: the step of 2020 from 149 groups of the district to 86."""
    old = tuple(f"TDP{number}" for number in range(1, 7))
    title = "Sắp xếp các tổ dân phố phường Trần Thành Ngọ"
    merge(world, "TTN", old, GROUPS, day, title)
    for seat in world.seats_of("TTN", *(group.key for group in GROUPS)):
        fill(world, seat, day)


def vacant_to_this_day(world: World, day: Day) -> None:
    leave(world, world.holder("PPL/VX/head"), day, EndReason.RESIGNED)


def in_charge_to_this_day(world: World, day: Day) -> None:
    head, deputy = world.holder("PKA/KT2/head"), world.holder("PKA/KT2/deputy1")
    leave(world, head, day, EndReason.RETIRED)
    take(world, head.seat, deputy.person, day, "appointed", Holding.IN_CHARGE)
