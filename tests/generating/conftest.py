"""One small history, made once."""

from pathlib import Path

import pytest

from services.loadgen import Made, generate

EVENTS, SEED = 12_000, 7


@pytest.fixture(scope="package")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    home = tmp_path_factory.mktemp("generated") / "home"
    return home, generate(home, EVENTS, SEED)
