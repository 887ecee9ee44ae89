"""The demonstration behind its HTTP interface."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.core.clock import SimulatedClock
from shared.operations.settings import Settings
from tests.support.demonstration import FINISHED, SITE


@pytest.fixture(scope="package")
def client(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = shutil.copytree(demonstration, tmp_path_factory.mktemp("places") / "home")
    clock = SimulatedClock(FINISHED)
    ledger = open_embedded_ledger(Settings(home=home, site=SITE), clock)
    with TestClient(create_http_app(ledger, clock)) as client:
        yield client
    ledger.close()
