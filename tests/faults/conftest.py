"""One hurt cluster for all tests of faults; the seed of all chance is printed."""

from collections.abc import Iterator

import pytest

from tests.engines.servers import postgres
from tests.faults.counting import SEED
from tests.faults.machine import Machine


@pytest.fixture(scope="package")
def seed() -> int:
    return SEED


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database alone, for what needs no processes."""
    with postgres(tmp_path_factory.mktemp("server")) as database:
        yield database


@pytest.fixture(scope="package")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with Machine(tmp_path_factory.mktemp("faults")) as machine:
        yield machine
