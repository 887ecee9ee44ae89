"""The page in a real browser: what a person sees, by mouse and by keyboard, in both languages, wide and narrow."""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from threading import Thread

import pytest
import uvicorn
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.core.clock import SimulatedClock
from shared.core.partial_dates import Instant
from shared.operations.settings import load
from tests.page_story import CITY, DISTRICT, LEADER, MAYOR, tell

DAY = "/?as_of=2020-12-31"
PEOPLE = f"{DAY}&unit={DISTRICT}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    clock = SimulatedClock(Instant("2020-01-10T01:00:00.000000Z"))
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("page")), clock)
    tell(ledger, clock)
    door = socket.create_server(("127.0.0.1", 0))
    app = create_http_app(ledger, clock)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
    running = Thread(target=server.run, kwargs={"sockets": [door]})
    running.start()
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    running.join()
    ledger.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or which("chromium") or "/usr/bin/chromium"
    if not Path(found).exists():
        pytest.fail(f"no browser at {found}: apt-get install chromium, or set CHROMIUM to one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A desktop window. Whatever the browser complains about, its content policy included, fails the test."""
    context = browser.new_context(base_url=site, viewport={"width": 1300, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type != "log" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [said for said in complaints if "404" not in said and "ERR_" not in said] == []


def line(page: Page, text: str) -> Locator:
    return page.get_by_role("treeitem").filter(has=page.locator(":scope > .row", has_text=text))


def answer(page: Page) -> Locator:
    return page.locator("#answer")


def test_a_unit_opens_by_keyboard_and_shows_who_sits_where(page: Page) -> None:
    page.goto(DAY)
    city = line(page, "Thành phố Hải Phòng")
    expect(city).to_have_attribute("aria-expanded", "true")
    city.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("q")
    district = line(page, "Quận Kiến An").last
    expect(district).to_be_focused()
    expect(district).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    expect(line(page, "Bí thư Quận ủy").last).to_contain_text("Nguyễn Văn Ạn")
    expect(line(page, "Chủ tịch HĐND quận").last).to_contain_text("kiêm nhiệm")
    deputies = line(page, "Phó Chủ tịch UBND quận").last
    expect(deputies).to_contain_text("quyền")
    expect(deputies).to_contain_text("khuyết 1/2")
    expect(line(page, "Công an quận").last).to_contain_text("phối quản: Công an thành phố")
    page.keyboard.press("ArrowLeft")
    expect(district).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(answer(page).get_by_role("heading", name="Quận Kiến An")).to_be_focused()


def test_one_day_over_the_reform_and_back_again(page: Page) -> None:
    page.goto(f"/?as_of=2025-06-30&unit={CITY}")
    expect(line(page, "Quận Kiến An").last).to_be_visible()
    page.get_by_role("button", name="Tới một ngày").click()
    expect(page).to_have_url(re.compile("as_of=2025-07-01"))
    expect(line(page, "Phường Hoà Nghĩa").last).to_be_visible()
    expect(line(page, "Quận Kiến An")).to_have_count(0)
    page.go_back()
    expect(line(page, "Quận Kiến An").last).to_be_visible()
    expect(page.get_by_label("Vào ngày")).to_have_value("30/6/2025")
    page.get_by_role("button", name="Lùi một năm").click()
    expect(page).to_have_url(re.compile("as_of=2024-06-30"))
    page.get_by_label("Vào ngày").fill("1/7/2025")
    page.keyboard.press("Enter")
    expect(line(page, "Phường Hoà Nghĩa").last).to_be_visible()


def test_a_day_that_is_not_on_the_calendar_is_told_and_nothing_moves(page: Page) -> None:
    page.goto(DAY)
    page.get_by_label("Vào ngày").fill("31/6/2025")
    page.keyboard.press("Enter")
    assert "Ngày không có trên lịch" in page.locator("#day").evaluate("field => field.validationMessage")
    expect(page).to_have_url(re.compile("as_of=2020-12-31"))


def test_the_chart_of_a_unit_that_is_gone_says_what_stands_there_now(page: Page) -> None:
    page.goto(f"/?as_of=2025-07-01&unit={DISTRICT}")
    expect(page.locator("#chart")).to_contain_text("Quận Kiến An không tồn tại vào ngày 1/7/2025")
    page.locator("#chart").get_by_role("link", name="Phường Hoà Nghĩa").click()
    expect(line(page, "Phường Hoà Nghĩa").last).to_be_visible()


def test_the_language_stays_in_the_address(page: Page) -> None:
    page.goto(PEOPLE)
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(re.compile("lang=en"))
    expect(page.get_by_role("heading", name="Org chart on 31/12/2020")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(line(page, "Phó Chủ tịch UBND quận").last).to_contain_text("acting")
    page.reload()
    expect(page.get_by_role("button", name="One day on")).to_be_visible()


@pytest.mark.parametrize("words", ["hoa nghia", "Hòa Nghĩa", "HOÀ NGHĨA"])
def test_search_ignores_marks(page: Page, words: str) -> None:
    page.goto(DAY)
    page.get_by_role("searchbox").fill(words)
    expect(answer(page).get_by_role("link", name="Phường Hoà Nghĩa")).to_be_visible()
    expect(page).to_have_url(re.compile("view=search"))


def test_search_finds_what_has_ended_and_says_so(page: Page) -> None:
    page.goto("/?as_of=2025-08-01&view=search&q=kien+an")
    found = answer(page).get_by_role("listitem").filter(has_text="Quận Kiến An").first
    expect(found).to_contain_text("kết thúc từ 1/7/2025")
    found.get_by_role("link").first.click()
    expect(answer(page)).to_contain_text("bỏ cấp hành chính")
    expect(answer(page).locator(".terms")).to_contain_text(["Phường Hoà Nghĩa"])


def test_who_held_a_title_in_a_place_on_the_day(page: Page) -> None:
    page.goto(f"{DAY}&view=search&q=bi+thu,+kien+an")
    expect(answer(page).get_by_role("listitem").first).to_contain_text("Nguyễn Văn Ạn")


def test_a_career_in_order_with_what_was_held_at_the_same_time(page: Page) -> None:
    page.goto(f"{DAY}&view=person&id={LEADER}")
    terms = answer(page).locator(".terms > li")
    expect(terms.locator(".span")).to_have_text(
        ["5/2012 – 1/3/2019", "1/3/2019 – 1/7/2025", "1/3/2019 – 1/7/2025"]
    )
    expect(terms.nth(1)).to_contain_text("Đồng thời: Chủ tịch HĐND quận")
    expect(terms.nth(1)).to_contain_text("đơn vị kết thúc hoạt động")
    expect(answer(page).locator(".bar")).to_have_count(3)
    expect(page).to_have_title(re.compile("Nguyễn Văn Ạn"))


def test_a_post_shows_its_holders_and_the_time_without_one(page: Page) -> None:
    page.goto(f"{DAY}&view=post&id={MAYOR}&lang=en")
    expect(answer(page).locator(".terms > li")).to_have_text(
        [re.compile("Nguyễn Văn Ạn"), re.compile("1/3/2019 – 1/6/2020.*vacant"), re.compile("Trần Thị Bảy")]
    )


def test_the_proof_names_the_fact_its_author_and_its_document(page: Page) -> None:
    page.goto(PEOPLE)
    seat = line(page, "Bí thư Quận ủy").last
    seat.locator(".holder .proof").click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text(re.compile("125-QĐ/TU.*Thành ủy Hải Phòng"))
    expect(panel).to_contain_text("ho.thi.so")
    expect(panel).to_contain_text("10/1/2020")
    expect(page).to_have_url(re.compile("proof="))
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page).not_to_have_url(re.compile("proof="))
    line(page, "Chủ tịch UBND quận").first.locator(".holder .proof").click()
    expect(panel).to_contain_text("Chưa gắn văn bản quyết định")


def test_as_known_before_a_correction_the_old_answer_stands_and_the_proof_explains(page: Page) -> None:
    page.goto(PEOPLE)
    expect(line(page, "Phó Chủ tịch UBND quận").last).not_to_contain_text("Lê Quang Nhầm")
    page.get_by_text("Theo thông tin có đến").click()
    page.get_by_label("Theo thông tin có đến").fill("1/3/2021")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("đến hết ngày 1/3/2021")
    wrong = page.locator(".holder").filter(has_text="Lê Quang Nhầm")
    wrong.locator(".proof").click()
    expect(page.get_by_role("dialog")).to_contain_text("Sự kiện này đã bị hủy")
    expect(page.get_by_role("dialog")).to_contain_text("nhập nhầm người")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Xem theo thông tin hiện nay").click()
    expect(wrong).to_have_count(0)


def test_two_days_compared(page: Page) -> None:
    page.goto(f"/?view=diff&id={CITY}&from=2025-06-30&to=2025-07-01&lang=en")
    expect(answer(page)).to_contain_text("Units that ended 2")
    expect(answer(page)).to_contain_text("New units 1")
    answer(page).get_by_label("From").fill("1/1/2020")
    answer(page).get_by_label("to", exact=True).fill("30/6/2020")
    answer(page).get_by_role("button", name="Compare").click()
    expect(answer(page)).to_contain_text("Took up a post 1")


def test_without_an_answer_the_page_says_what_to_do(page: Page) -> None:
    page.goto(f"{DAY}&view=unit&id=nowhere")
    expect(answer(page).get_by_role("alert")).to_contain_text("Không tìm thấy")
    page.goto(PEOPLE)
    page.route("**/term-history*", lambda route: route.abort())
    line(page, "Bí thư Quận ủy").last.locator(".holder a").first.click()
    expect(answer(page).get_by_role("alert")).to_contain_text("Không kết nối được với sổ")
    page.unroute("**/term-history*")
    answer(page).get_by_role("button", name="Thử lại").click()
    expect(answer(page).get_by_role("heading", name="Nguyễn Văn Ạn")).to_be_visible()


VIEWS = [
    PEOPLE,
    f"{DAY}&view=person&id={LEADER}",
    f"{DAY}&view=unit&id={DISTRICT}",
    f"{DAY}&view=search&q=an",
]


@pytest.mark.parametrize("address", VIEWS)
def test_a_telephone_needs_no_sideways_scrolling(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address)
    expect(page.get_by_role("main")).not_to_contain_text("Đang tải…")
    expect(page.locator("#chart").or_(answer(page)).filter(visible=True).first).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
