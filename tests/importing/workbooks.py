"""Spreadsheets made in the test: .xlsx and .xls by libraries, .ods by hand."""

import struct
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZipFile

import xlsxwriter
import xlwt

Sheets = dict[str, list[list[Any]]]
"""Rows by sheet: texts, numbers, days, truths, and `Error` for the error of a formula."""


class Error(str):
    """The error that a cell of a formula shows."""


def write_workbook(path: Path, sheets: Sheets) -> Path:
    {".xlsx": write_xlsx, ".xls": write_xls, ".ods": write_ods}[path.suffix](path, sheets)
    return path


def write_xlsx(path: Path, sheets: Sheets) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, Error):
                        sheet.write_formula(r, c, "=A1/0", None, str(value))
                    elif isinstance(value, (date, datetime)):
                        sheet.write_datetime(r, c, value, day)
                    elif isinstance(value, str):
                        sheet.write_string(r, c, value)
                    else:
                        sheet.write(r, c, value)


def write_xls(path: Path, sheets: Sheets) -> None:
    book = xlwt.Workbook()
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, Error):
                    sheet.row(r).set_cell_error(c, str(value))
                elif isinstance(value, (date, datetime)):
                    sheet.write(r, c, value, day)
                else:
                    sheet.write(r, c, value)
    book.save(str(path))


def write_short_xls(path: Path, sheets: Sheets) -> None:
    """An .xls whose content is so short that its container keeps it in small sectors, as some programs write it."""
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, Error):
                    sheet.row(r).set_cell_error(c, str(value))
                else:
                    sheet.write(r, c, value)
    content: bytes = book.get_biff_data()
    assert len(content) < 4096, "a longer one has sectors of its own"
    path.write_bytes(_short_container(content))


def write_encrypted_xlsx(path: Path) -> None:
    """An .xlsx with a password: a compound file that holds the encrypted package."""
    path.write_bytes(_short_container(bytes(range(256)), "EncryptedPackage"))


def write_stray_cell(path: Path) -> None:
    """A list of one person, and a blank in the last cell that a sheet can have."""
    rows = [["person_id", "name"], ["p1", "An"]]
    if path.suffix == ".xlsx":
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("persons")
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            sheet.write_string(1_048_575, 16_383, " ")
        return
    far = path.with_name("far.ods")
    write_ods(far, {"persons": [*rows, ["far"]]})
    with ZipFile(far) as old, ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            first, cell, gap = "<table:table-row>", "<table:table-cell", "number-{}-repeated"
            start, _, end = text.rpartition(first)
            if "far" in end:
                empty = f'<table:table-row table:{gap.format("rows")}="1048573"/>'
                blanks = f'{cell} table:{gap.format("columns")}="16383"/>'
                text = f"{start}{empty}{first}{blanks}{end}"
            new.writestr(name, text)
    far.unlink()


def _short_container(content: bytes, stream: str = "Workbook") -> bytes:
    """A compound file with one stream in sectors of 64 bytes."""
    free, end, table_sector, none = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
    count = -(-len(content) // 64)
    small = content.ljust(count * 64, b"\0")
    sectors = -(-len(small) // 512)
    chain = [*range(4, 3 + sectors), end]
    table = [table_sector, end, end, *chain]
    small_table = [*range(1, count), end]

    def entry(name: str, kind: int, child: int, start: int, length: int) -> bytes:
        wide = name.encode("utf-16-le")
        head = wide.ljust(64, b"\0") + struct.pack("<HBB", len(wide) + 2 if name else 0, kind, 1)
        return head + struct.pack("<III16sI8s8sIII", none, none, child, b"", 0, b"", b"", start, length, 0)

    directory = entry("Root Entry", 5, 1, 3, len(small)) + entry(stream, 2, none, 0, len(content))
    directory += entry("", 0, none, 0, 0) * 2
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6sIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, 1, 1, 0, 4096, 2, 1, end, 0, 0)
    header += struct.pack("<108I", *[free] * 108)
    tables = [struct.pack("<128I", *each, *[free] * (128 - len(each))) for each in (table, small_table)]
    return header + tables[0] + directory + tables[1] + small.ljust(sectors * 512, b"\0")


def write_ods(path: Path, sheets: Sheets) -> None:
    tables = "".join(
        f'<table:table table:name="{escape(name)}">'
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    extended = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    with ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest xmlns:manifest='
            '"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} {extended}><office:body>'
            f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
        )


def _ods_cell(value: Any) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, Error):
        attributes = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
    elif isinstance(value, bool):
        attributes = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, (int, float)):
        attributes = f'office:value-type="float" office:value="{value}"'
    elif isinstance(value, (date, datetime)):
        attributes = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    else:
        attributes = 'office:value-type="string"'
    return f"<table:table-cell {attributes}><text:p>{escape(str(value))}</text:p></table:table-cell>"
