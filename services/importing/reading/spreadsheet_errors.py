"""Cells that hold the error of a formula (`#REF!`), which the library reads as empty: found in the file itself."""

import re
import struct
from collections import defaultdict
from html import unescape
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from services.importing.reading import xls_errors

Errors = dict[int, dict[int, str]]
"""By row (from 1) and cell (from 0): the error."""

_XLSX_SHEET = re.compile(r'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]*)"[^>]*?\br:id="([^"]*)"')
_XLSX_RELATION = re.compile(r"<Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_XLSX_ERROR = re.compile(r'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_XLSX_VALUE = re.compile(r"<(?:\w+:)?v>([^<]*)<")
_ODS_TABLE = re.compile(r'<table:table\b[^>]*?table:name="([^"]*)"[^>]*>(.*?)</table:table>', re.DOTALL)
_ODS_ROW = re.compile(r"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
_ODS_CELL = re.compile(
    r"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:(?:covered-)?table-cell>)", re.DOTALL
)
_TAG = re.compile(r"<[^>]+>")


def find_errors(path: Path, sheet: str) -> Errors:
    """The error cells of a sheet; none for a file that is not laid out as its name says."""
    try:
        match path.suffix.lower():
            case ".xlsx" | ".xlsm":
                return _in_xlsx(path, sheet)
            case ".ods":
                return _in_ods(path, sheet)
            case ".xls":
                return xls_errors.find_errors(path.read_bytes(), sheet)
    except (BadZipFile, KeyError, IndexError, ValueError, struct.error):
        return {}
    return {}


def read_xlsx_sheet(path: Path, sheet: str) -> str:
    """The XML of a sheet. Raises KeyError where the workbook has none of this name."""
    with ZipFile(path) as archive:
        workbook = archive.read("xl/workbook.xml").decode()
        relations = archive.read("xl/_rels/workbook.xml.rels").decode()
        ids = {unescape(name): relation for name, relation in _XLSX_SHEET.findall(workbook)}
        targets = {}
        for relation in _XLSX_RELATION.findall(relations):
            attributes = dict(_ATTRIBUTE.findall(relation))
            targets[attributes["Id"]] = attributes["Target"]
        target = targets[ids[sheet]]
        return archive.read(target.lstrip("/") if target.startswith("/") else f"xl/{target}").decode()


def _in_xlsx(path: Path, sheet: str) -> Errors:
    errors: Errors = defaultdict(dict)
    text = read_xlsx_sheet(path, sheet)
    for attributes, content in _XLSX_ERROR.findall(text):
        place = re.match(r"([A-Z]+)(\d+)", dict(_ATTRIBUTE.findall(attributes)).get("r", ""))
        value = _XLSX_VALUE.search(content)
        if place:
            errors[int(place[2])][_position(place[1])] = unescape(value[1]) if value else "#ERROR!"
    return errors


def _position(letters: str) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1


def _in_ods(path: Path, sheet: str) -> Errors:
    errors: Errors = defaultdict(dict)
    with ZipFile(path) as archive:
        text = archive.read("content.xml").decode()
    if 'calcext:value-type="error"' not in text and "Err:" not in text and ">#" not in text:
        return {}
    for name, rows in _ODS_TABLE.findall(text):
        if unescape(name) != sheet:
            continue
        number = 1
        for row_attributes, cells in _ODS_ROW.findall(rows):
            position = 0
            for attributes, content in _ODS_CELL.findall(cells):
                shown = unescape(_TAG.sub("", content))
                if 'value-type="error"' in attributes or re.fullmatch(r"#[A-Z/0!?]{2,8}|Err:\d+", shown):
                    errors[number][position] = shown or "#ERROR!"
                position += int(dict(_ATTRIBUTE.findall(attributes)).get("table:number-columns-repeated", 1))
            number += int(dict(_ATTRIBUTE.findall(row_attributes)).get("table:number-rows-repeated", 1))
    return errors
