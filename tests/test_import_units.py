"""The dated history of units through a real ledger: every answer of the open data, and what becomes of bad lines."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import UNITS
from services.importing.result import ImportReport
from shared.operations.settings import Settings
from shared.runtime.embedded import EmbeddedLedger
from tests.unit_files import history, names, run, tree, versions

FIELDS = ("name", "type", "valid_from", "valid_to", "change_in", "change_out")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[EmbeddedLedger]:
    opened = open_embedded_ledger(Settings(home=tmp_path, site="test"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def imported(
    open_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[EmbeddedLedger, ImportReport, Path]]:
    """The ledger, what its import said, and the folder with 20 trees and 62 histories computed by others."""
    folder = open_data / "vn-units"
    opened = open_embedded_ledger(Settings(home=tmp_path_factory.mktemp("units"), site="test"))
    yield opened, run(opened, folder), folder
    opened.close()


def test_every_line_is_taken(imported: tuple[EmbeddedLedger, ImportReport, Path]) -> None:
    _, report, _ = imported
    assert report.set_aside == []
    assert report.taken == {"units": 2269, "versions": 2859, "decisions": 422}
    assert "map_old_to_new.csv" in report.ignored_files
    assert "decrees.csv" not in report.ignored_files


def test_the_tree_of_every_date(imported: tuple[EmbeddedLedger, ImportReport, Path]) -> None:
    ledger, _, folder = imported
    for expected in json.loads((folder / "expected" / "as_of_dates.json").read_bytes()):
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


def test_the_history_of_every_sample_unit(imported: tuple[EmbeddedLedger, ImportReport, Path]) -> None:
    ledger, _, folder = imported
    for code, expected in json.loads((folder / "expected" / "unit_histories.json").read_bytes()).items():
        found = [(line["parent"], *(line[field] for field in FIELDS)) for line in versions(ledger, code)]
        wanted = [(line["parent_code"], *(line[field] for field in FIELDS)) for line in expected]
        assert found == wanted, code


def test_again_changes_nothing(imported: tuple[EmbeddedLedger, ImportReport, Path]) -> None:
    ledger, first, folder = imported
    again = run(ledger, folder)
    assert (again.facts, again.facts_unchanged, again.set_aside) == (0, first.facts, [])


def chain_of(by_place: dict[str, dict[str, Any]], place: str) -> list[str]:
    chain = []
    while place in by_place:
        line = by_place[place]
        chain.append(f"{line['code']} {line['name']}")
        place = f"{int(line['level']) - 1}/{line['parent']}"
    return chain


def test_a_dry_run_stores_nothing(ledger: EmbeddedLedger, tmp_path: Path) -> None:
    folder = history(tmp_path, "1,01,1,,Tỉnh A,Tỉnh,2004-08-31,,baseline,,")
    assert run(ledger, folder, write=False).facts == 1
    assert ledger.logs["organization"].position() == 0


def test_an_interrupted_import_is_finished_by_the_next(
    ledger: EmbeddedLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.importing.batches.STREAMS_PER_TRANSACTION", 2)
    lines = [f"2,{code:03},1,01,Huyện {code},Huyện,2004-08-31,,baseline,," for code in range(1, 8)]
    folder = history(tmp_path, "1,01,1,,Tỉnh A,Tỉnh,2004-08-31,,baseline,,", *lines)

    def stop(what: str, done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(ledger, folder, progress=stop)
    assert ledger.logs["organization"].position() == 4
    assert (run(ledger, folder).facts, len(tree(ledger, "2005-01-01"))) == (4, 8)


def test_a_code_that_comes_back_is_another_unit(ledger: EmbeddedLedger, tmp_path: Path) -> None:
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
    parents = {row.parent_id for row in ledger.tables.rows(UNITS, unit_id=only["unit"])}
    assert len(parents) == 2


def test_a_parent_that_the_file_does_not_hold_keeps_its_code(ledger: EmbeddedLedger, tmp_path: Path) -> None:
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
    (last,) = (row for row in ledger.tables.rows(UNITS, kind="SUB_CITY"))
    assert last.valid_from == "2020-01-01", "a city within a city, because its parent is one"
