"""The single events of the demonstration: mergers, a vacancy, acting heads, suspensions, a rotation, corrections."""

from functools import partial

from services.appointment.events import AppointmentRoute, EndReason, Holding, Reinstated, Suspended
from services.demo.city.bodies import merge_bodies
from services.demo.city.plan import BodyPlan, PostPlan, plan_body
from services.demo.city.tenures import fill_seat, leave_post, take_post
from services.demo.city.world import CityTenure, CityWorld, Paper, shift_day
from services.organization.events import Bloc, Kind, Role
from services.regulation.events import DecisionRevoked
from shared.core.facts import PENDING, Corrected
from shared.core.partial_dates import Day, PDate

CULTURE_CENTRE = plan_body(
    "VTT",
    "Trung tâm Văn hóa, Thông tin và Thể thao quận Kiến An",
    Kind.SERVICE_UNIT,
    Bloc.SERVICE,
    "Giám đốc",
    "Phó Giám đốc phụ trách văn hóa, thông tin",
    "Phó Giám đốc phụ trách thể thao",
    in_="UB",
)
JOINT_BOARD = plan_body(
    "TCNV",
    "Ban Tổ chức - Nội vụ quận Kiến An",
    Kind.JOINT_PARTY_GOV,
    Bloc.PARTY,
    "Trưởng ban",
    "Phó Trưởng ban Thường trực",
    "Phó Trưởng ban",
    in_="DU",
)
MERGED_GROUPS = tuple(
    BodyPlan(
        f"TDP{name}",
        f"Tổ dân phố {name}",
        Kind.RESIDENTIAL_GROUP,
        Bloc.TERRITORY,
        (PostPlan("head", "Tổ trưởng", "HEAD", Role.HEAD, 1, True),),
    )
    for name in ("Trần Thành Ngọ 1", "Trần Thành Ngọ 2")
)


def schedule_story(world: CityWorld) -> None:
    """Schedule everything that happens on one given day."""
    for day, happens in {
        "2016-09-05": suspend_and_clear,
        "2016-10-03": send_to_ward,
        "2017-01-01": record_wrong_date,
        "2017-03-01": leave_vacant_for_months,
        "2018-03-05": bring_in_from_district,
        "2018-05-02": appoint_acting_chair,
        "2018-10-01": merge_five_units,
        "2019-02-01": merge_two_boards,
        "2019-03-01": record_void_appointment,
        "2019-11-04": return_from_ward,
        "2020-07-01": merge_six_groups,
        "2022-03-10": suspend_and_remove,
        "2026-05-04": leave_vacant,
        "2026-09-01": put_in_charge,
    }.items():
        world.schedule(day, partial(happens, world))
    for day in ("2017-06-01", "2018-02-01", "2018-12-03", "2019-08-01", "2020-03-02"):
        world.schedule(day, partial(relieve_after_evaluation, world))


def suspend_and_clear(world: CityWorld, day: Day) -> None:
    held = world.holder("KA/DT/head")
    suspend(world, held, day)
    after = shift_day(day, 91)
    paper = world.paper(held.seat, after, "Hủy bỏ quyết định tạm đình chỉ công tác")
    world.record_about(
        held.person, paper, Reinstated(effective_from=after, tenure=held.tenure, decision=paper.id)
    )
    held.person.suspended = False


def suspend_and_remove(world: CityWorld, day: Day) -> None:
    held = world.holder("VD/UB/vice")
    suspend(world, held, day)
    world.schedule(
        shift_day(day, 83), lambda then: leave_post(world, held, then, EndReason.REMOVED_DISCIPLINE)
    )
    world.schedule(shift_day(day, 120), partial(fill_seat, world, held.seat))


def suspend(world: CityWorld, held: CityTenure, day: Day) -> None:
    paper = world.paper(held.seat, day, "Tạm đình chỉ công tác")
    held.person.suspended = True
    fact = Suspended(effective_from=day, tenure=held.tenure, reason="để kiểm tra, làm rõ", decision=paper.id)
    world.record_about(held.person, paper, fact)


def send_to_ward(world: CityWorld, day: Day) -> None:
    """Rotation downwards: a deputy head of the district's organisation board leads a ward for three years."""
    here = world.holder("TTN/DU/secretary")
    leave_post(world, here, day, EndReason.RETIRED)
    rotated = world.holder("KA/BTC/deputy2")
    take_post(world, here.seat, rotated.person, day, "appointed")
    world.schedule(shift_day(day, 30), partial(fill_seat, world, rotated.seat))


def return_from_ward(world: CityWorld, day: Day) -> None:
    target = world.seats["KA/DV/head"]
    for held in list(target.holders):
        leave_post(world, held, day, EndReason.RETIRED)
    returned = world.holder("TTN/DU/secretary")
    take_post(world, target, returned.person, day, "appointed", route=AppointmentRoute.AFTER_ROTATION)
    world.schedule(shift_day(day, 25), partial(fill_seat, world, returned.seat))


def record_wrong_date(world: CityWorld, day: Day) -> None:
    """An appointment recorded from 1 January, corrected nine months later to 1 February."""
    seat = world.seats["KA/TP/head"]
    for held in list(seat.holders):
        leave_post(world, held, day, EndReason.RETIRED)
    person = world.hire(day, (38, 44), "amended")
    held = take_post(world, seat, person, day)
    fact = Corrected(
        target="",
        mode="AMEND",
        reason="nhập nhầm tháng có hiệu lực",
        new_values={"effective_from": "2017-02-01"},
    )
    paper = Paper(PENDING, Day(PDate("2017-10-09")), Day(PDate("2017-10-12")))
    world.record_about(person, paper, fact, corrects=held.fact)


def record_void_appointment(world: CityWorld, day: Day) -> None:
    """An appointment that was recorded, revoked in June and voided, so that it never took effect."""
    seat = world.seats["KA/TC/deputy1"]
    for held in list(seat.holders):
        leave_post(world, held, shift_day(day, -14), EndReason.RETIRED)
    person = world.hire(day, (36, 42), "voided")
    signed, recorded = shift_day(day, -6), shift_day(day, 4)
    title = "Bổ nhiệm Phó Trưởng phòng, Phòng Tài chính - Kế hoạch quận Kiến An"
    paper = world.document(world.places["KA"], False, day, signed, recorded, title)
    held = take_post(world, seat, person, day, paper=paper)
    revoked = Day(PDate("2019-06-18"))
    world.record(
        shift_day(revoked, 2),
        "regulation",
        paper.id,
        DecisionRevoked(
            effective_from=revoked, reason="ban hành không đúng thẩm quyền, chưa có hiệu lực thi hành"
        ),
    )
    void = Corrected(target="", mode="VOID", reason="quyết định bị thu hồi, chưa từng có hiệu lực")
    world.record_about(person, Paper(PENDING, revoked, shift_day(revoked, 2)), void, corrects=held.fact)
    person.held.remove(held)
    seat.holders.remove(held)
    world.schedule("2019-08-01", partial(fill_seat, world, seat))


def leave_vacant_for_months(world: CityWorld, day: Day) -> None:
    held = world.holder("KA/YT/head")
    leave_post(world, held, day, EndReason.RETIRED)
    world.schedule("2017-11-01", partial(fill_seat, world, held.seat))


def bring_in_from_district(world: CityWorld, day: Day) -> None:
    """The secretary goes to the city; the standing deputy of another district comes."""
    here, there = world.holder("KA/DU/secretary"), world.holder("LC/DU/standing")
    board = world.holder("HP/BTC/head")
    leave_post(world, board, day, EndReason.RETIRED)
    take_post(world, board.seat, here.person, day)
    take_post(world, here.seat, there.person, day, "appointed")
    world.schedule(shift_day(day, 40), partial(fill_seat, world, there.seat))


def appoint_acting_chair(world: CityWorld, day: Day) -> None:
    """The chair leaves for a department of the city; a deputy acts until the council elects the next one."""
    chair, vice, office = world.holder("KA/UB/chair"), world.holder("KA/UB/vice"), world.holder("HP/LD/head")
    leave_post(world, office, day, EndReason.RETIRED)
    take_post(world, office.seat, chair.person, day)
    acting = take_post(world, chair.seat, vice.person, day, "appointed", Holding.ACTING)

    def elected(then: Day) -> None:
        leave_post(world, acting, then, EndReason.MOVED)
        take_post(world, chair.seat, vice.person, then)
        world.schedule(shift_day(then, 20), partial(fill_seat, world, vice.seat))

    world.schedule("2018-09-18", elected)


def relieve_after_evaluation(world: CityWorld, day: Day) -> None:
    """Assign other work after an evaluation."""
    heads = [
        seat
        for seat in world.seats_of("KA")
        if seat.post.key == "deputy1" and seat.holders and seat.body.kind is Kind.DIVISION
    ]
    seat = world.chance.choice(heads)
    ground = "đánh giá cán bộ theo Nghị quyết Trung ương 4"
    leave_post(world, seat.holders[0], day, EndReason.RELIEVED, ground=ground)
    world.schedule(shift_day(day, 45), partial(fill_seat, world, seat))


def merge_five_units(world: CityWorld, day: Day) -> None:
    """Merge five units: five heads and six deputies become one head and two deputies."""
    title = "Thành lập Trung tâm Văn hóa, Thông tin và Thể thao quận Kiến An"
    reassign_holders(
        world,
        merge_bodies(world, "KA", ("DPT", "VHT", "TDT", "NTN", "QLR"), (CULTURE_CENTRE,), day, title),
        CULTURE_CENTRE,
        day,
    )


def merge_two_boards(world: CityWorld, day: Day) -> None:
    """Merge a Party board and a government office into one joint body."""
    title = "Hợp nhất Ban Tổ chức Quận ủy và Phòng Nội vụ quận Kiến An"
    world.beside["KA/TCNV/head"] = ["KA/DU/member", "KA/UB/member"]
    reassign_holders(
        world, merge_bodies(world, "KA", ("BTC", "NV"), (JOINT_BOARD,), day, title), JOINT_BOARD, day
    )


def reassign_holders(world: CityWorld, sat: list[CityTenure], new: BodyPlan, day: Day) -> None:
    """Seat the holders of the old bodies in the new one, the rest where there is room."""
    people = [held.person for held in sat if held.holding is Holding.PRIMARY]
    for seat in world.seats_of("KA", new.key):
        if people:
            take_post(world, seat, people.pop(0), day)
    for person in people:
        free = next(
            (s for s in world.seats_of("KA") if world.vacant(s) and not s.post.with_ and s.rank == 2), None
        )
        if free:
            take_post(world, free, person, shift_day(day, 30))


def merge_six_groups(world: CityWorld, day: Day) -> None:
    """Merge six residential groups into two: the step of 2020 from 149 groups of the district to 86."""
    old = tuple(f"TDP{number}" for number in range(1, 7))
    title = "Sắp xếp các tổ dân phố phường Trần Thành Ngọ"
    merge_bodies(world, "TTN", old, MERGED_GROUPS, day, title)
    for seat in world.seats_of("TTN", *(group.key for group in MERGED_GROUPS)):
        fill_seat(world, seat, day)


def leave_vacant(world: CityWorld, day: Day) -> None:
    leave_post(world, world.holder("PPL/VX/head"), day, EndReason.RESIGNED)


def put_in_charge(world: CityWorld, day: Day) -> None:
    head, deputy = world.holder("PKA/KT2/head"), world.holder("PKA/KT2/deputy1")
    leave_post(world, head, day, EndReason.RETIRED)
    take_post(world, head.seat, deputy.person, day, "appointed", Holding.IN_CHARGE)
