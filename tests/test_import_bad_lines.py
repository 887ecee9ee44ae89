"""Dirty files: every bad line is set aside with file, line, column, reason and remedy; the good ones are in."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.__main__ import application

ROOT = Path(__file__).parents[1]
PERSONS = "person_id,name\np1,Nguyễn Văn An\np2,Tr\u1ea7n Thi\u0323 Bi\u0300nh\np2,Trần Thị Bình\np3,\n"
UNITS = (
    "unit_id,parent_id,name,level,valid_from,valid_to\nu1,,Sở Nội vụ,department,2000,\nu2,u1,Phòng A,division,,\n"
    "u3,u4,Vòng,division,,\nu4,u3,Tròn,division,,\nu5,u9,Mồ côi,division,,\nu6,,Ngược,division,2010-01-01,2009-01-01\n"
)
POSTS = "post_id,unit_id,title\na,u1,Giám đốc\nb,u2,Trưởng phòng\nc,u9,Không đâu\nd,u1,\n"
HEADER = "term_id,person_id,post_id,start,end,start_precision,end_precision,end_status\n"
GOOD = "t1,p1,a,2001-01-01,2006-01-01,day,day,closed\nt2,p2,b,2003,,year,,ongoing\n"
BAD = (
    "t3,p1,a,2007-01-01,2006-06-01,day,day,closed\n"
    "t4,p9,a,2007-01-01,,day,,ongoing\n"
    "t5,p1,zz,2007-01-01,,day,,ongoing\n"
    "t6,p1,a,2007-02-30,,day,,ongoing\n"
    "t7,p1,a,31/13/2010,,day,,ongoing\n"
    "t1,p1,a,2010-01-01,,day,,ongoing\n"
    "t8,p1,a,2010-01-01,,dey,,ongoing\n"
    "t9,p1,a,2010-01-01,,day,,someday\n"
    "t10,p1,a,2010-01-01\n"
    "t11,p1,c,2010-01-01,,day,,ongoing\n"
    "t12,p1,a,2010-01-01,2010-01-01,day,day,closed\n"
)
EXPECTED = {
    ("persons.csv", 4, "person_id", "Duplicate"),
    ("persons.csv", 5, "name", "Missing"),
    ("units.csv", 4, "parent_id", "UnderItself"),
    ("units.csv", 5, "parent_id", "UnderItself"),
    ("units.csv", 6, "parent_id", "UnknownReference"),
    ("units.csv", 7, "valid_to", "EndsBeforeStart"),
    ("posts.csv", 4, "unit_id", "UnknownReference"),
    ("posts.csv", 5, "title", "Missing"),
    ("terms.csv", 4, "end", "EndsBeforeStart"),
    ("terms.csv", 5, "person_id", "UnknownReference"),
    ("terms.csv", 6, "post_id", "UnknownReference"),
    ("terms.csv", 7, "start", "BadDate"),
    ("terms.csv", 8, "start", "BadDate"),
    ("terms.csv", 9, "term_id", "Duplicate"),
    ("terms.csv", 10, "start_precision", "BadPrecision"),
    ("terms.csv", 11, "end_status", "BadStatus"),
    ("terms.csv", 12, "term_id", "FieldCount"),
    ("terms.csv", 13, "post_id", "UnknownReference"),
    ("terms.csv", 14, "end", "EndsBeforeStart"),
}


def run(home: Path, *words: str) -> Any:
    return CliRunner().invoke(application(), ["--home", str(home), *words])


def cadre(home: Path, *words: str) -> Any:
    done = run(home, *words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def stored(home: Path) -> int:
    """Events in all logs, read beside the writer."""
    total = 0
    for name in ("organization", "personnel", "appointment"):
        if (home / f"{name}.db").exists():
            with closing(sqlite3.connect(f"file:{home / name}.db?mode=ro", uri=True)) as log:
                try:
                    total += log.execute("SELECT count(*) FROM stored_events").fetchone()[0]
                except sqlite3.OperationalError:
                    continue  # not made yet
    return total


def folder(path: Path, terms: str = HEADER + GOOD + BAD, **other: str) -> Path:
    path.mkdir(exist_ok=True)
    texts = {"persons": PERSONS, "units": UNITS, "posts": POSTS, "terms": terms, **other}
    for name, text in texts.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_bad_lines_are_told_and_good_ones_are_in(home: Path, tmp_path: Path) -> None:
    report = cadre(home, "import", "terms", str(folder(tmp_path / "in")), "--scheme", "s", "--yes")
    found = {
        (problem["file"], problem["line"], problem["column"], problem["rule"])
        for problem in report["set_aside"]
    }
    assert found == EXPECTED
    assert len(report["set_aside"]) == len(EXPECTED)
    assert all(problem["reason"] and problem["remedy"] for problem in report["set_aside"])
    assert all(problem["reason_vi"] and problem["remedy_vi"] for problem in report["set_aside"])
    assert report["taken"] == {"persons": 2, "units": 2, "posts": 2, "terms": 2, "unit_links": 0}
    held = cadre(home, "show", "holders", "--as-of", "2004-05-05", "--scheme", "s")
    assert {(line["term"], line["name"]) for line in held} == {
        ("t1", "Nguyễn Văn An"),
        ("t2", "Trần Thị Bình"),
    }


def test_a_dry_run_says_the_same_and_stores_nothing(home: Path, tmp_path: Path) -> None:
    source = str(folder(tmp_path / "in"))
    dry = cadre(home, "import", "terms", source, "--scheme", "s", "--dry-run")
    assert dry["dry_run"] is True
    assert cadre(home, "rebuild")["tenures"] == 0
    real = cadre(home, "import", "terms", source, "--scheme", "s", "--yes")
    assert (dry["taken"], dry["set_aside"]) == (real["taken"], real["set_aside"])


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("terms.csv", b"term_id,person_id\nt1,p1\n", "MissingColumn"),
        ("persons.csv", "person_id,name\np1,Müller".encode("latin-1"), "NotUtf8"),
        ("persons.csv", b"\xff\xfe" + "person_id,name\np1,Nguyễn\n".encode("utf-16-le") + b"x", "NotUtf8"),
        ("posts.csv", b'post_id,unit_id,title\na,u1,"x\nb', "NotCsv"),
        ("persons.csv", b"", "MissingColumn"),
    ],
)
def test_a_file_that_cannot_be_read_stops_the_import_whole(
    home: Path, tmp_path: Path, name: str, content: bytes, rule: str
) -> None:
    source = folder(tmp_path / "in")
    (source / name).write_bytes(content)
    done = run(home, "import", "terms", str(source), "--scheme", "s", "--yes", "--json")
    assert done.exit_code == 2
    [problem] = json.loads(done.stdout)["set_aside"]
    assert (problem["file"], problem["rule"]) == (name, rule)
    assert cadre(home, "rebuild") == dict.fromkeys(cadre(home, "rebuild"), 0)


def test_a_byte_order_mark_does_no_harm_and_a_huge_field_costs_its_line(home: Path, tmp_path: Path) -> None:
    persons = "\ufeff" + PERSONS + f"p4,{'x' * 2_000_000}\n"
    report = cadre(
        home, "import", "terms", str(folder(tmp_path / "in", persons=persons)), "--scheme", "s", "--yes"
    )
    rules = {
        (problem["rule"], problem["id"])
        for problem in report["set_aside"]
        if problem["file"] == "persons.csv"
    }
    assert ("TooLong", "p4") in rules
    assert report["taken"]["persons"] == 2


def test_a_missing_folder_and_a_bad_scheme_are_told(home: Path, tmp_path: Path) -> None:
    assert (
        "is not a folder"
        in run(home, "import", "terms", str(tmp_path / "no"), "--scheme", "s", "--yes").stderr
    )
    source = str(folder(tmp_path / "in"))
    assert "cannot name a scheme" in run(home, "import", "terms", source, "--scheme", "a%b", "--yes").stderr
    (tmp_path / "in" / "persons.csv").unlink()
    done = run(home, "import", "terms", source, "--scheme", "s", "--yes")
    assert "persons.csv" in done.stderr
    assert done.exit_code == 2


def test_an_import_is_undone_by_one_word_and_known_as_it_was(home: Path, tmp_path: Path) -> None:
    source = str(folder(tmp_path / "in", terms=HEADER + GOOD))
    batch = cadre(home, "import", "terms", source, "--scheme", "s", "--yes")["batch"]
    before = "2004-05-05"
    assert len(cadre(home, "show", "holders", "--as-of", before)) == 2
    then = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 1))
    time.sleep(1.1)
    undone = cadre(home, "correct", "--batch", batch, "--reason", "nhầm tệp")
    assert undone == {"appointment": 3, "personnel": 2, "organization": 4}
    assert cadre(home, "show", "holders", "--as-of", before) == []
    assert len(cadre(home, "show", "holders", "--as-of", before, "--known", then)) == 2
    again = cadre(home, "import", "terms", source, "--scheme", "s", "--yes")
    assert again["facts"] == 9
    assert len(cadre(home, "show", "holders", "--as-of", before, "--scheme", "s")) == 2


def test_a_killed_import_goes_on_where_it_was(home: Path, tmp_path: Path) -> None:
    """Five kills at random moments; then the import ends as if nothing had happened."""
    chance = random.Random(5)
    people = "person_id,name\n" + "".join(f"p{n},Người {n}\n" for n in range(6000))
    terms = HEADER + "".join(f"t{n},p{n},a,20{n % 20:02d}-01-01,,day,,ongoing\n" for n in range(6000))
    source = folder(tmp_path / "in", terms=terms, persons=people)
    command = [sys.executable, "-m", "services", "--home", str(home), "import", "terms", str(source)]
    kills = 0
    for _ in range(5):
        before = stored(home)
        with subprocess.Popen(
            [*command, "--scheme", "s", "--yes"], cwd=ROOT, stdout=subprocess.DEVNULL
        ) as process:
            while stored(home) == before and process.poll() is None:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.2))
            kills += process.poll() is None
            process.kill()
    assert kills >= 2
    report = cadre(home, "import", "terms", str(source), "--scheme", "s", "--yes")
    assert report["facts_unchanged"]
    assert report["facts"] + report["facts_unchanged"] == 6000 * 2 + 4
    held = cadre(home, "show", "holders", "--as-of", "2022-01-01", "--scheme", "s")
    assert sorted(line["term"] for line in held) == sorted(f"t{n}" for n in range(6000))
    assert cadre(home, "rebuild")["tenures"] == 6000
