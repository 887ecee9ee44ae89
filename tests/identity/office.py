"""An installation with accounts, served in this process, and what its people send."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyotp
from fastapi import FastAPI
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.identity.access.identity_access import IdentityAccess
from services.identity.credentials.store import open_credentials
from services.identity.credentials.tables import credentials_address
from shared.core.clock import Clock, SimulatedClock
from shared.core.partial_dates import Instant, later
from shared.http.principal import Role
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger

ADDRESS = "http://127.0.0.1:8000"
COOKIE = "cadre-session-8000"
PASSWORD = "correct horse battery"
SECOND = 1_000_000
START = Instant("2026-07-01T08:00:00.000000Z")
PERSON = {"type": "personnel.registered", "name": "Trần Văn An", "effective_from": "2010-01-01"}


def open_access(ledger: EmbeddedLedger, clock: Clock, database: str = "") -> IdentityAccess:
    """Accounts over the files of a home, or a database."""
    where = credentials_address(ledger.home, database)
    store = open_credentials(where, ledger.keys.digest, create=True)
    assert store
    access = IdentityAccess(ledger.apps["identity"], store, clock)
    access.administration.refresh()
    return access


@dataclass
class Office:
    """A ledger with accounts, and the clock by which sessions and codes are judged."""

    ledger: EmbeddedLedger
    access: IdentityAccess
    clock: SimulatedClock

    @cached_property
    def app(self) -> FastAPI:
        return create_http_app(self.ledger, self.clock, identity=self.access)

    def wait(self, seconds: float) -> None:
        self.clock.now = later(self.clock.now, int(seconds * SECOND))

    def add(self, login: str, role: Role | None = None, **more: Any) -> str:
        """An account with the password of all, by whoever has this machine."""
        account, link = self.access.administration.add_account(
            login, f"Người {login}", "test", role=role, **more
        )
        self.access.sign_in.set_password_by_link(link, PASSWORD)
        return account

    @contextmanager
    def browser(self) -> Iterator[TestClient]:
        """A browser that has not signed in: it says from which page it sends."""
        with TestClient(
            self.app,
            base_url=ADDRESS,
            headers={"origin": ADDRESS},
            follow_redirects=False,
            raise_server_exceptions=False,
        ) as client:
            yield client

    @contextmanager
    def signed_in(self, login: str) -> Iterator[TestClient]:
        with self.browser() as client:
            assert sign_in(client, login).status_code == 200
            yield client

    def code(self, uri: str, steps: int = 0) -> str:
        """The code of a telephone now, or some steps later."""
        totp = pyotp.parse_uri(uri)
        assert isinstance(totp, pyotp.TOTP)
        return totp.at(for_time=datetime.fromisoformat(self.clock.now), counter_offset=steps)


def sign_in(client: TestClient, login: str, password: str = PASSWORD) -> Any:
    return client.post("/session", json={"login": login, "password": password})


def open_office(folder: Path) -> Office:
    ledger, clock = open_embedded_ledger(load(folder)), SimulatedClock(START)
    return Office(ledger, open_access(ledger, clock), clock)


def rule(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["rule"])
