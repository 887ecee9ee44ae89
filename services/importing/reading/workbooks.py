"""Spreadsheets (.xlsx, .xls, .ods) as rows of text, with a note for cells that were no text."""

import datetime
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from services.importing.csv_reader import BadFile
from services.importing.reading.extents import check_extent
from services.importing.reading.file_kinds import require_workbook, unreadable_workbook
from services.importing.reading.readings import How
from services.importing.reading.spreadsheet_errors import find_errors
from services.importing.reading.xls_errors import counts_from_1904 as xls_counts_from_1904

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_FROM_1904 = re.compile(rb'<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true|on)"')
LARGEST_EXACT = 2**53
"""Spreadsheets keep numbers with 15 digits; larger whole numbers have lost some."""

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


class Row(NamedTuple):
    """A line of a table: its number, its cells as text, and by cell how it was read where it was no text."""

    number: int
    cells: list[str]
    kinds: dict[int, How]
    errors: dict[int, str]
    """Cells that hold the error of a formula, such as `#REF!`."""


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook. Raises BadFile where it cannot be read."""
    from python_calamine import CalamineError, CalamineWorkbook

    require_workbook(path)
    if path.suffix.lower() == ".ods":
        check_extent(path, "", path.name)
    try:
        names = CalamineWorkbook.from_path(path).sheet_names
    except (CalamineError, OSError):
        raise BadFile(unreadable_workbook(path)) from None
    if not names:
        raise BadFile(unreadable_workbook(path))
    return names


def counts_from_1904(path: Path) -> bool:
    """Whether day numbers of a workbook begin in 1904, as old ones of the Macintosh do."""
    try:
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            with ZipFile(path) as archive:
                return bool(_FROM_1904.search(archive.read("xl/workbook.xml")))
        return path.suffix.lower() == ".xls" and xls_counts_from_1904(path.read_bytes())
    except (BadZipFile, KeyError, ValueError, IndexError, struct.error):
        return False


def read_rows(path: Path, sheet: str) -> Iterator[Row]:
    """The rows of a sheet, numbered as the spreadsheet shows them. Raises BadFile where it cannot be read."""
    from python_calamine import CalamineError, CalamineWorkbook

    if path.suffix.lower() != ".ods":
        check_extent(path, sheet, path.name)
    try:
        table = CalamineWorkbook.from_path(path).get_sheet_by_name(sheet)
        rows: list[list[Value]] = table.to_python(skip_empty_area=False)
    except (CalamineError, OSError):
        raise BadFile(unreadable_workbook(path)) from None
    errors = find_errors(path, sheet)
    for number, row in enumerate(rows, start=1):
        cells, kinds = [], {}
        for position, value in enumerate(row):
            if type(value) is str:
                cells.append(value)
                continue
            text, how = _as_text(value)
            cells.append(text)
            kinds[position] = how
        yield Row(number, cells, kinds, errors.get(number, {}))


def _as_text(value: Value) -> tuple[str, How]:
    if isinstance(value, bool):
        return ("true" if value else "false"), How.LOGICAL_CELL
    if isinstance(value, datetime.datetime):
        whole = value.time() == datetime.time()
        return (
            value.date().isoformat() if whole else value.isoformat(sep=" ", timespec="seconds")
        ), How.DATE_CELL
    if isinstance(value, datetime.date):
        return value.isoformat(), How.DATE_CELL
    if isinstance(value, (int, float)):
        whole = float(value).is_integer() and abs(value) < LARGEST_EXACT
        return (str(int(value)) if whole else repr(value)), How.NUMBER_CELL
    return str(value), How.DATE_CELL
