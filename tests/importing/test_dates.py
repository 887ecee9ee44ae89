"""Properties of one date cell: however a day is written, it is read as that day or refused."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.importing.reading.dates import DateCell, read_date, two_numbers_first
from services.importing.reading.problems import Problem
from shared.core.partial_dates import partial_date

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
ORDERS = st.sampled_from(["", "dmy", "mdy"])
ODD_HYPHENS = st.sampled_from("-\u2010\u2011\u2012\u2013\u2212\uff0d")
WRITTEN = (
    "{0:%Y-%m-%d}", "{0:%Y/%m/%d}", "{0:%Y.%m.%d}", "{0:%Y%m%d}", "{0:%Y-%m-%d} 00:00:00", "{0:%Y-%m-%dT%H:%M}",
    "ngày {0.day} tháng {0.month} năm {0.year}", "{0.day} tháng {0.month}, {0.year}", " {0:%Y-%m-%d}\u00a0",
)  # fmt: skip


@given(DAYS, st.sampled_from(WRITTEN), ORDERS)
def test_a_day_in_a_sure_shape_is_that_day(day: date, shape: str, order: str) -> None:
    cell = read_date(shape.format(day), order)
    assert isinstance(cell, DateCell)
    assert cell.when == day.isoformat()


@given(DAYS, ODD_HYPHENS)
def test_every_hyphen_is_a_hyphen(day: date, hyphen: str) -> None:
    cell = read_date(day.isoformat().replace("-", hyphen))
    assert isinstance(cell, DateCell)
    assert cell.when == day.isoformat()


@given(DAYS, st.sampled_from("/.-"), st.booleans())
def test_two_numbers_first_are_read_in_the_named_order_only(day: date, mark: str, padded: bool) -> None:
    numbers = {
        "d": f"{day.day:02d}" if padded else str(day.day),
        "m": f"{day.month:02d}" if padded else str(day.month),
    }
    day_first, month_first = (mark.join((numbers[a], numbers[b], str(day.year))) for a, b in ("dm", "md"))
    assert read_date(day_first, "dmy") == read_date(month_first, "mdy")
    told = read_date(day_first, "dmy")
    assert isinstance(told, DateCell)
    assert told.when == day.isoformat()
    untold = read_date(day_first)
    if day.day == day.month:
        assert isinstance(untold, DateCell)
    else:
        assert isinstance(untold, Problem)
    other = read_date(day_first, "mdy")
    assert isinstance(other, Problem) == (day.day > 12), "it is the other day, or none"


@given(DAYS)
def test_a_proof_is_a_date_of_one_order_only(day: date) -> None:
    numbers = two_numbers_first(f"{day.day}/{day.month}/{day.year}")
    assert numbers is not None
    assert numbers.proves == ("dmy" if day.day > 12 else "")
    assert numbers.is_ambiguous == (day.day <= 12 and day.day != day.month)


@given(st.integers(10_000, 73_050))
def test_a_day_number_counts_from_1900_as_spreadsheets_do(number: int) -> None:
    cell = read_date(str(number))
    assert isinstance(cell, DateCell)
    assert cell.when == (date(1899, 12, 30) + timedelta(days=number)).isoformat()
    assert cell == read_date(f"{number}.0")


@given(st.text(max_size=20), ORDERS)
def test_any_text_is_a_stored_date_or_a_problem(text: str, order: str) -> None:
    cell = read_date(text, order)
    if isinstance(cell, DateCell):
        assert partial_date(cell.when) == cell.when
        assert not (cell.open and cell.when)
    else:
        assert all(cell)


@given(DAYS, st.text(alphabet="0123456789/-. ", max_size=12), ORDERS)
def test_what_is_read_twice_is_the_same(day: date, text: str, order: str) -> None:
    first = read_date(text, order)
    if isinstance(first, DateCell) and first.when:
        again = read_date(first.when)
        assert isinstance(again, DateCell)
        assert again.when == first.when
