"""One date cell: what it means, in the shape that is stored, and how that was read. Pure; nothing is guessed."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from services.importing.reading.characters import clean_date
from services.importing.reading.options import DateOrder
from services.importing.reading.problems import Problem
from services.importing.reading.readings import How
from shared.core.partial_dates import UNKNOWN, PDate, partial_date

OPEN_WORDS = {
    "present", "nay", "hiện nay", "đến nay", "tới nay", "hiện tại", "now", "current", "currently", "to date",
    "to present", "today", "ongoing", "incumbent", "till now", "until now", "đương nhiệm", "đang giữ", "đang giữ chức",
}  # fmt: skip
UNKNOWN_WORDS = {"?", "??", "unknown", "không rõ", "chưa rõ", "không biết"}
EMPTY_WORDS = {
    "-", "--", "---", "n/a", "na", "#n/a", "null", "none", "nil", "không có",
    "0", "0.0", "0000", "0000-00-00", "00/00/0000", "00-00-0000",
}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LATEST_YEAR = 2200
FIRST_SERIAL, LAST_SERIAL = 10_000, 73_050
"""Day numbers of spreadsheets that are read: from 1927 to 2099. Smaller ones look like years."""

DAYS_UNTIL_1904 = 1462
"""Days from the first day number of one way of counting to that of the other."""

_STORED = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
_TIME = re.compile(
    r"(.*\d)(?:T|\s+)(\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?\s*(?:[AaPp][Mm])?)(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_YMD = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?", re.ASCII)
_TWO_FIRST = re.compile(r"(\d{1,2})\s*([-/. ])\s*(\d{1,2})\s*\2\s*(\d{4})", re.ASCII)
_SHORT_YEAR = re.compile(
    r"\d{1,2}([-/. ])\d{1,2}\1\d{2}|\d{1,2}[-/ ]?[A-Za-z]{3,9}[-/ ]?\d{2}|[A-Za-z]{3,9}[- ]\d{2}", re.ASCII
)
_MY = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{4})", re.ASCII)
_RANGE = re.compile(r"(?:từ\s+|from\s+)?[\d/.]{4,10}\s*(?:[-~]|đến|to|until)\s*(?:[\d/.]{4,10}|[^\d]+)")
_NUMBER = re.compile(r"(\d+)(?:[.,](\d+))?", re.ASCII)
_WORDS = re.compile(r"(?:ngày\s+(\d{1,2})\s+)?tháng\s+(\d{1,2})\s*(?:/|-|năm|\s)\s*(\d{4})")
_WORDS_DAY = re.compile(r"(\d{1,2})\s+tháng\s+(\d{1,2})[,\s]+(?:năm\s+)?(\d{4})")
_YEAR = re.compile(r"(?:năm|year)\s+(\d{4})")
_ENGLISH = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+)?([a-z]{3,9})\.?[\s,-]+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})"
)


class DateCell(NamedTuple):
    """What a cell means: `when` in the stored shape; `open` for "no end"; `how` unless it is written as stored."""

    when: PDate
    how: How | None = None
    open: bool = False


class TwoNumbersFirst(NamedTuple):
    """A date that begins with two numbers, one of which is the day and one the month."""

    first: int
    second: int
    year: int

    @property
    def proves(self) -> DateOrder:
        """The order that this cell alone proves; empty where both can be, or neither: 30/02/2019 proves nothing."""
        day_first = self.second <= 12 < self.first and self._is_day(self.second, self.first)
        month_first = self.first <= 12 < self.second and self._is_day(self.first, self.second)
        return "dmy" if day_first else "mdy" if month_first else ""

    def _is_day(self, month: int, day: int) -> bool:
        try:
            date(self.year, month, day)
        except ValueError:
            return False
        return True

    @property
    def is_ambiguous(self) -> bool:
        """Whether both orders give a date, and not the same one."""
        return 1 <= self.first <= 12 and 1 <= self.second <= 12 and self.first != self.second


def two_numbers_first(text: str) -> TwoNumbersFirst | None:
    """The numbers of a date like `30/6/2019`, `06-30-2019` or `30.06.2019`; None for any other text."""
    text = _without_time(clean_date(text).strip())
    shape = _TWO_FIRST.fullmatch(text)
    return TwoNumbersFirst(int(shape[1]), int(shape[3]), int(shape[4])) if shape else None


def shift_days(when: PDate, days: int) -> PDate:
    """A whole day, so many days later."""
    return PDate((date.fromisoformat(when) + timedelta(days=days)).isoformat())


def _without_time(text: str) -> str:
    time = _TIME.fullmatch(text)
    return time[1] if time and not time[3] else text


@lru_cache(100_000)
def read_date(text: str, order: DateOrder = "") -> DateCell | Problem:
    """The meaning of a date cell, or why it has none that is sure. `order` is that of dates with two numbers first."""
    plain = " ".join(clean_date(text).split()).strip("'\"")
    if not plain:
        return DateCell(UNKNOWN)
    folded = plain.lower()
    if folded in EMPTY_WORDS:
        return DateCell(UNKNOWN, How.EMPTY_WORD)
    if _STORED.fullmatch(plain) or plain[0] in "~.":
        return _read_stored(plain, text)
    if folded in OPEN_WORDS:
        return DateCell(UNKNOWN, How.OPEN_WORD, open=True)
    if folded in UNKNOWN_WORDS:
        return DateCell(UNKNOWN, How.UNKNOWN_WORD)
    if time := _TIME.fullmatch(plain):
        if time[3]:
            return Problem.bad_date(
                text,
                "it holds a time zone, so its day is not sure",
                "nó có múi giờ, nên ngày không chắc chắn",
            )
        inner = read_date(time[1], order)
        return inner._replace(how=inner.how or How.TIME_LEFT_OUT) if isinstance(inner, DateCell) else inner
    for read in _READERS:
        if (found := read(plain, folded, order)) is not None:
            if isinstance(found, Problem):
                return found
            parts, how = found
            return _calendar(parts, how, text)
    if _RANGE.fullmatch(folded):
        return Problem.bad_date(
            text,
            "it is a period, not a date",
            "đây là một khoảng thời gian, không phải một ngày",
            "write its start and its end in a column each: 1995-06-30",
            "hãy ghi ngày bắt đầu và ngày kết thúc ở hai cột: 1995-06-30",
        )
    if _SHORT_YEAR.fullmatch(plain):
        return Problem.bad_date(
            text,
            "its year has two digits",
            "năm chỉ có hai chữ số",
            "write the year with four digits: 1995-06-30",
            "hãy ghi năm đủ bốn chữ số: 1995-06-30",
        )
    return Problem.bad_date(text, "it is not a date", "không phải là ngày")


Parts = tuple[int, int, int]
"""Year, month and day; 0 for a part that is not known."""
Found = tuple[Parts, How | None] | Problem | None


def _read_stored(plain: str, text: str) -> DateCell | Problem:
    if plain[0] in "~.":
        try:
            return DateCell(partial_date(plain))
        except ValueError:
            return Problem.bad_date(text, "it is not a date", "không phải là ngày")
    parts = [*map(int, plain.split("-")), 0, 0][:3]
    has_zeros = "-00" in plain
    return _calendar((parts[0], parts[1], parts[2]), How.PARTIAL_DATE if has_zeros else None, text)


def _read_two_first(plain: str, folded: str, order: DateOrder) -> Found:
    numbers = two_numbers_first(plain)
    if numbers is None:
        return None
    first, second, year = numbers
    if first == 0 or second == 0:
        return (year, first or second, 0), How.PARTIAL_DATE
    if first == second:
        return (year, first, second), How.OTHER_SHAPE
    if not numbers.proves and not numbers.is_ambiguous:
        return (year, first, second), None  # not a day in any order
    if not order:
        return Problem.ambiguous(plain, numbers)
    if numbers.proves not in ("", order):
        return Problem.other_order(plain, numbers.proves)
    return ((year, second, first) if order == "dmy" else (year, first, second)), None


def _read_ymd(plain: str, folded: str, order: DateOrder) -> Found:
    shape = _YMD.fullmatch(plain)
    if not shape:
        return None
    year, month, day = int(shape[1]), int(shape[2]), int(shape[3] or 0)
    return (year, month, day), How.PARTIAL_DATE if "00" in (shape[2], shape[3]) else How.OTHER_SHAPE


def _read_month_year(plain: str, folded: str, order: DateOrder) -> Found:
    shape = _MY.fullmatch(plain)
    return ((int(shape[2]), int(shape[1]), 0), How.OTHER_SHAPE) if shape else None


def _read_number(plain: str, folded: str, order: DateOrder) -> Found:
    shape = _NUMBER.fullmatch(plain)
    if not shape:
        return None
    digits, decimals = shape[1], (shape[2] or "").strip("0")
    if len(digits) == 4 and not decimals:
        return (int(digits), 0, 0), How.NUMBER_YEAR
    if len(digits) == 5 and FIRST_SERIAL <= int(digits) <= LAST_SERIAL:
        day = date(1899, 12, 30) + timedelta(days=int(digits))
        return (day.year, day.month, day.day), How.DAY_NUMBER
    if len(digits) == 8 and not decimals and (1000 <= int(digits[:4]) <= LATEST_YEAR or digits[:4] == "9999"):
        return (int(digits[:4]), int(digits[4:6]), int(digits[6:])), How.COMPACT_DAY
    return None


def _read_words(plain: str, folded: str, order: DateOrder) -> Found:
    if shape := _WORDS.fullmatch(folded):
        return (int(shape[3]), int(shape[2]), int(shape[1] or 0)), How.OTHER_SHAPE
    if shape := _WORDS_DAY.fullmatch(folded):
        return (int(shape[3]), int(shape[2]), int(shape[1])), How.OTHER_SHAPE
    if shape := _YEAR.fullmatch(folded):
        return (int(shape[1]), 0, 0), How.OTHER_SHAPE
    if (shape := _ENGLISH.fullmatch(folded)) and shape[2][:3] in _MONTHS and not (shape[1] and shape[3]):
        return (
            int(shape[4]),
            _MONTHS.index(shape[2][:3]) + 1,
            int(shape[1] or shape[3] or 0),
        ), How.OTHER_SHAPE
    return None


_READERS: tuple[Callable[[str, str, DateOrder], Found], ...] = (
    _read_number,
    _read_two_first,
    _read_ymd,
    _read_month_year,
    _read_words,
)


def _calendar(parts: Parts, how: How | None, text: str) -> DateCell | Problem:
    year, month, day = parts
    if year == 9999:
        return DateCell(UNKNOWN, How.OPEN_DATE, open=True)
    if not year:
        return Problem.bad_date(text, "there is no year 0", "không có năm 0")
    if day and not month:
        return Problem.bad_date(text, "it has a day but no month", "nó có ngày nhưng không có tháng")
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return Problem.bad_date(text, "the calendar has no such day", "lịch không có ngày như vậy")
    when = f"{year:04d}" + (f"-{month:02d}" if month else "") + (f"-{day:02d}" if day else "")
    return DateCell(PDate(when), how or (How.LATE_YEAR if year > LATEST_YEAR else None))
