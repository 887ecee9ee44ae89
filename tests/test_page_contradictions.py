"""Contradictions on the page: a note on the pages of those concerned, a list with filters, in a real browser."""

import re
import socket
from collections.abc import Iterator
from threading import Thread

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.eventlog.group_commit import AppendRequest
from shared.operations.settings import load
from tests.contradictions.stored import cadre, post, tenure, unit
from tests.test_page import browser, page

__all__ = ["browser", "page"]
NOTE = re.compile("1 mâu thuẫn trong sổ vào ngày này")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A unit with two primary posts that one cadre holds, as another site recorded them."""
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("contradictions")))
    held = (*tenure("an", "p", "2010-01-01"), *tenure("an", "q", "2012-01-01", "2020-01-01"))
    for topic, stream, fact in (unit("u"), post("p", "u"), post("q", "u"), cadre("an"), *held):
        log = ledger.logs[topic]
        ledger.keys.create_keys([stream])
        log.append(AppendRequest(stream, log.version(stream), (fact,), "import:another-site"))
    ledger.project_pending()
    door = socket.create_server(("127.0.0.1", 0))
    app = create_http_app(ledger)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
    running = Thread(target=server.run, kwargs={"sockets": [door]})
    running.start()
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    running.join()
    ledger.close()


@pytest.mark.parametrize(("view", "id_"), [("person", "an"), ("post", "q"), ("unit", "u")])
def test_a_note_on_the_page_of_those_concerned_leads_to_the_list(page: Page, view: str, id_: str) -> None:
    page.goto(f"/?as_of=2015-01-01&view={view}&id={id_}")
    page.locator("#answer").get_by_role("link", name=NOTE).click()
    expect(page).to_have_url(re.compile(f"view=contradictions&id={id_}"))
    lines = page.locator("#answer .contradictions > li")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("một người giữ hai chức vụ chính cùng lúc")
    expect(lines.get_by_role("link", name="Cadre an")).to_be_visible()
    expect(lines.get_by_role("link", name="Post q")).to_be_visible()
    expect(lines).to_contain_text("kiêm nhiệm")


def test_there_is_no_note_on_a_day_without_one(page: Page) -> None:
    with page.expect_response(re.compile("/contradictions")):
        page.goto("/?as_of=2021-01-01&view=person&id=an")
    expect(page.locator("#answer").get_by_role("link", name="Post p").first).to_be_visible()
    expect(page.locator("#answer").get_by_role("link", name=NOTE)).to_have_count(0)


def test_the_list_is_narrowed_by_kind_and_shows_the_facts_in_question(page: Page) -> None:
    page.goto("/?as_of=2015-01-01&lang=en")
    page.locator("#answer").get_by_role("link", name="Contradictions").click()
    lines = page.locator("#answer .contradictions > li")
    expect(lines).to_contain_text("one person, two primary posts")
    page.get_by_label("Kind").select_option("UNIT_CIRCLE")
    expect(page.locator("#answer")).to_contain_text("There is no contradiction.")
    page.get_by_label("Kind").select_option("TWO_PRIMARY")
    expect(lines).to_have_count(1)
    lines.get_by_role("link", name=re.compile("Proof|Basis|Grounds")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
