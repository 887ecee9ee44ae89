"""Dirty files of units: every bad line is set aside with its reason, the good ones are in."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import DECISIONS, UNITS
from shared.operations.settings import Settings
from shared.runtime.embedded import EmbeddedLedger
from tests.unit_files import HEADER, history, names, run, versions


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[EmbeddedLedger]:
    opened = open_embedded_ledger(Settings(home=tmp_path, site="test"))
    yield opened
    opened.close()


GOOD = (
    "1,01,1,,Tỉnh A,Tỉnh,2004-08-31,,baseline,,",
    "2,001,1,01,Huyện B,Huyện,2004-08-31,,baseline,,",
    f"3,00001,1,001,{unicodedata.normalize('NFD', 'Xã Hòa Bình')},Xã,2004-08-31,,baseline,,",
    "3,00002,1,001,Xã C,Lũng,2004-08-31,,baseline,,",
)
BAD = {
    "3,00010,1,001,Xã,Xã,2020-02-30,,created,,": ("valid_from", "BadDate"),
    "3,00011,1,001,Xã,Xã,2020,,created,,": ("valid_from", "BadDate"),
    "3,00012,1,001,Xã,Xã,2020-01-01,mai,created,,": ("valid_to", "BadDate"),
    "3,00013,1,001,Xã,Xã,2020-01-01,2019-01-01,created,dissolved,": ("valid_to", "EndsBeforeStart"),
    "3,00014,1,001,Xã,Xã,,,created,,": ("valid_from", "Missing"),
    "3,00015,1,001,,Xã,2020-01-01,,created,,": ("name", "Missing"),
    "3,,1,001,Xã,Xã,2020-01-01,,created,,": ("code", "Missing"),
    "4,00016,1,001,Xã,Xã,2020-01-01,,created,,": ("level", "UnknownLevel"),
    "3,00017,x,001,Xã,Xã,2020-01-01,,created,,": ("version", "NotANumber"),
    "3,00001,1,001,Xã Hòa Bình,Xã,2004-08-31,,baseline,,": ("version", "Duplicate"),
    "3,00001,2,001,Xã khác,Xã,2010-01-01,,renamed,,": ("valid_from", "Overlaps"),
    "3,00018,1,00018,Xã,Xã,2020-01-01,,created,,": ("parent_code", "UnderItself"),
    "2,002,1,00001,Huyện,Huyện,2020-01-01,,created,,": ("parent_code", "ParentNotAbove"),
    "2,003,1,00019,Huyện,Huyện,2020-01-01,,created,,": ("parent_code", "UnderItself"),
    "1,02,1,001,Tỉnh,Tỉnh,2020-01-01,,created,,": ("parent_code", "ParentNotAbove"),
    "3,00020,1,001,Xã": ("level", "FieldCount"),
    f"3,00021,1,001,{'x' * 10_001},Xã,2020-01-01,,created,,": ("name", "TooLong"),
    "3,00022,1,001,Đặc khu,Đặc khu,2020-01-01,,created,,": ("type", "KindNotInForce"),
}
CHILD = "3,00019,1,003,Xã cháu,Xã,2020-01-01,,created,,"


def test_bad_lines_are_set_aside_and_the_good_ones_are_in(ledger: EmbeddedLedger, tmp_path: Path) -> None:
    report = run(ledger, history(tmp_path, *GOOD, *BAD, CHILD))
    found = {(problem.line, problem.column, problem.rule) for problem in report.set_aside}
    assert found == {(number, *problem) for number, problem in enumerate(BAD.values(), start=2 + len(GOOD))}
    assert all(
        problem.file == "unit_history.csv" and problem.reason and problem.remedy and problem.reason_vi
        for problem in report.set_aside
    )
    taken = names(ledger, "2024-01-01")
    assert taken.pop("3/00019") == "Xã cháu < 003", "its parent was set aside; what the file calls it is kept"
    assert taken == {
        "1/01": "Tỉnh A < ",
        "2/001": "Huyện B < 01",
        "3/00001": "Xã Hòa Bình < 001",
        "3/00002": "Xã C < 001",
    }


def test_a_line_that_is_set_aside_does_not_prolong_the_one_before(
    ledger: EmbeddedLedger, tmp_path: Path
) -> None:
    first = "1,01,1,,Tỉnh A,Tỉnh,2004-08-31,2010-01-01,baseline,renamed,"
    run(ledger, history(tmp_path, first, "1,01,2,,Tỉnh B,Tỉnh,2010-01-01,2009-01-01,renamed,renamed,"))
    assert names(ledger, "2009-12-31") == {"1/01": "Tỉnh A < "}
    assert names(ledger, "2024-01-01") == {}, "the line that would say what it became was set aside"
    mended = history(tmp_path, first, "1,01,2,,Tỉnh B,Tỉnh,2010-01-01,,renamed,,")
    assert (run(ledger, mended).set_aside, names(ledger, "2024-01-01")) == ([], {"1/01": "Tỉnh B < "})
    assert len(versions(ledger, "1/01")) == 2


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"level,code,name\n1,01,A\n", "MissingColumn"),
        (HEADER.encode("utf-16") + b"x", "NotUtf8"),
        (HEADER.encode() + "1,01,1,,Tỉnh,Tỉnh,2004-08-31,,baseline,,\n".encode("utf-16-le"), "NotUtf8"),
        (b"", "MissingColumn"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(
    ledger: EmbeddedLedger, tmp_path: Path, content: bytes, rule: str
) -> None:
    folder = history(tmp_path)
    (folder / "unit_history.csv").write_bytes(content)
    report = run(ledger, folder)
    assert [(problem.file, problem.rule) for problem in report.set_aside] == [("unit_history.csv", rule)]
    assert ledger.logs["organization"].position() == 0


def test_decrees_are_registered_with_what_the_list_knows(ledger: EmbeddedLedger, tmp_path: Path) -> None:
    folder = history(tmp_path, "1,01,1,,Tỉnh A,Tỉnh,2012-05-03,,created,,11/NQ-CP ngày 2/4/2012")
    (folder / "decrees.csv").write_text(
        "effective_date,decree,title\n2012-05-03,11/NQ-CP ngày 2/4/2012,Thành lập\n2013-01-01,84/2005-NĐ-CP,Khác\n"
        "2013-02-30,1/NQ-CP,Sai\n"
    )
    report = run(ledger, folder)
    assert [(problem.line, problem.rule) for problem in report.set_aside] == [(4, "BadDate")]
    signed, unsigned = sorted(ledger.tables.rows(DECISIONS), key=lambda row: row.valid_from)
    assert (signed.number, signed.issuer, signed.signed_on) == ("11/NQ-CP", "Chính phủ", "2012-04-02")
    assert (unsigned.number, unsigned.signed_on) == ("84/2005-NĐ-CP", "")
    (row,) = ledger.tables.rows(UNITS)
    assert row.decision == signed.decision_id
