"""The dates of all lines of a source, read together: what one part proves about the order of day and month holds for
every part, whenever it comes."""

from collections.abc import Iterable

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import CsvLine
from services.importing.reading.date_columns import DateReader, Order, find_order
from services.importing.reading.dates import two_numbers_first
from services.importing.reading.layouts import Layout
from services.importing.reading.options import ReadingOptions
from services.importing.reading.readings import Readings

MARK = "~"
"""Begins the names under which a line is kept as it was before its dates were read."""
UNREAD, ENDS, DATES, FROM_1904 = (f"{MARK}{name}" for name in ("unread", "ends", "dates", "from_1904"))


def read_dates(
    layout: Layout, lines: list[CsvLine], unchosen: Iterable[CsvLine], readings: Readings
) -> list[SetAsideLine]:
    """Give the dates of lines the shape that is stored; the lines to set aside, which are marked as unread.

    `lines` count for the order of day and month; `unchosen` are read with it, for newer versions of them may be set
    aside."""
    groups = layout.date_groups
    if not groups:
        return []
    unread = [line for line in lines if line.pending]
    orders: dict[str, Order] = {}
    for group in groups:
        undeclared = [line for line in unread if not line.options.dates]
        order = find_order(undeclared, group)
        orders |= dict.fromkeys(group, order)
    problems = []
    readers: dict[ReadingOptions, DateReader] = {}
    unnoted = Readings()
    chosen = set(map(id, unread))
    for line in (*unread, *(line for line in unchosen if line.pending and id(line) not in chosen)):
        reader = readers.get(line.options)
        if reader is None:
            declared = Order(line.options.dates, {})
            of_line = dict.fromkeys(orders, declared) if line.options.dates else orders
            reader = readers[line.options] = DateReader(layout.period, of_line, line.options)
        columns = [*orders, *([layout.period.status] if layout.period and layout.period.status else [])]
        before = {column: line.get(column) for column in columns}
        problem = reader.read(line, unnoted if line.taken_before else readings)
        depends = not line.options.dates and any(map(_needs_order, (before[column] for column in orders)))
        line.raw = before if depends or problem else {}
        line.pending, line.unread = False, problem is not None
        if problem:
            problems.append(problem)
    return problems


def _needs_order(text: str) -> bool:
    numbers = two_numbers_first(text) if len(text) >= 8 and text[4:8:3] != "--" else None
    return numbers is not None and (numbers.is_ambiguous or bool(numbers.proves))


def with_raw_cells(line: CsvLine, values: dict[str, str]) -> dict[str, str]:
    """The values under which a line is kept: also its dates as they are written, where other lines may change how they
    are read, and the options under which they are."""
    if not line.raw:
        return values
    kept = {column: value for column, value in values.items() if not line.unread or column not in line.raw}
    kept |= {MARK + column: value for column, value in line.raw.items() if value}
    options = {ENDS: line.options.ends, DATES: line.options.dates}
    kept |= {name: value for name, value in options.items() if value not in ("", "exclusive")}
    kept |= {FROM_1904: "1"} if line.options.days_from_1904 else {}
    return kept | ({UNREAD: "1"} if line.unread else {})


def split_kept_values(values: dict[str, str]) -> tuple[dict[str, str], dict[str, str], ReadingOptions]:
    """What was kept of a line: its values as they were read, its dates as they are written, and the options."""
    if not any(name.startswith(MARK) for name in values):
        return values, {}, ReadingOptions()
    plain = {name: value for name, value in values.items() if not name.startswith(MARK)}
    options = ReadingOptions(
        dates="dmy" if values.get(DATES) == "dmy" else "mdy" if values.get(DATES) == "mdy" else "",
        ends="inclusive" if values.get(ENDS) == "inclusive" else "exclusive",
        days_from_1904=FROM_1904 in values,
    )
    raw = {
        name.removeprefix(MARK): value
        for name, value in values.items()
        if name.startswith(MARK) and name not in (ENDS, DATES, UNREAD, FROM_1904)
    }
    return plain, raw, options
