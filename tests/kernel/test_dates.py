"""Dates keep the precision they were written with; impossible ones are refused with a reason."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.partial_dates import (
    FIRST_DAY,
    FOREVER,
    LAST_DAY,
    UNKNOWN,
    add_months,
    civil_day,
    day_after,
    day_before,
    day_of,
    days_between,
    earliest,
    instant,
    known_instant,
    later,
    latest,
    may_precede,
    partial_date,
    precision,
)
from shared.testing import on

SHAPES = {
    "2025-06-30": ("2025-06-30", "2025-06-30", "2025-06-30", "day"),
    "30/6/2025": ("2025-06-30", "2025-06-30", "2025-06-30", "day"),
    "03/02/2025": ("2025-02-03", "2025-02-03", "2025-02-03", "day"),
    "2024-02": ("2024-02", "2024-02-01", "2024-02-29", "month"),
    "2/2025": ("2025-02", "2025-02-01", "2025-02-28", "month"),
    "1995": ("1995", "1995-01-01", "1995-12-31", "year"),
    "": ("", "0001-01-01", "9999-12-31", ""),
    "~": ("~", "0001-01-01", "9999-12-31", "fuzzy"),
    "~1995": ("~1995", "0001-01-01", "9999-12-31", "fuzzy"),
    "~1995-06-30": ("~1995-06-30", "0001-01-01", "9999-12-31", "fuzzy"),
    "~6/1995": ("~1995-06", "0001-01-01", "9999-12-31", "fuzzy"),
    "..2025-06-30": ("..2025-06-30", "0001-01-01", "2025-06-30", "before"),
    "..30/6/2025": ("..2025-06-30", "0001-01-01", "2025-06-30", "before"),
    "  2025  ": ("2025", "2025-01-01", "2025-12-31", "year"),
}


@pytest.mark.parametrize(("text", "told"), SHAPES.items(), ids=SHAPES)
def test_every_shape_is_an_interval(text: str, told: tuple[str, str, str, str]) -> None:
    when = partial_date(text)
    assert (when, earliest(when), latest(when), precision(when)) == told
    assert partial_date(when) == when, "a date as stored is written as it is stored"


IMPOSSIBLE = [
    "2025-02-30",
    "30/2/2025",
    "31/6/2025",
    "2025-02-29",
    "2025-13",
    "2025-00",
    "2025-06-00",
    "13/2025",
    "6/13/2025",
    "0000",
    "0000-01-01",
]
MALFORMED = [
    "2025-6-30",
    "20250630",
    "25-06-30",
    "30-06-2025",
    "2025/06/30",
    "2025-06-30T00:00",
    "June 2025",
    "..2025",
    "..",
    "~~1995",
    "~..2025-06-30",
    "..~2025-06-30",
    "\uff12\uff10\uff12\uff15",
    "\u0662\u0660\u0662\u0665-01-01",
    "2025-06-30\u0000",
    "--",
    "-2025",
]


@pytest.mark.parametrize("text", IMPOSSIBLE)
def test_days_that_never_were_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a day of the calendar"):
        partial_date(text)


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a (date|full day); write"):
        partial_date(text)


@pytest.mark.parametrize("mark", ["~", "..", "9", "/", "-"])
def test_a_very_long_line_is_refused_like_a_short_one(mark: str) -> None:
    with pytest.raises(ValueError, match="write") as refused:
        partial_date(mark * 10_000)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("text", ["2025", "2025-06", "", "~2025-06-30", "..2025-06-30"])
def test_a_civil_day_is_whole(text: str) -> None:
    with pytest.raises(ValueError, match="is not a full day; write 2025-06-30"):
        civil_day(text)


def test_a_civil_day_may_be_written_as_people_do() -> None:
    assert civil_day(" 1/7/2025 ") == "2025-07-01"


@given(st.dates())
def test_any_day_of_the_calendar_is_itself(day: date) -> None:
    text = day.isoformat()
    assert partial_date(text) == partial_date(f"{day.day}/{day.month}/{day.year:04d}") == text
    assert earliest(on(text)) == latest(on(text)) == text
    assert earliest(on(text[:7])) <= text <= latest(on(text[:7]))
    assert earliest(on(text[:4])) <= text <= latest(on(text[:4]))


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_refused_and_nothing_worse(text: str) -> None:
    with suppress(ValueError):
        when = partial_date(text)
        assert earliest(when) <= latest(when)


@pytest.mark.parametrize(
    ("start", "end", "possible"),
    [
        ("2025-07-01", "2025-07-01", False),
        ("2025-07-01", "2025-07-02", True),
        ("2025-07-02", "2025-07-01", False),
        ("2025", "2025", True),
        ("2025-12-31", "2025", False),
        ("2025", "2024", False),
        ("2025", "..2025-01-01", False),
        ("2025", "", True),
        ("", "2025", True),
        ("~2026", "2025", True),
    ],
)
def test_a_period_is_refused_only_where_no_reading_of_its_ends_makes_one(
    start: str, end: str, possible: bool
) -> None:
    assert may_precede(on(start), on(end)) is possible


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2025-05-01", 60, "2030-05-01"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-08-31", 1, "2025-09-30"),
        ("2025-12-15", 1, "2026-01-15"),
        ("2025-07-01", 0, "2025-07-01"),
        ("9998-12-31", 1, "9999-12-31"),
        ("2025-01-01", 10**9, "9999-12-31"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_that_month(day: str, months: int, then: str) -> None:
    assert add_months(on(day), months) == then


def test_instants_are_utc_of_constant_width_so_that_text_order_is_time_order() -> None:
    hanoi = timezone(timedelta(hours=7))
    assert instant(datetime(2025, 7, 1, 6, 30, tzinfo=hanoi)) == "2025-06-30T23:30:00.000000Z"
    assert instant(datetime(987, 1, 1, tzinfo=UTC)) == "0987-01-01T00:00:00.000000Z"
    assert (
        later(instant(datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)))
        == "2026-01-01T00:00:00.000000Z"
    )
    assert instant(datetime(9999, 12, 30, tzinfo=UTC)) < FOREVER


def test_known_on_a_day_means_to_its_very_end_in_viet_nam() -> None:
    assert known_instant("2025-06-30") == "2025-06-30T16:59:59.999999Z"
    assert known_instant("2025-07-01T00:00:00") == "2025-06-30T17:00:00.000000Z"
    assert known_instant("2025-07-01T00:00:00Z") == "2025-07-01T00:00:00.000000Z"
    assert known_instant("0900-01-01") == "0900-01-01T16:59:59.999999Z"


@pytest.mark.parametrize(
    "text", ["", "2025", "2025-02-30", "yesterday", "0001-01-01T00:00:00", "2025-07-01T25:00"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a moment"):
        known_instant(text)


def test_unknown_is_empty() -> None:
    assert partial_date("") == UNKNOWN == ""


def test_days_follow_one_another_but_for_the_first_and_the_last() -> None:
    assert day_after(on("2024-02-28")) == "2024-02-29"
    assert day_after(on("2024-12-31")) == "2025-01-01"
    assert day_before(on("2025-03-01")) == "2025-02-28"
    assert (day_after(LAST_DAY), day_before(FIRST_DAY)) == (LAST_DAY, FIRST_DAY)
    assert (day_before(LAST_DAY), day_after(FIRST_DAY)) == ("9999-12-30", "0001-01-02")


def test_days_are_counted_from_the_first_to_the_second() -> None:
    assert days_between(on("2024-02-28"), on("2024-03-01")) == 2
    assert days_between(on("2024-03-01"), on("2024-02-28")) == -2


def test_the_day_of_an_instant_is_that_of_viet_nam() -> None:
    assert day_of(instant(datetime(2025, 6, 30, 16, 59, 59, tzinfo=UTC))) == "2025-06-30"
    assert day_of(instant(datetime(2025, 6, 30, 17, tzinfo=UTC))) == "2025-07-01"
