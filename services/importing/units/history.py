"""Reads the dated history of units: lines become versions, and versions lives, because a code is reused over time."""

from collections import defaultdict
from dataclasses import dataclass

from services.importing.batches import derive_id
from services.importing.csv_reader import CsvLine, Sheet
from services.importing.units.kinds import LIST_LEVELS
from shared.core.partial_dates import LAST_DAY, Day, civil_day

UnitKey = tuple[str, str]
"""Level and code of a unit."""


@dataclass(slots=True)
class UnitVersion:
    """One line of the history: a unit with one name, type and parent over [since, until)."""

    line: CsvLine
    since: Day
    until: Day
    life: int = 1

    @property
    def unit_key(self) -> UnitKey:
        return self.line.get("level"), self.line.get("code")

    @property
    def above(self) -> UnitKey | None:
        parent = self.line.get("parent_code")
        return (str(int(self.line.get("level")) - 1), parent) if parent else None

    def covers(self, day: Day) -> bool:
        return self.since <= day < self.until


class UnitHistory:
    """All versions in the files of a folder, grouped into lives: a code may name several units, one after another."""

    def __init__(self, scheme: str, sheet: Sheet) -> None:
        self.scheme, self.sheet = scheme, sheet
        self.versions: dict[UnitKey, list[UnitVersion]] = {}
        self._read_lines()

    def _read_lines(self) -> None:
        by_unit: dict[UnitKey, list[UnitVersion]] = defaultdict(list)
        for line in self.sheet.lines:
            version = read_version(line, self.sheet)
            if version is None:
                continue
            by_unit[version.unit_key].append(version)
        for unit_key, versions in by_unit.items():
            self.versions[unit_key] = self._numbered(sorted(versions, key=lambda version: version.since))
        for unit_key, versions in list(self.versions.items()):
            self.versions[unit_key] = [version for version in versions if self._has_valid_parent(version)]
            if not self.versions[unit_key]:
                del self.versions[unit_key]

    def _numbered(self, versions: list[UnitVersion]) -> list[UnitVersion]:
        """The versions with their lives numbered; a version that begins before the one before it ends is set aside."""
        kept: list[UnitVersion] = []
        for version in versions:
            if kept and version.since < kept[-1].until:
                reason = f"it begins before the version on line {kept[-1].line.place} ends ({kept[-1].until})"
                remedy = "let one version end on the day the next begins"
                self._aside(version.line, "valid_from", "Overlaps", reason, remedy)
                continue
            if kept:
                version.life = kept[-1].life + self._new_life(kept[-1], version)
            kept.append(version)
        return kept

    def _new_life(self, before: UnitVersion, after: UnitVersion) -> bool:
        if after.line.get("change_in") == "created" or "dissolved" in before.line.get("change_out"):
            return True
        return before.until != after.since

    def _has_valid_parent(self, version: UnitVersion) -> bool:
        """Whether the parent is a unit of the level above; one beside or below is an error, and the line is set
        aside."""
        above, (level, code) = version.above, version.unit_key
        if above is None or above in self.versions:
            return True
        lower = [
            (each, above[1]) for each in LIST_LEVELS if each >= level and (each, above[1]) in self.versions
        ]
        if level != "1" and not lower:
            return True
        if above[1] == code or any(self._under(unit_key, version.unit_key) for unit_key in lower):
            reason = "the unit stands under itself or under one of its descendants"
            self._aside(version.line, "parent_code", "UnderItself", reason, "correct the parent_code")
        else:
            reason = "a unit stands under a unit of the level above, and a unit of level 1 under none"
            self._aside(
                version.line, "parent_code", "ParentNotAbove", reason, "correct the parent_code or the level"
            )
        return False

    def _under(self, unit_key: UnitKey, other: UnitKey) -> bool:
        seen: set[UnitKey] = set()
        pending = [unit_key]
        while pending:
            here = pending.pop()
            if here == other:
                return True
            if here not in seen:
                seen.add(here)
                pending += [version.above for version in self.versions.get(here, ()) if version.above]
        return False

    def _aside(self, line: CsvLine, column: str, rule: str, reason: str, remedy: str) -> None:
        self.sheet.set_aside.append(line.set_aside(column, rule, reason, remedy))

    def id_of(self, unit_key: UnitKey, day: Day) -> str:
        """The id of the unit that the code names on a day: the life that covers it, else the one before, else the
        first."""
        versions = self.versions.get(unit_key, [])
        began = [version.life for version in versions if version.since <= day]
        life = began[-1] if began else versions[0].life if versions else 1
        return derive_id(self.scheme, "unit", f"{'/'.join(unit_key)}#{life}")


def read_version(line: CsvLine, sheet: Sheet) -> UnitVersion | None:
    """The version on this line; None if it cannot be read and is set aside."""
    problem = None
    days = {}
    for column in ("level", "code", "name", "version", "valid_from"):
        if not line.get(column):
            problem = line.set_aside(column, "Missing", f"the {column} is empty", "give the line one")
    if not problem and line.get("level") not in LIST_LEVELS:
        reason, remedy = (
            "the level is none of 1, 2, 3",
            "1: province, 2: district (or ward from July 2025), 3: commune",
        )
        problem = line.set_aside("level", "UnknownLevel", reason, remedy)
    if not problem and not line.get("version").isdigit():
        problem = line.set_aside("version", "NotANumber", "it is not a whole number", "number them 1, 2, 3")
    for column in ("valid_from", "valid_to") if not problem else ():
        try:
            days[column] = civil_day(line.get(column)) if line.get(column) else LAST_DAY
        except ValueError as error:
            problem = line.set_aside(column, "BadDate", str(error), "write a whole day: 1995-06-30")
    if not problem and days["valid_to"] <= days["valid_from"]:
        reason = f"it ends ({days['valid_to']}) before or on the day it begins ({days['valid_from']})"
        problem = line.set_aside("valid_to", "EndsBeforeStart", reason, "correct the dates")
    if problem:
        sheet.set_aside.append(problem)
        return None
    return UnitVersion(line, days["valid_from"], days["valid_to"])
