"""Two providers in a process of their own, and a ledger's sign-in routes that trust them."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from fastapi import FastAPI, Request, Response
from starlette.testclient import TestClient

from services.identity.oidc.configuration import OidcConfiguration, read_configuration
from services.identity.oidc.routes import create_oidc_router, open_connections
from services.identity.oidc.sign_in import SignedIn
from shared.http.principal import Grant, Principal, Role
from shared.http.problems import install_problem_handlers
from tests.engines.processes import ROOT, free_port, wait_for
from tests.oidc.provider import AUDIENCE, CLIENT_ID, CLIENT_SECRET

HTTP = httpx2.Client()
"""One for all: each reads the certificates of the system, which takes long."""
ADDRESS = "http://127.0.0.1:8000"
AN = Principal("account-an", "Nguyễn Văn An", grants=(Grant(Role.OFFICER, ("unit-1",)),))


class RemoteProvider:
    """A provider, told how to behave."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"

    def behave(self, **how: Any) -> int:
        """From now on like this; how often its keys were fetched so far."""
        return int(HTTP.post(f"{self.issuer}/tests/behave", json=how).json()["key_fetches"])

    def rotate(self) -> None:
        HTTP.post(f"{self.issuer}/tests/rotate").raise_for_status()

    def issue_access_token(self) -> str:
        """An access token for a program, by the grant of client credentials."""
        form = {"grant_type": "client_credentials", "scope": "records"}
        answer = HTTP.post(f"{self.issuer}/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
        return str(answer.raise_for_status().json()["access_token"])

    def read_keys(self) -> list[dict[str, Any]]:
        keys: list[dict[str, Any]] = HTTP.get(f"{self.issuer}/keys").json()["keys"]
        return keys


class Accounts:
    """Accounts in memory, and which sessions were begun."""

    def __init__(self) -> None:
        self.known = {"an@tinh.vn": AN, "so-can-bo@tinh.vn": Principal("account-program", "kho dữ liệu tỉnh")}
        self.begun: list[tuple[Principal, SignedIn]] = []

    def find_account(self, login: str) -> Principal | None:
        return self.known.get(login)

    def create_account(self, signed_in: SignedIn) -> Principal:
        created = Principal(f"account-{signed_in.login}", signed_in.name)
        return self.known.setdefault(signed_in.login, created)

    def start_session(
        self, principal: Principal, signed_in: SignedIn, request: Request, response: Response
    ) -> None:
        self.begun.append((principal, signed_in))
        response.set_cookie("session", principal.id)


class SettableClock:
    """The time of this machine, and some seconds more."""

    ahead = 0

    def __call__(self) -> int:
        return int(time.time()) + self.ahead


class Ledger:
    """The routes of a ledger, as a browser or a program reaches them."""

    def __init__(self, configuration: OidcConfiguration) -> None:
        self.accounts, self.clock = Accounts(), SettableClock()
        self.connections = open_connections(configuration, self.clock)
        app = FastAPI()
        install_problem_handlers(app)
        create_oidc_router(configuration, self.connections, self.accounts, self.clock).add_to(app)
        self.browser = TestClient(app, base_url=ADDRESS, follow_redirects=False)

    def leave(self, provider: str = "tinh", **parameters: str) -> str:
        """Begin a sign-in: the address at the provider to which the browser is sent."""
        answer = self.browser.get(f"/session/oidc/{provider}", params=parameters)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def come_back(self, address: str) -> Any:
        """What is answered where the provider sends the browser."""
        sent = HTTP.get(address)
        assert sent.status_code == 302, sent.text
        return self.browser.get(sent.headers["location"])

    def sign_in(self, provider: str = "tinh", **parameters: str) -> Any:
        """The whole way."""
        return self.come_back(self.leave(provider, **parameters))


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RemoteProvider, RemoteProvider]]:
    ports = [free_port(), free_port()]
    log = tmp_path_factory.mktemp("providers") / "log"
    words = [sys.executable, "-m", "tests.oidc.provider", *map(str, ports)]
    with log.open("wb") as out, subprocess.Popen(words, cwd=ROOT, stdout=out, stderr=out) as process:
        try:
            for port in ports:
                wait_for(port, process, "the provider", log)
            yield RemoteProvider(ports[0]), RemoteProvider(ports[1])
        finally:
            HTTP.close()
            process.terminate()


@pytest.fixture
def provider(providers: tuple[RemoteProvider, RemoteProvider]) -> RemoteProvider:
    """The one that accounts are at, which behaves."""
    for each in providers:
        each.behave()
    return providers[0]


@pytest.fixture
def configuration(providers: tuple[RemoteProvider, RemoteProvider], tmp_path: Path) -> Path:
    """The file of two providers: tinh, whose access tokens are accepted too, and bo."""
    (tmp_path / "secret").write_text(CLIENT_SECRET + "\n")
    common = {"client_id": CLIENT_ID, "client_secret_file": "secret"}
    tokens = {"audience": AUDIENCE, "scope": "records"}
    names = ("tinh", "bo")
    written = {
        "address": ADDRESS,
        "providers": [
            common | {"name": name, "issuer": each.issuer, "login_suffix": f"@{name}.vn"}
            for name, each in zip(names, providers, strict=True)
        ],
    }
    written["providers"][0] |= {"title": "Cổng của tỉnh", "access_tokens": tokens}  # type: ignore[operator,index]  # JSON
    file = tmp_path / "providers.json"
    file.write_bytes(msgspec.json.encode(written))
    return file


@pytest.fixture
def ledger(configuration: Path, provider: RemoteProvider) -> Iterator[Ledger]:
    ledger = Ledger(read_configuration(configuration))
    with ledger.browser:
        yield ledger
