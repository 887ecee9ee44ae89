"""The page names who and what it shows, in words of the reader's language, also where there is nothing."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.page_story import LEADER
from tests.test_page import browser, page, site
from tests.test_page_report import REPORT

__all__ = ["browser", "page", "site"]
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}")


def test_the_proof_names_the_person_and_the_post_and_leads_to_the_document(page: Page) -> None:
    page.goto(REPORT)
    row = page.locator("#answer").get_by_role("row", name=re.compile("^chỉ định"))
    row.locator("summary").click()
    expect(row).to_contain_text("Nguyễn Văn Ạn")
    row.get_by_role("link", name=re.compile("Căn cứ")).click()
    proof = page.get_by_role("dialog")
    expect(proof.get_by_role("link", name="Nguyễn Văn Ạn")).to_be_visible()
    expect(proof.get_by_role("link", name="Bí thư Quận ủy")).to_be_visible()
    assert not ID.search(proof.inner_text())
    proof.get_by_role("link", name="125-QĐ/TU").click()
    answer = page.locator("#answer")
    expect(answer.get_by_role("heading", name="125-QĐ/TU")).to_be_visible()
    expect(answer).to_contain_text("Nguyễn Văn Ạn · giữ chức vụ")


@pytest.mark.parametrize("view", ["person", "post", "unit", "life", "document"])
def test_what_is_not_there_is_said_in_words(page: Page, view: str) -> None:
    """The page said "a person without a name"."""
    page.goto(f"/?as_of=2020-12-31&view={view}&id=nope")
    answer = page.locator("#answer")
    expect(answer.get_by_role("alert")).to_contain_text("Không tìm thấy")
    expect(answer.get_by_role("heading", name="Người chưa rõ tên")).to_have_count(0)


def test_a_life_has_no_codes(page: Page) -> None:
    page.goto(f"/?as_of=2020-12-31&view=life&id={LEADER}")
    answer = page.locator("#answer")
    expect(answer.get_by_role("heading", name="Nguyễn Văn Ạn")).to_be_visible()
    assert not re.search(r"\b[A-Z]{3,}_?[A-Z]+\b", re.sub(r"\b(UBND|HĐND|BCH)\b", "", answer.inner_text()))


def test_no_data_is_not_what_was_not_recorded_yet(page: Page) -> None:
    page.goto(f"{REPORT}&lang=en&known_at=2019-12-31")
    planned = page.locator("#answer").get_by_role("row", name=re.compile("^Planned"))
    expect(planned.first).to_contain_text("nothing recorded by then")
    page.goto(f"/?as_of=2020-12-31&view=person&id={LEADER}&known_at=2001-01-01&lang=en")
    expect(page.locator("#answer").get_by_role("alert")).to_contain_text("did not know this")
