"""National identity numbers of a list of persons: read, compared with those on file, never kept outside the log."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from services.chronicle.queries.common.responses import code_of, read_codes
from services.chronicle.queries.people.merged_files import MergedFiles
from services.importing.batches import ProposalsByStream, SetAsideLine
from services.importing.csv_reader import CsvLine
from services.personnel.events import Registered
from shared.core.partial_dates import BY_NOW
from shared.core.text import fold
from shared.database.sql import BatchQuery, known_condition
from shared.runtime.ledger import Ledger

COLUMN = "national_id"
NOT_STATED = {
    "",
    "-",
    "--",
    "---",
    "?",
    "n/a",
    "na",
    "null",
    "none",
    "unknown",
    "khong co",
    "khong ro",
    "chua ro",
    "chua co",
}
_PLACEHOLDER = re.compile(r"0+|9{6,}", re.ASCII)
_SEPARATORS = re.compile(r"[\s.\-']")
WITHOUT_ZEROS = (8, 10, 11)
"""Lengths that no national id has: 9 digits until 2024, 12 since; spreadsheets drop the zeros at the start."""


def normalize_national_id(text: str) -> str:
    """The number without blanks, dots and hyphens, where only digits are left; empty for a word or a number that says
    that there is none (`không có`, `000000000`)."""
    plain = _SEPARATORS.sub("", text)
    if fold(text) in NOT_STATED or _PLACEHOLDER.fullmatch(plain):
        return ""
    return plain if plain.isascii() and plain.isdigit() else text.strip()


def read_national_id(line: CsvLine) -> str | SetAsideLine:
    """The national id of a line, empty where it states none; the line to set aside where digits of it are lost."""
    number = normalize_national_id(line.get(COLUMN))
    if number.isascii() and number.isdigit() and len(number) in WITHOUT_ZEROS:
        return line.set_aside(
            COLUMN,
            "BadNationalId",
            f"a national id has 12 digits or 9, this one {len(number)}: zeros at its start may be lost",
            "write all digits, in a spreadsheet as text: 001085012345",
            f"số định danh có 12 hoặc 9 chữ số, số này có {len(number)}: có thể đã mất các số 0 ở đầu",
            "hãy ghi đủ các chữ số, trong bảng tính thì để dạng văn bản: 001085012345",
        )
    return number


class PersonLine(NamedTuple):
    """The file of a person, where the line of it stands, and its id."""

    stream: str
    file: str
    line: int
    id: str
    is_earlier: bool


class _FileRow(NamedTuple):
    identity: str
    cadre_id: str
    name: str
    codes: str


_SAME_IDENTITY = BatchQuery(
    _FileRow,
    f"SELECT identity, cadre_id, name, codes FROM cadres c WHERE identity IN :ids AND {known_condition('c')}",  # noqa: S608
)


def find_shared_national_ids(
    ledger: Ledger, scheme: str, persons: ProposalsByStream, find_place: Callable[[int], int]
) -> Iterator[SetAsideLine]:
    """Lines of persons whose national id another line has, or another person on file. They are recorded, because
    nothing says which of the two is wrong; the contradiction is listed until it is mended. Files that were merged are
    of one person. `find_place`: the number of a line in its file."""
    lines: dict[str, list[PersonLine]] = defaultdict(list)
    for stream, proposals in persons.items():
        for each in proposals:
            if isinstance(each.fact, Registered) and each.fact.identity:
                place = find_place(each.line)
                line = PersonLine(stream, each.file, place, each.value, place != each.line)
                lines[each.fact.identity].append(line)
    if not lines:
        return
    on_file: dict[str, list[_FileRow]] = defaultdict(list)
    with ledger.tables.engine.connect() as connection:
        for row in _SAME_IDENTITY(connection, ids=sorted(lines), known=BY_NOW):
            on_file[row.identity].append(row)
        person = MergedFiles(connection, BY_NOW).person
    for identity, same in lines.items():
        recorded = [row for row in on_file[identity] if row.cadre_id not in persons]
        for line in same:
            own = person(line.stream)
            others = [
                f"{other.id} ({other.file}:{other.line})" for other in same if person(other.stream) != own
            ]
            others += [
                code_of(read_codes(row.codes), scheme) or row.name
                for row in recorded
                if person(row.cadre_id) != own
            ]
            if others:
                yield _shared(line, ", ".join(dict.fromkeys(others)))


def _shared(line: PersonLine, others: str) -> SetAsideLine:
    return SetAsideLine(
        file=line.file,
        line=line.line,
        column=COLUMN,
        value=line.id,
        id=line.id,
        rule="NationalIdTwice",
        reason=f"the national id of {line.id} is also that of {others}",
        remedy="if these are two people, correct one of the numbers and import again; if one, merge their records",
        reason_vi=f"số định danh của {line.id} cũng là của {others}",
        remedy_vi="nếu là hai người, hãy sửa một trong hai số rồi nhập lại; nếu là một người, hãy gộp hồ sơ",
        earlier=line.is_earlier,
    )
