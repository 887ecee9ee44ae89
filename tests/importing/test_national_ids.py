"""National ids of imported persons: sealed in the log, found by a keyed hash, never in two files unseen."""

from pathlib import Path
from typing import Any

import pytest

from services.bootstrap.services import open_embedded_ledger
from services.importing.batches import derive_id
from services.importing.line_store import FILE_NAME
from services.personnel.events import RecordsMerged, Registered
from shared.commands.command_handler import Origin
from shared.operations.settings import load
from shared.testing import on
from tests.importing.files import POSTS, cadre, folder, rules, run, take
from tests.importing.workbooks import write_workbook

NUMBER, OTHER = "001085012345", "036190000017"


def registered(home: Path, *codes: str) -> dict[str, tuple[str, str]]:
    """National id and its hash by person, as the log has them last."""
    ledger = open_embedded_ledger(load(home))
    try:
        found = {}
        for code in codes:
            [event] = [
                event
                for event in ledger.logs["personnel"].load_stream(derive_id("s", "person", code))
                if isinstance(event.fact, Registered)
            ]
            found[code] = (event.fact.national_id, event.fact.identity)
            assert event.fact.identity == (
                ledger.logs["personnel"].keys.digest(event.fact.national_id) if event.fact.national_id else ""
            )
        return found
    finally:
        ledger.close()


@pytest.mark.parametrize("name", ["national_id", "Số CCCD", "CMND/CCCD", "Số định danh cá nhân"])
def test_a_national_id_is_sealed_and_hashed(tmp_path: Path, name: str) -> None:
    persons = (
        f"person_id,name,{name}\np1,An,{NUMBER}\np2,Bình,036 190 000 017\np3,Cúc,\np4,Dũng,000000000000\n"
    )
    report = take(tmp_path / "home", folder(tmp_path / "in", persons=persons))
    assert (report["set_aside"], report["contradictions"]) == ([], [])
    found = registered(tmp_path / "home", "p1", "p2", "p3", "p4")
    assert [found[code][0] for code in ("p1", "p2", "p3", "p4")] == [NUMBER, OTHER, "", ""]
    told = {
        (each["example"], each["read_as"])
        for each in report["readings"]
        if each["how"] in ("WORD", "EMPTY_WORD")
    }
    assert told == {("036 190 000 017", OTHER), ("000000000000", "")}
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file():
            assert NUMBER.encode() not in path.read_bytes(), path.name
    assert (tmp_path / "home" / FILE_NAME).exists()


def test_one_number_of_two_people_is_told_and_stays_a_contradiction_until_it_is_mended(
    tmp_path: Path,
) -> None:
    """In one file, and in two parts."""
    home, other = tmp_path / "home", tmp_path / "other"
    lines = {"p1": f"p1,An,{NUMBER}\n", "p2": f"p2,Bình,{NUMBER}\n"}
    header = "person_id,name,national_id\n"
    whole = take(home, folder(tmp_path / "in", persons=header + "".join(lines.values())))
    assert [(each["line"], each["column"], each["id"]) for each in whole["contradictions"]] == [
        (2, "national_id", "p1"),
        (3, "national_id", "p2"),
    ]
    assert "p2 (persons.csv:3)" in whole["contradictions"][0]["reason"]
    for code in ("p2", "p1"):
        last = take(other, folder(tmp_path / "in", persons=header + lines[code]))
    [told] = last["contradictions"]
    assert (told["line"], told["rule"]) == (2, "NationalIdTwice")
    assert "p2" in told["reason"]
    assert "p2" in told["reason_vi"]
    for each in (home, other):
        [row] = cadre(each, "show", "contradictions", "--kind", "NATIONAL_ID_TWICE")
        assert row
    mended = take(home, folder(tmp_path / "in", persons=header + lines["p1"] + f"p2,Bình,{OTHER}\n"))
    assert mended["contradictions"] == []
    assert {(each["id"], each["column"], each["old"], each["new"]) for each in mended["corrected"]} == {
        ("p2", "national_id", NUMBER, OTHER)
    }
    assert cadre(home, "show", "contradictions", "--kind", "NATIONAL_ID_TWICE") == []


def test_one_person_in_two_files_that_were_merged_is_no_contradiction(tmp_path: Path) -> None:
    """The remedy "merge their records" is true."""
    home, header = tmp_path / "home", "person_id,name,national_id\n"
    source = folder(tmp_path / "in", persons=header + f"p1,An,{NUMBER}\np2,An,{NUMBER}\n")
    assert len(take(home, source)["contradictions"]) == 2
    ledger = open_embedded_ledger(load(home))
    second = derive_id("s", "person", "p2")
    merged = RecordsMerged(effective_from=on("2020-01-01"), merged=second, reason="one person")
    ledger.apps["personnel"].handle(derive_id("s", "person", "p1"), merged, Origin(actor="clerk"))
    ledger.close()
    assert take(home, source)["contradictions"] == []
    assert cadre(home, "show", "contradictions", "--kind", "NATIONAL_ID_TWICE") == []


def test_a_line_that_is_tried_again_is_named_where_it_stands(tmp_path: Path) -> None:
    """A line that an earlier file had, and that could be read only now."""
    home, header = tmp_path / "home", "person_id,name,national_id,birth\n"
    take(
        home,
        folder(
            tmp_path / "in", persons=header + f"p9,Cúc,{OTHER},1975\np1,An,{NUMBER},03/04/1975\n", posts=POSTS
        ),
    )
    proof = header + f"p2,Bình,{NUMBER},30/04/1975\n"
    found = take(home, folder(tmp_path / "in", persons=proof))["contradictions"]
    assert {(each["id"], each["file"], each["line"], each["earlier"]) for each in found} == {
        ("p1", "persons.csv", 3, True),
        ("p2", "persons.csv", 2, False),
    }
    assert "p1 (persons.csv:3)" in next(each["reason"] for each in found if each["id"] == "p2")


def test_a_file_without_the_column_says_nothing_about_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    take(home, folder(tmp_path / "in", persons=f"person_id,name,national_id,birth\np1,An,{NUMBER},1980\n"))
    report = take(home, folder(tmp_path / "in", persons="person_id,name\np1,Nguyễn An\n"))
    assert [(each["column"], each["new"]) for each in report["corrected"]] == [("name", "Nguyễn An")]
    assert registered(home, "p1")["p1"][0] == NUMBER
    emptied = take(home, folder(tmp_path / "in", persons="person_id,name,national_id\np1,Nguyễn An,\n"))
    assert [(each["column"], each["old"], each["new"]) for each in emptied["corrected"]] == [
        ("national_id", NUMBER, "")
    ]


@pytest.mark.parametrize("number", ["1085012345", "85012345", "36190000017"])
def test_a_number_that_lost_its_zeros_is_set_aside(tmp_path: Path, number: str) -> None:
    report = take(
        tmp_path / "home", folder(tmp_path / "in", persons=f"person_id,name,cccd\np1,An,{number}\n")
    )
    assert rules(report) == {(2, "cccd", "BadNationalId")}
    [problem] = report["set_aside"]
    assert problem["remedy_vi"]


def test_ids_that_a_spreadsheet_rounded_are_set_aside(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", posts="post_id,title\n1.08501E+11,Head\n3E5,Clerk\n")
    (source / "persons.csv").unlink()
    rows: list[list[Any]] = [
        ["person_id", "name", "national_id"],
        [1234567890123456, "An", ""],
        [7, "Bình", 79085012345],
    ]
    write_workbook(source / "persons.xlsx", {"persons": rows})
    report = take(tmp_path / "home", source)
    assert rules(report) == {
        (2, "person_id", "LostDigits"),
        (3, "national_id", "BadNationalId"),
        (2, "post_id", "LostDigits"),
    }


def test_the_report_in_vietnamese(tmp_path: Path) -> None:
    persons = f"person_id,name,national_id\np1,An,{NUMBER}\np2,Bình,{NUMBER}\n"
    source = folder(tmp_path / "in", persons=persons)
    words = ("import", "terms", str(source), "--scheme", "s", "--yes")
    shown = run(tmp_path / "home", *words, lang="vi").stdout
    assert "đã nhập, nhưng có mâu thuẫn" in shown
    assert "cũng là của p2 (persons.csv:3)" in shown
