"""A ledger with all services behind its HTTP interface, and what most stories begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load
from tests.corrections.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger), raise_server_exceptions=False) as client:
        yield Office(client, ledger)
    ledger.close()
