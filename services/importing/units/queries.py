"""Units in the words of the list they came from: the tree on a day, and the versions of a code."""

from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, code_of, read_codes
from services.importing.units.kinds import LIST_LEVELS
from services.organization.events import Bloc
from shared.core.partial_dates import BY_NOW, FIRST_DAY, LAST_DAY, Instant
from shared.database.sql import Statement, known_condition

_ROWS = Statement(f"""
SELECT unit_id, parent_id, name, kind_label, level, bloc, codes, opening, closing,
       valid_from, valid_to, certain_from, certain_to
FROM units u WHERE {known_condition("u")} AND unit_id IN (
  SELECT k.subject FROM unit_codes k WHERE k.scheme = :scheme AND {known_condition("k")})
ORDER BY unit_id, valid_from""")  # noqa: S608


class UnitVersionRow(NamedTuple):
    """A version of a unit, as a row of the read model."""

    unit: str
    parent_id: str
    name: str
    type: str
    level: str
    bloc: str
    codes: str
    opening: str
    closing: str
    valid_from: str
    valid_to: str
    certain_from: str
    certain_to: str

    @property
    def has_no_beginning(self) -> bool:
        """Whether nothing is known of its first day."""
        return self.valid_from == FIRST_DAY and self.certain_from == LAST_DAY


def read_place(row: UnitVersionRow, scheme: str) -> tuple[str, str]:
    """Level and code of a unit in the words of its source: a list of administrative units writes `LEVEL/CODE`, because
    there a code alone is ambiguous; any other source has its own level, and codes as they are."""
    value = code_of(read_codes(row.codes), scheme)
    level, slash, code = value.partition("/")
    if slash and row.bloc == Bloc.TERRITORY and level in LIST_LEVELS:
        return level, code
    return row.level, value


class UnitVersions:
    """All versions of the units of a scheme, as known at an instant."""

    def __init__(self, connection: Connection, scheme: str, known_at: Instant) -> None:
        self.scheme = scheme
        rows = (UnitVersionRow(*row) for row in _ROWS(connection, known=known_at, scheme=scheme))
        self.versions: dict[str, list[UnitVersionRow]] = {}
        for row in rows:
            if code_of(read_codes(row.codes), scheme):
                self.versions.setdefault(row.unit, []).append(row)

    def line(self, row: UnitVersionRow, day: str) -> dict[str, Any]:
        """The unit on a day, as a line of the list."""
        level, code = read_place(row, self.scheme)
        parent = self.parent(row, day)
        return {"level": level, "code": code, "parent": parent, "name": row.name, "type": row.type}

    def parent(self, row: UnitVersionRow, day: str) -> str:
        """The parent's code on a day; the source's own code where the parent itself was not imported."""
        above = self.versions.get(row.parent_id, [])
        earlier = [each for each in above if each.valid_from <= day] or above
        if earlier:
            return read_place(earlier[-1], self.scheme)[1]
        return code_of(read_codes(row.codes), f"{self.scheme}:parent").partition("/")[2]


def units_as_of(
    connection: Connection, scheme: str, when: AsOf, possible: bool = False
) -> list[dict[str, Any]]:
    """The units that certainly existed on a day (or possibly, where dates are partial), by level and code.

    A unit of which the source says no first day at all counts until its end: a list without dates is no empty list."""
    units, day = UnitVersions(connection, scheme, when.known_at), when.as_of
    lines = [
        units.line(row, day)
        for versions in units.versions.values()
        for row in versions
        if (
            row.valid_from <= day < row.valid_to
            if possible or row.has_no_beginning
            else row.certain_from <= day < row.certain_to
        )
    ]
    return sorted(lines, key=lambda line: (line["level"], line["code"], line["name"]))


def unit_versions(
    connection: Connection, scheme: str, code: str, known_at: Instant = BY_NOW
) -> list[dict[str, Any]]:
    """Every version of every unit while it had the code, in time order; in a list of administrative units that is
    `LEVEL/CODE`."""
    units = UnitVersions(connection, scheme, known_at)
    all_lines = []
    for unit, versions in units.versions.items():
        if any(code_of(read_codes(row.codes), scheme) == code for row in versions):
            lines = _history(units, unit, versions)
            all_lines += [line for line in lines if code in (line["code"], f"{line['level']}/{line['code']}")]
    return sorted(all_lines, key=lambda line: (line["valid_from"].lstrip("."), line["unit"]))


def _history(units: UnitVersions, unit: str, versions: list[UnitVersionRow]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for row in versions:
        line = {"unit": unit, **units.line(row, max(row.valid_from, row.certain_from))}
        end = "" if row.valid_to == LAST_DAY else row.valid_to
        if lines and all(line[field] == lines[-1][field] for field in line):
            lines[-1]["valid_to"] = end
            continue
        since = f"..{row.certain_from}" if row.valid_from == FIRST_DAY else row.valid_from
        since = "" if row.has_no_beginning else since
        lines.append({**line, "valid_from": since, "valid_to": end, "change_in": "", "change_out": ""})
    lines[0]["change_in"] = "baseline" if versions[0].opening.startswith("baseline") else "created"
    for before, after in pairwise(lines):
        before["change_out"] = after["change_in"] = _words(before, after)
    lines[-1]["change_out"] = "dissolved" if versions[-1].closing else ""
    return lines


def _words(before: dict[str, Any], after: dict[str, Any]) -> str:
    changes = {"parent": "reparented", "name": "renamed", "type": "retyped", "code": "recoded"}
    return "+".join(word for field, word in changes.items() if before[field] != after[field])
