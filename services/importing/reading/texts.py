"""The rows of a text file: its encoding, its separator, its quotes."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import BadFile
from services.importing.reading.encodings import UndecodableText, decode
from services.importing.reading.file_kinds import require_text
from services.importing.reading.headers import find_column
from services.importing.reading.layouts import Layout
from services.importing.reading.options import ReadingOptions
from services.importing.reading.readings import How, Readings
from services.importing.reading.separators import SEPARATORS, detect_separator, split_sep_line
from services.importing.reading.workbooks import Row

csv.field_size_limit(2**31 - 1)


def read_rows(path: Path, layout: Layout, options: ReadingOptions, readings: Readings) -> Iterator[Row]:
    """The rows of a file, numbered by the line on which they begin. Raises BadFile where it is no such text."""
    raw = require_text(path)
    try:
        decoded = decode(raw, options.encoding)
    except UndecodableText as error:
        raise BadFile(_undecodable(path, raw, error)) from None
    if decoded.how:
        readings.add(path.name, "", decoded.how, 1, decoded.encoding)
    separator, text, skipped = split_sep_line(decoded.text)
    if separator:
        readings.add(path.name, "", How.SEPARATOR_LINE, 1, _name(separator))
    elif (separator := detect_separator(text, lambda name: find_column(name, layout))) != ",":
        readings.add(path.name, "", How.SEPARATOR, 1, _name(separator))
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        number = 1
        for cells in reader:
            yield Row(number + skipped, cells, {}, {})
            number = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(_broken(path, reader.line_num + skipped, str(error))) from None


def _name(separator: str) -> str:
    return f"{separator!r} ({SEPARATORS[separator]})" if separator in SEPARATORS else repr(separator)


def _undecodable(path: Path, raw: bytes, error: UndecodableText) -> SetAsideLine:
    reason, reason_vi, remedy, remedy_vi = error.texts
    return SetAsideLine(
        file=path.name,
        line=raw.count(b"\n", 0, error.at) + 1,
        column="",
        value=repr(raw[error.at : error.at + 8]),
        rule="NotUtf8",
        reason=reason,
        remedy=remedy,
        reason_vi=reason_vi,
        remedy_vi=remedy_vi,
    )


def _broken(path: Path, line: int, reason: str) -> SetAsideLine:
    return SetAsideLine(
        file=path.name,
        line=line,
        column="",
        value="",
        rule="NotCsv",
        reason=reason,
        remedy="check the quotes around this line",
        reason_vi=f"dấu ngoặc kép không khớp ({reason})",
        remedy_vi="hãy kiểm tra các dấu ngoặc kép quanh dòng này",
    )
