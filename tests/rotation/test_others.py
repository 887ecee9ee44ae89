"""What rotation must know of others, what it answers them, and what appointment answers it."""

from typing import Any

import pytest
from msgspec.structs import replace

from services.appointment.domain.decider import appointment
from services.appointment.events import Appointed, AppointmentRoute, EndReason, Holding, TenureEnded
from services.appointment.reactions import follow_move
from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.people import cadres
from services.chronicle.projections.posts import posts
from services.chronicle.projections.rotations import rotation_plans, rotations
from services.chronicle.projections.tenures import tenures
from services.chronicle.projections.units import units
from services.chronicle.rows import CADRES, POSTS, TENURES
from services.organization.events import (
    DissolutionReason,
    Kind,
    PostAbolished,
    PostCreated,
    UnitDissolved,
    UnitEstablished,
)
from services.personnel.events import Registered, ServiceEnd, ServiceEnded
from services.rotation.domain.cross_stream import check
from services.rotation.domain.rejections import (
    FromTenureNeeded,
    NotHeldThen,
    PostNotInExistence,
    SamePlace,
    UnknownReference,
)
from services.rotation.events import MoveKind, RotationEnded, RotationOutcome
from services.rotation.reactions import leave_posting, lose_post
from shared.core.decider import EmptyReadModel
from shared.testing import FakeReadModel, Given, history, on, recorded, rejects
from tests.rotation.facts import (
    IN_A_YEAR,
    IN_THREE_YEARS,
    MAY,
    plan,
    returned,
    rotated,
    seconded,
    transferred,
)

home = Appointed(tenure="t1", post="city-head", effective_from=on("2015-01-01"))
left_home = TenureEnded(
    tenure="t1", reason=EndReason.MOVED, next_tenure="here/1", effective_from=MAY, decision="d1"
)
in_ward = Appointed(
    tenure="here/1", post="ward-secretary", route=AppointmentRoute.ROTATED, effective_from=MAY, decision="d1"
)


def post(id_: str, unit: str) -> list[Any]:
    created = PostCreated(unit=unit, title=id_, effective_from=on("2010-01-01"))
    ended = PostAbolished(reason="merger", effective_from=on("2025-07-01"))
    return list(posts.fold(history(created, ended, stream=id_)).values())


def knows(*held: Any, moves: tuple[Any, ...] = ()) -> FakeReadModel:
    return FakeReadModel(
        PROJECTIONS,
        cadres=cadres.fold(history(Registered(name="An"), stream="an")).values(),
        posts=[
            *post("city-head", "city"),
            *post("ward-secretary", "ward"),
            *post("city-deputy", "city"),
        ],
        tenures=tenures.fold(history(*held, stream="an")).values(),
        rotations=rotations.fold(history(*moves, stream="an")).values(),
        rotation_plans=rotation_plans.fold(history(plan, stream="plan")).values(),
    )


def test_a_move_that_appointment_can_answer_is_accepted() -> None:
    check("an", rotated, knows(home))
    check("an", replace(rotated, plan="plan", plan_item="an"), knows(home))
    check("an", replace(transferred, to_post="city-deputy"), knows(home))
    check("an", replace(rotated, from_tenure=""), knows())
    check("an", seconded, knows(home))


def test_told_again_after_it_was_answered_it_is_still_true() -> None:
    check("an", rotated, knows(home, left_home, in_ward))


@pytest.mark.parametrize(
    ("fact", "case"),
    [
        (replace(rotated, to_post="x"), {"field": "to_post", "post_id": "x"}),
        (replace(rotated, to_unit="x"), {"field": "to_unit", "unit_id": "x"}),
        (
            replace(rotated, plan="plan", plan_item="x"),
            {"field": "plan_item", "plan_id": "plan", "item_id": "x"},
        ),
    ],
    ids=["post", "unit", "plan item"],
)
def test_what_it_points_at_is_known(fact: Any, case: dict[str, str]) -> None:
    with rejects(UnknownReference, **case):
        check("an", fact, knows(home))
    with rejects(UnknownReference, field="cadre", cadre_id="binh"):
        check("binh", rotated, knows(home))


def test_a_plan_is_for_an_owner_and_cadres_on_file() -> None:
    with rejects(UnknownReference, field="owner", unit_id="city"):
        check("plan", plan, knows())
    city = UnitEstablished(name="City", kind=Kind.PROVINCIAL_CITY, effective_from=on("2010-01-01"))
    rows = units.fold(history(city, stream="city")).values()
    on_file = knows().rows(CADRES)
    check("plan", plan, FakeReadModel(PROJECTIONS, units=rows, cadres=on_file))
    with rejects(UnknownReference, field="items", cadre_id="an"):
        check("plan", plan, FakeReadModel(PROJECTIONS, units=rows))


def test_a_move_is_of_somebody_and_its_end_asks_nothing_of_others() -> None:
    with rejects(UnknownReference, field="cadre"):
        check("", rotated, knows(home))
    check("an", returned, EmptyReadModel())


def test_the_post_exists_on_the_day_of_the_move() -> None:
    with rejects(PostNotInExistence, field="to_post", id="ward-secretary", when="2025-07-01"):
        check("an", replace(rotated, effective_from=on("2025-07-01")), knows(home))
    first_day = replace(rotated, from_tenure="", effective_from=on("2010-01-01"))
    check("an", first_day, knows())


def test_the_old_post_is_held_on_the_day_of_the_move() -> None:
    for held in ((), (home, replace(left_home, effective_from=on("2017-01-01")))):
        with rejects(NotHeldThen, field="from_tenure", tenure="t1", when="2018-05-01"):
            check("an", rotated, knows(*held))
    with rejects(NotHeldThen, field="from_tenure", tenure="t1", when="2014-12-31"):
        check("an", replace(rotated, effective_from=on("2014-12-31")), knows(home))
    with rejects(NotHeldThen, field="from_tenure", tenure="t1", when="2018-05-01"):
        check("an", rotated, knows(home, replace(left_home, effective_from=IN_A_YEAR)))


def test_a_primary_post_is_left_behind_by_name() -> None:
    with rejects(FromTenureNeeded, field="from_tenure", tenure="t1"):
        check("an", replace(rotated, from_tenure=""), knows(home))
    held_by_another, existing = knows(home).rows(TENURES), knows().rows(POSTS)
    check(
        "binh",
        replace(rotated, from_tenure=""),
        FakeReadModel(
            PROJECTIONS,
            cadres=cadres.fold(history(Registered(name="Bình"), stream="binh")).values(),
            posts=existing,
            tenures=held_by_another,
        ),
    )
    left_before = replace(left_home, effective_from=on("2017-01-01"))
    check("an", replace(rotated, from_tenure=""), knows(home, left_before))
    beside = replace(home, tenure="t2", post="city-deputy", holding=Holding.CONCURRENT)
    check("an", rotated, knows(home, beside))
    check("an", replace(rotated, from_tenure="", holding=Holding.CONCURRENT), knows(home))


def test_a_rotation_leads_to_another_unit() -> None:
    with rejects(SamePlace, field="to_post", post="city-deputy"):
        check("an", replace(rotated, to_post="city-deputy"), knows(home))


def test_appointment_ends_the_old_tenure_and_starts_the_new_one() -> None:
    answers = follow_move(recorded(rotated, 1, stream="an"), knows(home))
    assert answers == (("an", left_home), ("an", in_ward))
    Given(appointment, home).when(left_home).then(left_home)
    Given(appointment, home, left_home).when(in_ward).then(in_ward)


def test_answers_given_twice_say_nothing_new() -> None:
    for _, answer in follow_move(recorded(rotated, 1, stream="an"), knows(home, left_home, in_ward)):
        Given(appointment, home, left_home, in_ward).when(answer).then()


def test_a_secondment_keeps_the_home_post() -> None:
    ((_, started),) = follow_move(recorded(replace(seconded, from_tenure="t1"), 1, stream="an"), knows(home))
    assert isinstance(started, Appointed)
    assert (started.holding, started.route) == (Holding.CONCURRENT, AppointmentRoute.TRANSFERRED)
    Given(appointment, home).when(started).then(started)


def test_who_is_replaced_is_relieved() -> None:
    fact = replace(transferred, kind=MoveKind.REPLACEMENT)
    (_, ended), (_, started) = follow_move(recorded(fact, 1, stream="an"), knows(home))
    assert ended == replace(left_home, reason=EndReason.RELIEVED, decision="")
    assert started == replace(in_ward, route=AppointmentRoute.TRANSFERRED, decision="")


def test_a_move_into_a_unit_only_ends_the_old_tenure() -> None:
    fact = replace(transferred, to_post="", to_unit="ward")
    ((_, ended),) = follow_move(recorded(fact, 1, stream="an"), knows(home))
    assert ended == replace(left_home, next_tenure="", decision="")


def test_a_return_leads_to_the_next_post() -> None:
    event = recorded(returned, 2, stream="an")
    answers = follow_move(event, knows(home, left_home, in_ward, moves=(rotated,)))
    ended = TenureEnded(
        tenure="here/1",
        reason=EndReason.MOVED,
        next_tenure="here/2",
        effective_from=IN_THREE_YEARS,
        decision="d2",
    )
    started = Appointed(
        tenure="here/2",
        post="city-deputy",
        route=AppointmentRoute.AFTER_ROTATION,
        effective_from=IN_THREE_YEARS,
        decision="d2",
    )
    assert answers == (("an", ended), ("an", started))
    again = follow_move(event, knows(home, left_home, in_ward, ended, started, moves=(rotated,)))
    for _, answer in again:
        Given(appointment, home, left_home, in_ward, ended, started).when(answer).then()


def test_whoever_settles_keeps_the_post() -> None:
    known = knows(home, left_home, in_ward, moves=(rotated,))
    settled = replace(returned, outcome=RotationOutcome.SETTLED, next_post="")
    assert follow_move(recorded(settled, 2, stream="an"), known) == ()
    promoted = replace(settled, next_post="city-deputy")
    assert len(follow_move(recorded(promoted, 2, stream="an"), known)) == 2


@pytest.mark.parametrize("outcome", [RotationOutcome.SERVICE_ENDED, RotationOutcome.UNIT_ABOLISHED])
def test_what_ends_the_tenure_itself_is_not_answered_twice(outcome: RotationOutcome) -> None:
    known = knows(home, left_home, in_ward, moves=(rotated,))
    assert follow_move(recorded(replace(returned, outcome=outcome), 2, stream="an"), known) == ()


def test_plans_move_nobody() -> None:
    assert follow_move(recorded(plan, 1, stream="plan"), knows()) == ()


def over(outcome: RotationOutcome, when: Any) -> RotationEnded:
    return RotationEnded(rotation="r1", outcome=outcome, trigger="here/5", effective_from=when, decision="d5")


def test_a_posting_ends_with_its_post_and_its_unit() -> None:
    known = knows(moves=(rotated,))
    answer = over(RotationOutcome.UNIT_ABOLISHED, IN_A_YEAR)
    abolished = PostAbolished(reason="merger", effective_from=IN_A_YEAR, decision="d5")
    assert lose_post(recorded(abolished, 5, stream="ward-secretary"), known) == (("an", answer),)
    dissolved = UnitDissolved(
        reason=DissolutionReason.LEVEL_ABOLISHED, effective_from=IN_A_YEAR, decision="d5"
    )
    assert lose_post(recorded(dissolved, 5, stream="ward"), known) == (("an", answer),)
    assert lose_post(recorded(dissolved, 5, stream="city"), known) == ()


def test_a_posting_ends_with_the_service() -> None:
    retired = ServiceEnded(kind=ServiceEnd.RETIRED, effective_from=IN_A_YEAR, decision="d5")
    answer = over(RotationOutcome.SERVICE_ENDED, IN_A_YEAR)
    assert leave_posting(recorded(retired, 5, stream="an"), knows(moves=(rotated,))) == (("an", answer),)
    for moves in ((rotated, replace(returned, effective_from=on("2018-06-01"))), (transferred,)):
        assert leave_posting(recorded(retired, 5, stream="an"), knows(moves=moves)) == ()
    assert leave_posting(recorded(Registered(name="An"), 5, stream="an"), knows(moves=(rotated,))) == ()
