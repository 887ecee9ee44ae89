"""Reads CSV files made by people: every problem has a file, a line and a column, and costs only its own line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from services.importing.batches import SetAsideLine
from shared.core.normalization import MAX_TEXT_LENGTH
from shared.core.text import nfc

csv.field_size_limit(2**31 - 1)


class BadFile(Exception):
    """The file as a whole cannot be read; `problem` says what is missing and how to correct it."""

    def __init__(self, problem: SetAsideLine) -> None:
        super().__init__(f"{problem.file}: {problem.reason}")
        self.problem = problem


@dataclass(slots=True)
class CsvLine:
    """One line of a table. `get` gives NFC text without outer blanks, empty for a column that the file does not
    have."""

    file: str
    number: int
    values: dict[str, str]
    key: str = ""

    def get(self, column: str) -> str:
        return self.values.get(column, "")

    def set_aside(self, column: str, rule: str, reason: str, remedy: str) -> SetAsideLine:
        """This line as one that is set aside."""
        return SetAsideLine(
            file=self.file,
            line=self.number,
            column=column,
            value=self.get(column)[:80],
            rule=rule,
            reason=reason,
            remedy=remedy,
            id=self.get(self.key)[:80],
        )


@dataclass(slots=True)
class Sheet:
    """The good lines of a file, and those that were set aside."""

    lines: list[CsvLine] = field(default_factory=list)
    set_aside: list[SetAsideLine] = field(default_factory=list)
    size: int = 0
    """Lines that are not blank, good or bad."""


def read_csv(path: Path, required: tuple[str, ...], key: str = "") -> Sheet:
    """The table in a UTF-8 file (a byte-order mark is allowed); lines that repeat a `key` are set aside. Raises
    BadFile."""
    sheet = Sheet()
    rows = _rows(path)
    header = [nfc(name).strip() for name in next(rows, (1, []))[1]]
    missing = [name for name in required if name not in header]
    if missing:
        raise BadFile(
            SetAsideLine(
                file=path.name,
                line=1,
                column=", ".join(missing),
                value=", ".join(header)[:80],
                rule="MissingColumn",
                reason=f"the header has no column {', '.join(missing)}",
                remedy=f"the first line must name the columns {', '.join(required)}",
            )
        )
    first: dict[str, int] = {}
    for number, row in rows:
        whole = "".join(row)
        if not whole:
            continue
        sheet.size += 1
        texts = row if whole.isascii() else [nfc(text) for text in row]
        line = CsvLine(path.name, number, dict(zip(header, texts, strict=False)), key)
        odd = len(row) != len(header) or 3 * len(whole) > MAX_TEXT_LENGTH or "\x00" in whole
        if odd and (problem := _shape(line, header, row)):
            sheet.set_aside.append(problem)
            continue
        line.values = dict(zip(header, [text.strip() for text in texts], strict=False))
        if key:
            if not line.get(key):
                sheet.set_aside.append(
                    line.set_aside(key, "Missing", "the id is empty", f"give every line a {key}")
                )
                continue
            if (before := first.setdefault(line.get(key), number)) != number:
                sheet.set_aside.append(
                    line.set_aside(
                        key,
                        "Duplicate",
                        f"this {key} stands already on line {before}",
                        "remove one of the two",
                    )
                )
                continue
        sheet.lines.append(line)
    return sheet


def _shape(line: CsvLine, header: list[str], row: list[str]) -> SetAsideLine | None:
    if len(row) != len(header):
        reason = f"{len(row)} fields, the header has {len(header)}"
        return line.set_aside(
            header[0], "FieldCount", reason, "quote fields that contain commas; give every column a value"
        )
    for name, value in line.values.items():
        if len(value) > MAX_TEXT_LENGTH:
            reason = f"{len(value):,} characters, at most {MAX_TEXT_LENGTH:,} are taken"
            return line.set_aside(
                name, "TooLong", reason, "shorten the field; a stray quote often swallows many lines"
            )
        if "\x00" in value:
            return line.set_aside(
                name, "ControlCharacter", "the field holds a NUL character", "save the file as UTF-8 text"
            )
    return None


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    if not path.exists():
        raise BadFile(
            SetAsideLine(
                file=path.name,
                line=0,
                column="",
                value="",
                rule="MissingFile",
                reason=f"there is no {path.name} in {path.parent}",
                remedy="add the file, with its header line even if it is otherwise empty",
            )
        )
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(
            SetAsideLine(
                file=path.name,
                line=raw.count(b"\n", 0, error.start) + 1,
                column="",
                value=repr(raw[error.start : error.start + 8]),
                rule="NotUtf8",
                reason="the file is not UTF-8 text",
                remedy="save it as UTF-8 (in a spreadsheet: CSV UTF-8); old TCVN3 or VNI fonts must be converted first",
            )
        ) from None
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        number = 1
        for row in reader:
            yield number, row
            number = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(
            SetAsideLine(
                file=path.name,
                line=reader.line_num,
                column="",
                value="",
                rule="NotCsv",
                reason=str(error),
                remedy="check the quotes around this line",
            )
        ) from None
