"""A folder is built by one, and is whole for everybody else."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.build_once import build_once


def test_ten_at_once_build_one_folder(tmp_path: Path) -> None:
    built: list[Path] = []

    def build(folder: Path) -> None:
        built.append(folder)
        (folder / "first").write_text("1")
        time.sleep(0.1)
        (folder / "second").write_text("2")

    def seen(_: int) -> list[str]:
        return sorted(file.name for file in build_once(tmp_path / "home", build).iterdir())

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(seen, range(10))) == [["first", "second"]] * 10
    assert len(built) == 1


def test_what_failed_is_built_again_from_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "left over").touch()
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        build_once(tmp_path / "home", fail)
    whole = build_once(tmp_path / "home", lambda folder: (folder / "file").touch())
    assert [file.name for file in whole.iterdir()] == ["file"]
