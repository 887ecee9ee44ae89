"""A ledger on this machine as `cadre run` serves it, in this process."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.http.browser_guard import LOOPBACK_HOSTS, BrowserGuard
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger

TOKEN = "t" * 43
GUARD = BrowserGuard(hosts=LOOPBACK_HOSTS, token=TOKEN)
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedLedger]:
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("home")))
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def client(ledger: EmbeddedLedger) -> Iterator[TestClient]:
    """A program of this machine: it sends no sign of a browser."""
    with client_of(ledger, GUARD) as client:
        yield client


@contextmanager
def serving(app: FastAPI) -> Iterator[int]:
    """The port of 127.0.0.1 at which the application is served."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
        running = Thread(target=server.run, kwargs={"sockets": [door]})
        running.start()
        yield door.getsockname()[1]
        server.should_exit = True
        running.join()


def client_of(ledger: EmbeddedLedger, guard: BrowserGuard) -> TestClient:
    app = create_http_app(ledger, guard=guard)
    return TestClient(app, base_url=ADDRESS, raise_server_exceptions=False, follow_redirects=False)
