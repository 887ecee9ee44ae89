"""The report of a unit and the whole life of a cadre on the page, in a real browser."""

import re

from playwright.sync_api import Page, expect

from tests.page_story import DISTRICT, LEADER
from tests.test_page import browser, page, site

__all__ = ["browser", "page", "site"]
REPORT = f"/?as_of=2019-12-31&view=report&id={DISTRICT}&from=2019-01-01&to=2019-12-31"


def test_a_number_opens_to_its_facts_and_their_documents(page: Page) -> None:
    page.goto(REPORT)
    answer = page.locator("#answer")
    expect(answer.get_by_role("heading", name="Quận Kiến An")).to_be_visible()
    row = answer.get_by_role("row", name=re.compile("^chỉ định"))
    expect(row).to_contain_text("1 trường hợp")
    row.locator("summary").click()
    expect(row).to_contain_text("125-QĐ/TU, Thành ủy Hải Phòng, 20/2/2019")
    row.get_by_role("link", name=re.compile("Căn cứ")).click()
    expect(page.get_by_role("dialog")).to_contain_text("125-QĐ/TU")


def test_no_data_is_said_and_is_not_0(page: Page) -> None:
    page.goto(f"{REPORT}&lang=en")
    planned = page.locator("#answer").get_by_role("row", name=re.compile("^Planned no data"))
    expect(planned.first).to_be_visible()


def test_another_time_is_asked_for_by_its_days(page: Page) -> None:
    page.goto(REPORT)
    answer = page.locator("#answer")
    answer.get_by_label("Từ ngày").fill("1/1/2012")
    answer.get_by_label("đến ngày").fill("31/12/2012")
    answer.get_by_role("button", name="Xem").click()
    expect(page).to_have_url(re.compile("from=2012-01-01&to=2012-12-31"))
    expect(answer.get_by_role("row", name=re.compile("^bổ nhiệm"))).to_contain_text("1 trường hợp")


def test_the_report_is_reached_from_its_unit_and_taken_away_as_a_sheet(page: Page) -> None:
    page.goto(f"/?as_of=2019-12-31&view=unit&id={DISTRICT}")
    page.locator("#answer").get_by_role("link", name="Báo cáo công tác cán bộ").click()
    expect(page).to_have_url(re.compile("view=report"))
    address = page.get_by_role("link", name="XLSX").get_attribute("href")
    assert address
    assert page.request.get(address).body()[:2] == b"PK"


def test_a_whole_life_on_one_page(page: Page) -> None:
    page.goto(f"/?as_of=2020-12-31&view=person&id={LEADER}")
    page.locator("#answer").get_by_role("link", name="Toàn bộ quá trình").click()
    answer = page.locator("#answer")
    expect(answer.get_by_role("heading", name="Nguyễn Văn Ạn")).to_be_focused()
    steps = answer.get_by_role("listitem")
    expect(steps.first).to_contain_text("Chủ tịch UBND quận")
    expect(answer).to_contain_text("Thôi giữ chức vụ")
    expect(answer).to_contain_text("chỉ định")
