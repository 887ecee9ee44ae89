"""The demonstration with four accounts in a real browser (issue 13, must show 4): each sees pages and counts of their
own part, below a banner that says how to sign in; a program asks the API with its token."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from services.demo.city.tour import CITIES, KIEN_AN, MONG_CAI, PHU_LIEN, WARD_ID
from services.identity.credentials.published import PUBLISHED_PASSWORD, PUBLISHED_TOKEN
from tests.demo.served import (
    AUDITOR,
    DAY,
    HEAD,
    OFFICER,
    PICTURES,
    PROGRAM,
    serve_with_accounts,
    signed_in,
    take_account_pictures,
)
from tests.test_page import browser

__all__ = ["browser"]
TODAY, LAST_DAY_OF_DISTRICTS = {"as_of": "2026-11-20"}, {"as_of": "2025-06-30"}
PERSON = {"type": "personnel.registered", "name": "Trần Văn Thử", "effective_from": "2020-01-01"}


@pytest.fixture(scope="module")
def address(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_with_accounts(demonstration, tmp_path_factory.mktemp("accounts")) as address:
        yield address


@pytest.fixture(scope="module", autouse=True)
def long_timeouts() -> Iterator[None]:
    """A page of the whole country on a busy machine may take longer than the 5 seconds that are usual."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def people(browser: Browser, address: str) -> Iterator[dict[str, BrowserContext]]:
    """A browser for each person, in which they have signed in."""
    with (
        signed_in(browser, address, OFFICER.login) as officer,
        signed_in(browser, address, HEAD.login) as head,
        signed_in(browser, address, AUDITOR.login) as auditor,
    ):
        yield {"officer": officer, "head": head, "auditor": auditor}


def ask(context: BrowserContext, path: str, **query: str) -> Any:
    answer = context.request.get(path, params={**query})
    assert answer.status == 200, answer.text()
    return answer.json()


def status(context: BrowserContext, path: str, **query: str) -> int:
    return context.request.get(path, params={**query}).status


def unit_line(page: Page, name: str) -> Locator:
    return page.get_by_role("treeitem").filter(has=page.locator(":scope > .row", has_text=name))


def test_a_visitor_is_told_how_to_sign_in_on_every_page(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, viewport={"width": 1200, "height": 750})
    page = context.new_page()
    page.goto(f"{DAY}&lang=en")
    banner = page.locator("#demonstration")
    expect(banner).to_contain_text("everybody knows its passwords")
    expect(banner.get_by_text("ai cũng biết mật khẩu")).to_be_hidden()
    for told in (
        OFFICER.login,
        HEAD.login,
        AUDITOR.login,
        PROGRAM.login,
        PUBLISHED_PASSWORD,
        PUBLISHED_TOKEN,
    ):
        expect(banner.locator(":scope > [lang=en]")).to_contain_text(told)
        expect(banner.locator(":scope > [lang=vi]")).to_contain_text(told)
    expect(page.get_by_role("treeitem")).to_have_count(0)
    page.get_by_role("dialog", name="Sign in first").get_by_role("link").click()
    expect(page).to_have_url(f"{address}/sign-in")
    for path in ("/sign-in", "/docs", DAY):
        page.goto(path)
        expect(page.locator("#demonstration").get_by_text("Đây là bản minh họa")).to_be_visible()
    context.close()


def test_the_ward_officer_sees_the_ward_only(people: dict[str, BrowserContext]) -> None:
    officer = people["officer"]
    page = officer.new_page()
    page.goto(f"{DAY}&lang=en")
    ward = unit_line(page, "Phường Kiến An").first
    expect(ward).to_have_attribute("aria-level", "1")
    expect(page.locator("#demonstration")).to_be_visible()
    expect(unit_line(page, "Thành phố Hải Phòng")).to_have_count(0)
    ward.press("ArrowRight")
    expect(unit_line(page, "Đảng ủy phường Kiến An").first).to_be_visible()
    page.goto(f"{DAY}&view=search&q=phu+lien&lang=en")
    expect(page.locator("#answer")).to_contain_text("Nothing was found")
    page.goto(f"{DAY}&view=unit&id={PHU_LIEN}&lang=en")
    expect(page.locator("#answer")).to_contain_text("Nothing has this id")
    page.close()
    assert ask(officer, "/units", **TODAY)["within"] == [WARD_ID]
    assert status(officer, "/org-chart", unit=PHU_LIEN, **TODAY) == 404
    assert status(officer, "/org-chart", unit=KIEN_AN, **LAST_DAY_OF_DISTRICTS) == 404


def test_the_city_head_sees_the_city(people: dict[str, BrowserContext]) -> None:
    head = people["head"]
    page = head.new_page()
    page.goto(f"{DAY}&lang=en")
    expect(unit_line(page, "Thành phố Hải Phòng").first).to_have_attribute("aria-level", "1")
    expect(unit_line(page, "Thành phố Hà Nội")).to_have_count(0)
    expect(unit_line(page, "Phường Phù Liễn").first).to_be_visible()
    page.goto(f"{DAY}&view=search&q=mong+cai&lang=en")
    expect(page.locator("#answer")).to_contain_text("Nothing was found")
    page.close()
    assert set(ask(head, "/units", **TODAY)["within"]) == set(CITIES)
    assert status(head, "/org-chart", unit=KIEN_AN, **LAST_DAY_OF_DISTRICTS) == 200, "a district of before"
    assert status(head, "/org-chart", unit=MONG_CAI, **LAST_DAY_OF_DISTRICTS) == 404


def test_the_auditor_sees_everything_and_writes_nothing(
    people: dict[str, BrowserContext], address: str
) -> None:
    auditor = people["auditor"]
    page = auditor.new_page()
    page.goto(f"{DAY}&lang=en")
    expect(unit_line(page, "Thành phố Hà Nội").first).to_have_attribute("aria-level", "1")
    page.goto(f"{DAY}&view=search&q=mong+cai&lang=en")
    expect(page.locator("#answer")).to_contain_text("Móng Cái")
    page.close()
    assert "within" not in ask(auditor, "/units", **TODAY)
    origin = {"Origin": address, "If-Match": "*", "Content-Type": "application/json"}
    for path, body in (("/personnel", PERSON), (f"/organization/{WARD_ID}", PERSON)):
        refused = auditor.request.post(path, data=body, headers=origin)
        assert (refused.status, refused.json()["rule"]) == (403, "ReadsOnly")


def test_counts_differ_as_their_parts_do(people: dict[str, BrowserContext], address: str) -> None:
    """A part of a part has less of everything; the program counts the units of the city and knows nobody."""
    pages = {who: ask(context, "/units", **TODAY, limit="1000") for who, context in people.items()}
    units = {who: {line["unit"] for line in page["items"]} for who, page in pages.items()}
    assert units["officer"]
    assert units["officer"] < units["head"]
    assert [bool(page["next"]) for page in pages.values()] == [False, False, True], "of the whole country"
    found = {
        who: {
            hit["id"]
            for hit in ask(context, "/search", q="nguyen", limit="1000", **TODAY)["items"]
            if hit["kind"] == "cadre"
        }
        for who, context in people.items()
    }
    assert found["officer"] < found["head"] < found["auditor"]
    assert found["officer"]
    program = {"Authorization": f"Bearer {PUBLISHED_TOKEN}"}
    with httpx2.Client(base_url=address, headers=program, timeout=60) as client:
        answer = client.get("/units", params={**TODAY, "limit": "1000"}).json()
        assert {line["unit"] for line in answer["items"]} == units["head"]
        assert set(answer["within"]) == set(CITIES)
        hits = client.get("/search", params={**TODAY, "q": "nguyen", "limit": "1000"}).json()["items"]
        assert hits
        assert "cadre" not in {hit["kind"] for hit in hits}, "no name of a person"
        refused = client.post("/personnel", json=PERSON)
        assert (refused.status_code, refused.json()["rule"]) == (403, "ReadsOnly")
        assert client.get("/units", headers={"Authorization": "Bearer cadre_other"}).status_code == 401


def test_there_is_a_picture_of_what_each_finds(browser: Browser, address: str, tmp_path: Path) -> None:
    take_account_pictures(browser, address, tmp_path)
    pictures = {name: (tmp_path / name).read_bytes() for name in PICTURES}
    assert all(re.match(rb"\x89PNG", picture) for picture in pictures.values())
    assert len(set(pictures.values())) == len(PICTURES)
