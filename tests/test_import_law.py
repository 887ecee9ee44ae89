"""Laws of importing: however a source is cut, ordered and repeated, the same rows; a corrected source is an update."""

import csv
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from tests.importing_law import (
    TREE_FILES,
    ImportedLedger,
    corrected,
    cut,
    cut_by_date,
    random_source,
    random_trees,
    read_source,
    set_aside,
    with_terms_of_two_persons,
    with_two_numbers_first,
)
from tests.support.examples import tried_on_seeds
from tests.unit_files import HEADER


@tried_on_seeds(few=5, many=20)
def test_parts_in_any_order_and_repeated_make_the_whole(seed: int) -> None:
    """integrity §9, law of batching: rows and what is set aside, for random cuts of random sources."""
    chance = Random(seed)
    source = random_source(chance)
    parts = cut(source, chance.randrange(2, 5), chance)
    parts += chance.sample(parts, 1)
    chance.shuffle(parts)
    with TemporaryDirectory() as folder:
        whole, cut_up = ImportedLedger(Path(folder) / "whole"), ImportedLedger(Path(folder) / "parts")
        expected = whole.take(source)
        for part in parts:
            last = cut_up.take(part)
        assert cut_up.rows() == whole.rows()
        assert set_aside(last) == set_aside(expected)
        again = cut_up.take(source)
        assert (again.facts, set_aside(again)) == (0, set_aside(expected))
        whole.close()
        cut_up.close()


@tried_on_seeds(few=5, many=20)
def test_a_term_of_two_persons_is_that_of_neither_in_any_order(seed: int) -> None:
    """integrity §9, the same law where lines contradict each other: also the order of lines in a file."""
    chance = Random(seed)
    source = with_terms_of_two_persons(random_source(chance, wrong=False), chance)
    parts = cut(source, chance.randrange(2, 5), chance)
    parts += chance.sample(parts, 1)
    chance.shuffle(parts)
    turned = {name: lines[::-1] for name, lines in source.items()}
    with TemporaryDirectory() as folder:
        whole, cut_up = ImportedLedger(Path(folder) / "whole"), ImportedLedger(Path(folder) / "parts")
        expected = whole.take(source)
        for part in parts:
            last = cut_up.take(part)
        assert cut_up.rows() == whole.rows()
        assert set_aside(last) == set_aside(expected)
        again = cut_up.take(turned)
        assert (again.facts, set_aside(again)) == (0, set_aside(expected))
        whole.close()
        cut_up.close()


@tried_on_seeds(few=5, many=20)
def test_the_order_of_day_and_month_is_that_of_the_whole(seed: int) -> None:
    """What one part proves holds for the lines of all parts, also of those before; two proofs refuse the column."""
    chance = Random(seed)
    source = with_two_numbers_first(random_source(chance), chance)
    parts = cut(source, chance.randrange(2, 5), chance)
    parts += chance.sample(parts, 1)
    chance.shuffle(parts)
    with TemporaryDirectory() as folder:
        whole, cut_up = ImportedLedger(Path(folder) / "whole"), ImportedLedger(Path(folder) / "parts")
        expected = whole.take(source)
        for part in parts:
            last = cut_up.take(part)
        assert set_aside(last) == set_aside(expected)
        assert cut_up.rows() == whole.rows()
        again = cut_up.take(source)
        assert (again.facts, set_aside(again)) == (0, set_aside(expected))
        whole.close()
        cut_up.close()


@tried_on_seeds(few=5, many=20, always=(438, 1102))
def test_a_corrected_source_is_an_update(seed: int) -> None:
    """integrity §9, case 25-corrected-file: the old source, then the corrected one, is the corrected one alone."""
    chance = Random(seed)
    source = random_source(chance)
    newer = corrected(source, random_source(chance, wrong=False))
    with TemporaryDirectory() as folder:
        alone, updated = ImportedLedger(Path(folder) / "alone"), ImportedLedger(Path(folder) / "updated")
        expected = alone.take(newer)
        for part in cut(source, 2, chance):
            updated.take(part)
        report = updated.take(newer, remove_missing=True)
        assert set_aside(report) == set_aside(expected)
        assert updated.rows() == alone.rows()
        assert updated.take(newer).facts == 0
        alone.close()
        updated.close()


@pytest.mark.parametrize("name", ["vn-officials-sample", "ifg-ministers/canonical"])
def test_a_real_source_in_chunks_of_dates(open_data: Path, tmp_path: Path, name: str) -> None:
    """Whole, in five chunks of dates, these in another order, twice, then a corrected version."""
    source = read_source(open_data / name)
    whole, chunks, shuffled = (ImportedLedger(tmp_path / kind) for kind in ("whole", "chunks", "shuffled"))
    expected = whole.take(source)
    parts = cut_by_date(source, 5)
    assert len(parts) == 5
    for part in parts:
        last = chunks.take(part)
    assert set_aside(last) == set_aside(expected)
    assert chunks.rows() == whole.rows()
    for part in Random(7).sample(parts + parts, 10):
        last = shuffled.take(part)
    assert set_aside(last) == set_aside(expected)
    assert shuffled.rows() == whole.rows()
    newer = {**source, "terms.csv": [dict(line) for line in source["terms.csv"]]}
    for line in newer["terms.csv"][::7]:
        if line["end_status"] == "closed":
            line.update(end="", end_precision="", end_status="ongoing")
    fresh = ImportedLedger(tmp_path / "fresh")
    expected = fresh.take(newer)
    report = shuffled.take(newer)
    assert report.corrected
    assert set_aside(report) == set_aside(expected)
    assert shuffled.rows() == fresh.rows()
    for each in (whole, chunks, shuffled, fresh):
        each.close()


UNIT_LINES = (
    "1,01,1,,Tỉnh A,Tỉnh,2004-08-31,2010-01-01,baseline,renamed,",
    "1,01,2,,Tỉnh B,Tỉnh,2010-01-01,,renamed,,84/NQ-CP",
    "2,001,1,01,Huyện B,Huyện,2004-08-31,2010-01-01,baseline,dissolved,",
    "2,001,2,01,Quận C,Quận,2010-01-01,,created,,",
    "3,00001,1,001,Xã D,Xã,2004-08-31,,baseline,,",
    "3,00004,1,001,Xã E,Xã,2004-08-31,2012-01-01,baseline,retyped,",
    "3,00004,2,001,Phường E,Phường,2012-01-01,2015-01-01,retyped,reparented,",
    "3,00004,3,002,Phường E,Phường,2015-01-01,,reparented,,",
    "3,00005,1,00001,Xã F,Xã,2004-08-31,,baseline,,",
    "3,00006,1,001,Xã G,Xã,2004-13-31,,baseline,,",
)


@tried_on_seeds(few=4, many=15)
def test_parts_of_a_history_of_units_make_the_whole(seed: int) -> None:
    """The same law for the dated history, where a version in a later part continues a unit or begins another."""
    chance = Random(seed)
    parts: list[list[str]] = [[] for _ in range(chance.randrange(2, 4))]
    for line in UNIT_LINES:
        for part in chance.sample(parts, 1 + (chance.random() < 0.2)):
            part.append(line)
    with TemporaryDirectory() as folder:
        whole, cut_up = ImportedLedger(Path(folder) / "whole"), ImportedLedger(Path(folder) / "parts")
        expected = whole.take_history(UNIT_LINES)
        for part in parts:
            last = cut_up.take_history(part)
        assert cut_up.rows() == whole.rows()
        assert set_aside(last) == set_aside(expected)
        again = cut_up.take_history(UNIT_LINES)
        assert (again.facts, set_aside(again)) == (0, set_aside(expected))
        mended = [
            line.replace("2004-13-31", "2004-12-31").replace("Xã D", "Xã Đ") for line in UNIT_LINES[:-2]
        ]
        report = cut_up.take_history(mended, remove_missing=True)
        assert {(each.id, each.column, each.old, each.new) for each in report.corrected} == {
            ("3/00001", "name", "Xã D", "Xã Đ")
        }
        fresh = ImportedLedger(Path(folder) / "fresh")
        fresh.take_history(mended)
        assert cut_up.rows() == fresh.rows()
        for each in (whole, cut_up, fresh):
            each.close()


@tried_on_seeds(few=4, many=10)
def test_a_corrected_history_is_an_update_whatever_it_corrects(seed: int) -> None:
    """Other days, names, kinds and parents, lines that are gone and new ones: as the corrected history alone."""
    chance = Random(seed)
    good = list(UNIT_LINES[:7])
    newer = []
    for line in good:
        level, code, version, parent, name, type_, since, until, *others = line.split(",")
        if chance.random() < 0.3:
            name = f"{name} mới"
        if level == "3" and chance.random() < 0.3:
            parent = chance.choice(["001", "002"])
        if until and chance.random() < 0.3:
            until = f"{until[:4]}-06-15"
        if version != "1" and chance.random() < 0.3:
            since = f"{since[:4]}-06-15"
        if chance.random() < 0.85:
            newer.append(",".join((level, code, version, parent, name, type_, since, until, *others)))
    newer.append("3,00009,1,001,Xã H,Xã,2011-01-01,,created,,")
    with TemporaryDirectory() as folder:
        updated, fresh = ImportedLedger(Path(folder) / "updated"), ImportedLedger(Path(folder) / "fresh")
        for start in (0, 4):
            updated.take_history(good[start : start + 4])
        report = updated.take_history(newer, remove_missing=True)
        expected = fresh.take_history(newer)
        assert set_aside(report) == set_aside(expected)
        if not expected.set_aside:  # a version that is set aside leaves the one before as it is
            assert updated.rows() == fresh.rows()
        assert updated.take_history(newer, remove_missing=True).facts == 0
        updated.close()
        fresh.close()


def test_schemes_do_not_touch_each_other(tmp_path: Path) -> None:
    """Terms, a history and trees under one or other names, in turns: each is what it is alone."""
    chance = Random(4)
    source, trees = random_source(chance, wrong=False), random_trees(chance, wrong=False)
    alone = [ImportedLedger(tmp_path / f"alone-{name}", name) for name in ("x", "y", "z")]
    alone[0].take(source)
    alone[1].take(source)
    alone[2].take_trees(trees)
    together = ImportedLedger(tmp_path / "together", "x")
    for part in cut(source, 2, chance):
        for scheme in ("x", "y"):
            together.scheme = scheme
            last = together.take(part)
        together.scheme = "z"
        together.take_trees(trees)
    assert set_aside(last) == set()
    together.scheme = "x"
    assert together.take_history(UNIT_LINES[:2]).set_aside == [], "the name of terms may also be one of units"
    rows = together.rows()
    for each in alone:
        for name, lines in each.rows().items():
            assert set(lines) <= set(rows[name]), (each.scheme, name)
    together.scheme = "z"
    assert {problem.rule for problem in together.take_history(UNIT_LINES[:2]).set_aside} == {"SchemeInUse"}
    for each in (*alone, together):
        each.close()


def test_a_real_history_of_units_in_random_parts(open_data: Path, tmp_path: Path) -> None:
    lines = []
    for file in (open_data / "vn-units").glob("unit_history*.csv"):
        header, *others = file.read_text(encoding="utf-8-sig").splitlines()
        assert header == HEADER.strip()
        lines += others
    chance = Random(3)
    chance.shuffle(lines)
    whole, cut_up = ImportedLedger(tmp_path / "whole"), ImportedLedger(tmp_path / "parts")
    expected = whole.take_history(lines)
    size = len(lines) // 3 + 1
    for start in range(0, len(lines), size):
        last = cut_up.take_history(lines[start : start + size])
    assert set_aside(last) == set_aside(expected)
    assert cut_up.rows() == whole.rows()
    whole.close()
    cut_up.close()


@tried_on_seeds(few=4, many=15)
def test_parts_of_two_trees_make_the_whole_and_a_corrected_version_is_an_update(seed: int) -> None:
    """The same law for the trees before and after a reform: units are renamed, moved, added and removed."""
    chance = Random(seed)
    source, newer = random_trees(chance), random_trees(chance, wrong=False)
    parts = cut(source, chance.randrange(2, 4), chance)
    parts += chance.sample(parts, 1)
    chance.shuffle(parts)
    with TemporaryDirectory() as folder:
        whole, cut_up, fresh = (ImportedLedger(Path(folder) / name) for name in ("whole", "parts", "fresh"))
        expected = whole.take_trees(source)
        for part in parts:
            last = cut_up.take_trees(part)
        assert cut_up.rows() == whole.rows()
        assert set_aside(last) == set_aside(expected)
        again = cut_up.take_trees(source)
        assert (again.facts, set_aside(again)) == (0, set_aside(expected))
        expected = fresh.take_trees(newer)
        report = cut_up.take_trees(newer, remove_missing=True)
        assert set_aside(report) == set_aside(expected)
        assert cut_up.rows() == fresh.rows()
        assert cut_up.take_trees(newer).facts == 0
        for each in (whole, cut_up, fresh):
            each.close()


def test_the_trees_of_the_nation_in_parts(open_data: Path, tmp_path: Path) -> None:
    """The real trees in three parts, of which one comes twice; then a version with other names and one parent."""
    source: dict[str, list[dict[str, str]]] = {}
    for name in TREE_FILES:
        [file] = (open_data / "vn-units").glob(f"{name.rpartition('_')[0].removesuffix('_to')}*.csv")
        with file.open(encoding="utf-8-sig", newline="") as text:
            lines = csv.DictReader(text)
            source[name] = [{column: line[column] for column in TREE_FILES[name]} for line in lines]
    whole, cut_up, fresh = (ImportedLedger(tmp_path / name) for name in ("whole", "parts", "fresh"))
    expected = whole.take_trees(source)
    parts = cut(source, 3, Random(5))
    for part in (*parts, parts[0]):
        last = cut_up.take_trees(part)
    assert set_aside(last) == set_aside(expected)
    assert cut_up.rows() == whole.rows()
    newer = {name: [dict(line) for line in lines] for name, lines in source.items()}
    [old] = [line for line in newer["units_until_20250630.csv"] if line["code"] == "00004"]
    old["name"] = "Phường Trúc Bạch Mới"
    report = cut_up.take_trees(newer)
    assert {(each.file, each.id, each.column, each.new) for each in report.corrected} == {
        ("units_until_20250630.csv", "3/00004", "name", "Phường Trúc Bạch Mới")
    }
    fresh.take_trees(newer)
    assert cut_up.rows() == fresh.rows()
    for each in (whole, cut_up, fresh):
        each.close()
