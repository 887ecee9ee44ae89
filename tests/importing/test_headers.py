"""Headers, separators and lines: read or named, never in silence."""

from pathlib import Path

import pytest

from tests.importing.files import PERSONS, POSTS, TERMS_HEADER, cadre, folder, held, rules, run, take, ways

TERM = "t1,p1,q1,2019-04-01,,day,,ongoing\n"


def refused(tmp_path: Path, source: Path, lang: str = "en") -> str:
    done = run(tmp_path / "home", "import", "terms", str(source), "--scheme", "s", "--yes", lang=lang)
    assert done.exit_code == 2
    return str(done.stderr)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_the_header_tells_the_separator(tmp_path: Path, separator: str) -> None:
    """Case 10-semicolon."""
    tables = {"persons": PERSONS, "posts": POSTS, "terms": TERMS_HEADER + TERM}
    source = folder(tmp_path / "in", **{name: text.replace(",", separator) for name, text in tables.items()})
    report = take(tmp_path / "home", source)
    assert report["set_aside"] == []
    assert {(f"{name}.csv", "", "SEPARATOR") for name in tables} <= ways(report)
    assert held(tmp_path / "home", "2020-01-01") == {"t1": ("2019-04-01", "")}


@pytest.mark.parametrize("first", ["sep=;\n", '"sep=;"\r\n', "SEP=;\n"])
def test_a_line_that_names_the_separator(tmp_path: Path, first: str) -> None:
    terms = (
        first + TERMS_HEADER.replace(",", ";") + "t1;p1;q1;2019-02-30;;;;ongoing\n" + TERM.replace(",", ";")
    )
    report = take(
        tmp_path / "home",
        folder(tmp_path / "in", terms=terms.replace("t1;p1;q1;2019-04", "t2;p1;q1;2019-04")),
    )
    assert rules(report) == {(3, "start", "BadDate")}, "lines are numbered as in the file"
    assert ("terms.csv", "", "SEPARATOR_LINE") in ways(report)


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", persons="person_id,name,name\np1,A,B\n")
    assert "the header has the column name twice" in refused(tmp_path, source)
    assert "hai lần" in refused(tmp_path, source, "vi")
    source = folder(tmp_path / "in", persons="person_id,Name,họ và tên\np1,A,B\n")
    assert "twice (Name, họ và tên)" in refused(tmp_path, source)


def test_a_missing_column_names_the_one_that_may_be_meant(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", persons="persn_id,name\np1,A\n")
    assert "perhaps rename persn_id -> person_id" in refused(tmp_path, source)


def test_columns_in_other_case_are_read_and_unknown_ones_are_told(tmp_path: Path) -> None:
    units = "Unit ID,Parent-ID,NAME,level,valid_form,colour\nu1,,A,x,1990,red\n"
    report = take(tmp_path / "home", folder(tmp_path / "in", units=units))
    assert report["taken"]["units"] == 1
    told = {(each["how"], each["example"], each["read_as"]) for each in report["readings"]}
    assert told >= {
        ("COLUMN_NAME", "Unit ID", "unit_id"),
        ("COLUMN_NAME", "Parent-ID", "parent_id"),
        ("IGNORED_COLUMN", "valid_form", "valid_from?"),
        ("IGNORED_COLUMN", "colour", ""),
    }


def test_a_problem_has_the_column_as_the_file_names_it(tmp_path: Path) -> None:
    persons = "Person ID;Họ và tên;Ngày sinh\np1;A;soon\n"
    report = take(tmp_path / "home", folder(tmp_path / "in", persons=persons))
    assert (2, "Ngày sinh", "BadDate") in rules(report)


def test_lines_of_other_lengths(tmp_path: Path) -> None:
    terms = TERM.replace("\n", ",,\n") + "t2,p2,q2,2019-04-01\n" + "t3,p3,q3,2019-04-01,,day,,ongoing,more\n"
    report = take(tmp_path / "home", folder(tmp_path / "in", terms))
    assert rules(report) == {(3, "term_id", "FieldCount"), (4, "term_id", "FieldCount")}
    assert held(tmp_path / "home", "2020-01-01") == {"t1": ("2019-04-01", "")}, "empty fields do no harm"


def test_ids_with_a_line_break_or_a_tab_are_set_aside(tmp_path: Path) -> None:
    """Case 23-id-newline."""
    persons = 'person_id,name\n"P001\nP002","Person One\nPerson Two"\nP001,Person Real One\n'
    posts = 'post_id,title,unit_id\nq1,Member,U4\nq2,Chair,"U1\nU2"\n"q\t3",Clerk,U4\n'
    units = 'unit_id,parent_id,name,level\n"U1\nU2",,"Unit One\nUnit Two",1\n"U3\tx",,Unit Three,1\nU4,,Unit Four,1\n'
    terms = 't1,"P001\nP002",q1,2013-05-05,,day,,ongoing\nt2,P001,q2,2014-05-05,,day,,ongoing\nt3,P001,q1,2013,,,,\n'
    report = take(
        tmp_path / "home", folder(tmp_path / "in", terms, persons=persons, posts=posts, units=units)
    )
    assert {
        (each["file"], *rule)
        for each, rule in zip(report["set_aside"], map(tuple, _rules(report)), strict=True)
    } == {
        ("persons.csv", 2, "person_id", "ControlCharacter"),
        ("units.csv", 2, "unit_id", "ControlCharacter"),
        ("units.csv", 5, "unit_id", "ControlCharacter"),
        ("posts.csv", 3, "unit_id", "ControlCharacter"),
        ("posts.csv", 5, "post_id", "ControlCharacter"),
        ("terms.csv", 2, "person_id", "ControlCharacter"),
        ("terms.csv", 4, "post_id", "UnknownReference"),
    }
    assert "U+000A LINE FEED" in report["set_aside"][0]["reason"]
    found = cadre(tmp_path / "home", "show", "holders", "--as-of", "2020-01-01", "--scheme", "s")
    assert [(line["person"], line["name"], line["unit"]) for line in found] == [
        ("P001", "Person Real One", "Unit Four")
    ]


def _rules(report: dict[str, list[dict[str, str]]]) -> list[tuple[str, str, str]]:
    return [(each["line"], each["column"], each["rule"]) for each in report["set_aside"]]


def test_a_line_break_in_a_name_is_a_blank(tmp_path: Path) -> None:
    persons = 'person_id,name\np1,"Nguyễn\nVăn An"\n'
    report = take(tmp_path / "home", folder(tmp_path / "in", TERM, persons=persons))
    assert ("persons.csv", "name", "LINE_BREAK") in ways(report)
    found = cadre(tmp_path / "home", "show", "holders", "--as-of", "2020-01-01")
    assert [line["name"] for line in found] == ["Nguyễn Văn An"]


def test_odd_characters_in_ids_do_not_part_what_belongs_together(tmp_path: Path) -> None:
    """Case 12-soft-hyphen-nbsp: p1 and a no-break space is p1."""
    report = take(
        tmp_path / "home", folder(tmp_path / "in", TERM.replace("p1", "p1\u00a0").replace("q1", "q\u00ad1"))
    )
    assert report["set_aside"] == []
    [told] = [
        each
        for each in report["readings"]
        if (each["column"], each["how"]) == ("person_id", "ODD_CHARACTERS")
    ]
    assert "U+00A0 NO-BREAK SPACE" in told["example"]


@pytest.mark.parametrize("code", ["0", "-", "N/A", "999999"])
def test_a_placeholder_that_many_share_joins_nobody(tmp_path: Path, code: str) -> None:
    persons = PERSONS + "".join(f"{code},Người {n}\n" for n in range(200))
    terms = (
        "".join(f"t{n},{code},q1,2019-04-01,,day,,ongoing\n" for n in range(1, 101)) + "t0,p1,q1,2019,,,,\n"
    )
    report = take(tmp_path / "home", folder(tmp_path / "in", terms, persons=persons))
    assert (report["taken"]["persons"], report["taken"]["terms"]) == (4, 1)
    assert {each["rule"] for each in report["set_aside"]} == {"PlaceholderId", "UnknownReference"}
    assert list(held(tmp_path / "home", "2020-01-01")) == ["t0"]


def test_a_parent_that_is_no_id_is_none(tmp_path: Path) -> None:
    units = "unit_id,parent_id,name,level\nu1,0,A,x\nu2,-,B,x\nu3,u1,C,x\n"
    report = take(tmp_path / "home", folder(tmp_path / "in", units=units))
    assert report["taken"]["units"] == 3
    assert ("units.csv", "parent_id", "NO_PARENT") in ways(report)
