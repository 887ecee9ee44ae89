"""What rules ask about a cadre: discipline, service that remains, posts held, relatives, whether a local person."""

from collections.abc import Iterator
from typing import Any

from services.regulation.domain.case import Case, holds, standing
from shared.core.ages import RisingAge, first_day_after
from shared.core.partial_dates import Day, PDate, earliest, full_months


def files(case: Case, cadre: str) -> list[str]:
    """The cadre's file and those that were merged into it."""
    return [cadre, *(row.merged_id for row in case.rows("merged_records", cadre_id=cadre))]


def disciplines(case: Case, cadre: str) -> list[Any]:
    return [row for file in files(case, cadre) for row in case.rows("disciplines", cadre_id=file)]


def tenures(case: Case, cadre: str) -> list[Any]:
    """Every tenure once, not its stretches."""
    held = [row for file in files(case, cadre) for row in case.rows("tenures", cadre_id=file)]
    return [row for row in held if row.stretch == 0]


def held_on(case: Case, cadre: str, day: Day) -> list[Any]:
    """Tenures that last on that day, suspended or not."""
    return [row for row in tenures(case, cadre) if row.valid_from <= day < (row.end or "9999")]


def remaining_months(case: Case, cadre: str, day: Day) -> int | None:
    """Whole months of service until retirement, counted from that day; None where birth or sex is not known."""
    rows = case.rows("cadres", cadre_id=cadre)
    version = case.version("RETIRE_AGE")
    age = SCHEDULES.get(rows[0].sex.strip().upper()) if rows else None
    if version is None or age is None:
        return None
    parts = (version.integer(f"{age}_{part}") for part in ("first", "step", "most", "before"))
    last = first_day_after(PDate(rows[0].birth), RisingAge(version.integer("year"), *parts))
    return None if last is None else full_months(day, last)


SCHEDULES = {"M": "men", "NAM": "men", "F": "women", "NỮ": "women"}


def relatives(case: Case, cadre: str, day: Day) -> Iterator[tuple[str, str]]:
    """Cadres who are kin of this one, as either of the two declared it: id and relation as declared."""
    for row in case.rows("kinship", cadre_id=cadre):
        if row.relative_id and holds(row, day):
            yield row.relative_id, row.relation
    for row in case.rows("kinship", relative_id=cadre):
        if holds(row, day):
            yield row.cadre_id, row.relation


def post_on(case: Case, post: str, day: Day) -> Any:
    return standing(case.rows("posts", post_id=post), day) if post else None


def above(case: Case, unit: str, day: Day) -> Iterator[Any]:
    """The unit and all it stands under on that day, from the bottom up."""
    seen: set[str] = set()
    while unit and unit not in seen:
        seen.add(unit)
        row = standing(case.rows("units", unit_id=unit), day)
        if row is None:
            return
        yield row
        unit = row.parent_id


def territory(case: Case, unit: str, day: Day) -> Any:
    """The administrative unit that a body works in; None where none is on record."""
    return next((row for row in above(case, unit, day) if row.bloc == "TERRITORY"), None)


def is_local(case: Case, cadre: str, unit: str, day: Day) -> bool | None:
    """Whether the home place lies in the territory of the unit; None where the file does not say."""
    rows = case.rows("cadres", cadre_id=cadre)
    place = territory(case, unit, day)
    if not rows or not rows[0].home_unit or place is None:
        return None
    return any(row.unit_id == place.unit_id for row in above(case, rows[0].home_unit, day))


def planned(case: Case, cadre: str, day: Day) -> list[Any]:
    """Planning entries that are live on that day or end on it, as they do when the title is reached."""
    rows = [row for file in files(case, cadre) for row in case.rows("planning_entries", cadre_id=file)]
    return [row for row in rows if row.valid_from <= day <= earliest(PDate(row.valid_to))]
