"""Dates of files: the order of day and month, open ends, inclusive ends; told in the report, never guessed."""

from pathlib import Path

import pytest

from tests.importing.files import TERMS_HEADER, cadre, folder, held, rules, run, take, ways

MDY = (
    "t1,p1,q1,04/01/2019,06/30/2019,day,day,closed\n"
    "t2,p2,q2,01/02/2019,11/12/2019,day,day,closed\n"
    "t3,p3,q3,12/01/2019,,day,,ongoing\n"
)
UNSURE = "t1,p1,q1,04/01/2019,06/03/2019,day,day,closed\nt2,p2,q2,2019-01-02,,day,,ongoing\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_one_date_proves_that_the_month_is_first(home: Path, tmp_path: Path) -> None:
    """Case 04-mdy: the end 06/30/2019 proves the order of both columns of the period."""
    report = take(home, folder(tmp_path / "in", MDY))
    assert report["set_aside"] == []
    assert held(home, "2019-04-15") == {
        "t1": ("2019-04-01", "2019-06-30"),
        "t2": ("2019-01-02", "2019-11-12"),
    }
    assert held(home, "2019-12-05") == {"t3": ("2019-12-01", "")}
    assert {("terms.csv", "start", "MONTH_FIRST_PROVED"), ("terms.csv", "end", "MONTH_FIRST_PROVED")} <= ways(
        report
    )
    [proved] = [each for each in report["readings"] if (each["column"], each["line"]) == ("end", 2)]
    assert (proved["example"], proved["read_as"], proved["lines"]) == ("06/30/2019", "2019-06-30", 2)


@pytest.mark.parametrize("mark", ["/", ".", "-"])
def test_one_date_proves_that_the_day_is_first(home: Path, tmp_path: Path, mark: str) -> None:
    terms = "t1,p1,q1,4/1/2019,30/6/2019,day,day,closed\n".replace("/", mark)
    report = take(home, folder(tmp_path / "in", terms))
    assert held(home, "2019-04-15") == {"t1": ("2019-01-04", "2019-06-30")}
    assert ("terms.csv", "start", "DAY_FIRST_PROVED") in ways(report)


def test_without_proof_the_lines_are_set_aside_with_what_to_say(home: Path, tmp_path: Path) -> None:
    """Case 04-mdy, its other half: nothing proves the order, so nothing is taken."""
    report = take(home, folder(tmp_path / "in", UNSURE))
    assert rules(report) == {(2, "start", "AmbiguousDate")}
    [problem] = report["set_aside"]
    assert "2019-01-04 or 2019-04-01" in problem["reason"]
    assert "--dates dmy" in problem["remedy"]
    assert "--dates mdy" in problem["remedy_vi"]
    assert report["taken"]["terms"] == 1


@pytest.mark.parametrize(
    ("order", "start", "end"), [("dmy", "2019-01-04", "2019-03-06"), ("mdy", "2019-04-01", "")]
)
def test_the_order_that_the_caller_names(
    home: Path, tmp_path: Path, order: str, start: str, end: str
) -> None:
    terms = UNSURE if end else UNSURE.replace("06/03/2019,day,day,closed", ",day,,ongoing")
    report = take(home, folder(tmp_path / "in", terms), "--dates", order)
    assert report["set_aside"] == []
    assert held(home, "2019-02-01" if end else "2019-04-01")["t1"] == (start, end)
    assert {how for _, _, how in ways(report)} >= {"DAY_FIRST_TOLD" if order == "dmy" else "MONTH_FIRST_TOLD"}


def test_a_column_that_proves_both_orders_is_refused_whole(home: Path, tmp_path: Path) -> None:
    terms = (
        "t1,p1,q1,13/01/2019,,day,,ongoing\nt2,p2,q2,01/13/2019,,day,,ongoing\n"
        "t3,p3,q3,01/02/2019,,day,,ongoing\nt4,p4,q4,05/05/2019,,day,,ongoing\n"
    )
    report = take(home, folder(tmp_path / "in", terms))
    assert rules(report) == {(line, "start", "AmbiguousDate") for line in (2, 3, 4)}
    assert "line 2" in report["set_aside"][0]["reason"]
    assert "line 3" in report["set_aside"][0]["reason"]
    assert held(home, "2019-06-01") == {"t4": ("2019-05-05", "")}, "both orders read it alike"


def test_a_date_against_the_named_order_is_told(home: Path, tmp_path: Path) -> None:
    report = take(home, folder(tmp_path / "in", MDY), "--dates", "dmy")
    assert (2, "end", "BadDate") in rules(report)
    assert "--dates mdy" in report["set_aside"][0]["remedy"]


def test_far_days_words_and_nothing_mean_no_end(home: Path, tmp_path: Path) -> None:
    """Case 05-sentinel: what was open ends with the second import."""
    first = (
        "t1,p1,q1,2019-04-01,9999-12-31,day,day,closed\nt2,p2,q2,2019-04-01,9999-01-01,day,day,ongoing\n"
        "t3,p3,q3,2019-04-01,nay,day,,\nt4,p4,q4,2019-04-01,,day,,\n"
    )
    report = take(home, folder(tmp_path / "in", first))
    assert report["set_aside"] == []
    assert held(home, "2026-01-01") == {f"t{number}": ("2019-04-01", "") for number in (1, 2, 3, 4)}
    assert ways(report) == {("terms.csv", "end", f"OPEN_{how}") for how in ("DATE", "WORD", "EMPTY")}
    lines = {each["how"]: each["lines"] for each in report["readings"]}
    assert lines == {"OPEN_DATE": 2, "OPEN_WORD": 1, "OPEN_EMPTY": 1}
    later = "".join(f"t{n},p{n},q{n},2019-04-01,2025-03-01,day,day,closed\n" for n in (1, 2, 3, 4))
    assert take(home, folder(tmp_path / "in", later))["set_aside"] == []
    assert held(home, "2026-01-01") == {}
    assert len(held(home, "2025-02-28")) == 4


@pytest.mark.parametrize(
    "word",
    ["present", "nay", "hiện nay", "Đến nay", "now", "Current", "đương nhiệm", "31/12/9999", "99991231"],
)
def test_words_for_no_end(home: Path, tmp_path: Path, word: str) -> None:
    """Case 13-words."""
    report = take(home, folder(tmp_path / "in", f"t1,p1,q1,2019-04-01,{word},day,,ongoing\n"))
    assert held(home, "2026-01-01") == {"t1": ("2019-04-01", "")}
    assert any(each["read_as"] == "" and each["example"] == word for each in report["readings"])


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ("1995-00-00", "1995"),
        ("1995-03-00", "1995-03"),
        ("00/03/1995", "1995-03"),
        ("1996.0", "1996"),
        ("35065.0", "1996-01-01"),
        ("35065", "1996-01-01"),
        ("19960131", "1996-01-31"),
        ("1996-01-31 00:00:00", "1996-01-31"),
        ("1996/1/31", "1996-01-31"),
        ("01/1996", "1996-01"),
        ("ngày 31 tháng 1 năm 1996", "1996-01-31"),
        ("tháng 1/1996", "1996-01"),
        ("31 Jan 1996", "1996-01-31"),
    ],
)
def test_other_shapes_are_read_and_told(home: Path, tmp_path: Path, written: str, start: str) -> None:
    """Case 13-words: 1995-00-00 and 1996.0; and the numbers that spreadsheets store for days."""
    report = take(home, folder(tmp_path / "in", f"t1,p1,q1,{written},,,,ongoing\n"))
    found = cadre(home, "show", "history", "--person", "p1", "--scheme", "s")
    assert [line["start"] for line in found] == [start]
    told = {(each["column"], each["example"], each["read_as"]) for each in report["readings"]}
    assert ("start", written, start) in told


@pytest.mark.parametrize(
    "written", ["01/02/19", "1-Apr-19", "1995-13-01", "30/02/2019", "mai", "201903", "2019-30-06"]
)
def test_a_date_that_cannot_be_read_names_a_right_example(home: Path, tmp_path: Path, written: str) -> None:
    report = take(home, folder(tmp_path / "in", f"t1,p1,q1,{written},,,,ongoing\n"))
    [problem] = report["set_aside"]
    assert (problem["file"], problem["line"], problem["column"]) == ("terms.csv", 2, "start")
    assert (problem["value"], problem["rule"]) == (written, "BadDate")
    assert "1995-06-30" in problem["remedy"]
    assert "1995-06-30" in problem["remedy_vi"]


@pytest.mark.parametrize("written", ["present", "9999-12-31"])
def test_no_end_is_no_start(home: Path, tmp_path: Path, written: str) -> None:
    report = take(home, folder(tmp_path / "in", f"t1,p1,q1,{written},,,,ongoing\n"))
    assert rules(report) == {(2, "start", "BadDate")}


@pytest.mark.parametrize(
    ("written", "mark"),
    [
        ("2019\u201104\u201101", "U+2011 NON-BREAKING HYPHEN"),
        ("2019-04\u00ad-01", "U+00AD SOFT HYPHEN"),
        ("\u00a02019-04-01", "U+00A0 NO-BREAK SPACE"),
        ("2019-04-01\u200b", "U+200B ZERO WIDTH SPACE"),
        ("２０１９-04-01", "U+FF12 FULLWIDTH DIGIT TWO"),
        ("2019\u221204\u221201", "U+2212 MINUS SIGN"),
    ],
)
def test_odd_characters_in_a_date_are_read_and_named(
    home: Path, tmp_path: Path, written: str, mark: str
) -> None:
    """Case 12-soft-hyphen-nbsp."""
    report = take(home, folder(tmp_path / "in", f"t1,p1,q1,{written},,day,,ongoing\n"))
    assert held(home, "2020-01-01") == {"t1": ("2019-04-01", "")}
    [told] = [each for each in report["readings"] if each["how"] == "ODD_CHARACTERS"]
    assert mark in told["example"]


def test_an_odd_character_in_what_cannot_be_read_is_named(home: Path, tmp_path: Path) -> None:
    """Case 12-soft-hyphen-nbsp, where it is no date even so."""
    report = take(home, folder(tmp_path / "in", "t1,p1,q1,2019\u201113\u201101,,day,,ongoing\n"))
    [problem] = report["set_aside"]
    assert problem["value"] == "2019[U+2011 NON-BREAKING HYPHEN]13[U+2011 NON-BREAKING HYPHEN]01"
    assert "U+2011 NON-BREAKING HYPHEN" in problem["reason_vi"]


def test_inclusive_ends(home: Path, tmp_path: Path) -> None:
    """Case 20-inclusive: the last day is held, and a term of one day is a term."""
    terms = (
        "t1,p1,q1,2019-04-01,2019-06-30,day,day,closed\nt2,p2,q1,2019-07-01,,day,,ongoing\n"
        "t3,p3,q2,2019-06-30,2019-06-30,day,day,closed\nt4,p4,q4,2018,2019-05,year,month,closed\n"
    )
    source = folder(tmp_path / "in", terms)
    refused = take(tmp_path / "other", source)
    assert (4, "end", "EndsBeforeStart") in rules(refused)
    assert "--ends inclusive" in refused["set_aside"][0]["remedy"]
    assert "--ends inclusive" in refused["set_aside"][0]["remedy_vi"]
    report = take(home, source, "--ends", "inclusive")
    assert held(home, "2019-06-30") == {
        "t1": ("2019-04-01", "2019-07-01"),
        "t3": ("2019-06-30", "2019-07-01"),
    }
    assert held(home, "2019-07-01") == {"t2": ("2019-07-01", "")}
    told = {each["how"]: each["lines"] for each in report["readings"]}
    assert (told["INCLUSIVE_END"], told["INCLUSIVE_PARTIAL"]) == (2, 1)


def test_the_dry_run_says_it_in_both_languages(home: Path, tmp_path: Path) -> None:
    source = folder(tmp_path / "in", "t1,p1,q1,2019-04-01,9999-12-31,day,day,closed\nt2,p2,q2,1/2/2019,,,,\n")
    words = ("import", "terms", str(source), "--scheme", "s", "--dry-run")
    english, vietnamese = (run(home, *words, lang=lang).stdout for lang in ("en", "vi"))
    assert "terms.csv end: read as open: no end '9999-12-31' (1 lines, the first is 2)" in english
    assert "terms.csv end: hiểu là chưa kết thúc '9999-12-31' (1 dòng, dòng đầu tiên là 2)" in vietnamese
    assert "say --dates dmy" in english
    assert "hãy thêm --dates dmy" in vietnamese
    assert cadre(home, *words)["readings"]


def test_dates_of_units_are_read_alike(home: Path, tmp_path: Path) -> None:
    units = (
        "unit_id,parent_id,name,level,valid_from,valid_to\nu1,,A,x,31/12/2000,present\nu2,,B,x,01/02/2001,?\n"
    )
    report = take(home, folder(tmp_path / "in", units=units, terms=""))
    assert rules(report) == {(3, "valid_to", "BadDate")}
    assert ("units.csv", "valid_from", "DAY_FIRST_PROVED") in ways(report)
    assert report["taken"]["units"] == 1
    assert TERMS_HEADER
