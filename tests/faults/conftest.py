"""One hurt cluster for all tests of faults; the seed of all chance is printed."""

import os
from collections.abc import Iterator

import pytest

from tests.cluster.engines import postgres
from tests.faults.counting import SEED
from tests.faults.machine import Machine

LONG = [
    "test_brokers.py", "test_frozen.py", "test_kills.py", "test_poison.py", "test_rebuild.py", "test_takeovers.py",
]  # fmt: skip
collect_ignore = [] if "CADRE_FAULT_ROUNDS" in os.environ else LONG
"""Minutes each: `make faults`. Without it there is one round of every kill."""


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
