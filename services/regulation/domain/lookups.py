"""What rules look up about a cadre, a post or a unit on a day."""

from collections.abc import Iterator

from services.chronicle.rows import (
    CADRES,
    DISCIPLINES,
    KINSHIP,
    MERGED_RECORDS,
    PLANNING_ENTRIES,
    POSTS,
    TENURES,
    UNITS,
    DisciplineRow,
    EntryRow,
    PostRow,
    TenureRow,
    UnitRow,
)
from services.regulation.domain.ages import RisingAge, first_day_after
from services.regulation.domain.rule_context import RuleContext, is_valid_on, row_on
from shared.core.partial_dates import Day, PDate, earliest, full_months


def find_files(context: RuleContext, cadre: str) -> list[str]:
    """The cadre's file and those that were merged into it."""
    return [cadre, *(row.merged_id for row in context.rows(MERGED_RECORDS, cadre_id=cadre))]


def find_disciplines(context: RuleContext, cadre: str) -> list[DisciplineRow]:
    return [row for file in find_files(context, cadre) for row in context.rows(DISCIPLINES, cadre_id=file)]


def find_tenures(context: RuleContext, cadre: str) -> list[TenureRow]:
    """Every tenure once, not its stretches."""
    stretches = [row for file in find_files(context, cadre) for row in context.rows(TENURES, cadre_id=file)]
    return [row for row in stretches if row.stretch == 0]


def find_tenures_on(context: RuleContext, cadre: str, day: Day) -> list[TenureRow]:
    """Tenures that last on that day, suspended or not."""
    return [row for row in find_tenures(context, cadre) if row.valid_from <= day < (row.end or "9999")]


def months_to_retirement(context: RuleContext, cadre: str, day: Day) -> int | None:
    """Whole months of service until retirement, counted from that day; None where birth or sex is not known."""
    files = context.rows(CADRES, cadre_id=cadre)
    version = context.version("RETIRE_AGE")
    schedule = SCHEDULES.get(files[0].sex.strip().upper()) if files else None
    if version is None or schedule is None:
        return None
    parts = (version.integer(f"{schedule}_{part}") for part in ("first", "step", "most", "before"))
    retirement = first_day_after(PDate(files[0].birth), RisingAge(version.integer("year"), *parts))
    return None if retirement is None else full_months(day, retirement)


SCHEDULES = {"M": "men", "NAM": "men", "F": "women", "NỮ": "women"}
"""Which schedule of retirement ages counts, by the sex as files write it."""


def find_relatives(context: RuleContext, cadre: str, day: Day) -> Iterator[tuple[str, str]]:
    """Cadres who are kin of this one, as either of the two declared it: id and relation as declared."""
    for row in context.rows(KINSHIP, cadre_id=cadre):
        if row.relative_id and is_valid_on(row, day):
            yield row.relative_id, row.relation
    for row in context.rows(KINSHIP, relative_id=cadre):
        if is_valid_on(row, day):
            yield row.cadre_id, row.relation


def find_post(context: RuleContext, post: str, day: Day) -> PostRow | None:
    """The post as it is on that day, else as it was last or will be first; None where it is not known here."""
    return row_on(context.rows(POSTS, post_id=post), day) if post else None


def walk_up(context: RuleContext, unit: str, day: Day) -> Iterator[UnitRow]:
    """The unit and all units above it on that day, from the bottom up."""
    seen: set[str] = set()
    while unit and unit not in seen:
        seen.add(unit)
        version = row_on(context.rows(UNITS, unit_id=unit), day)
        if version is None:
            return
        yield version
        unit = version.parent_id


def find_territory(context: RuleContext, unit: str, day: Day) -> UnitRow | None:
    """The administrative unit that a body works in; None where none is on record."""
    return next((row for row in walk_up(context, unit, day) if row.bloc == "TERRITORY"), None)


def is_local(context: RuleContext, cadre: str, unit: str, day: Day) -> bool | None:
    """Whether the home place lies in the territory of the unit; None where the file does not say."""
    files = context.rows(CADRES, cadre_id=cadre)
    territory = find_territory(context, unit, day)
    if not files or not files[0].home_unit or territory is None:
        return None
    return any(row.unit_id == territory.unit_id for row in walk_up(context, files[0].home_unit, day))


def find_planning_entries(context: RuleContext, cadre: str, day: Day) -> list[EntryRow]:
    """Planning entries that are live on that day or end on it, as they do when the title is reached."""
    entries = [
        row for file in find_files(context, cadre) for row in context.rows(PLANNING_ENTRIES, cadre_id=file)
    ]
    return [row for row in entries if row.valid_from <= day <= earliest(row.valid_to)]
