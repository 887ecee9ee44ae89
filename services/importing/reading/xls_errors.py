"""Cells of an .xls file that hold the error of a formula: records of BIFF8 in the stream `Workbook` of its container.

Formats: [MS-CFB] (sectors chained by a table) and [MS-XLS] (records of a type, a length and a content).
"""

import struct
from collections import defaultdict
from collections.abc import Iterator

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_FORMULA, _END, _BOUND_SHEET, _BOOLEAN_OR_ERROR, _DATE_MODE = 0x0006, 0x000A, 0x0085, 0x0205, 0x0022
_LAST_SECTOR = 0xFFFFFFFA
"""Numbers from here on mark the end of a chain, or a sector without a chain."""


def find_errors(raw: bytes, sheet: str) -> dict[int, dict[int, str]]:
    """By row (from 1) and cell (from 0): the error. Raises ValueError or struct.error for other bytes."""
    stream = _read_stream(raw, ("Workbook", "Book"))
    errors: dict[int, dict[int, str]] = defaultdict(dict)
    for kind, content in _records(stream, _find_sheet(stream, sheet)):
        code = None
        if kind == _BOOLEAN_OR_ERROR and content[7]:
            code = content[6]
        elif kind == _FORMULA and content[6] == 2 and content[12:14] == b"\xff\xff":
            code = content[8]
        if code is not None:
            row, column = struct.unpack_from("<HH", content)
            errors[row + 1][column] = ERRORS.get(code, "#ERROR!")
    return errors


def counts_from_1904(raw: bytes) -> bool:
    """Whether the workbook counts days from 1904. Raises ValueError or struct.error for other bytes."""
    stream = _read_stream(raw, ("Workbook", "Book"))
    return any(kind == _DATE_MODE and content[:1] == b"\1" for kind, content in _records(stream, 0))


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records from a position to the end of their part."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _END:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _find_sheet(stream: bytes, sheet: str) -> int:
    """Where the records of a sheet begin."""
    for kind, content in _records(stream, 0):
        if kind == _BOUND_SHEET:
            length, wide = content[6], content[7] & 1
            name = content[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1")
            if name == sheet:
                return int(struct.unpack_from("<I", content)[0])
    raise ValueError(sheet)


def _read_stream(raw: bytes, names: tuple[str, ...]) -> bytes:
    """The bytes of the first stream of that name in the container."""
    if raw[:8] != b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise ValueError("no compound file")
    size = 1 << struct.unpack_from("<H", raw, 30)[0]

    def sector(number: int) -> bytes:
        return raw[(number + 1) * size : (number + 2) * size]

    table_sectors = [number for number in struct.unpack_from("<109I", raw, 76) if number < _LAST_SECTOR]
    more = struct.unpack_from("<I", raw, 68)[0]
    while more < _LAST_SECTOR:
        *numbers, more = struct.unpack(f"<{size // 4}I", sector(more))
        table_sectors += [number for number in numbers if number < _LAST_SECTOR]
    table = [number for each in table_sectors for number in struct.unpack(f"<{size // 4}I", sector(each))]

    def chain(number: int) -> bytes:
        parts: list[bytes] = []
        while number < _LAST_SECTOR and len(parts) <= len(table):
            parts.append(sector(number))
            number = table[number]
        return b"".join(parts)

    directory = chain(struct.unpack_from("<I", raw, 48)[0])
    smallest = struct.unpack_from("<I", raw, 56)[0]
    entries = [_read_entry(directory, at) for at in range(0, len(directory) - 127, 128)]
    for name, start, length in entries:
        if name not in names:
            continue
        if length >= smallest:
            return chain(start)[:length]
        _, start_of_small, length_of_small = entries[0]  # the root holds the sectors of all short streams
        small = chain(start_of_small)[:length_of_small]
        table_bytes = chain(struct.unpack_from("<I", raw, 60)[0])
        small_table = struct.unpack(f"<{len(table_bytes) // 4}I", table_bytes)
        return _join_small_sectors(small, small_table, start, 1 << struct.unpack_from("<H", raw, 32)[0])[
            :length
        ]
    raise ValueError("no workbook stream")


def _read_entry(directory: bytes, at: int) -> tuple[str, int, int]:
    """Name, first sector and length of a stream in the directory of the container."""
    length_of_name, start, length = (
        struct.unpack_from(shape, directory, at + offset)[0]
        for shape, offset in (("<H", 64), ("<I", 116), ("<I", 120))
    )
    return directory[at : at + max(0, length_of_name - 2)].decode("utf-16-le"), start, length


def _join_small_sectors(small: bytes, table: tuple[int, ...], start: int, size: int) -> bytes:
    """A short stream: its sectors lie in a stream of their own, chained by a table of their own."""
    parts: list[bytes] = []
    while start < _LAST_SECTOR and len(parts) <= len(table):
        parts.append(small[start * size : (start + 1) * size])
        start = table[start]
    return b"".join(parts)
