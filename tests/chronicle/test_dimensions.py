"""The rules that every count of people and planning entries shares."""

import pytest

from services.chronicle.queries.common.dimensions import (
    PlannedTitle,
    age_band,
    age_on,
    is_live,
    is_minority,
    is_outside,
    is_planned_for,
    is_woman,
    is_young,
    title_key,
)
from shared.core.partial_dates import civil_day
from shared.eventlog.key_store import ERASED

DAY = civil_day("2025-06-30")


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        *(("1985-06-30", 40), ("1985-07-01", 39), ("1985-06", 40), ("1985-07", 39), ("1985", 40)),
        *(("", None), ("~", None), ("~1985", None), ("..1985-06-30", None), (ERASED, None)),
    ],
)
def test_age_is_in_full_years_from_the_earliest_day_of_birth(birth: str, age: int | None) -> None:
    assert age_on(birth, DAY) == age


@pytest.mark.parametrize(
    ("age", "band", "young"),
    [(39, "<40", True), (40, "40-49", False), (49, "40-49", False), (50, ">=50", False), (None, "", None)],
)
def test_bands_begin_at_their_age(age: int | None, band: str, young: bool | None) -> None:
    assert (age_band(age), is_young(age)) == (band, young)


def test_there_may_be_more_bands_than_those_of_the_directive() -> None:
    assert [age_band(age, (30, 40, 60)) for age in (29, 30, 59, 60)] == ["<30", "30-39", "40-59", ">=60"]


def test_what_is_not_known_is_neither_yes_nor_no() -> None:
    assert is_minority("") is is_minority(ERASED) is is_woman("") is is_woman(ERASED) is None
    assert [is_minority("kinh"), is_minority("Tày")] == [False, True]
    assert [is_woman("nữ"), is_woman("F"), is_woman(" Nam ")] == [True, True, False]
    assert is_outside("UNSTATED", "", "city") is is_outside("UNSTATED", "ward", "") is None


def test_the_decision_says_where_somebody_comes_from_else_the_units_do() -> None:
    assert [is_outside(source, "ward", "ward") for source in ("INTERNAL", "EXTERNAL")] == [False, True]
    assert is_outside("DUAL_MANAGED", "ward", "ward") is True
    assert [is_outside("UNSTATED", unit, "city") for unit in ("city", "ward")] == [False, True]


def test_an_entry_lives_until_it_ends_or_its_list_does() -> None:
    assert is_live("2025-06-30", "2025-07-01", "9999-12-31", DAY)
    assert not is_live("2025-07-01", "9999-12-31", "9999-12-31", DAY)
    assert not is_live("2025-01-01", "2025-06-30", "9999-12-31", DAY)
    assert not is_live("2025-01-01", "9999-12-31", "2025-06-30", DAY)


@pytest.mark.parametrize(
    ("post", "code", "since", "until", "planned"),
    [
        ("p1", "", "2025-01-01", "9999-12-31", True),
        ("p2", "", "2025-01-01", "9999-12-31", False),
        ("", "CT", "2025-01-01", "9999-12-31", True),
        ("", "PCT", "2025-01-01", "9999-12-31", False),
        ("p1", "", "2025-06-30", "9999-12-31", True),
        ("p1", "", "2025-07-01", "9999-12-31", False),
        ("p1", "", "2025-01-01", "2025-06-30", True),
        ("p1", "", "2025-01-01", "2025-06-29", False),
    ],
)
def test_whoever_is_on_a_list_for_the_post_or_its_code_is_planned_for(
    post: str, code: str, since: str, until: str, planned: bool
) -> None:
    assert is_planned_for("p1", "CT", DAY, [PlannedTitle("an", post, code, since, until)]) is planned


def test_a_post_without_a_code_has_no_equal_title() -> None:
    assert not is_planned_for("p1", "", DAY, [PlannedTitle("an", "p2", "", "2025-01-01", "9999-12-31")])
    assert (title_key("p1", "CT", "city"), title_key("", "CT", "city")) == ("p1", "CT@city")
