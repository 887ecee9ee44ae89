"""One hurt cluster for all tests of faults; the seed of all chance is printed."""

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.engines import postgres
from tests.faults.machine import MET, Machine

ROUNDS = int(os.environ.get("CADRE_FAULT_ROUNDS", "1"))
LONG = ["test_brokers.py", "test_kills.py", "test_poison.py", "test_rebuild.py", "test_takeovers.py"]
collect_ignore = [] if "CADRE_FAULT_ROUNDS" in os.environ else LONG
"""Minutes each: `make faults`. Without it there is one round of every kill."""


SEED = int(os.environ.get("CADRE_FAULT_SEED", random.SystemRandom().randrange(10**6)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if MET:
        terminalreporter.section(f"faults met, with CADRE_FAULT_SEED={SEED}")
        for name, count in MET.items():
            terminalreporter.write_line(f"{count:>9,}  {name}")


@pytest.fixture(scope="session")
def seed() -> int:
    return SEED


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database alone, for what needs no processes."""
    with postgres(tmp_path_factory.mktemp("server")) as database:
        yield database


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with Machine(tmp_path_factory.mktemp("faults")) as machine:
        yield machine
