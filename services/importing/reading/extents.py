"""How far a sheet reaches: one stray cell in the last corner would make a table of billions of empty cells."""

import re
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import BadFile
from services.importing.reading.spreadsheet_errors import read_xlsx_sheet

MOST_CELLS = 30_000_000
"""Cells of the rectangle that a table may fill, empty ones too."""
_XLSX_CELL = re.compile(r'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)(\d+)"')
_ODS_TABLE = re.compile(r'<table:table\b[^>]*?table:name="([^"]*)"[^>]*>(.*?)</table:table>', re.DOTALL)
_ODS_ROW = re.compile(r"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
_ODS_CELL = re.compile(
    r"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:(?:covered-)?table-cell>)", re.DOTALL
)
_ROWS, _COLUMNS = (re.compile(rf'number-{what}-repeated="(\d+)"') for what in ("rows", "columns"))


def check_extent(path: Path, sheet: str, name: str) -> None:
    """Raises BadFile where a sheet reaches so far that its rectangle cannot be held. `name`: what a report calls it."""
    try:
        match path.suffix.lower():
            case ".xlsx" | ".xlsm":
                rows, columns = _extent_of_xlsx(path, sheet)
            case ".ods":
                rows, columns = _extent_of_ods(path)
            case _:
                return  # an .xls sheet has at most 65,536 rows of 256 cells
    except (BadZipFile, KeyError, UnicodeDecodeError):
        return  # the library tells what is wrong with it
    if rows * columns > MOST_CELLS:
        raise BadFile(_too_far(name, rows, columns))


def _extent_of_xlsx(path: Path, sheet: str) -> tuple[int, int]:
    rows = columns = 0
    for letters, row in _XLSX_CELL.findall(read_xlsx_sheet(path, sheet)):
        if len(letters) > 1 or columns < 26:
            position = 0
            for letter in letters:
                position = position * 26 + ord(letter) - 64
            columns = max(columns, position)
        rows = max(rows, int(row))
    return rows, columns


def _extent_of_ods(path: Path) -> tuple[int, int]:
    """That of the sheet which reaches furthest: the library reads all of them at once."""
    with ZipFile(path) as archive:
        text = archive.read("content.xml").decode()
    if not re.search(r'repeated="\d{3,}"', text):
        return 0, 0
    rows = columns = 0
    for _, content in _ODS_TABLE.findall(text):
        number = 0
        for attributes, cells in _ODS_ROW.findall(content):
            number += _repeated(_ROWS, attributes)
            position = 0
            for cell, value in _ODS_CELL.findall(cells):
                position += _repeated(_COLUMNS, cell)
                if value or "office:value" in cell:
                    rows, columns = max(rows, number), max(columns, position)
    return rows, columns


def _repeated(count: re.Pattern[str], attributes: str) -> int:
    found = count.search(attributes)
    return int(found[1]) if found else 1


def _too_far(name: str, rows: int, columns: int) -> SetAsideLine:
    return SetAsideLine(
        file=name,
        line=0,
        column="",
        value="",
        rule="SheetTooLarge",
        reason=f"the sheet reaches to row {rows:,} and column {columns:,}: a cell far beyond the table holds something",
        remedy="copy the table into a new sheet, or delete the rows and columns behind it",
        reason_vi=f"trang tính kéo tới dòng {rows:,} và cột {columns:,}: có ô ở xa bảng còn chứa nội dung",
        remedy_vi="hãy chép bảng sang trang mới, hoặc xóa các dòng và cột phía sau bảng",
    )
