"""Two trees of units and the map between them, as files of a folder."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap.services import open_embedded_ledger
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.rows import EDGES, UNITS
from services.importing.result import ImportReport
from services.importing.units.importer import import_units
from services.importing.units.queries import units_as_of
from shared.commands.command_handler import Origin
from shared.core.partial_dates import BY_NOW, civil_day
from shared.operations.settings import Settings
from shared.runtime.embedded import EmbeddedLedger

TREE = "level,code,parent_code,name,type\n"
OLD = "1,01,,Tỉnh A,Tỉnh\n1,02,,Tỉnh B,Tỉnh\n2,001,01,Huyện C,Huyện\n2,002,02,Huyện D,Huyện\n"
COMMUNES = "3,00001,001,Xã E,Xã\n3,00004,001,Xã F,Xã\n3,00007,002,Xã G,Xã\n3,00010,002,Xã H,Xã\n"
NEW = "1,01,,Tỉnh A,Tỉnh\n2,00001,01,Xã E,Xã\n2,00004,01,Phường F,Phường\n"
MAP = "old_code,new_code,sources_agree\n00001,00001,3/3\n00004,00004,3/3\n00007,00004,2/3\n00010,00004,3/3\n"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[EmbeddedLedger]:
    opened = open_embedded_ledger(Settings(home=tmp_path, site="test"))
    yield opened
    opened.close()


def folder(tmp_path: Path, **files: str) -> Path:
    path = tmp_path / "trees"
    path.mkdir(exist_ok=True)
    given = {
        "units_until_20250630": TREE + OLD + COMMUNES,
        "units_from_20250701": TREE + NEW,
        "map_old_to_new": MAP,
    }
    for name, content in {**given, **files}.items():
        if content:
            (path / f"{name}.csv").write_text(content, encoding="utf-8")
    return path


def run(ledger: EmbeddedLedger, path: Path, **options: Any) -> ImportReport:
    return import_units(ledger, path, "t", **{"write": True, "origin": Origin(actor="test"), **options})


def tree(ledger: EmbeddedLedger, day: str) -> dict[str, str]:
    with ledger.tables.engine.connect() as connection:
        lines = units_as_of(connection, "t", AsOf(civil_day(day), BY_NOW))
    return {f"{line['level']}/{line['code']}": f"{line['name']} < {line['parent']}" for line in lines}


def test_both_trees_and_the_clauses(ledger: EmbeddedLedger, tmp_path: Path) -> None:
    report = run(ledger, folder(tmp_path))
    assert report.set_aside == []
    assert report.taken == {"units_until": 8, "units_from": 3, "links": 4}
    assert len(tree(ledger, "2025-06-30")) == 8
    assert tree(ledger, "2025-07-01") == {
        "1/01": "Tỉnh A < ",
        "2/00001": "Xã E < 01",
        "2/00004": "Phường F < 01",
    }
    edges = ledger.tables.rows(EDGES)
    assert Counter(edge.portion for edge in edges) == {"WHOLE": 5}
    living = [row for row in ledger.tables.rows(UNITS) if row.opening.startswith("reparented")]
    assert [row.name for row in living] == ["Xã E"], "its whole territory alone makes the new unit"
    provinces = {row.closing for row in ledger.tables.rows(UNITS, level="PROVINCE")}
    assert provinces == {"CONSOLIDATED", ""}, "made of two, so both end and the new one is another unit"


def test_again_and_dry(ledger: EmbeddedLedger, tmp_path: Path) -> None:
    path = folder(tmp_path)
    dry = run(ledger, path, write=False)
    assert (dry.set_aside, ledger.logs["organization"].position()) == ([], 0)
    assert run(ledger, path).facts == dry.facts
    assert run(ledger, path).facts == 0


def test_bad_lines(ledger: EmbeddedLedger, tmp_path: Path) -> None:
    bad = "9,1,01,X,Xã\n3,,001,X,Xã\n3,00001,001,X,Xã\n3,00013,999,X,Xã\n1,09,01,X,Tỉnh\n3,00016,,X,Xã\n"
    bad += "3,00019,001,,Xã\n"
    links = MAP + "00001,00004,1/3\n00013,00001,3/3\n00001,00099,3/3\n"
    report = run(
        ledger, folder(tmp_path, units_until_20250630=TREE + OLD + COMMUNES + bad, map_old_to_new=links)
    )
    assert sorted((problem.line, problem.column, problem.rule) for problem in report.set_aside) == sorted(
        [
            (10, "level", "UnknownLevel"),
            (11, "code", "Missing"),
            (12, "code", "Duplicate"),
            (14, "parent_code", "ParentNotAbove"),
            (15, "parent_code", "ParentNotAbove"),
            (16, "name", "Missing"),
            (13, "parent_code", "UnknownReference"),
            (6, "sources_agree", "SourcesDisagree"),
            (7, "old_code", "UnknownReference"),
            (8, "new_code", "UnknownReference"),
        ]
    )
    living = [row for row in ledger.tables.rows(UNITS) if row.opening.startswith("reparented")]
    assert living == [], (
        "a line of the old tree is missing, so nobody can tell that Xã E alone makes the new one"
    )


@pytest.mark.parametrize(
    ("files", "rules"),
    [
        ({"map_old_to_new": ""}, ["MissingFile"]),
        ({"map_old_to_new": "old,new\n"}, ["MissingColumn", "MissingFile"]),
        ({"units_from_20250701": "level\n"}, ["MissingColumn", *["UnknownReference"] * 4]),
    ],
)
def test_without_the_map_only_the_old_tree_is_taken(
    ledger: EmbeddedLedger, tmp_path: Path, files: dict[str, str], rules: list[str]
) -> None:
    report = run(ledger, folder(tmp_path, **files))
    assert [problem.rule for problem in report.set_aside] == rules
    assert len(tree(ledger, "2025-06-30")) == 8
    assert ledger.tables.rows(EDGES) == []


def test_a_new_tree_alone(ledger: EmbeddedLedger, tmp_path: Path) -> None:
    assert run(ledger, folder(tmp_path, units_until_20250630="", map_old_to_new="")).set_aside == []
    assert len(tree(ledger, "2025-07-01")) == 3


def test_an_empty_folder(ledger: EmbeddedLedger, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert [problem.rule for problem in run(ledger, tmp_path / "none").set_aside] == ["MissingFile"]


def test_a_history_under_the_same_scheme_is_refused_as_a_whole(
    ledger: EmbeddedLedger, tmp_path: Path
) -> None:
    path = folder(tmp_path)
    run(ledger, path)
    columns = "level,code,version,parent_code,name,type,valid_from,valid_to,change_in,change_out\n"
    (path / "unit_history.csv").write_text(
        columns + "1,01,1,,Tỉnh A,Tỉnh,2004-08-31,,baseline,\n", encoding="utf-8"
    )
    report = run(ledger, path)
    assert ([problem.rule for problem in report.set_aside], report.facts) == (["SchemeInUse"], 0)


def test_another_day_of_a_tree_is_a_correction_of_the_whole_and_never_of_a_part(
    ledger: EmbeddedLedger, tmp_path: Path
) -> None:
    """The day stands in the names of the files; no id of ours is in the report."""
    run(ledger, folder(tmp_path))
    later = tmp_path / "later"
    later.mkdir()
    (tmp_path / "trees" / "units_until_20250630.csv").rename(later / "units_until_20250731.csv")
    (tmp_path / "trees" / "units_from_20250701.csv").rename(later / "units_from_20250801.csv")
    (tmp_path / "trees" / "map_old_to_new.csv").rename(later / "map_old_to_new.csv")
    report = run(ledger, later)
    assert report.set_aside == []
    assert ("3/00007", "day", "2025-07-01", "2025-08-01") in {
        (each.id, each.column, each.old, each.new) for each in report.corrected
    }
    assert all(len(each.id) < 10 and each.file for each in report.corrected)
    assert len(tree(ledger, "2025-07-31")) == 8
    part = folder(tmp_path, units_from_20250701=TREE + "1,01,,Tỉnh A,Tỉnh\n", units_until_20250630="")
    [problem] = run(ledger, part).set_aside
    assert (problem.rule, problem.value) == ("OtherDay", "2025-07-01, 2025-08-01")
    assert len(tree(ledger, "2025-08-01")) == 3


def test_the_nation_from_the_open_data(ledger: EmbeddedLedger, open_data: Path) -> None:
    report = run(ledger, open_data / "vn-units", trees=True)
    rules = Counter(problem.rule for problem in report.set_aside)
    assert rules == {"SourcesDisagree": 58, "UnknownReference": 12}
    assert "unit_history_2004_2025.csv" in report.ignored_files
    counts = [Counter(place[0] for place in tree(ledger, day)) for day in ("2025-06-30", "2025-07-01")]
    assert counts == [{"1": 63, "2": 696, "3": 10035}, {"1": 34, "2": 3321}]
