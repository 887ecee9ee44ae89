"""The page says how the sites of the tree stand, in a real browser."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect

from services.bootstrap.http_app import create_http_app
from services.sync.exchange.site_exchange import SiteExchange
from tests.sync.line.sites import CallingSite, serve_site
from tests.sync.test_random_exchanges import LiveSite
from tests.test_page import browser, page
from tests.web.conftest import serving

__all__ = ["browser", "page"]


@pytest.fixture
def site(huyen: LiveSite, px: CallingSite) -> Iterator[str]:
    """The address of the ward, of which one fact has arrived above and another has not."""
    px.register("an")
    with serve_site(huyen) as line:
        px.sync(line.address)
    px.register("binh")
    exchange = SiteExchange(px.replica)
    try:
        with serving(create_http_app(px.ledger, exchange=exchange)) as port:
            yield f"http://127.0.0.1:{port}"
    finally:
        exchange.close()


def test_the_page_shows_the_sites_and_what_has_not_arrived(page: Page) -> None:
    page.goto("/")
    page.locator("#answer").get_by_role("link", name="Các điểm đồng bộ").click()
    expect(page).to_have_url(re.compile("view=sites"))
    shown = page.locator("#answer")
    expect(shown.get_by_role("heading", name="px")).to_be_visible()
    expect(shown).to_contain_text("Điểm cấp trên: huyen")
    expect(shown).to_contain_text("1 sự kiện chưa được điểm cấp trên ký nhận")
    expect(shown.get_by_role("row", name=re.compile("huyen"))).to_contain_text("đang theo")
    numbers = httpx2.get(page.url.partition("/?")[0] + "/metrics").text.splitlines()
    assert 'cadre_sync_undelivered{origin="px"} 1' in [each.removesuffix(".0") for each in numbers]
    page.get_by_role("link", name="English").click()
    expect(shown).to_contain_text("1 are not signed for by the site above yet")
