"""`docker compose up` from nothing: the demonstration on the page, the journey, and the same answers after a kill."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import SERVICES, open_embedded_ledger, routed_services
from services.demo.city.tour import DEMO_STORY, KIEN_AN
from services.demo.demonstration import demonstration_tour
from shared.http.authentication import OWN_PREFIXES
from shared.operations.settings import Settings
from tests.engines.processes import ROOT, free_port
from tests.journey import a_district_lives_and_ends_and_nobody_is_lost
from tests.support.demonstration import SITE
from tests.test_page import browser

__all__ = ["browser"]
pytestmark = pytest.mark.long
PLUGIN = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
DAYS = ("2014-06-01", "2018-06-01", "2020-10-15", "2025-06-30", "2025-07-01", "2026-11-20")
KNOWN = "2026-11-20T23:00:00.000000Z"
STATE = (
    '{{.Name}}\t{{if eq .State.Status "running"}}{{.State.Health.Status}}'
    "{{else}}{{.State.Status}} {{.State.ExitCode}}{{end}}"
)
EVENT = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


class Compose:
    """The compose file as a project of its own, on a free port."""

    def __init__(self) -> None:
        project = {"CADRE_PORT": str(free_port()), "COMPOSE_PROJECT_NAME": f"cadre-test-{os.getpid()}"}
        self.env = {**os.environ, **project}
        tokens = json.loads((ROOT / "deploy" / "secrets" / "tokens").read_text(encoding="utf-8"))
        self.read, self.write = str(tokens["read"]), str(tokens["write"])
        self.address = f"http://127.0.0.1:{project['CADRE_PORT']}"

    def run(self, *words: str) -> str:
        command = ["docker", "compose"] if PLUGIN else ["docker-compose"]
        done = subprocess.run(
            [*command, *words], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def wait(self) -> None:
        """Until every process is well: those that record only start when the demonstration is there."""
        for _ in range(300):
            states = self.states()
            if states and all(state in ("healthy", "exited 0") for state in states.values()):
                return
            time.sleep(1)
        raise AssertionError(f"{states}\n{self.run('logs', '--tail=5')}")

    def states(self) -> dict[str, str]:
        """Of each container: how well it is, or how it ended."""
        command = ["docker", "inspect", "--format", STATE, *self.run("ps", "--all", "--quiet").split()]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {name: state for name, _, state in (line.partition("\t") for line in output.splitlines())}

    def client(self, token: str) -> httpx2.Client:
        return httpx2.Client(base_url=self.address, headers={"Authorization": f"Bearer {token}"}, timeout=60)


def answers(client: httpx2.Client) -> Any:
    """What the demonstration says on some days, and what the page's guide leads to."""
    queries = [("/org-chart", {"unit": KIEN_AN, "depth": "3", "as_of": day}) for day in DAYS]
    queries += [("/term-history", {"unit": KIEN_AN, "as_of": DAYS[-1]}), ("/lineage", {"unit": KIEN_AN})]
    queries += [("/search", {"q": "kien an", "as_of": day, "limit": "100"}) for day in DAYS]
    responses = [client.get(path, params={**query, "known_at": KNOWN}) for path, query in queries]
    return [client.get("/tour").json(), *(without_events(answer.json()) for answer in responses)]


def without_events(value: Any) -> Any:
    """Events get new ids every time: proofs name them, and a tenure that answers a move is called as the move is."""
    if isinstance(value, list):
        return [without_events(each) for each in value]
    if isinstance(value, dict):
        return {name: without_events(each) for name, each in value.items() if name != "proof"}
    return "an event" if isinstance(value, str) and EVENT.fullmatch(value) else value


def soon(client: httpx2.Client, wanted: Any, compose: Compose) -> None:
    """A fresh start takes a minute or two: schemas, the demonstration, its rows."""
    found = None
    for _ in range(300):
        try:
            found = answers(client)
        except (httpx2.HTTPError, ValueError) as error:
            found = repr(error)
        if found == wanted:
            return
        time.sleep(2)
    raise AssertionError(f"{str(found)[:2000]}\n{compose.run('ps')}\n{compose.run('logs', '--tail=5')}")


@pytest.fixture(scope="module")
def expected(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The answers of `make run`."""
    home = shutil.copytree(demonstration, tmp_path_factory.mktemp("demo") / "home")
    ledger = open_embedded_ledger(Settings(home=home, site=SITE))
    with TestClient(create_http_app(ledger, tour=demonstration_tour(ledger))) as client:
        found = answers(client)
    ledger.close()
    return found


@pytest.fixture(scope="module")
def compose(expected: Any) -> Iterator[Compose]:
    subprocess.run([ROOT / "deploy" / "make-secrets"], check=True)
    compose = Compose()
    try:
        compose.run("up", "-d")
        with compose.client(compose.read) as client:
            soon(client, expected, compose)
        compose.wait()
        yield compose
    finally:
        compose.run("down", "--volumes", "--timeout", "5")


@pytest.mark.timeout(1200)
def test_the_page_shows_the_demonstration(browser: Browser, compose: Compose) -> None:
    page = browser.new_context(base_url=compose.address).new_page()
    page.goto(f"{DEMO_STORY[0].url}&lang=en#token={compose.read}")
    expect(page.get_by_role("treeitem").first).to_be_visible(timeout=30_000)
    page.goto("/?lang=en")
    expect(page.get_by_role("link", name=DEMO_STORY[0].title_en)).to_be_visible(timeout=30_000)


def test_the_journey_in_containers(compose: Compose) -> None:
    with compose.client(compose.write) as client:
        a_district_lives_and_ends_and_nobody_is_lost(client)


def test_one_port_leads_to_every_service_and_wants_a_token(compose: Compose) -> None:
    documented = httpx2.get(f"{compose.address}/openapi.json", timeout=60).json()["paths"]
    posted = {path.split("/")[1] for path, ways in documented.items() if "post" in ways}
    writing = sorted(posted - {*OWN_PREFIXES})
    assert writing == sorted(routed_services())
    assert httpx2.post(f"{compose.address}/session", json={}, timeout=60).json()["rule"] == "BadBody"
    assert httpx2.get(f"{compose.address}/identity/access-record", timeout=60).status_code == 401
    for name in SERVICES:
        assert httpx2.get(f"{compose.address}/feeds/{name}", timeout=60).status_code == 401
        with compose.client(compose.read) as client:
            assert client.get(f"/feeds/{name}").status_code == 200
    for name in writing:
        with compose.client(compose.read) as client:
            assert client.post(f"/{name}", json={}).status_code == 403


def test_a_service_that_is_away_is_named(compose: Compose) -> None:
    compose.run("stop", "rotation")
    try:
        with compose.client(compose.read) as client:
            response = client.get("/feeds/rotation")
        assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
        assert (response.json()["rule"], int(response.headers["Retry-After"])) == ("ServiceAway", 5)
        assert "rotation" in response.json()["detail"]
    finally:
        compose.run("start", "rotation")
        compose.wait()


@pytest.mark.timeout(900)
def test_killed_and_started_again_it_says_the_same(compose: Compose) -> None:
    with compose.client(compose.read) as client:
        before = answers(client)
        containers = compose.run("ps", "-q").split()
        subprocess.run(["docker", "kill", *running(containers)], check=True, capture_output=True)
        assert running(containers) == []
        compose.run("up", "-d")
        soon(client, before, compose)
    verdict = json.loads(compose.run("run", "--rm", "demo", "verify", "--json"))
    assert verdict["complaints"] == []
    assert verdict["rows"]["tenures"] > 800


def running(containers: list[str]) -> list[str]:
    running_names = subprocess.run(
        ["docker", "ps", "-q", "--no-trunc"], capture_output=True, text=True, check=True
    ).stdout.split()
    return [each for each in containers if each in running_names]
