"""The open data is all there, and each set says whose it is."""

import lzma
from pathlib import Path

import pytest

from tests.support.open_data import ARCHIVES, SETS, pack


def test_the_sets_are_there() -> None:
    assert SETS == ["ifg-ministers", "vn-officials-sample", "vn-units"]


@pytest.mark.parametrize("name", SETS)
def test_a_set_packed_again_is_the_same(open_data: Path, name: str) -> None:
    stored = lzma.decompress((ARCHIVES / name / "data.tar.xz").read_bytes())
    assert pack(open_data / name) == stored


@pytest.mark.parametrize("name", SETS)
def test_a_set_names_its_source_and_licence(name: str) -> None:
    told = (ARCHIVES / name / "README.md").read_text(encoding="utf-8")
    assert "Source" in told
    assert "Licence" in told
    for licence in (ARCHIVES / name).glob("LICENSE*"):
        assert licence.name in told
