"""A tree with its top."""

from pathlib import Path

import pytest

from tests.sites.office import Office


@pytest.fixture
def tinh(tmp_path: Path) -> Office:
    office = Office(tmp_path, "tinh")
    office.well("init", "--name", "Tỉnh T", "--level", "PROVINCE", "--unit", "U-T", "--root")
    return office
