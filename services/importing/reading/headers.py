"""Which column of a file is which: by its name, by another name of it, or by one that differs in case and blanks."""

from difflib import get_close_matches

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import BadFile
from services.importing.reading.characters import clean_text, make_visible
from services.importing.reading.layouts import Layout
from services.importing.reading.readings import How, Readings
from shared.core.text import fold, nfc


def read_header(
    cells: list[str], layout: Layout, file: str, line: int, readings: Readings
) -> tuple[list[str], dict[str, str]]:
    """The column of each cell (empty: not used), and the file's own name of those that are named otherwise.

    Raises BadFile for a column that is missing or there twice.
    """
    names = [" ".join(clean_text(nfc(cell)).split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    columns = [find_column(name, layout) for name in names]
    seen: dict[str, str] = {}
    for column, name in zip(columns, names, strict=True):
        if column and column in seen:
            raise BadFile(_twice(file, line, column, seen[column], name))
        seen[column] = name
    unknown = [name for column, name in zip(columns, names, strict=True) if name and not column]
    if missing := [column for column in layout.required if column not in columns]:
        raise BadFile(_missing(file, line, missing, names, unknown, layout))
    for column, name, cell in zip(columns, names, cells, strict=False):
        if column and cell.strip() != column:
            readings.add(file, column, How.COLUMN_NAME, line, make_visible(cell.strip()), column)
        elif not column and name:
            meant = _closest(name, [each for each in layout.columns if each not in columns])
            readings.add(file, name, How.IGNORED_COLUMN, line, name, f"{meant}?" if meant else "")
    own = {column: name for column, name in seen.items() if column and name != column}
    return columns, own


def find_column(name: str, layout: Layout) -> str:
    """The column that a name in a header means; empty for a name that means none."""
    if name in layout.columns:
        return name
    plain = fold(name).replace("-", "_").replace(" ", "_").strip("_")
    return plain if plain in layout.columns else dict(layout.aliases).get(plain, "")


def _closest(name: str, columns: list[str]) -> str:
    plain = fold(name).replace("-", "_").replace(" ", "_")
    return next(iter(get_close_matches(plain, columns, n=1, cutoff=0.75)), "")


def _missing(
    file: str, line: int, missing: list[str], names: list[str], unknown: list[str], layout: Layout
) -> SetAsideLine:
    near = {column: get_close_matches(column, unknown, n=1, cutoff=0.7) for column in missing}
    rename = ", ".join(f"{found[0]} -> {column}" for column, found in near.items() if found)
    needed = ", ".join(layout.required)
    return SetAsideLine(
        file=file,
        line=line,
        column=", ".join(missing),
        value=make_visible(", ".join(names)[:80]),
        rule="MissingColumn",
        reason=f"the header has no column {', '.join(missing)}",
        remedy=f"the first line must name the columns {needed}"
        + (f"; perhaps rename {rename}" if rename else ""),
        reason_vi=f"dòng tiêu đề không có cột {', '.join(missing)}",
        remedy_vi=f"dòng đầu phải ghi tên các cột {needed}"
        + (f"; có lẽ cần đổi tên {rename}" if rename else ""),
    )


def _twice(file: str, line: int, column: str, first: str, second: str) -> SetAsideLine:
    both = first if first == second else f"{first}, {second}"
    return SetAsideLine(
        file=file,
        line=line,
        column=column,
        value=both,
        rule="ColumnTwice",
        reason=f"the header has the column {column} twice ({both})",
        remedy="remove one of the two, or give it another name",
        reason_vi=f"dòng tiêu đề có cột {column} hai lần ({both})",
        remedy_vi="hãy bỏ một cột, hoặc đặt tên khác",
    )
