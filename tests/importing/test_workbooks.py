"""Spreadsheets wherever CSV is taken: one for each table, or one with a sheet for each; what cells hold is told."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.importing.files import TERMS_HEADER, cadre, folder, held, rules, run, take, ways
from tests.importing.workbooks import Error, Sheets, write_short_xls, write_workbook

HEADER = TERMS_HEADER.strip().split(",")
SHEETS: Sheets = {
    "persons": [
        ["person_id", "name", "birth"],
        [1, "Nguyễn Văn Đức", date(1975, 3, 2)],
        [2, "Trần Thị Bình", 1980],
    ],
    "posts": [["post_id", "title"], [10, "Chủ tịch"], [11.0, "Bí thư"]],
    "terms": [
        HEADER,
        ["t1", 1, 10, date(2019, 4, 1), date(9999, 12, 31), "", "", "closed"],
        ["t2", "2", 11, "01/13/2019", "nay", "", "", ""],
    ],
}
SUFFIXES = [".xlsx", ".xls", ".ods"]


def require_taken(home: Path, report: dict[str, list[dict[str, str]]], terms: str) -> None:
    assert report["set_aside"] == []
    assert held(home, "2020-01-01") == {"t1": ("2019-04-01", ""), "t2": ("2019-01-13", "")}
    found = cadre(home, "show", "holders", "--as-of", "2020-01-01", "--scheme", "s")
    assert {(line["person"], line["post"]) for line in found} == {("1", "10"), ("2", "11")}
    assert ways(report) >= {
        (terms, "start", "DATE_CELL"),
        (terms, "start", "MONTH_FIRST_PROVED"),
        (terms, "person_id", "NUMBER_CELL"),
        (terms, "end", "OPEN_DATE"),
        (terms, "end", "OPEN_WORD"),
    }


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_workbook_with_a_sheet_for_each_table(tmp_path: Path, suffix: str) -> None:
    book = write_workbook(tmp_path / f"cán bộ{suffix}", {"Ghi chú": [["x"]], **SHEETS})
    report = take(tmp_path / "home", book)
    require_taken(tmp_path / "home", report, f"{book.name}[terms]")
    assert set(take(tmp_path / "home", book)["in"].values()) == {0}, "again changes nothing"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_workbook_for_each_table(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for name, rows in SHEETS.items():
        write_workbook(source / f"{name}{suffix}", {"Sheet1": rows})
    (source / "~$terms.xlsx").write_bytes(b"lock")
    report = take(tmp_path / "home", source)
    require_taken(tmp_path / "home", report, f"terms{suffix}")


def test_a_workbook_beside_csv(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", "t1,1,q1,2019-04-01,,,,\n")
    (source / "persons.csv").unlink()
    write_workbook(source / "danh sách.xlsx", {"Persons": SHEETS["persons"]})
    assert take(tmp_path / "home", source)["set_aside"] == []
    assert held(tmp_path / "home", "2020-01-01") == {"t1": ("2019-04-01", "")}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_error_of_a_formula_is_named(tmp_path: Path, suffix: str) -> None:
    rows: list[list[Any]] = [
        HEADER,
        ["t1", 1, 10, date(2019, 4, 1), Error("#REF!"), "", "", ""],
        SHEETS["terms"][2],
    ]
    book = write_workbook(tmp_path / f"b{suffix}", {**SHEETS, "terms": rows})
    report = take(tmp_path / "home", book)
    assert rules(report) == {(2, "end", "FormulaError")}
    [problem] = report["set_aside"]
    assert (problem["file"], problem["value"], problem["id"]) == (f"b{suffix}[terms]", "#REF!", "t1")
    assert list(held(tmp_path / "home", "2020-01-01")) == ["t2"]


def test_the_error_of_a_formula_in_a_short_xls_is_named(tmp_path: Path) -> None:
    """The container keeps a short stream in small sectors."""
    source = folder(tmp_path / "in", "t1,1,10,2019-04-01,,,,\n", posts="post_id,title\n10,Head\n")
    (source / "persons.csv").unlink()
    rows: list[list[Any]] = [["person_id", "name"], [1, "Nguyễn Văn Đức"], [2, Error("#REF!")]]
    write_short_xls(source / "persons.xls", {"persons": rows})
    report = take(tmp_path / "home", source)
    assert rules(report) == {(3, "name", "FormulaError")}
    assert list(held(tmp_path / "home", "2020-01-01")) == ["t1"]


def test_a_table_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    source = folder(tmp_path / "in")
    write_workbook(source / "persons.xlsx", {"persons": SHEETS["persons"]})
    done = run(tmp_path / "home", "import", "terms", str(source), "--scheme", "s", "--yes")
    assert done.exit_code == 2
    assert "the table persons is in persons.csv too" in done.stderr


def test_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    source = folder(tmp_path / "in")
    (source / "units.xlsx").write_bytes(b"PK\x03\x04 nothing of the kind")
    words = ("import", "terms", str(source), "--scheme", "s", "--yes")
    assert "the workbook cannot be read" in run(tmp_path / "home", *words).stderr
    assert "không đọc được bảng tính" in run(tmp_path / "home", *words, lang="vi").stderr


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_history_of_units_in_a_workbook(tmp_path: Path, suffix: str) -> None:
    columns = [
        "level",
        "code",
        "version",
        "parent_code",
        "name",
        "type",
        "valid_from",
        "valid_to",
        "change_in",
        "change_out",
    ]
    rows: list[list[Any]] = [columns, [1, 75, 1, "", "Đồng Nai", "Tỉnh", date(1976, 2, 1), "", "created", ""]]
    book = write_workbook(tmp_path / f"u{suffix}", {"unit_history": rows})
    report = cadre(tmp_path / "home", "import", "units", str(book), "--scheme", "u", "--yes")
    assert report["set_aside"] == []
    [unit] = cadre(tmp_path / "home", "show", "units", "--as-of", "1985-01-01", "--scheme", "u")
    assert (unit["level"], unit["code"], unit["name"]) == ("1", "75", "Đồng Nai")
