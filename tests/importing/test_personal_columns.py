"""The personal columns of a list of persons become what the file of a person says; other columns are named."""

from pathlib import Path

import pytest

from services.bootstrap.services import open_embedded_ledger
from services.importing.batches import derive_id
from shared.operations.settings import load
from tests.importing.files import folder, rules, take

ENGLISH = (
    "person_id,name,sex,birth,ethnicity,religion,home_place,party_joined,party_full,service_from,cadre_no,category,"
    "degree,theory,state_management,shoe_size\n"
    "p1,An,F,1975-03-00,Tày,Không,Lào Cai,03/02/2000,15/02/2001,1998.0,SH-1,công chức,Thạc sĩ,Cao cấp,SENIOR,38\n"
    "p2,Bình,nam,,,,,04/03/2001,,,,,,,,\n"
)
VIETNAMESE = (
    "person_id;Họ và tên;Giới tính;Ngày sinh;Dân tộc;Tôn giáo;Quê quán;Ngày vào Đảng;Ngày chính thức;"
    "Ngày tuyển dụng;Số hồ sơ;Đối tượng;Trình độ;Lý luận chính trị;Quản lý nhà nước;Cỡ giày\n"
    "p1;An;Nữ;3/1975;Tày;Không;Lào Cai;ngày 3 tháng 2 năm 2000;15/02/2001;1998;SH-1;Công chức;Thạc sĩ;cao cấp;"
    "SENIOR;38\np2;Bình;Nam;;;;;04/3/2001;;;;;;;;\n"
)


@pytest.mark.parametrize("persons", [ENGLISH, VIETNAMESE], ids=["english", "vietnamese"])
def test_every_personal_column_is_on_file(tmp_path: Path, persons: str) -> None:
    """`04/03/2001` alone proves nothing; the caller says that the day is first."""
    report = take(tmp_path / "home", folder(tmp_path / "in", persons=persons), "--dates", "dmy")
    assert report["set_aside"] == []
    ignored = [each["column"] for each in report["readings"] if each["how"] == "IGNORED_COLUMN"]
    assert ignored in (["shoe_size"], ["Cỡ giày"])
    words = {
        (each["example"].lower(), each["read_as"]) for each in report["readings"] if each["how"] == "WORD"
    }
    assert words >= {("công chức", "CIVIL_SERVANT"), ("cao cấp", "ADVANCED")}
    ledger = open_embedded_ledger(load(tmp_path / "home"))
    try:
        ids = {code: derive_id("s", "person", code) for code in ("p1", "p2")}
        events = ledger.logs["personnel"].load_streams(list(ids.values()))
        facts = {code: events[id_][0].fact for code, id_ in ids.items()}
    finally:
        ledger.close()
    stated = {
        name: str(getattr(facts["p1"], name))
        for name in facts["p1"].__struct_fields__
        if getattr(facts["p1"], name) and name not in ("codes", "effective_from", "confidentiality")
    }
    assert stated == {
        "name": "An", "sex": "F", "birth": "1975-03", "ethnicity": "Tày", "religion": "Không",
        "home_place": "Lào Cai", "party_joined": "2000-02-03", "party_full": "2001-02-15", "service_from": "1998",
        "cadre_no": "SH-1", "category": "CIVIL_SERVANT", "degree": "Thạc sĩ", "theory": "ADVANCED",
        "state_management": "SENIOR",
    }  # fmt: skip
    assert (facts["p2"].sex, facts["p2"].party_joined, facts["p2"].birth) == ("M", "2001-03-04", "")


def test_words_that_are_no_sex_or_legal_status_are_told(tmp_path: Path) -> None:
    persons = "person_id,name,sex,category\np1,A,nữ giới?,\np2,B,,nhân viên\np3,C,-,N/A\n"
    report = take(tmp_path / "home", folder(tmp_path / "in", persons=persons))
    assert rules(report) == {(2, "sex", "UnknownWord"), (3, "category", "UnknownWord")}
    assert all(each["remedy"] and each["remedy_vi"] for each in report["set_aside"])
    assert report["taken"]["persons"] == 1


def test_a_column_of_birthdays_proves_its_own_order(tmp_path: Path) -> None:
    persons = "person_id,name,birth,party_joined\np1,A,13/02/1975,03/02/2000\np2,B,02/03/1975,\n"
    report = take(tmp_path / "home", folder(tmp_path / "in", persons=persons))
    assert rules(report) == {(2, "party_joined", "AmbiguousDate")}
    assert report["taken"]["persons"] == 1


def test_a_later_part_proves_the_birthdays_of_an_earlier_one(tmp_path: Path) -> None:
    """Law of batching: the lines wait sealed, so that nothing of a person lies in clear outside the log."""
    home = tmp_path / "home"
    first = "person_id,name,birth\np1,Nguyễn Văn An,02/03/1975\np2,Lê Thị Bình,1980\n"
    report = take(home, folder(tmp_path / "in", "t1,p1,q1,2001,,,,\n", persons=first))
    assert rules(report) == {(2, "birth", "AmbiguousDate"), (2, "person_id", "UnknownReference")}
    kept = b"".join(path.read_bytes() for path in home.glob("imports.db*"))
    assert b"sealed" in kept
    assert not any(text.encode() in kept for text in ("Nguyễn Văn An", "02/03/1975", "1975"))
    later = "person_id,name,birth\np3,Trần Văn Cúc,13/02/1975\n"
    report = take(home, folder(tmp_path / "in", "", persons=later))
    assert (report["set_aside"], report["in"]["persons"], report["in"]["terms"]) == ([], 2, 1)
    told = {(each["column"], each["how"], each["example"]) for each in report["readings"]}
    assert ("birth", "DAY_FIRST_PROVED", "13/02/1975") in told
    ledger = open_embedded_ledger(load(home))
    try:
        [event] = ledger.logs["personnel"].load_stream(derive_id("s", "person", "p1"))
    finally:
        ledger.close()
    assert event.fact.birth == "1975-03-02"


def test_parts_that_prove_both_orders_are_one_column_that_mixes_them(tmp_path: Path) -> None:
    """As in one file: what was taken on the first proof is taken back, and both proofs are named."""
    home = tmp_path / "home"
    header = "term_id,person_id,post_id,start,end,start_precision,end_precision,end_status\n"
    first = header + "t1,p1,q1,13/02/2001,,,,\nt2,p2,q2,02/03/2001,,,,\n"
    assert take(home, folder(tmp_path / "in", first))["set_aside"] == []
    report = take(home, folder(tmp_path / "in", header + "t3,p3,q3,02/25/2001,,,,\n"))
    assert {(each["id"], each["line"], each["rule"]) for each in report["set_aside"]} == {
        (f"t{number}", line, "AmbiguousDate") for number, line in ((1, 2), (2, 3), (3, 2))
    }
    assert "'13/02/2001' on line 2 of terms.csv imported before" in report["set_aside"][0]["reason"]
    assert "dòng 2 của terms.csv đã nhập trước" in report["set_aside"][0]["reason_vi"]
    assert {(each["id"], each["old"], each["new"]) for each in report["corrected"]} == {
        ("t1", "2001-02-13", ""),
        ("t2", "2001-03-02", ""),
    }
    mended = take(home, folder(tmp_path / "in", header + "t3,p3,q3,25/02/2001,,,,\n"))
    assert (mended["set_aside"], mended["in"]["terms"]) == ([], 3)
