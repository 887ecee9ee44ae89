"""A bundle of any size is written and read in the memory of a small one."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from services.sync.bundles.member_names import entries_name
from services.sync.bundles.reading import Bundle, open_bundle
from services.sync.bundles.writing import MEMORY_SIZE, write_bundle
from shared.replica.runs import LogId
from tests.sync.bundles.made import AT, BOXES, KEYS, SIGNERS, VECTOR

PIECE = Random(7).randbytes(2**20)
"""It does not pack: the file is as large as what is in it."""
TWICE = PIECE * 2
ALLOWED = 2 * MEMORY_SIZE
"""Bytes at the peak: what is kept of a body before it goes to a temporary file, and as much again."""


def members(size: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Members of 40 MiB, so many bytes together, made as they are asked for."""
    yield VECTOR[0], iter([VECTOR[1]])
    for number in range(size // (40 * 2**20)):
        name = entries_name(LogId("px", "planning"), "e1", number + 1)
        yield name, (PIECE for _ in range(40))


def peak_of(act: Callable[[], None]) -> int:
    """Bytes allocated at most."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [200 * 2**20, pytest.param(1400 * 2**20, marks=pytest.mark.long)])
def test_memory_is_bounded(size: int, tmp_path: Path) -> None:
    file = tmp_path / "px-41.cadre"
    boxes = {"huyen": BOXES["huyen"].public_key()}

    def write() -> None:
        with file.open("wb") as out:
            write_bundle(
                out, members(size), SIGNERS["px"], boxes, sender="px", number=41, at=AT, folder=tmp_path
            )

    assert peak_of(write) < ALLOWED
    assert file.stat().st_size > size
    assert [each.name for each in tmp_path.iterdir()] == [file.name]

    def read() -> None:
        with file.open("rb") as raw:
            bundle: Bundle = open_bundle(raw, "huyen", BOXES["huyen"], KEYS)
            for name, reader in bundle.members():
                if name == VECTOR[0]:
                    continue
                at = 0
                while data := reader.read(2**20):
                    assert data == TWICE[at : at + len(data)]
                    at = (at + len(data)) % len(PIECE)

    assert peak_of(read) < 2**20
    assert [each.name for each in tmp_path.iterdir()] == [file.name]
