"""A ledger in one process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load
from tests.questions.conftest import LedgerClient


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[LedgerClient]:
    opened = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(opened), raise_server_exceptions=False) as client:
        yield LedgerClient(client)
    opened.close()
