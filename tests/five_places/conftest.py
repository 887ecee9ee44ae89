"""The demonstration, loaded once, behind its HTTP interface."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.demo.demonstration import load_demo
from shared.core.clock import SimulatedClock
from shared.core.partial_dates import Instant
from shared.operations.settings import Settings


@pytest.fixture(scope="package")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    clock = SimulatedClock(Instant("2014-01-01T00:00:00.000000Z"))
    ledger = open_embedded_ledger(Settings(home=tmp_path_factory.mktemp("places"), site="test"), clock)
    load_demo(ledger, clock)
    with TestClient(create_http_app(ledger, clock)) as client:
        yield client
    ledger.close()
