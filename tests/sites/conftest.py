"""A tree with its top, and one with a site below it: made once, and copied for each test."""

import shutil
from pathlib import Path

import pytest

from tests.sites.office import Office


@pytest.fixture(scope="session")
def made_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The homes of a top and of a site that joined below it, and of a top alone."""
    folder = tmp_path_factory.mktemp("tree")
    tinh, px = Office(folder, "tinh"), Office(folder, "px")
    tinh.well("init", "--name", "Tỉnh T", "--level", "PROVINCE", "--unit", "U-T", "--root")
    shutil.copytree(tinh.home, folder / "alone" / "tinh")
    px.join_below(tinh)
    return folder


@pytest.fixture
def tinh(tmp_path: Path, made_tree: Path) -> Office:
    """The top of a tree without another site."""
    shutil.copytree(made_tree / "alone" / "tinh", tmp_path / "tinh")
    return Office(tmp_path, "tinh")


@pytest.fixture
def joined(tmp_path: Path, made_tree: Path) -> tuple[Office, Office]:
    """The top of a tree, and `px` below it."""
    for site in ("tinh", "px"):
        shutil.copytree(made_tree / site, tmp_path / site)
    return Office(tmp_path, "tinh"), Office(tmp_path, "px")
