"""Civil dates that keep the precision they were written with, and instants, all as sortable text.

A partial date is an interval: `1995` is some day of that year. Shapes (ISO 8601, with two marks of EDTF): `2025-06-30`,
`2025-06`, `2025`, `` (unknown), `~`, `~1995` (fuzzy: treated as unknown), `..2025-06-30` (on or before).
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import NewType

PDate = NewType("PDate", str)
Day = NewType("Day", PDate)
Instant = NewType("Instant", str)

UNKNOWN = PDate("")
FIRST_DAY, LAST_DAY = Day(PDate("0001-01-01")), Day(PDate("9999-12-31"))
FOREVER = Instant("9999-12-31T23:59:59.999999Z")
BY_NOW = Instant("9999-12-31T00:00:00.000000Z")
"""After every instant at which something became known and before FOREVER; `known_at` of the latest knowledge."""
VIETNAM = timezone(timedelta(hours=7))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SHAPE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_DMY = re.compile(r"(?:(\d{1,2})/)?(\d{1,2})/(\d{4})", re.ASCII)


def partial_date(text: str) -> PDate:
    """The date in its stored shape, checked; d/m/yyyy and m/yyyy are accepted too. ValueError says what is wrong."""
    text = text.strip()
    if text in ("", "~"):
        return PDate(text)
    if text.startswith("~"):
        return PDate("~" + _calendar(text[1:].strip()))
    if text.startswith(".."):
        return PDate(".." + _whole(_calendar(text[2:].strip())))
    return _calendar(text)


def civil_day(text: str) -> Day:
    """A whole day; ValueError when the date is partial or impossible."""
    return _whole(partial_date(text))


def _whole(when: PDate) -> Day:
    if len(when) != 10:
        raise ValueError(f"{when!r} is not a full day; write 2025-06-30")
    return Day(when)


@lru_cache(50_000)
def _calendar(text: str) -> PDate:
    if dmy := _DMY.fullmatch(text):
        day, month, year = dmy.groups()
        text = f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")
    shape = _SHAPE.fullmatch(text)
    if not shape:
        raise ValueError(f"{text[:40]!r} is not a date; write 2025, 2025-06 or 2025-06-30")
    try:
        date(*(int(part or 1) for part in shape.groups()))
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the calendar") from None
    return PDate(text)


def day_or_none(text: str) -> Day | None:
    """A day as rows have it, empty where there is none."""
    return Day(PDate(text)) if text else None


def earliest(when: PDate) -> Day:
    """The first day that the date can mean."""
    if len(when) == 10:
        return when  # type: ignore[return-value]  # ten characters are a day, and this is the hottest line there is
    match len(when):
        case 7:
            return Day(PDate(when + "-01"))
        case 4:
            return Day(PDate(when + "-01-01"))
    return FIRST_DAY


def latest(when: PDate) -> Day:
    """The last day that the date can mean."""
    if len(when) == 10:
        return when  # type: ignore[return-value]  # ten characters are a day
    match len(when):
        case 7:
            return Day(PDate(f"{when}-{monthrange(int(when[:4]), int(when[5:]))[1]:02d}"))
        case 4:
            return Day(PDate(when + "-12-31"))
        case 12 if when[0] == ".":
            return Day(PDate(when[2:]))
    return LAST_DAY


def date_between(first: Day, last: Day) -> PDate:
    """The partial date whose `earliest` and `latest` are these; the last day where there is none."""
    if first == last:
        return first
    for text in (last[:7], last[:4], f"..{last}", UNKNOWN):
        when = PDate(text)
        if (earliest(when), latest(when)) == (first, last):
            return when
    return last


def precision(when: PDate) -> str:
    """`day`, `month`, `year`, `before` (on or before a day), `fuzzy`, or empty for unknown."""
    if when.startswith("~"):
        return "fuzzy"
    return {10: "day", 7: "month", 4: "year", 12: "before"}.get(len(when), "")


def instant(moment: datetime) -> Instant:
    """UTC with microseconds, in constant width, so that text order is time order."""
    return Instant(moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z")


def later(moment: Instant, microseconds: int = 1) -> Instant:
    """The instant so many microseconds later."""
    if microseconds == 1 and len(moment) == 27 and moment[20:26] != "999999":  # by far the most frequent case
        return Instant(f"{moment[:20]}{int(moment[20:26]) + 1:06d}Z")
    return instant(datetime.fromisoformat(moment) + timedelta(microseconds=microseconds))


def earlier(moment: Instant) -> Instant:
    """The last instant before this one."""
    return later(moment, -1)


def to_microseconds(moment: Instant) -> int:
    """Microseconds since 1970; 0 for an empty text."""
    return (datetime.fromisoformat(moment) - _EPOCH) // timedelta(microseconds=1) if moment else 0


def from_microseconds(number: int) -> Instant:
    """The instant so many microseconds after 1970; an empty text for 0."""
    return instant(_EPOCH + timedelta(microseconds=number)) if number else Instant("")


def day_of(moment: Instant) -> Day:
    """The civil day of an instant in Viet Nam."""
    return Day(PDate(datetime.fromisoformat(moment).astimezone(VIETNAM).date().isoformat()))


def known_instant(text: str) -> Instant:
    """The instant that a `known at` parameter means: itself, or the last microsecond of a civil day in Viet Nam,
    however ISO 8601 writes the day."""
    try:
        if (day := known_day(text)) is not None:
            midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), VIETNAM)
            return instant(midnight + timedelta(days=1, microseconds=-1))
        moment = datetime.fromisoformat(text)
        return instant(moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM))
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is not a moment; write 2025-06-30 or 2025-06-30T17:00:00Z") from None


def known_day(text: str) -> Day | None:
    """The day that a `known at` parameter names, as 2025-06-30, 20250630 or 30/6/2025; None where it is a moment."""
    try:
        return civil_day(text) if "/" in text else Day(PDate(date.fromisoformat(text).isoformat()))
    except ValueError:
        return None


def may_precede(start: PDate, end: PDate) -> bool:
    """Whether the two dates can be read so that the period between them is not empty."""
    return earliest(start) < latest(end)


def day_after(day: Day) -> Day:
    """The next day; LAST_DAY stays LAST_DAY."""
    return day if day == LAST_DAY else Day(PDate((date.fromisoformat(day) + timedelta(days=1)).isoformat()))


def day_before(day: Day) -> Day:
    """The day before; FIRST_DAY stays FIRST_DAY."""
    return day if day == FIRST_DAY else Day(PDate((date.fromisoformat(day) - timedelta(days=1)).isoformat()))


def days_between(first: Day, second: Day) -> int:
    """Days from the first to the second; negative when the second comes first."""
    return (date.fromisoformat(second) - date.fromisoformat(first)).days


def add_months(day: Day, months: int) -> Day:
    """The same day of the month so many months later, or the last day of that month; FIRST_DAY and LAST_DAY where the
    calendar ends."""
    count = int(day[:4]) * 12 + int(day[5:7]) - 1 + months
    year, month = divmod(count, 12)
    if year > 9998:
        return LAST_DAY
    if year < 1:
        return FIRST_DAY
    return Day(PDate(f"{year:04d}-{month + 1:02d}-{min(int(day[8:]), monthrange(year, month + 1)[1]):02d}"))


def full_months(start: Day, end: Day) -> int:
    """How many whole months fit between two days; 0 when the second comes first."""
    months = (int(end[:4]) - int(start[:4])) * 12 + int(end[5:7]) - int(start[5:7])
    return max(0, months - (add_months(start, max(0, months)) > end))
