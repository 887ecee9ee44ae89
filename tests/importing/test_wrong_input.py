"""What is no source at all: one sentence that says what it is and what to do, an exit code, and nothing recorded."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.importing.csv_reader import BadFile
from services.importing.reading import file_kinds
from tests.importing.files import TERMS_HEADER, folder, run
from tests.importing.workbooks import write_encrypted_xlsx, write_stray_cell, write_workbook

SHEETS: dict[str, list[list[Any]]] = {"persons": [["person_id", "name"], ["p1", "Nguyễn Văn Đức"]]}
CASES: dict[str, tuple[str, Callable[[Path], object], str, str]] = {
    "xlsx named csv": (
        "persons.csv",
        lambda path: path.write_bytes(write_workbook(path.with_suffix(".xlsx"), SHEETS).read_bytes()),
        "the file is an .xlsx spreadsheet",
        "rename it persons.xlsx",
    ),
    "xls named csv": (
        "persons.csv",
        lambda path: path.write_bytes(write_workbook(path.with_suffix(".xls"), SHEETS).read_bytes()),
        "the file is an .xls spreadsheet",
        "rename it persons.xls",
    ),
    "ods named xlsx": (
        "persons.xlsx",
        lambda path: path.write_bytes(write_workbook(path.with_suffix(".ods"), SHEETS).read_bytes()),
        "the file is an .ods spreadsheet",
        "rename it persons.ods",
    ),
    "csv named xlsx": (
        "persons.xlsx",
        lambda path: path.write_text("person_id,name\np1,An\n", encoding="utf-8"),
        "the file is plain text",
        "rename it persons.csv",
    ),
    "web page named xls": (
        "persons.xls",
        lambda path: path.write_text("<html><table><tr><td>person_id</td></tr></table>", encoding="utf-8"),
        "the file is a web page",
        "save the table as .xlsx or CSV UTF-8",
    ),
    "pdf named csv": (
        "persons.csv",
        lambda path: path.write_bytes(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj"),
        "the file is a PDF document",
        "save the table as .xlsx or CSV UTF-8",
    ),
    "zeros": ("persons.csv", lambda path: path.write_bytes(bytes(5000)), "no text", "save the table"),
    "empty file": (
        "persons.csv",
        lambda path: path.write_bytes(b"\xef\xbb\xbf\r\n"),
        "is empty",
        "add its header",
    ),
    "password": ("persons.xlsx", write_encrypted_xlsx, "protected with a password", "save it without"),
    "damaged": (
        "persons.xlsx",
        lambda path: path.write_bytes(b"PK\x03\x04 nothing of the kind"),
        "the workbook cannot be read",
        "open it in a spreadsheet program",
    ),
}


def refuse(home: Path, source: Path, what: str = "terms", *options: str) -> str:
    """The two lines of the refusal in English; the Vietnamese ones are there too, and nothing is recorded."""
    words = ("import", what, str(source), "--scheme", "s", "--yes", *options)
    vietnamese = run(home, *words, lang="vi")
    assert vietnamese.exit_code == 2
    assert "lỗi:" in vietnamese.stderr
    done = run(home, *words)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert len(done.stderr.strip().splitlines()) <= 2, "one sentence and a remedy"
    empty = run(home, "show", "holders", "--as-of", "2001-01-01", "--json")
    assert empty.stdout.strip() in ("", "[]")
    return str(done.stderr)


@pytest.mark.parametrize("case", CASES)
def test_a_file_of_another_kind_than_its_name_says(tmp_path: Path, case: str) -> None:
    name, make, reason, remedy = CASES[case]
    source = folder(tmp_path / "in", "t1,p1,q1,2001,,,,\n")
    (source / "persons.csv").unlink()
    make(tmp_path / name)
    (tmp_path / name).replace(source / name)
    shown = refuse(tmp_path / "home", source)
    assert shown.startswith(f"error: {name}: ")
    assert reason in shown
    assert remedy in shown


def test_a_spreadsheet_that_unpacks_to_more_than_a_machine_has(tmp_path: Path) -> None:
    """A zip bomb: a few hundred kilobytes that unpack to more than the limit, stated or not."""
    source = folder(tmp_path / "in", "t1,p1,q1,2001,,,,\n")
    (source / "persons.csv").unlink()
    book = write_workbook(tmp_path / "persons.xlsx", SHEETS)
    block = b" " * (1 << 20)
    with (
        zipfile.ZipFile(book) as old,
        zipfile.ZipFile(source / "persons.xlsx", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            with new.open(name, "w", force_zip64=True) as member:
                member.write(old.read(name))
                for _ in range((file_kinds.LARGEST_UNPACKED >> 20) + 1 if name.endswith("sheet1.xml") else 0):
                    member.write(block)
    assert (source / "persons.xlsx").stat().st_size < 1 << 20
    shown = refuse(tmp_path / "home", source)
    assert "the spreadsheet unpacks to 257 MB, at most 256 MB are read" in shown


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_a_stray_cell_in_the_last_corner(tmp_path: Path, suffix: str) -> None:
    """A blank in XFD1048576 would make a table of 17 billion cells, and end the process."""
    source = folder(tmp_path / "in", "t1,p1,q1,2001,,,,\n")
    (source / "persons.csv").unlink()
    write_stray_cell(source / f"persons{suffix}")
    shown = refuse(tmp_path / "home", source)
    assert f"persons{suffix}: the sheet reaches to row 1,048,576 and column 16,384" in shown


def test_places_that_are_no_source(tmp_path: Path) -> None:
    home, source = tmp_path / "home", folder(tmp_path / "in", "t1,p1,q1,2001,,,,\n")
    assert "is not a folder: nothing has that name" in refuse(home, tmp_path / "nowhere")
    assert f"name the folder in which it is: {source}" in refuse(home, source / "terms.csv")
    (tmp_path / "empty").mkdir()
    assert "there is no persons.csv" in refuse(home, tmp_path / "empty")
    assert "there is no tree, and no history" in refuse(home, tmp_path / "empty", "units")
    assert "there is no tree, and no history" in refuse(home, source, "units")
    (source / "terms.csv").write_text("term_id,who\n", encoding="utf-8")
    assert "terms.csv: the header has no column person_id" in refuse(home, source)
    for words in (("people", str(source)), ("terms", str(source), "--dates", "ymd")):
        assert run(home, "import", *words, "--scheme", "s").exit_code == 2


def test_files_with_only_a_header_are_no_mistake(tmp_path: Path) -> None:
    """An optional table may have no line yet."""
    source = folder(tmp_path / "in", TERMS_HEADER, persons="person_id,name\n", posts="post_id,title\n")
    assert run(tmp_path / "home", "import", "terms", str(source), "--scheme", "s", "--yes").exit_code == 0


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", "t1,p1,q1,2001,,,,\n")
    (source / "persons.csv").chmod(0)
    if os.access(
        source / "persons.csv", os.R_OK
    ):  # root reads everything; a directory it cannot read as a file
        with pytest.raises(BadFile) as bad:
            file_kinds.require_text(source)
        assert bad.value.problem.rule == "Unreadable"
    else:
        assert "the file cannot be read" in refuse(tmp_path / "home", source)


def test_remove_missing_is_refused_where_a_file_is_much_smaller(tmp_path: Path) -> None:
    """The share is stated, and can be raised by whoever knows that the file is whole."""
    home = tmp_path / "home"
    lines = [
        f"t{number},p{number % 4 + 1},q1,20{number:02},20{number + 1:02},,,\n" for number in range(10, 20)
    ]
    words = ("import", "terms", str(tmp_path / "in"), "--scheme", "s", "--yes", "--remove-missing")
    folder(tmp_path / "in", "".join(lines))
    assert run(home, *words).exit_code == 0
    folder(tmp_path / "in", "".join(lines[:4]))
    done = run(home, *words)
    assert done.exit_code == 2
    assert "terms.csv: it lacks 6 of the 10 lines imported before (60 %)" in done.stderr
    assert "voids at most 50 %" in done.stderr
    assert "--remove-at-most 100" in run(home, *words, lang="vi").stderr
    folder(tmp_path / "in", TERMS_HEADER)
    assert "10 of the 10 lines" in run(home, *words).stderr
    folder(tmp_path / "in", "".join(lines[:4]))
    assert run(home, *words, "--remove-at-most", "60").exit_code == 0
    folder(tmp_path / "in", "".join(lines[:3]))
    assert run(home, *words).exit_code == 0, "a quarter is no surprise"
