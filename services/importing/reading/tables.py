"""Reads a table: its lines with clean ids and texts, those that are set aside, and how its cells were read."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import CsvLine, Sheet
from services.importing.reading import texts, workbooks
from services.importing.reading.cell_texts import find_header_again, read_formula_texts
from services.importing.reading.characters import CONTROL, clean_id, clean_text, make_visible, odd_characters
from services.importing.reading.headers import read_header
from services.importing.reading.layouts import Layout
from services.importing.reading.options import DEFAULT_OPTIONS, ReadingOptions
from services.importing.reading.placeholders import find_placeholders, is_never_an_id
from services.importing.reading.readings import How, Readings
from services.importing.reading.sources import TableSource
from services.importing.reading.workbooks import Row
from shared.core.normalization import MAX_TEXT_LENGTH
from shared.core.text import nfc

_ROUNDED = re.compile(r"\d([.,]\d+)?[eE]\+\d+", re.ASCII)
EXACT_DIGITS = 15
"""So many digits of a number a spreadsheet keeps."""


def read_table(source: TableSource, layout: Layout, options: ReadingOptions = DEFAULT_OPTIONS) -> Sheet:
    """The table of a file or of a sheet; its dates are read later, together with those of earlier imports. Raises
    BadFile where it cannot be read as a whole."""
    readings = Readings()
    sheet = Sheet(file=source.name)
    rows = (
        workbooks.read_rows(source.path, source.sheet)
        if source.sheet
        else texts.read_rows(source.path, layout, options, readings)
    )
    _read_lines(rows, layout, sheet, readings)
    _require_ids(layout, sheet)
    _read_parents(layout, sheet, readings)
    if source.sheet and workbooks.counts_from_1904(source.path):
        options = replace(options, days_from_1904=True)
    for line in sheet.lines:
        line.options, line.pending = options, True
    sheet.readings = readings.all()
    return sheet


def _read_lines(rows: Iterator[Row], layout: Layout, sheet: Sheet, readings: Readings) -> None:
    header = next((row for row in rows if any(map(str.strip, row.cells))), Row(1, [], {}, {}))
    columns, own_names = read_header(header.cells, layout, sheet.file, header.number, readings)
    cleaner = _Cleaner(layout, sheet.file, readings)
    for row in rows:
        whole = "".join(row.cells)
        if not whole.strip():
            continue
        sheet.size += 1
        plain = whole.isascii() and whole.isprintable()
        cells = row.cells if plain else [nfc(cell) for cell in row.cells]
        pairs = [(column, cell) for column, cell in zip(columns, cells, strict=False) if column]
        line = CsvLine(sheet.file, row.number, dict(pairs), layout.key, {}, own_names)
        extra = any(map(str.strip, cells[len(columns) :]))
        odd = len(cells) < len(columns) or extra or 3 * len(whole) > MAX_TEXT_LENGTH or "\x00" in whole
        if odd and (problem := _find_fault_of_shape(line, columns, cells, extra)):
            sheet.set_aside.append(problem)
            continue
        if problem := find_header_again(line, columns, cells, layout):
            sheet.set_aside.append(problem)
            continue
        if row.errors and (problem := _find_error_cell(line, columns, row)):
            sheet.set_aside.append(problem)
            continue
        if problem := _find_lost_digits(line, layout, columns, row):
            sheet.set_aside.append(problem)
            continue
        for position, how in row.kinds.items():
            if position < len(columns) and (column := columns[position]):
                readings.add(sheet.file, column, how, row.number, cells[position])
        line.values = {column: cell.strip(" \t\r\n") for column, cell in pairs}
        if ("=" in whole or "'" in whole) and (problem := read_formula_texts(line, layout, readings)):
            sheet.set_aside.append(problem)
            continue
        if not plain and (problem := cleaner.clean(line)):
            sheet.set_aside.append(problem)
            continue
        sheet.lines.append(line)


def _find_fault_of_shape(
    line: CsvLine, columns: list[str], cells: list[str], extra: bool
) -> SetAsideLine | None:
    if len(cells) < len(columns) or extra:
        return line.set_aside(
            columns[0],
            "FieldCount",
            f"{len(cells)} fields, the header has {len(columns)}",
            "quote fields that contain commas; give every column a value",
            f"{len(cells)} trường, dòng tiêu đề có {len(columns)}",
            "hãy đặt trường có dấu phẩy trong ngoặc kép; cột nào cũng phải có trường",
        )
    for name, value in line.values.items():
        if len(value) > MAX_TEXT_LENGTH:
            return line.set_aside(
                name,
                "TooLong",
                f"{len(value):,} characters, at most {MAX_TEXT_LENGTH:,} are taken",
                "shorten the field; a stray quote often swallows many lines",
                f"{len(value):,} ký tự, nhiều nhất được {MAX_TEXT_LENGTH:,}",
                "hãy rút ngắn; một dấu ngoặc kép thừa thường nuốt nhiều dòng",
            )
        if "\x00" in value:
            return line.set_aside(
                name,
                "ControlCharacter",
                "the field holds a NUL character",
                "save the file as UTF-8 text",
                "trường có ký tự NUL",
                "hãy lưu tệp ở dạng văn bản UTF-8",
            )
    return None


def _find_error_cell(line: CsvLine, columns: list[str], row: Row) -> SetAsideLine | None:
    for position, error in row.errors.items():
        if position < len(columns) and (column := columns[position]):
            line.values[column] = error
            return line.set_aside(
                column,
                "FormulaError",
                f"the cell holds the error {error} of a formula",
                "mend the formula, or write the value",
                f"ô có lỗi {error} của công thức",
                "hãy sửa công thức, hoặc ghi giá trị",
            )
    return None


def _find_lost_digits(line: CsvLine, layout: Layout, columns: list[str], row: Row) -> SetAsideLine | None:
    """The line to set aside where a spreadsheet has rounded an id: `1.08501E+11`, or a number of 16 digits."""
    numbers = {columns[position] for position in row.kinds if position < len(columns)}
    for column in layout.ids:
        value = line.get(column).strip()
        digits = value.lstrip("-").partition(".")[0]
        if _ROUNDED.fullmatch(value) or (column in numbers and len(digits) > EXACT_DIGITS):
            return line.set_aside(
                column,
                "LostDigits",
                f"a spreadsheet has rounded this number: it keeps {EXACT_DIGITS} digits",
                "write the id once more, in a column of texts",
                f"bảng tính đã làm tròn số này: nó chỉ giữ {EXACT_DIGITS} chữ số",
                "hãy ghi lại mã, trong một cột kiểu văn bản",
            )
    return None


class _Cleaner:
    """Reads odd characters in the cells of a line as the usual ones; dates are read later, by themselves."""

    def __init__(self, layout: Layout, file: str, readings: Readings) -> None:
        self._ids = set(layout.ids)
        self._dates = {column for group in layout.date_groups for column in group}
        self._file, self._readings = file, readings

    def clean(self, line: CsvLine) -> SetAsideLine | None:
        """Clean the line in place; the line to set aside where an id holds a line break or a tab."""
        for column, value in line.values.items():
            if column in self._dates or (value.isascii() and value.isprintable()):
                continue
            is_id = column in self._ids
            if is_id and CONTROL.search(value):
                found = odd_characters(value)
                return line.set_aside(
                    column,
                    "ControlCharacter",
                    f"the id holds {found}",
                    "write the id on one line, without tabs; a stray quote often swallows many lines",
                    f"mã có ký tự {found}",
                    "hãy ghi mã trên một dòng, không có tab; một dấu ngoặc kép thừa thường nuốt nhiều dòng",
                )
            clean = (clean_id(value) if is_id else clean_text(value)).strip()
            if clean != value:
                self._note(line, column, How.ODD_CHARACTERS, value, clean)
            if CONTROL.search(clean):
                clean = " ".join(CONTROL.sub(" ", clean).split())
                self._note(line, column, How.LINE_BREAK, value, clean)
            line.set(column, clean)
        return None

    def _note(self, line: CsvLine, column: str, how: How, value: str, clean: str) -> None:
        name = line.own_names.get(column, column)
        self._readings.add(self._file, name, how, line.number, make_visible(value[:80]), clean[:80])


def _require_ids(layout: Layout, sheet: Sheet) -> None:
    """Set aside lines without an id, with one that names nobody, or with one that an earlier line has."""
    key, code = layout.key, layout.code or (layout.key,)
    if not code[0]:
        return
    shared = find_placeholders(sheet.lines, lambda line: _code_of(line, code), _name_of)
    first: dict[tuple[str, str], int] = {}
    kept = []
    for line in sheet.lines:
        if is_never_an_id(line.get(code[0])) or (shared and _code_of(line, code) in shared):
            sheet.set_aside.append(_placeholder(line, code[0]))
        elif key and (problem := _find_fault_of_id(line, layout, first)):
            sheet.set_aside.append(problem)
        else:
            kept.append(line)
    sheet.lines = kept


def _code_of(line: CsvLine, code: tuple[str, ...]) -> str:
    return line.get(code[0]) if len(code) == 1 else "/".join(map(line.get, code))


def _name_of(line: CsvLine) -> str:
    """What tells those apart who share a code: the name, or all else where a table has none."""
    return line.get("name") or "\n".join(value for column, value in line.values.items() if column != line.key)


def _find_fault_of_id(
    line: CsvLine, layout: Layout, first: dict[tuple[str, str], int]
) -> SetAsideLine | None:
    key = layout.key
    code = line.get(key)
    if not code:
        return line.set_aside(
            key,
            "Missing",
            "the id is empty",
            f"give every line a {key}",
            "mã để trống",
            f"dòng nào cũng cần {key}",
        )
    if (before := first.setdefault((code, line.get(layout.owner)), line.number)) != line.number:
        return line.set_aside(
            key,
            "Duplicate",
            f"this {key} stands already on line {before}",
            "remove one of the two",
            f"{key} này đã có ở dòng {before}",
            "hãy bỏ một trong hai dòng",
        )
    return None


def _placeholder(line: CsvLine, column: str) -> SetAsideLine:
    """The line as one whose code says "none", or is shared by many."""
    return line.set_aside(
        column,
        "PlaceholderId",
        "this code stands for none, or many lines share it: it names nobody",
        "give every line a code of its own",
        "mã này nghĩa là không có, hoặc nhiều dòng cùng dùng: nó không chỉ ai cả",
        "hãy cho mỗi dòng một mã riêng",
    )


def _read_parents(layout: Layout, sheet: Sheet, readings: Readings) -> None:
    """A parent that is no id (`-`, or `0` where no line is `0`) is none."""
    own = next((column for column in ("unit_id", "code") if column in layout.ids), "")
    codes = {line.get(own) for line in sheet.lines}
    for column in layout.parents:
        for line in sheet.lines:
            parent = line.get(column)
            if parent and parent not in codes and (is_never_an_id(parent) or not parent.strip("0")):
                readings.add(
                    sheet.file, line.own_names.get(column, column), How.NO_PARENT, line.number, parent
                )
                line.set(column, "")
