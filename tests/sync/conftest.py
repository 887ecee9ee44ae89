"""Sites that several files of tests begin with, made once."""

from pathlib import Path

import pytest

from tests.sync.clocked_tree import ClockedTree, make_synchronised


@pytest.fixture(scope="session")
def synchronised(tmp_path_factory: pytest.TempPathFactory) -> ClockedTree:
    return make_synchronised(tmp_path_factory.mktemp("tree"))


@pytest.fixture
def clocked(synchronised: ClockedTree, tmp_path: Path) -> ClockedTree:
    """A copy of them, for one test."""
    return synchronised.copy(tmp_path / "clocked")
