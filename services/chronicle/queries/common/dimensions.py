"""What people and planning entries are counted by: each rule once, for every count.

What is not on record, or was erased, is None and an empty key, never "no": counts then say "no data".
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.planning.events import PlanningSource
from shared.core.facts import MASKED
from shared.core.partial_dates import Day, PDate, earliest, full_months, precision
from shared.eventlog.key_store import ERASED, WITHHELD

YOUNG = 40
"""Under this age a cadre counts as young (50-QĐ/TW: province and district; 45 at the centre)."""
BANDS = (40, 50)
"""The ages at which the next band begins (35-CT/TW)."""
SEXES = {"F": "F", "NỮ": "F", "M": "M", "NAM": "M"}
MAJORITY = "kinh"


def yes_no(value: bool | None) -> str:
    """The key that a count files a yes-or-no dimension under."""
    return {True: "yes", False: "no", None: ""}[value]


def sex_of(text: str) -> str:
    """F or M, as a file may write them (`Nữ`, `nam`); empty where it is not known."""
    return SEXES.get(text.strip().upper(), "")


def is_woman(text: str) -> bool | None:
    sex = sex_of(text)
    return sex == "F" if sex else None


def is_minority(ethnicity: str) -> bool | None:
    """Of any other ethnicity than Kinh, in whatever case that is written."""
    name = ethnicity.strip().casefold()
    return None if name in ("", ERASED, WITHHELD, MASKED) else name != MAJORITY


def age_on(birth: str, day: Day) -> int | None:
    """Full years on that day. Who is born on an unknown day counts as born on the first of that month or year
    (Decree 135/2020, rule RETIRE_AGE); None where not even the year is certain."""
    if precision(PDate(birth)) not in ("day", "month", "year"):
        return None
    return full_months(earliest(PDate(birth)), day) // 12


def is_young(age: int | None, limit: int = YOUNG) -> bool | None:
    return None if age is None else age < limit


def age_band(age: int | None, limits: Sequence[int] = BANDS) -> str:
    """`<40`, `40-49`, `>=50`; empty where the age is not known."""
    if age is None:
        return ""
    for lower, limit in zip((0, *limits), limits, strict=False):
        if age < limit:
            return f"{lower}-{limit - 1}" if lower else f"<{limit}"
    return f">={limits[-1]}"


def is_outside(source: str, source_unit: str, target_unit: str) -> bool | None:
    """Planned from another unit than the one planned for: as the decision says it, else by comparing the units."""
    if source != PlanningSource.UNSTATED:
        return source != PlanningSource.INTERNAL
    return source_unit != target_unit if source_unit and target_unit else None


def title_key(post: str, title_code: str, unit: str) -> str:
    """What a planning entry is for: a post, or a title code in a unit."""
    return post or f"{title_code}@{unit}"


def is_live(valid_from: str, valid_to: str, list_end: str, day: Day) -> bool:
    """Whether an entry counts on that day: nobody is planned on a list that is over."""
    return valid_from <= day < min(valid_to, list_end)


class PlannedTitle(NamedTuple):
    """What a cadre is planned for, a post or a title code, over [valid_from, valid_to)."""

    cadre_id: str
    post_id: str
    title_code: str
    valid_from: str
    valid_to: str


def was_on_list(entry: PlannedTitle, day: str) -> bool:
    """On that day or until that day: reaching the title closes the entry."""
    return entry.valid_from <= day <= entry.valid_to


def is_planned_for(post: str, title_code: str, day: str, entries: Iterable[PlannedTitle]) -> bool:
    """Whether a list of that day names this post, or in any unit a title with the same code. The rule
    APPT_IN_PLANNING judges by the same test."""
    return any(
        was_on_list(entry, day)
        and (entry.post_id == post or (entry.title_code != "" and entry.title_code == title_code))
        for entry in entries
    )
