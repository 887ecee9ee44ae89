"""Rotations, transfers and plans through time."""

import pytest
from msgspec.structs import replace

from services.chronicle.projections.rotations import rotation_plans, rotations
from services.chronicle.rows import FindingsOfFact, list_from_text
from services.rotation.events import Direction, MoveKind, PlanItem
from shared.core.facts import Finding
from shared.testing import on, void
from tests.chronicle.shown import possible, rows
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


def test_a_rotation_is_due_after_its_least_time() -> None:
    (row,) = rows(rotations, rotated, stream="an")
    assert (row.move_id, row.cadre_id, row.kind, row.posting) == ("r1", "an", "ROTATION", True)
    assert (row.start, row.due, row.min_months, row.ended, row.months) == (MAY, IN_THREE_YEARS, 36, "", -1)
    assert (row.tenure_id, row.opened_by, row.decision) == ("here/1", "here/1", "d1")


def test_an_expected_end_that_is_stated_is_the_due_day() -> None:
    (row,) = rows(rotations, replace(rotated, expected_end=on("2022-01-01")))
    assert row.due == "2022-01-01"
    (row,) = rows(rotations, replace(rotated, effective_from=on("2018-05")))
    assert row.due == ""


@pytest.mark.parametrize(
    ("end", "months"),
    [("2021-05-01", 36), ("2021-04-30", 35), ("2018-05-02", 0), ("2021-05", -1)],
)
def test_months_served_are_full_months(end: str, months: int) -> None:
    (row,) = rows(rotations, rotated, replace(returned, effective_from=on(end)))
    assert row.months == months


def test_a_posting_is_over_from_the_day_of_its_end() -> None:
    (row,) = found = rows(rotations, rotated, returned, stream="an")
    assert (row.end, row.ended, row.next_post, row.approach, row.closed_by) == (
        *(IN_THREE_YEARS, "RETURNED", "city-deputy", "yes", "here/2"),
    )
    assert possible(found, "2021-04-30")
    assert not possible(found, IN_THREE_YEARS)


def test_the_end_of_a_posting_keeps_its_document_its_reason_and_all_findings() -> None:
    found = replace(rotated, findings=(Finding("ROT_IN_PLANNING"),))
    early = replace(returned, reason="needed at home", findings=(Finding("ROT_MIN_MONTHS"),))
    (row,) = rows(rotations, found, early, stream="an")
    assert (row.decision, row.closing_decision, row.reason) == ("d1", "d2", "needed at home")
    assert [event for event, _ in list_from_text(row.findings, FindingsOfFact)] == ["here/1", "here/2"]
    assert ["ROT_IN_PLANNING" in row.findings, "ROT_MIN_MONTHS" in row.findings] == [True, True]


@pytest.mark.parametrize(("said", "shown"), [(True, "yes"), (False, "no"), (None, "")])
def test_an_approach_that_nobody_judged_is_not_a_no(said: bool | None, shown: str) -> None:
    (row,) = rows(rotations, rotated, replace(returned, approach=said))
    assert row.approach == shown


def test_the_first_end_stands_until_it_is_voided() -> None:
    (row,) = rows(rotations, rotated, recalled, returned)
    assert (row.ended, row.months) == ("RECALLED", 12)
    (row,) = rows(rotations, rotated, recalled, void("here/2"), returned)
    assert row.ended == "RETURNED"


def test_a_secondment_is_due_and_a_transfer_is_not() -> None:
    (row,) = rows(rotations, seconded)
    assert (row.kind, row.posting, row.due) == ("SECONDMENT", True, IN_A_YEAR)
    (row,) = found = rows(rotations, replace(transferred, kind=MoveKind.POSITION_CHANGE, ground="by rule"))
    assert (row.kind, row.posting, row.due, row.ground) == ("POSITION_CHANGE", False, "", "by rule")
    assert possible(found, "2100-01-01")


def test_nobody_comes_back_from_a_transfer() -> None:
    (row,) = rows(rotations, transferred, replace(returned, rotation="m1"))
    assert row.ended == ""


def test_a_plan_counts_by_items() -> None:
    found = rows(rotation_plans, plan, stream="plan")
    assert [(row.plan_id, row.item_id, row.count, row.direction, row.cadre_id) for row in found] == [
        ("plan", "down", 19, "DOWN", ""),
        ("plan", "an", 1, "LATERAL", "an"),
    ]


def test_a_later_version_takes_the_place_of_the_plan() -> None:
    items = (PlanItem(item="down", count=20, direction=Direction.DOWN),)
    second = replace(plan, plan_version=2, items=items, effective_from=IN_A_YEAR)
    found = rows(rotation_plans, plan, second, stream="plan")
    assert [row.count for row in possible(found, "2019-04-30")] == [19, 1]
    assert [row.count for row in possible(found, IN_A_YEAR)] == [20]


@pytest.mark.parametrize(("months", "due"), [(0, ""), (1, "2018-06-01")])
def test_a_rotation_without_a_least_time_is_never_due(months: int, due: str) -> None:
    (row,) = rows(rotations, replace(rotated, min_months=months))
    assert row.due == due
