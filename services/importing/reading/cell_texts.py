"""Lines and cells that spreadsheet programs leave in tables: a header that comes again, formulas, marks of texts."""

import re

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import CsvLine
from services.importing.reading.characters import make_visible
from services.importing.reading.headers import find_column
from services.importing.reading.layouts import Layout
from services.importing.reading.readings import How, Readings

_DIGIT = re.compile(r"\d")
_QUOTED = re.compile(r'="((?:[^"]|"")*)"')
"""A formula that only keeps a text from being read as a number: `="00123"`."""


def find_header_again(
    line: CsvLine, columns: list[str], cells: list[str], layout: Layout
) -> SetAsideLine | None:
    """The line to set aside where it is the header once more, as in pages that were put one under the other."""
    first = next(iter(line.values), "")
    text = line.get(first).strip()
    if not text or _DIGIT.search(text) or find_column(text, layout) != first:
        return None  # nearly always, and cheaply: names of columns have no digits
    named = zip(columns, cells, strict=False)
    if not all(find_column(cell.strip(), layout) == column for column, cell in named if column):
        return None
    return line.set_aside(
        first,
        "HeaderAgain",
        "this line is the header once more",
        "remove the line",
        "dòng này là dòng tiêu đề lặp lại",
        "hãy bỏ dòng này",
    )


def read_formula_texts(line: CsvLine, layout: Layout, readings: Readings) -> SetAsideLine | None:
    """Read `="00123"` and `'00123` as `00123` in place; the line to set aside where a cell holds another formula."""
    for column, value in line.values.items():
        text = value.strip()
        if text.startswith("'") and column in layout.ids and len(text) > 1:
            inner = text[1:].removesuffix("'")
        elif not text.startswith("="):
            continue
        elif quoted := _QUOTED.fullmatch(text):
            inner = quoted[1].replace('""', '"')
        else:
            return line.set_aside(
                column,
                "FormulaText",
                "the cell holds a formula, not a value",
                "write the value; in a spreadsheet: copy, and paste the values only",
                "ô chứa công thức, không phải giá trị",
                "hãy ghi giá trị; trong bảng tính: sao chép rồi chỉ dán giá trị",
            )
        name = line.own_names.get(column, column)
        readings.add(line.file, name, How.TEXT_MARK, line.number, make_visible(text[:80]), inner[:80])
        line.set(column, inner)
    return None
