"""What can be true of the moves of one cadre, and of plans."""

from functools import partial

import pytest
from msgspec.structs import replace

from services.rotation.domain.decider import rotation
from services.rotation.domain.rejections import (
    AlreadyEnded,
    EndsBeforeStart,
    MoveIdTaken,
    NoSuchRotation,
    OutOfRange,
    PlanIsEmpty,
    ReasonNeeded,
    RotationIsOpen,
    SamePlace,
    WrongPlanVersion,
)
from services.rotation.events import MoveKind, PlanItem, RotationOutcome
from shared.core.normalization import Missing
from shared.testing import Given, on, void
from tests.rotation.facts import (
    IN_A_YEAR,
    IN_THREE_YEARS,
    MAY,
    plan,
    recalled,
    returned,
    rotated,
    seconded,
    transferred,
)

given = partial(Given, rotation)
again = replace(rotated, rotation="r2", to_post="other", effective_from=IN_A_YEAR)


def test_a_cadre_is_rotated_and_returns() -> None:
    given().when(rotated).then(rotated)
    given(rotated).when(returned).then(returned)


def test_a_rotation_while_one_is_open_is_refused() -> None:
    given(rotated).when(again).rejected(RotationIsOpen, rotation="r1", since=MAY, field="rotation")
    given(again).when(rotated).rejected(RotationIsOpen, rotation="r2", field="rotation", since="2019-05-01")


def test_the_next_rotation_may_start_on_the_day_the_last_one_ends() -> None:
    next_day = replace(again, effective_from=IN_THREE_YEARS)
    given(rotated, returned).when(next_day).then(next_day)
    given(rotated, returned).when(again).rejected(
        RotationIsOpen, field="rotation", rotation="r1", since="2018-05-01"
    )
    given(rotated, returned, void("here/2")).when(next_day).rejected(
        RotationIsOpen, field="rotation", rotation="r1", since="2018-05-01"
    )


def test_a_secondment_is_no_rotation() -> None:
    given(seconded).when(rotated).then(rotated)
    given(rotated).when(replace(seconded, effective_from=IN_A_YEAR, until=None)).then(
        replace(seconded, effective_from=IN_A_YEAR, until=None)
    )


def test_an_id_belongs_to_one_move() -> None:
    given(rotated).when(replace(rotated, to_post="x")).rejected(MoveIdTaken, move="r1", field="rotation")
    given(transferred).when(replace(transferred, to_post="x")).rejected(MoveIdTaken, move="m1", field="move")
    given(transferred).when(replace(rotated, rotation="m1")).rejected(
        MoveIdTaken, move="m1", field="rotation"
    )


@pytest.mark.parametrize("field", ["rotation", "to_post"])
def test_a_rotation_names_itself_and_its_post(field: str) -> None:
    given().when(replace(rotated, **{field: ""})).rejected(Missing, field=field)


def test_a_transfer_leads_somewhere() -> None:
    given().when(replace(transferred, move="")).rejected(Missing, field="move")
    given().when(replace(transferred, to_post="")).rejected(Missing, field="to_post")
    into_unit = replace(transferred, to_post="", to_unit="ward")
    given().when(into_unit).then(into_unit)


def test_a_move_leads_elsewhere() -> None:
    given().when(replace(rotated, from_unit="ward", to_unit="ward")).rejected(
        SamePlace, field="to_unit", unit="ward"
    )
    given().when(replace(rotated, from_post="ward-secretary")).rejected(
        SamePlace, field="to_post", post="ward-secretary"
    )
    given().when(replace(transferred, from_post="ward-secretary")).rejected(
        SamePlace, field="to_post", post="ward-secretary"
    )
    within = replace(transferred, kind=MoveKind.POSITION_CHANGE, from_unit="tax", to_unit="tax")
    given().when(within).then(within)


def test_the_least_time_and_the_expected_end_make_sense() -> None:
    given().when(replace(rotated, min_months=-1)).rejected(OutOfRange, field="min_months", value=-1)
    at_will = replace(rotated, min_months=0)
    given().when(at_will).then(at_will)
    given().when(replace(rotated, expected_end=MAY)).rejected(
        EndsBeforeStart, field="expected_end", start="2018-05-01", end="2018-05-01"
    )
    given().when(replace(seconded, until=MAY)).rejected(
        EndsBeforeStart, field="until", start="2018-05-01", end="2018-05-01"
    )


def test_a_posting_ends_once_and_after_it_starts() -> None:
    given(rotated, returned).when(replace(returned, note="again")).then()
    given(rotated, returned).when(replace(returned, effective_from=IN_A_YEAR)).rejected(
        AlreadyEnded, field="rotation", rotation="r1", ended="2021-05-01"
    )
    given(rotated).when(replace(returned, effective_from=MAY)).rejected(
        EndsBeforeStart, start=MAY, field="effective_from", end="2018-05-01"
    )


def test_only_a_posting_ends() -> None:
    given().when(returned).rejected(NoSuchRotation, rotation="r1", field="rotation")
    given(transferred).when(replace(returned, rotation="m1")).rejected(
        NoSuchRotation, field="rotation", rotation="m1"
    )
    back = replace(returned, rotation="s1", effective_from=IN_A_YEAR)
    given(seconded).when(back).then(back)
    sent = replace(seconded, kind=MoveKind.REINFORCEMENT)
    given(sent).when(back).then(back)


def test_a_recall_before_the_least_time_has_a_reason() -> None:
    given(rotated).when(recalled).rejected(ReasonNeeded, due=IN_THREE_YEARS, field="reason")
    said = replace(recalled, reason="needed at home")
    given(rotated).when(said).then(said)
    in_time = replace(recalled, effective_from=IN_THREE_YEARS)
    given(rotated).when(in_time).then(in_time)
    abolished = replace(recalled, outcome=RotationOutcome.UNIT_ABOLISHED)
    given(rotated).when(abolished).then(abolished)


def test_a_secondment_has_no_least_time() -> None:
    next_day = replace(recalled, rotation="s1", effective_from=on("2018-05-02"))
    given(seconded).when(next_day).then(next_day)


def test_a_plan_counts_cadres_named_and_not() -> None:
    given().when(plan).then(plan)


@pytest.mark.parametrize(
    ("items", "case"),
    [
        ((), {"items": 0, "different": 0}),
        ((PlanItem(item=""),), {"items": 1, "different": 1}),
        ((PlanItem(item="a"), PlanItem(item="a")), {"items": 2, "different": 1}),
        ((PlanItem(item="a", count=0),), {"item": "a", "count": 0}),
        ((PlanItem(item="a", cadre="an", count=2),), {"item": "a", "count": 2}),
    ],
    ids=["none", "no id", "one id twice", "nobody", "one person twice"],
)
def test_every_item_of_a_plan_counts_somebody(items: tuple[PlanItem, ...], case: dict[str, object]) -> None:
    given().when(replace(plan, items=items)).rejected(PlanIsEmpty, field="items", **case)


def test_versions_of_a_plan_count_up() -> None:
    second = replace(plan, plan_version=2, effective_from=IN_A_YEAR)
    given(plan).when(second).then(second)
    given().when(second).rejected(WrongPlanVersion, expected=1, field="plan_version")
    given(plan).when(replace(plan, title="other")).rejected(
        WrongPlanVersion, expected=2, field="plan_version"
    )


@pytest.mark.parametrize("field", ["owner", "term"])
def test_a_plan_says_whose_it_is(field: str) -> None:
    given().when(replace(plan, **{field: ""})).rejected(Missing, field=field)


def test_dates_that_only_may_overlap_are_given_the_benefit_of_the_doubt() -> None:
    some_day = replace(again, effective_from=on("2021"))
    given(rotated, returned).when(some_day).then(some_day)
