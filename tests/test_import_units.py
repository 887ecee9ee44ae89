"""The dated history of units through a real ledger: every answer of the open data, and what becomes of bad lines."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.chronicle.queries.answers import When
from services.composition import embedded
from services.intake.report import Report
from services.intake.unit_answers import unit_versions, units_as_of
from services.intake.units import import_units
from shared.application import Origin
from shared.dates import BY_NOW, civil_day
from shared.runtime.embedded import Embedded
from shared.settings import Settings

OPEN = Path(__file__).parents[1].parent / "shared" / "data" / "vn-units"
needs_open_data = pytest.mark.skipif(not OPEN.exists(), reason=f"the open data is not at {OPEN}")
ORIGIN = Origin(actor="test", correlation="batch")
HEADER = "level,code,version,parent_code,name,type,valid_from,valid_to,change_in,change_out,decrees_in\n"
FIELDS = ("name", "type", "valid_from", "valid_to", "change_in", "change_out")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Embedded]:
    opened = embedded(Settings(home=tmp_path, site="test"))
    yield opened
    opened.close()


def run(ledger: Embedded, folder: Path, **options: Any) -> Report:
    return import_units(ledger, folder, "t", **{"write": True, "origin": ORIGIN, **options})


def history(tmp_path: Path, *lines: str) -> Path:
    folder = tmp_path / "files"
    folder.mkdir(exist_ok=True)
    (folder / "unit_history.csv").write_text(
        HEADER + "".join(line + "\n" for line in lines), encoding="utf-8-sig"
    )
    return folder


def tree(ledger: Embedded, day: str) -> list[dict[str, Any]]:
    with ledger.tables.engine.connect() as connection:
        return units_as_of(connection, "t", When(civil_day(day), BY_NOW))


def names(ledger: Embedded, day: str) -> dict[str, str]:
    return {
        f"{line['level']}/{line['code']}": f"{line['name']} < {line['parent']}" for line in tree(ledger, day)
    }


def versions(ledger: Embedded, code: str) -> list[dict[str, Any]]:
    with ledger.tables.engine.connect() as connection:
        return unit_versions(connection, "t", code)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Embedded, Report]]:
    """20 dates and 62 histories, computed by others from the same file."""
    if not OPEN.exists():
        pytest.skip(f"the open data is not at {OPEN}")
    opened = embedded(Settings(home=tmp_path_factory.mktemp("units"), site="test"))
    yield opened, run(opened, OPEN)
    opened.close()


def test_every_line_is_taken(imported: tuple[Embedded, Report]) -> None:
    _, report = imported
    assert report.set_aside == []
    assert report.taken == {"units": 2269, "versions": 2859, "decisions": 422}
    assert "map_old_to_new.csv" in report.ignored_files
    assert "decrees.csv" not in report.ignored_files


def test_the_tree_of_every_date(imported: tuple[Embedded, Report]) -> None:
    ledger, _ = imported
    for expected in json.loads((OPEN / "expected" / "as_of_dates.json").read_bytes()):
        lines = tree(ledger, expected["date"])
        assert Counter(line["level"] for line in lines) == expected["count_by_level"], expected["date"]
        kinds = Counter(f"{line['level']} {line['type']}" for line in lines)
        assert kinds == expected["count_by_level_type"], expected["date"]
        texts = sorted("|".join(line.values()) for line in lines)
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
        assert digest == expected["sha256_tree"], expected["date"]
        by_place = {f"{line['level']}/{line['code']}": line for line in lines}
        for place, chain in expected["chain_of_sample_units"].items():
            assert chain_of(by_place, place) == chain, (expected["date"], place)
        for code, children in expected["children_of_sample_districts"].items():
            found = [
                f"{line['code']} {line['name']}"
                for line in lines
                if (line["level"], line["parent"]) == ("3", code)
            ]
            assert found == children, (expected["date"], code)


def test_the_history_of_every_sample_unit(imported: tuple[Embedded, Report]) -> None:
    ledger, _ = imported
    for code, expected in json.loads((OPEN / "expected" / "unit_histories.json").read_bytes()).items():
        found = [(line["parent"], *(line[field] for field in FIELDS)) for line in versions(ledger, code)]
        wanted = [(line["parent_code"], *(line[field] for field in FIELDS)) for line in expected]
        assert found == wanted, code


def test_again_changes_nothing(imported: tuple[Embedded, Report]) -> None:
    ledger, first = imported
    again = run(ledger, OPEN)
    assert (again.facts, again.unchanged, again.set_aside) == (0, first.facts, [])


def chain_of(by_place: dict[str, dict[str, Any]], place: str) -> list[str]:
    chain = []
    while place in by_place:
        line = by_place[place]
        chain.append(f"{line['code']} {line['name']}")
        place = f"{int(line['level']) - 1}/{line['parent']}"
    return chain


@needs_open_data
def test_the_trees_and_the_map_when_asked_for(ledger: Embedded) -> None:
    report = run(ledger, OPEN, trees=True)
    assert Counter(problem.rule for problem in report.set_aside) == {
        "SourcesDisagree": 58,
        "UnknownReference": 12,
    }
    assert "unit_history_2004_2025.csv" in report.ignored_files
    counts = [Counter(line["level"] for line in tree(ledger, day)) for day in ("2025-06-30", "2025-07-01")]
    assert counts == [{"1": 63, "2": 696, "3": 10035}, {"1": 34, "2": 3321}]


def test_a_dry_run_stores_nothing(ledger: Embedded, tmp_path: Path) -> None:
    folder = history(tmp_path, "1,01,1,,Tỉnh A,Tỉnh,2004-08-31,,baseline,,")
    assert run(ledger, folder, write=False).facts == 1
    assert ledger.logs["organization"].position() == 0


def test_an_interrupted_import_is_finished_by_the_next(
    ledger: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.batch.STREAMS_A_TRANSACTION", 2)
    lines = [f"2,{code:03},1,01,Huyện {code},Huyện,2004-08-31,,baseline,," for code in range(1, 8)]
    folder = history(tmp_path, "1,01,1,,Tỉnh A,Tỉnh,2004-08-31,,baseline,,", *lines)

    def stop(what: str, done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(ledger, folder, progress=stop)
    assert ledger.logs["organization"].position() == 4
    assert (run(ledger, folder).facts, len(tree(ledger, "2005-01-01"))) == (4, 8)


def test_a_code_that_comes_back_is_another_unit(ledger: Embedded, tmp_path: Path) -> None:
    folder = history(
        tmp_path,
        "1,01,1,,Tỉnh A,Tỉnh,2004-08-31,,baseline,,",
        "2,001,1,01,Huyện B,Huyện,2004-08-31,2010-01-01,baseline,dissolved,",
        "2,001,2,01,Quận C,Quận,2010-01-01,,created,,",
        "3,00001,1,001,Xã D,Xã,2004-08-31,,baseline,,",
        "3,00004,1,001,Xã E,Xã,2004-08-31,2012-01-01,baseline,dissolved,",
        "3,00004,2,001,Phường E,Phường,2015-01-01,,created,,",
    )
    assert run(ledger, folder).set_aside == []
    assert names(ledger, "2013-06-01") == {
        "1/01": "Tỉnh A < ",
        "2/001": "Quận C < 01",
        "3/00001": "Xã D < 001",
    }
    first, second = versions(ledger, "3/00004")
    assert first["unit"] != second["unit"]
    assert (first["change_out"], first["valid_to"], second["change_in"]) == (
        "dissolved",
        "2012-01-01",
        "created",
    )
    (only,) = versions(ledger, "3/00001")
    assert only["change_out"] == "", (
        "the same parent code, another parent: no change in the words of the list"
    )
    parents = {row.parent_id for row in ledger.tables.rows("units", unit_id=only["unit"])}
    assert len(parents) == 2


def test_a_parent_that_the_file_does_not_hold_keeps_its_code(ledger: Embedded, tmp_path: Path) -> None:
    folder = history(
        tmp_path,
        "1,01,1,,Thành phố A,Thành phố Trung ương,2004-08-31,,baseline,,",
        "2,250,1,26,Huyện M,Huyện,2004-08-31,2008-08-01,baseline,reparented,",
        "2,250,2,01,Thị xã M,Thị xã,2008-08-01,2020-01-01,reparented+renamed+retyped,renamed+retyped,14/2008/NĐ-CP",
        "2,250,3,01,Thành phố M,Thành phố,2020-01-01,,renamed+retyped,,",
    )
    assert run(ledger, folder).set_aside == []
    assert [line["parent"] for line in versions(ledger, "2/250")] == ["26", "01", "01"]
    assert [line["change_in"] for line in versions(ledger, "2/250")][1:] == [
        "reparented+renamed+retyped",
        "renamed+retyped",
    ]
    assert names(ledger, "2005-01-01")["2/250"] == "Huyện M < 26"
    (last,) = (row for row in ledger.tables.rows("units", kind="SUB_CITY"))
    assert last.valid_from == "2020-01-01", "a city within a city, because its parent is one"


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
    "3,00022,1,001,Đặc khu,Đặc khu,2020-01-01,,created,,": ("kind", "KindNotInForce"),
}
CHILD = "3,00019,1,003,Xã cháu,Xã,2020-01-01,,created,,"


def test_bad_lines_are_set_aside_and_the_good_ones_are_in(ledger: Embedded, tmp_path: Path) -> None:
    report = run(ledger, history(tmp_path, *GOOD, *BAD, CHILD))
    found = {(problem.line, problem.column, problem.rule) for problem in report.set_aside}
    assert found == {(number, *problem) for number, problem in enumerate(BAD.values(), start=2 + len(GOOD))}
    assert all(
        problem.file == "unit_history.csv" and problem.reason and problem.remedy
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


def test_a_unit_whose_next_line_is_bad_does_not_end(ledger: Embedded, tmp_path: Path) -> None:
    first = "1,01,1,,Tỉnh A,Tỉnh,2004-08-31,2010-01-01,baseline,renamed,"
    run(ledger, history(tmp_path, first, "1,01,2,,Tỉnh B,Tỉnh,2010-01-01,2009-01-01,renamed,renamed,"))
    assert names(ledger, "2024-01-01") == {"1/01": "Tỉnh A < "}
    mended = history(tmp_path, first, "1,01,2,,Tỉnh B,Tỉnh,2010-01-01,,renamed,,")
    assert (run(ledger, mended).set_aside, names(ledger, "2024-01-01")) == ([], {"1/01": "Tỉnh B < "})
    assert len(versions(ledger, "1/01")) == 2


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"level,code,name\n1,01,A\n", "MissingColumn"),
        (HEADER.encode("utf-16"), "NotUtf8"),
        (HEADER.encode() + "1,01,1,,Tỉnh,Tỉnh,2004-08-31,,baseline,,\n".encode("utf-16-le"), "NotUtf8"),
        (b"", "MissingColumn"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(
    ledger: Embedded, tmp_path: Path, content: bytes, rule: str
) -> None:
    folder = history(tmp_path)
    (folder / "unit_history.csv").write_bytes(content)
    report = run(ledger, folder)
    assert [(problem.file, problem.rule) for problem in report.set_aside] == [("unit_history.csv", rule)]
    assert ledger.logs["organization"].position() == 0


def test_decrees_are_registered_with_what_the_list_knows(ledger: Embedded, tmp_path: Path) -> None:
    folder = history(tmp_path, "1,01,1,,Tỉnh A,Tỉnh,2012-05-03,,created,,11/NQ-CP ngày 2/4/2012")
    (folder / "decrees.csv").write_text(
        "effective_date,decree,title\n2012-05-03,11/NQ-CP ngày 2/4/2012,Thành lập\n2013-01-01,84/2005-NĐ-CP,Khác\n"
        "2013-02-30,1/NQ-CP,Sai\n"
    )
    report = run(ledger, folder)
    assert [(problem.line, problem.rule) for problem in report.set_aside] == [(4, "BadDate")]
    signed, unsigned = sorted(ledger.tables.rows("decisions"), key=lambda row: row.valid_from)
    assert (signed.number, signed.issuer, signed.signed_on) == ("11/NQ-CP", "Chính phủ", "2012-04-02")
    assert (unsigned.number, unsigned.signed_on) == ("84/2005-NĐ-CP", "")
    (row,) = ledger.tables.rows("units")
    assert row.decision == signed.decision_id
