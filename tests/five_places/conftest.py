"""The demonstration, loaded once, behind its HTTP interface."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from services.composition import embedded
from services.intake.demo import load_demo
from services.web import web
from shared.clock import SimulatedClock
from shared.dates import Instant
from shared.settings import Settings


@pytest.fixture(scope="package")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    clock = SimulatedClock(Instant("2014-01-01T00:00:00.000000Z"))
    ledger = embedded(Settings(home=tmp_path_factory.mktemp("places"), site="test"), clock)
    load_demo(ledger, clock)
    with TestClient(web(ledger, clock)) as client:
        yield client
    ledger.close()
