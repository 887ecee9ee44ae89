"""Secrets that the demonstration publishes open nothing else: nobody can choose them; a start with them is refused."""

import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.services import open_embedded_ledger
from services.demo.accounts import DEMO_ACCOUNTS, add_demo_accounts
from services.identity.access.identity_access import IdentityAccess
from services.identity.access.published_secrets import PublishedSecret, find_published_secrets
from services.identity.credentials.published import PUBLISHED_PASSWORD, PUBLISHED_TOKEN
from shared.core.clock import system_clock
from shared.http.page_banner import PageBanner
from shared.http.principal import Role
from shared.operations.settings import load
from tests.identity.office import Office, open_access, open_office, rule, sign_in

OFFICER, HEAD, AUDITOR, PROGRAM = DEMO_ACCOUNTS


@contextmanager
def open_home(home: Path) -> Iterator[IdentityAccess]:
    ledger = open_embedded_ledger(load(home))
    access = open_access(ledger, system_clock)
    yield access
    access.store.close()
    ledger.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = open_office(tmp_path)
    yield office
    office.access.store.close()
    office.ledger.close()


def test_an_account_or_a_token_with_a_published_secret_is_found_whatever_its_name(office: Office) -> None:
    administration, store = office.access.administration, office.access.store
    lan = office.add("lan", Role.ADMINISTRATOR)
    minh, _ = administration.add_account("minh", "Minh", "test")
    assert find_published_secrets(administration, {}) == []
    store.passwords.store(lan, PUBLISHED_PASSWORD, office.clock())
    store.tokens.store("t1", PUBLISHED_TOKEN, minh, "x", records=True, ends="2026-01-01")
    found = [PublishedSecret("lan"), PublishedSecret("minh", "t1")]
    compared = dict[str, bool]()
    assert find_published_secrets(administration, compared) == found
    assert list(compared.values()) == [True], "each password is compared once"
    assert find_published_secrets(administration, dict.fromkeys(compared, False)) == found[1:], "remembered"
    administration.disable(minh, "test")
    assert find_published_secrets(administration, compared) == found[:1]


def test_nobody_can_choose_the_published_password(office: Office) -> None:
    _, link = office.access.administration.add_account("an", "An", "test", role=Role.ADMINISTRATOR)
    with office.browser() as client:
        for password in (PUBLISHED_PASSWORD, PUBLISHED_PASSWORD.upper()):
            given = client.post("/session/link", json={"link": link, "password": password})
            assert rule(given, 422) == "WeakPassword"
        office.add("binh", Role.VIEWER)
        assert sign_in(client, "binh").status_code == 200
        change = {"password": "correct horse battery", "new_password": PUBLISHED_PASSWORD}
        assert rule(client.put("/session/password", json=change), 422) == "WeakPassword"


def test_the_accounts_are_made_once_and_keep_what_was_changed(office: Office) -> None:
    administration = office.access.administration
    add_demo_accounts(administration, "test")
    everything = [*map(PublishedSecret, (OFFICER.login, HEAD.login, AUDITOR.login))]
    everything.append(PublishedSecret(PROGRAM.login, PROGRAM.token))
    assert find_published_secrets(administration, {}) == everything
    administration.revoke_token(PROGRAM.token, "test")
    administration.disable(HEAD.id, "test")
    account = administration.directory().accounts[OFFICER.id]
    administration.set_password(account, "a password of their own")
    facts = office.ledger.logs["identity"].position()
    add_demo_accounts(administration, "test")
    assert office.ledger.logs["identity"].position() == facts
    assert find_published_secrets(administration, {}) == [PublishedSecret(AUDITOR.login)]


def cadre(home: Path, *words: str, **env: str) -> tuple[int, str]:
    """(exit code, what it said) of a command in this process."""
    done = CliRunner().invoke(application(), ["--home", str(home), *words], env={"LC_ALL": "C.UTF-8", **env})
    return done.exit_code, done.stderr


def test_a_start_elsewhere_is_refused_until_they_are_taken_away(tmp_path: Path) -> None:
    """The error says what opens the ledger, and the commands that it names mend it; then the start gets further, to a
    port that is taken."""
    with open_home(tmp_path) as access:
        add_demo_accounts(access.administration, "test")
    with socket.create_server(("127.0.0.1", 0)) as door:
        start = ("run", "--empty", "--port", str(door.getsockname()[1]))
        for language, words in (("vi_VN", "không phải bản minh họa"), ("C", "is not the demonstration")):
            code, said = cadre(tmp_path, *start, LC_ALL=f"{language}.UTF-8")
            assert (code, words in said) == (2, True), said
            assert all(each.login in said for each in DEMO_ACCOUNTS), said
        commands = re.findall(r"`cadre ((?:user disable|token revoke) \S+)`", said)
        assert len(commands) == 4
        for command in commands:
            assert cadre(tmp_path, *command.split()) == (0, "")
        assert "cannot listen" in cadre(tmp_path, *start)[1]


def test_the_command_adds_them_to_the_demonstration_and_a_start_goes_on(
    demonstration: Path, tmp_path: Path
) -> None:
    home = shutil.copytree(demonstration, tmp_path / "home")
    code, said = cadre(home, "demo", "--accounts")
    assert (code, f"{OFFICER.login}, {HEAD.login}, {AUDITOR.login} can sign in" in said) == (0, True), said
    with socket.create_server(("127.0.0.1", 0)) as door:
        _, said = cadre(home, "run", "--port", str(door.getsockname()[1]))
    assert PUBLISHED_PASSWORD in said, "it says how to sign in"
    assert "cannot listen" in said, "it is not refused"
    with open_home(home) as access:
        assert [each.login for each in find_published_secrets(access.administration, {})] == [
            each.login for each in DEMO_ACCOUNTS
        ]


@pytest.mark.parametrize(
    ("words", "env", "said"),
    [
        (("--accounts", "--empty"), {}, "need the demonstration"),
        (("--accounts",), {"CADRE_EMPTY": "yes"}, "need the demonstration"),
    ],
)
def test_there_are_no_such_accounts_without_the_demonstration(
    tmp_path: Path, words: tuple[str, ...], env: dict[str, str], said: str
) -> None:
    code, error = cadre(tmp_path, "demo", *words, **env)
    assert (code, said in error) == (2, True), error


def test_the_banner_is_on_every_page_and_on_nothing_else() -> None:
    pages = {
        "/marked": "<html><body><header></header><!-- banner --><main>",
        "/body": "<html><body class='x'><p>",
        "/main": "<!doctype html><main><p>",
        "/bare": "<p>text",
    }

    async def page(request: Request) -> Response:
        headers = {"ETag": '"1"'}
        if '"1"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(pages[request.url.path], headers=headers)

    async def data(_: Request) -> Response:
        return JSONResponse({"text": "<body>"}, headers={"ETag": '"1"'})

    app = Starlette(routes=[*(Route(path, page) for path in pages), Route("/data", data)])
    app.add_middleware(PageBanner, html="<aside>everybody knows</aside>")
    client = TestClient(app, headers={"Accept": "text/html", "If-None-Match": '"1"'})
    told = {path: client.get(path) for path in pages}
    assert {
        path: answer.text.replace("<aside>everybody knows</aside>", "|") for path, answer in told.items()
    } == {
        "/marked": "<html><body><header></header><!-- banner -->|<main>",
        "/body": "<html><body class='x'>|<p>",
        "/main": "<!doctype html>|<main><p>",
        "/bare": "<p>text|",
    }
    assert not any("etag" in answer.headers for answer in told.values()), "a browser may have one without it"
    assert client.get("/data").json() == {"text": "<body>"}
    assert client.head("/body").status_code == 200
