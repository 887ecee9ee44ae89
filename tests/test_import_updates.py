"""A corrected file is an update, parts are retried, and contradictions are set aside (integrity §9)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql
from typer.testing import CliRunner

from services.__main__ import application
from services.importing.line_store import open_line_store
from services.importing.terms import KINDS
from tests.importing_law import ImportedLedger, Source, write_source

PERSONS = [{"person_id": "p1", "name": "Person One"}, {"person_id": "p2", "name": "Person Two"}]
POSTS = [{"post_id": "q1", "title": "Member"}, {"post_id": "q2", "title": "Chair"}]


def term(id_: str, person: str, post: str, start: str, end: str) -> dict[str, str]:
    status = "closed" if end else "ongoing"
    return {
        "term_id": id_,
        "person_id": person,
        "post_id": post,
        "start": start,
        "end": end,
        "end_status": status,
    }


def source(*terms: dict[str, str], **files: list[dict[str, str]]) -> Source:
    return {"persons.csv": PERSONS, "posts.csv": POSTS, "terms.csv": list(terms)} | {
        f"{name}.csv": lines for name, lines in files.items()
    }


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[ImportedLedger]:
    ledger = ImportedLedger(tmp_path / "one")
    yield ledger
    ledger.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[ImportedLedger]:
    ledger = ImportedLedger(tmp_path / "other")
    yield ledger
    ledger.close()


def changes(report: Any) -> set[tuple[str, str, str, str]]:
    return {(each.id, each.column, each.old, each.new) for each in report.corrected}


def cadre(home: Path, *words: str) -> Any:
    done = CliRunner().invoke(application(), ["--home", str(home), *words, "--json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


OLD = source(
    term("t1", "p1", "q1", "1995-01-04", "1996-10-04"), term("t2", "p2", "q2", "2002-01-01", "2003-01-03")
)
NEW = source(
    term("t1", "p1", "q1", "1995-01-04", "1997-01-03"), term("t2", "p2", "q2", "2002-11-30", "2003-01-03")
)


def test_case_25_corrected_dates_are_shown_then_recorded(
    imported: ImportedLedger, other: ImportedLedger
) -> None:
    imported.take(OLD)
    dry = imported.take(NEW, write=False)
    report = imported.take(NEW)
    assert changes(dry) == {
        ("t1", "end", "1996-10-04", "1997-01-03"),
        ("t2", "start", "2002-01-01", "2002-11-30"),
    }
    assert (dry.corrected, dry.set_aside) == (report.corrected, [])
    assert (report.facts, report.new["terms"]) == (2, 2)
    other.take(NEW)
    assert imported.rows() == other.rows()


def test_case_05_a_term_without_end_that_ends_later(imported: ImportedLedger) -> None:
    """9999-12-31 and 9999-01-01 mean no end; the later file has the end, and nobody holds the posts afterwards."""
    imported.take(
        source(
            term("t1", "p1", "q1", "2019-04-01", "9999-12-31"),
            term("t2", "p2", "q2", "2019-04-01", "9999-01-01"),
        )
    )
    ended = source(*(term(f"t{n}", f"p{n}", f"q{n}", "2019-04-01", "2025-03-01") for n in (1, 2)))
    assert imported.take(ended).set_aside == []
    imported.ledger.close()
    assert cadre(imported.home / "ledger", "show", "holders", "--as-of", "2026-01-01") == []
    held = cadre(imported.home / "ledger", "show", "history", "--person", "p1", "--scheme", "x")
    assert [(line["end"], line["certainty"]) for line in held] == [("2025-03-01", "certain")]


def test_everything_that_a_file_says_can_be_mended(imported: ImportedLedger, other: ImportedLedger) -> None:
    """A cut name, a title and a unit of a post, a parent and a name of a unit, one more party of a merger."""
    units = [
        {"unit_id": "u1", "parent_id": "", "name": "Sở A", "level": "department"},
        {"unit_id": "u2", "parent_id": "", "name": "Phòng B", "level": "division"},
        {"unit_id": "u3", "parent_id": "", "name": "Phòng C", "level": "division"},
    ]
    link = {
        "link_id": "l1",
        "predecessor_id": "u2",
        "successor_id": "u1",
        "type": "merger",
        "effective_from": "2010",
    }
    old = source(units=units, unit_links=[link], persons=[{"person_id": "p1", "name": "Nguyễn Văn"}])
    new = source(
        units=[
            units[0] | {"name": "Sở Nội vụ"},
            units[1] | {"parent_id": "u1", "valid_to": "2010"},
            units[2],
        ],
        unit_links=[link, link | {"link_id": "l2", "predecessor_id": "u3"}],
        persons=[{"person_id": "p1", "name": "Nguyễn Văn An"}],
        posts=[POSTS[0] | {"title": "Chủ tịch", "unit_id": "u1"}, POSTS[1]],
    )
    imported.take(old)
    report = imported.take(new)
    assert changes(report) == {
        ("u1", "name", "Sở A", "Sở Nội vụ"),
        ("u2", "parent_id", "", "u1"),
        ("q1", "title", "Member", "Chủ tịch"),
        ("q1", "unit_id", "", "u1"),
        ("p1", "name", "Nguyễn Văn", "Nguyễn Văn An"),
        ("l1", "successor_id", "u2 > u1", "u2 > u1, u3 > u1"),
    }
    assert imported.take(new).facts == 0
    other.take(new)
    assert imported.rows() == other.rows()


def test_a_line_that_is_gone_stays_unless_the_files_are_whole(
    imported: ImportedLedger, other: ImportedLedger
) -> None:
    imported.take(OLD)
    without = source(OLD["terms.csv"][0], persons=PERSONS[:1])
    assert imported.take(without).facts == 0
    dry = imported.take(without, write=False, remove_missing=True)
    assert changes(dry) == {
        ("t2", "start", "2002-01-01", ""),
        ("t2", "end", "2003-01-03", ""),
        ("p2", "name", "Person Two", ""),
    }
    assert imported.take(without, remove_missing=True).facts == 3
    other.take(without)
    assert imported.rows() == other.rows()


def test_a_set_aside_line_is_tried_again_with_the_next_part(imported: ImportedLedger) -> None:
    alone = imported.take({"terms.csv": OLD["terms.csv"]})
    assert {(each.id, each.rule) for each in alone.set_aside} == {
        ("t1", "UnknownReference"),
        ("t2", "UnknownReference"),
    }
    rest = imported.take({"persons.csv": PERSONS, "posts.csv": POSTS[:1]})
    assert rest.new["terms"] == 1
    [left] = rest.set_aside
    assert (left.id, left.file, left.line, left.column, left.value) == ("t2", "terms.csv", 3, "post_id", "q2")


RIVAL = term("t1", "p2", "q1", "1995-01-04", "1996-10-04")


def test_one_term_of_two_persons_is_a_contradiction(imported: ImportedLedger, other: ImportedLedger) -> None:
    """integrity §9: neither line is taken, whichever came first, and each names the other."""
    imported.take(OLD)
    report = imported.take(source(RIVAL))
    assert {(each.rule, each.id, each.column, each.earlier) for each in report.set_aside} == {
        ("TermOfTwoPersons", "t1", "person_id", False),
        ("TermOfTwoPersons", "t1", "person_id", True),
    }
    for problem in report.set_aside:
        assert "p1" in problem.reason
        assert "p2" in problem.reason
        assert "terms.csv:2" in problem.reason, "the line taken before is named too"
    other.take(source(RIVAL))
    other.take(OLD)
    assert imported.rows() == other.rows()
    assert "t1" not in str(imported.rows()["tenures"])
    whole = imported.take(source(RIVAL), remove_missing=True)
    assert (whole.set_aside, whole.new["terms"]) == ([], 1)
    [tenure] = imported.rows()["tenures"]
    assert "t1" in str(tenure)


def test_a_term_of_two_persons_is_mended_by_an_id_of_its_own(
    imported: ImportedLedger, other: ImportedLedger
) -> None:
    """The remedy of the report is true: also where the line that is wrong is only kept."""
    both = source(OLD["terms.csv"][0], RIVAL)
    assert {each.line for each in imported.take(both).set_aside} == {2, 3}
    assert imported.rows()["tenures"] == []
    mended = source(OLD["terms.csv"][0], {**RIVAL, "term_id": "t1b"})
    assert imported.take(mended).set_aside == []
    other.take(mended)
    assert imported.rows() == other.rows()
    assert imported.take(mended).facts == 0


def test_a_person_id_that_named_nobody_is_corrected_by_the_next_file(
    imported: ImportedLedger, other: ImportedLedger
) -> None:
    [unknown] = imported.take(source({**RIVAL, "person_id": "p9"})).set_aside
    assert (unknown.rule, unknown.column) == ("UnknownReference", "person_id")
    assert imported.take(source(RIVAL)).set_aside == []
    other.take(source(RIVAL))
    assert imported.rows() == other.rows()
    last = imported.take(source(persons=[*PERSONS, {"person_id": "p9", "name": "Person Nine"}]))
    assert {each.rule for each in last.set_aside} == {"TermOfTwoPersons"}, "now there are two"


def test_lines_that_an_earlier_version_kept_by_the_term_alone(
    imported: ImportedLedger, other: ImportedLedger
) -> None:
    """Lines of terms were kept under their id; they are found again, and kept under the key of today."""
    imported.take(OLD)
    store = open_line_store(imported.ledger.tables)
    with store.engine.begin() as connection:
        connection.execute(sql("UPDATE imported_lines SET key = substr(key, 1, 2) WHERE file = 'terms.csv'"))
    store.close()
    assert imported.take({"persons.csv": PERSONS}).facts == 0
    store = open_line_store(imported.ledger.tables)
    assert {key for file, key in store.load("x").lines if file == "terms.csv"} == {"t1/p1", "t2/p2"}
    store.close()
    assert changes(imported.take(NEW)) == {
        ("t1", "end", "1996-10-04", "1997-01-03"),
        ("t2", "start", "2002-01-01", "2002-11-30"),
    }
    other.take(NEW)
    assert imported.rows() == other.rows()


def test_what_somebody_corrected_by_hand_stays_until_the_source_changes(imported: ImportedLedger) -> None:
    imported.take(OLD)
    home = imported.home / "ledger"
    imported.ledger.close()
    [held] = cadre(home, "show", "holders", "--as-of", "1996-01-01", "--scheme", "x")
    cadre(
        home,
        "correct",
        held["closed"],
        "--reason",
        "theo quyết định",
        "--amend",
        '{"effective_from": "1998-01-01"}',
    )
    write_source(imported.home / "old", OLD)
    write_source(imported.home / "new", NEW)
    again = cadre(home, "import", "terms", str(imported.home / "old"), "--scheme", "x", "--yes")
    assert (again["facts"], again["corrected"]) == (0, [])
    assert len(cadre(home, "show", "holders", "--as-of", "1997-06-01")) == 1
    cadre(home, "import", "terms", str(imported.home / "new"), "--scheme", "x", "--yes")
    assert cadre(home, "show", "holders", "--as-of", "1997-06-01") == []


def test_an_update_is_undone_by_its_batch(imported: ImportedLedger) -> None:
    imported.take(OLD)
    before, home = imported.rows(), imported.home / "ledger"
    update = imported.take(NEW)
    assert imported.rows() != before
    imported.ledger.close()
    assert cadre(home, "correct", "--batch", update.batch, "--reason", "nhầm tệp") == {"appointment": 2}
    reopened = ImportedLedger(imported.home)
    try:
        assert reopened.rows() == before
        assert changes(reopened.take(NEW)) == changes(update)
    finally:
        reopened.close()


def test_a_second_term_in_the_same_post_is_not_concurrent(imported: ImportedLedger) -> None:
    imported.take(
        source(
            term("t1", "p1", "q1", "2000-01-01", "2004-01-01"),
            term("t2", "p1", "q1", "2001-01-01", "2002-01-01"),
            term("t3", "p1", "q2", "2003-01-01", "2005-01-01"),
        )
    )
    imported.ledger.close()
    lines = cadre(imported.home / "ledger", "show", "history", "--person", "p1", "--scheme", "x")
    assert {line["term"]: line["concurrent"] for line in lines} == {"t1": ["t3"], "t2": [], "t3": ["t1"]}


def test_case_24_units_of_any_import_are_shown_and_found(imported: ImportedLedger) -> None:
    units = [
        {"unit_id": "K1", "parent_id": "", "name": "Canton", "level": "canton", "valid_from": "1990-01-01"},
        {
            "unit_id": "G1",
            "parent_id": "K1",
            "name": "Commune",
            "level": "commune",
            "valid_from": "1990-01-01",
        },
        {
            "unit_id": "ocd-org/7",
            "parent_id": "K1",
            "name": "Agency",
            "level": "agency",
            "valid_from": "1990-01-01",
        },
    ]
    imported.take({"units.csv": units, "persons.csv": [{"person_id": "P9", "name": "Nguyễn Thị Hòa"}]})
    imported.ledger.close()
    home = imported.home / "ledger"
    shown = cadre(home, "show", "units", "--as-of", "2020-01-01", "--scheme", "x")
    assert {(line["level"], line["code"], line["parent"]) for line in shown} == {
        ("canton", "K1", ""),
        ("commune", "G1", "K1"),
        ("agency", "ocd-org/7", "K1"),
    }
    for code in ("G1", "ocd-org/7"):
        [version] = cadre(home, "show", "history", "--unit", code, "--scheme", "x")
        assert (version["code"], version["valid_from"], version["valid_to"]) == (code, "1990-01-01", "")
    for text in ("G1", "commune", "COMM"):
        [found] = cadre(home, "find", text)
        assert (found["kind"], found["code"], found["codes"]) == ("unit", "G1", ["x:G1"])
    [person] = cadre(home, "find", "hoa", "--scheme", "x")
    assert (person["kind"], person["code"], person["name"]) == ("cadre", "P9", "Nguyễn Thị Hòa")
    assert cadre(home, "find", person["id"])[0]["code"] == "P9"
    assert cadre(home, "find", "G1", "--scheme", "y") == []


def test_no_name_of_a_person_is_kept_beside_the_log(imported: ImportedLedger) -> None:
    wrong = {"person_id": "p3", "name": "Lê Thị Bí Mật", "birth": "1990-02-31"}
    imported.take(source(*OLD["terms.csv"], persons=[{"person_id": "p1", "name": "Hoàng Tên Riêng"}, wrong]))
    imported.ledger.close()
    for file in (imported.home / "ledger").glob("imports.db*"):
        for text in ("Hoàng Tên Riêng", "Lê Thị Bí Mật", "1990-02-31"):
            assert text.encode() not in file.read_bytes()
    assert KINDS["persons.csv"].personal
