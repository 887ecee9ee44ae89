"""Laws of importing: however a source is cut, ordered and repeated, the same rows; a corrected source is an update."""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.importing_law import (
    ImportedLedger,
    corrected,
    cut,
    cut_by_date,
    random_source,
    read_source,
    set_aside,
)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**9))
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


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**9))
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
