"""One small history, made once."""

from pathlib import Path

import pytest

from services.loadgen import GenerationResult, generate_history

EVENTS, SEED = 12_000, 7


@pytest.fixture(scope="package")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GenerationResult]:
    home = tmp_path_factory.mktemp("generated") / "home"
    return home, generate_history(home, EVENTS, SEED)
