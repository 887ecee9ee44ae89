"""Where a token is needed, the page takes it from the address or asks for it; without one nothing is told."""

import re
import socket
from collections.abc import Iterator
from threading import Thread

import httpx2
import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.core.clock import SimulatedClock
from shared.core.partial_dates import Instant
from shared.http.auth import BearerTokens
from shared.operations.settings import load
from tests.page_story import tell
from tests.test_page import DAY, browser

__all__ = ["browser"]
READ = "r" * 40


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    clock = SimulatedClock(Instant("2020-01-10T01:00:00.000000Z"))
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("guarded")), clock)
    tell(ledger, clock)
    door = socket.create_server(("127.0.0.1", 0))
    app = create_http_app(ledger, clock, tokens=BearerTokens(read=READ, write="w" * 40))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
    running = Thread(target=server.run, kwargs={"sockets": [door]})
    running.start()
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    running.join()
    ledger.close()


def test_a_token_in_the_address_opens_the_page_and_leaves_the_address(browser: Browser, guarded: str) -> None:
    page = browser.new_context(base_url=guarded).new_page()
    page.goto(f"{DAY}#token={READ}")
    expect(page.get_by_role("treeitem").filter(has_text="Thành phố Hải Phòng").first).to_be_visible()
    assert "token" not in page.url
    assert "as_of=2020-12-31" in page.url
    page.reload()
    expect(page.get_by_role("treeitem").filter(has_text="Thành phố Hải Phòng").first).to_be_visible()


def test_without_a_token_the_page_asks_until_it_has_a_good_one(browser: Browser, guarded: str) -> None:
    page = browser.new_context(base_url=guarded).new_page()
    page.goto(f"{DAY}&lang=en")
    dialog = page.get_by_role("dialog", name="A token is needed")
    expect(dialog).to_have_count(1)
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("not accepted")
    expect(page.get_by_role("treeitem")).to_have_count(0)
    dialog.get_by_label("Token").fill(f" {READ} ")
    dialog.get_by_role("button").click()
    expect(page.get_by_role("treeitem").filter(has_text="Thành phố Hải Phòng").first).to_be_visible()
    expect(dialog).to_have_count(0)


def test_the_page_and_the_documentation_are_open_and_every_fact_is_not(guarded: str) -> None:
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', httpx2.get(guarded).text)
    assert len(files) > 10
    for path in ("/", "/docs", "/openapi.json", *files):
        assert httpx2.get(guarded + path).status_code == 200, path
    for path in ("/tour", "/units", "/labels", "/personnel/x/facts", "/feeds/personnel"):
        assert httpx2.get(guarded + path).status_code == 401, path
