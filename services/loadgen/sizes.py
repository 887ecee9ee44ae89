"""The size of a history: its number of events, the units whose posts it follows, and the day it begins."""

import re
from dataclasses import dataclass
from datetime import date

from services.importing.units.reform import Link, Reform, TreeUnit, UnitKey
from services.importing.vietnam import load_reform
from services.loadgen.shape import load_shape

LEAST = 10_000
REFORM, EARLIEST = date(2025, 7, 1).toordinal(), date(2004, 9, 1).toordinal()
PER_SEAT, PER_YEAR, PER_UNIT, YEARS = 6.8, 2.9, 6, 8
"""Measured numbers of events: of a seat at the opening and at the reform together, of a seat in a year, and of a unit
in a year (its grade, review and documents). Small histories have fewer seats, so that they last so many years."""
_AFTER = 0.06
"""Share of the events that is left for the time after the reform."""
SET_PIECES = frozenset({"268", "279", "307", "194", "718", "213"})
"""Districts that every history contains: Hà Đông, Thường Tín, Kiến An, Móng Cái, Thủ Dầu Một, Bắc Giang."""


class TooSmall(ValueError):
    """The number of events cannot be read, or is too small for what every history contains."""


@dataclass(frozen=True)
class Size:
    """The extent of a history; `followed` are the old provinces, districts and communes with posts, `reform` all
    units."""

    events: int
    reform: Reform
    followed: frozenset[UnitKey]
    density: float
    """The share of every unit's seats that is generated; 1 except in small histories."""
    central: int
    other_staff: int
    begin: int
    """The day (proleptic ordinal) on which the ledger was opened."""


def parse_event_count(text: str) -> int:
    """The number of events in a text like 1M, 200k or 5000. Raises TooSmall."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([kKmM]?)", text.strip())
    count = round(float(found[1]) * {"": 1, "k": 1e3, "m": 1e6}[found[2].lower()]) if found else 0
    if not found or count < LEAST:
        raise TooSmall(f"{text!r} is not a number of events from {LEAST:,} on; write 100k, 1M, 10M or 60M")
    return count


def choose_size(events: int) -> Size:
    """The size for a number of events.

    Up to the size of the five provinces all posts are theirs, in a part of their districts where that is enough; a
    larger history follows more provinces, so that it lasts about as long.
    """
    sizes, posts = load_shape()["sizes"], load_shape()["posts"]
    nation, whole = load_reform(), events >= sizes["five"]["events"]
    many = events >= sizes["nation"]["events"] // 2
    five, larger = sizes["five"]["provinces"], events > sizes["five"]["events"]
    wanted = events / (PER_SEAT + YEARS * PER_YEAR)
    followed: set[UnitKey] = set()
    seats, per_commune = 0.0, posts["commune"]["lead"] + posts["commune"]["staff"]
    for district in _districts(nation, five, larger):
        if seats >= wanted and district[1] not in SET_PIECES:
            break
        communes = [
            place for place, unit in nation.old.items() if place[0] == "3" and unit.parent == district[1]
        ]
        province = nation.old[district].above
        seats += (
            posts["district"] + len(communes) * per_commune + (province not in followed) * posts["province"]
        )
        followed |= {province, district, *communes}
    central = posts["central"] if many else 0
    other = load_shape()["other_staff"]["people"] if events >= sizes["staff"]["events"] // 2 else 0
    reform = nation if whole else _part(nation, followed)
    fixed = 2 * len(reform.old) + len(reform.new) + 16 * len(followed) + 800
    left, units = events * (1 - _AFTER) - fixed, PER_UNIT * len(followed)
    density = min(1.0, (left - YEARS * units) / (PER_SEAT + YEARS * PER_YEAR) / seats)
    seats = max(seats * density, len(followed))
    years = (left - seats * PER_SEAT - other * 2.4) / (seats * PER_YEAR + units + other * 1.02)
    begin = max(EARLIEST, REFORM - max(500, int(years * 365.25)))
    return Size(events, reform, frozenset(followed), density, central, other, begin)


def _districts(nation: Reform, five: list[str], larger: bool) -> list[UnitKey]:
    """Districts of the set pieces, then the others of the five provinces, then the rest of the nation."""
    districts = [(place, unit.parent) for place, unit in nation.old.items() if place[0] == "2"]
    districts.sort(key=lambda each: (each[0][1] not in SET_PIECES, each[1] not in five, each[1], each[0]))
    return [place for place, province in districts if larger or province in five]


def _part(nation: Reform, followed: set[UnitKey]) -> Reform:
    """The followed units and what they become; a new unit that others become part of too continues no old one."""
    links = [
        Link(source[1], target[1])
        for source, targets in nation.goes_to.items()
        for target in targets
        if source in followed and source[0] == "3" and target[0] == "2"
    ]
    targets = {link.new for link in links}
    provinces = {nation.new["2", code].parent for code in targets}
    new = [
        unit for place, unit in nation.new.items() if place[1] in (targets if place[0] == "2" else provinces)
    ]
    unsure = {code for code in targets if not {*nation.comes_from["2", code]} <= followed}
    old: list[TreeUnit] = [nation.old[place] for place in followed]
    return Reform(nation.scheme, nation.last, nation.day, old, new, links, nation.decisions, unsure)
