"""Where the tables of an import are: CSV files of a folder, workbooks of a folder, or the sheets of one workbook."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import BadFile
from services.importing.reading.workbooks import WORKBOOKS, sheet_names

TEXT_FILES = (".csv", ".tsv")


class TableSource(NamedTuple):
    """A table: a text file, or a sheet of a workbook."""

    table: str
    """Name of the table, in small letters: that of the file or of the sheet."""
    path: Path
    sheet: str = ""

    @property
    def name(self) -> str:
        """What a report calls it: the file, and the sheet where the file has another name."""
        if (
            not self.sheet
            or self.sheet.lower() == self.path.stem.lower()
            or self.path.stem.lower() == self.table
        ):
            return self.path.name
        return f"{self.path.name}[{self.sheet}]"


def is_workbook(path: Path) -> bool:
    """Whether a spreadsheet program made the file, by its name."""
    return path.is_file() and path.suffix.lower() in WORKBOOKS


def find_tables(place: Path, wanted: Callable[[str], bool]) -> dict[str, TableSource]:
    """The wanted tables of a folder or of one workbook, by name. Raises BadFile where a table is there twice."""
    found: dict[str, TableSource] = {}
    for path in sorted(place.iterdir()) if place.is_dir() else [place]:
        for source in _tables_of(path, wanted):
            if (other := found.setdefault(source.table, source)) != source:
                raise BadFile(_twice(source, other))
    return found


def _tables_of(path: Path, wanted: Callable[[str], bool]) -> list[TableSource]:
    stem = path.stem.lower()
    if not path.is_file() or path.name.startswith((".", "~$")):
        return []
    if path.suffix.lower() in TEXT_FILES:
        return [TableSource(stem, path)] if wanted(stem) else []
    if not is_workbook(path):
        return []
    sheets = sheet_names(path)
    if wanted(stem):
        own = next((sheet for sheet in sheets if sheet.strip().lower() == stem), "")
        if own or not any(wanted(sheet.strip().lower()) for sheet in sheets):
            return [TableSource(stem, path, own or sheets[0])]
    return [
        TableSource(sheet.strip().lower(), path, sheet) for sheet in sheets if wanted(sheet.strip().lower())
    ]


def unused_files(place: Path, used: Iterable[TableSource]) -> list[str]:
    """The names of the other files of a folder, and of the other sheets of workbooks, hidden ones too."""
    paths = {source.path for source in used}
    files = place.iterdir() if place.is_dir() else ()
    others = [path.name for path in files if path.is_file() and path not in paths]
    for path in filter(is_workbook, paths):
        sheets = {source.sheet for source in used if source.path == path}
        others += [f"{path.name}[{sheet}]" for sheet in sheet_names(path) if sheet not in sheets]
    return sorted(others)


def _twice(source: TableSource, other: TableSource) -> SetAsideLine:
    return SetAsideLine(
        file=source.name,
        line=0,
        column="",
        value=source.table,
        rule="TableTwice",
        reason=f"the table {source.table} is in {other.name} too",
        remedy="keep one of the two",
        reason_vi=f"bảng {source.table} cũng có trong {other.name}",
        remedy_vi="hãy giữ một trong hai",
    )


def missing_table(place: Path, table: str) -> BadFile:
    """The error for a table that is not there."""
    return BadFile(
        SetAsideLine(
            file=f"{table}.csv" if place.is_dir() else place.name,
            line=0,
            column="",
            value="",
            rule="MissingFile",
            reason=f"there is no {table}.csv in {place}, nor a workbook with a sheet {table}",
            remedy="add the file, with its header line even if it is otherwise empty",
            reason_vi=f"không có {table}.csv trong {place}, cũng không có bảng tính nào có trang {table}",
            remedy_vi="hãy thêm tệp, có dòng tiêu đề, dù ngoài ra không có gì",
        )
    )
