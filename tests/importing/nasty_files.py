"""Files as people make them: one truth, written in every way that spreadsheets, exports and hands leave it in."""

import csv
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from services.importing.reading.legacy_vietnamese import from_tcvn3, from_vni
from tests.importing.workbooks import write_workbook

NAMES = (
    "Nguyễn Văn Đức", "Trần Thị Bình", "Lê Hoàng Yến", "Đỗ Mỹ Linh", "Phạm Quốc Thắng", "Vũ Thị Hoà", "Bùi Thế Hiển",
)  # fmt: skip
TITLES = ("Chủ tịch", "Bí thư", "Trưởng phòng", "Phó giám đốc")
TERM_COLUMNS = (
    "term_id", "person_id", "post_id", "start", "end", "start_precision", "end_precision", "end_status",
)  # fmt: skip
TCVN3 = {from_tcvn3(chr(byte)): byte for byte in range(0xA1, 0x100) if from_tcvn3(chr(byte)) != chr(byte)}
_VNI_MARKS = [bytes([byte]).decode("cp1252") for byte in range(0xC0, 0x100)]
VNI = {
    read: written
    for written in (base + mark for base in ("", *"aeouyAEOUYôöÔÖ") for mark in _VNI_MARKS)
    if len(read := unicodedata.normalize("NFC", from_vni(written))) == 1
}
"""What each letter is written as in the fonts from before Unicode, by the letter."""
OPEN_ENDS = ("", "nay", "đến nay", "present", "9999-12-31", "Hiện nay")


OLD_ENCODINGS = ("windows-1258", "tcvn3", "vni")
ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le without mark", "utf-16-be without mark"),
    *OLD_ENCODINGS,
)


@dataclass
class Table:
    """Rows to be written, and what must be said of them."""

    name: str
    header: list[str]
    rows: list[list[Any]] = field(default_factory=list)
    wrong: dict[int, str] = field(default_factory=dict)
    """By index of a row: the rule by which it is set aside."""
    expected: set[tuple[str, int, str]] = field(default_factory=set)
    """File, line and rule of every line that must be set aside."""


@dataclass
class Truth:
    """What the files say: names by person, titles by post, and by term its person, post, start and end."""

    persons: dict[str, str]
    posts: dict[str, str]
    terms: dict[str, tuple[str, str, str, str]]


def make_truth(chance: Random) -> Truth:
    persons = {f"p{number}": name for number, name in enumerate(chance.sample(NAMES, 6))}
    posts = {f"q{number}": title for number, title in enumerate(TITLES)}
    terms = {}
    for number in range(chance.randrange(3, 9)):
        start = date(1990, 1, 1) + timedelta(days=chance.randrange(9000))
        end = (start + timedelta(days=chance.randrange(30, 900))).isoformat() if chance.random() < 0.7 else ""
        person, post = chance.choice(sorted(persons)), chance.choice(sorted(posts))
        terms[f"t{number}"] = (person, post, start.isoformat(), end)
    return Truth(persons, posts, terms)


def write_files(folder: Path, truth: Truth, chance: Random) -> set[tuple[str, int, str]]:
    """Write the three tables; returns file, line and rule of every line that must be set aside."""
    folder.mkdir()
    tables = [
        Table("persons", ["person_id", "name"], [[*each] for each in truth.persons.items()]),
        Table("posts", ["post_id", "title"], [[*each] for each in truth.posts.items()]),
        Table("terms", list(TERM_COLUMNS), _term_rows(truth, chance)),
    ]
    for table in tables:
        _add_wrong_rows(table, chance)
        suffix = chance.choice([".csv", ".csv", ".csv", ".xlsx", ".xls", ".ods"])
        if suffix == ".csv":
            _write_text(folder / f"{table.name}.csv", table, chance)
        else:
            _write_sheet(folder / f"{table.name}{suffix}", table, chance)
    return set().union(*(table.expected for table in tables))


def _term_rows(truth: Truth, chance: Random) -> list[list[Any]]:
    shape = chance.choice(["iso", "dmy", "mdy", "words", "compact", "time", "dots"])
    rows = []
    for term, (person, post, start, end) in truth.terms.items():
        closing = _write_date(end, shape) if end else chance.choice(OPEN_ENDS)
        status = "closed" if end else chance.choice(["", "ongoing"])
        rows.append([term, person, post, _write_date(start, shape), closing, "", "", status])
    if shape in ("dmy", "mdy", "dots"):  # a line that proves the order, and says nothing else that is new
        proof = _write_date("1989-12-31", shape)
        rows.append(["proof", "p0", "q0", proof, _write_date("1990-01-13", shape), "day", "day", "closed"])
        truth.terms["proof"] = ("p0", "q0", "1989-12-31", "1990-01-13")
    return rows


def _write_date(day: str, shape: str) -> str:
    year, month, date_ = day.split("-")
    match shape:
        case "dmy":
            return f"{date_}/{month}/{year}"
        case "mdy":
            return f"{int(month)}/{int(date_)}/{year}"
        case "dots":
            return f"{date_}.{month}.{year}"
        case "words":
            return f"ngày {int(date_)} tháng {int(month)} năm {year}"
        case "compact":
            return f"{year}{month}{date_}"
        case "time":
            return f"{day} 00:00:00"
    return day


def _add_wrong_rows(table: Table, chance: Random) -> None:
    """Lines that cannot be taken, between the others, each with the rule that must name it."""
    width = len(table.header)

    def row(*cells: str) -> list[Any]:
        return [*cells, *[""] * (width - len(cells))]

    wrong: list[tuple[list[Any], str]] = [
        (list(table.header), "HeaderAgain"),
        (row("", "Tổng cộng"), "Missing"),
        (row("1.08501E+11", "Nguyễn Văn An"), "LostDigits"),
        (row("-", "Không có mã"), "PlaceholderId"),
    ]
    if table.name == "terms":
        wrong = [each for each in wrong if each[1] != "Missing"]
        wrong += [
            (["w1", "p99", "q0", "2001", "2002", "", "", ""], "UnknownReference"),
            (["w2", "p0", "q0", "1995-1998", "", "", "", ""], "BadDate"),
            (["w3", "p0", "q0", "30/02/2001", "", "", "", ""], "BadDate"),
            (["w4", "p0", "q0", "2005-01-01", "2004-01-01", "", "", ""], "EndsBeforeStart"),
            (["w5", "p0", "q0", "2005", "=B2+365", "", "", ""], "FormulaText"),
            (["w6", "p0", "q0", "2005", "", "", "", "vĩnh viễn"], "BadStatus"),
            ([f"w\n{7}", "p0", "q0", "2005", "", "", "", ""], "ControlCharacter"),
        ]
    else:
        wrong.append((row("w1", '=HYPERLINK("http://x";"An")'), "FormulaText"))
        wrong.append((row("w2", ""), "Missing"))
    for cells, rule in chance.sample(wrong, chance.randrange(len(wrong))):
        place = chance.randrange(len(table.rows) + 1)
        table.rows.insert(place, cells)
        table.wrong = {index + (index >= place): each for index, each in table.wrong.items()} | {place: rule}


def _write_text(path: Path, table: Table, chance: Random) -> None:
    encoding = chance.choice(ENCODINGS)
    if table.name == "terms" and encoding in OLD_ENCODINGS:
        encoding = "utf-8"  # too few words to prove one of them
    wide = encoding.startswith("utf")
    separator, lines = chance.choice([",", ";", "\t", "|"]), StringIO()
    if has_line := chance.random() < 0.3:
        lines.write(f"sep={separator}\r\n")
    quoting: Any = chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    writer = csv.writer(
        lines, delimiter=separator, quoting=quoting, lineterminator=chance.choice(["\r\n", "\n"])
    )
    empty = [""] * chance.choice([0, 0, 1, 3])
    writer.writerow([*_decorate_header(table.header, chance), *empty])
    assert has_line or chance
    for index, row in enumerate(table.rows):
        if chance.random() < 0.1:
            lines.write(chance.choice(["\r\n", separator * (len(row) - 1) + "\n"]))
        number = lines.getvalue().count("\n") + 1
        rule = table.wrong.get(index)
        writer.writerow([*(row if rule else [_decorate(cell, chance, wide) for cell in row]), *empty])
        if rule:
            table.expected.add((path.name, number, rule))
    text = lines.getvalue()
    if encoding == "tcvn3":
        path.write_bytes(bytes(TCVN3.get(letter, ord(letter) & 0xFF) for letter in text))
    elif encoding == "windows-1258":
        path.write_bytes("".join(map(_split_tone, text)).encode("cp1258"))
    elif encoding == "vni":
        path.write_bytes("".join(VNI.get(letter, letter) for letter in text).encode("cp1252"))
    elif encoding == "utf-16-be":
        path.write_bytes(b"\xfe\xff" + text.encode("utf-16-be"))
    elif encoding.endswith("without mark"):
        path.write_bytes(text.encode(encoding.split()[0]))
    else:
        path.write_text(text, encoding=encoding, newline="")


def _split_tone(letter: str) -> str:
    """A letter as windows-1258 has it: with its breve, circumflex or horn, and the tone after it."""
    parts = unicodedata.normalize("NFD", letter)
    tones = [mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323"]
    return unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones)) + "".join(tones)


def _decorate_header(header: list[str], chance: Random) -> list[str]:
    match chance.randrange(4):
        case 0:
            return [name.upper() for name in header]
        case 1:
            return [name.replace("_", " ").title() for name in header]
        case 2:
            return [f" {name} " for name in header]
    return header


def _decorate(cell: str, chance: Random, wide: bool) -> str:
    """The cell with characters that mean nothing; its meaning stays."""
    if not cell or cell[0].isdigit() or "nay" in cell.lower() or chance.random() < 0.6:
        return cell
    if (
        cell.isascii()
        and cell.islower()
        and chance.random() < 0.3
        and cell not in ("closed", "ongoing", "present")
    ):
        return f'="{cell}"'
    if not wide or "/" in cell:
        return f" {cell} "
    shapes = (
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: f"\u00a0{text}",
        lambda text: f"{text}\u200b",
        lambda text: text.replace(" ", "\u00a0"),
    )
    return chance.choice(shapes)(cell)


def _write_sheet(path: Path, table: Table, chance: Random) -> None:
    """A spreadsheet with the table in its first sheet, whole days as day cells in some."""
    days = chance.random() < 0.5
    rows: list[list[Any]] = [_decorate_header(table.header, chance)]
    for index, row in enumerate(table.rows):
        cells = list(row)
        if days and index not in table.wrong:
            cells = [_as_day(cell) for cell in cells]
        rows.append(cells)
        if rule := table.wrong.get(index):
            table.expected.add((path.name, len(rows), rule))
    write_workbook(path, {chance.choice(["Sheet1", table.name]): rows, "Ghi chú": [["x"]]})


def _as_day(cell: Any) -> Any:
    try:
        return date.fromisoformat(cell) if len(cell) == 10 and not cell.startswith("9999") else cell
    except ValueError:
        return cell
