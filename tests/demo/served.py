"""The demonstration with its four accounts as `cadre run` serves it, in this process, and what a visitor does there."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from services.bootstrap.access_control import open_control
from services.bootstrap.http_app import create_http_app
from services.bootstrap.identity import open_identity
from services.bootstrap.services import open_embedded_ledger
from services.cli.demo_accounts import PublishedSecrets
from services.demo.accounts import DEMO_ACCOUNTS, add_demo_accounts
from services.demo.city.tour import KIEN_AN, WARD_ID
from services.demo.demonstration import demonstration_tour
from services.identity.credentials.published import PUBLISHED_PASSWORD
from shared.core.clock import SimulatedClock
from shared.operations.settings import Settings
from tests.support.demonstration import FINISHED, SITE
from tests.web.conftest import serving

DAY = "/?as_of=2026-11-20"
OFFICER, HEAD, AUDITOR, PROGRAM = DEMO_ACCOUNTS
PICTURES = {
    "ward-officer.png": (OFFICER, f"{DAY}&lang=en"),
    "city-head.png": (HEAD, f"{DAY}&unit={WARD_ID}&lang=en"),
    "auditor.png": (AUDITOR, f"/?as_of=2025-06-30&unit={KIEN_AN}&lang=en"),
}
"""File name -> who opens which page."""


@contextmanager
def serve_with_accounts(demonstration: Path, folder: Path) -> Iterator[str]:
    """The address of a copy of the demonstration, on the day after its last."""
    home = shutil.copytree(demonstration, folder / "home")
    clock = SimulatedClock(FINISHED)
    with ExitStack() as opened:
        ledger = open_embedded_ledger(Settings(home=home, site=SITE), clock)
        opened.callback(ledger.close)
        stored = opened.enter_context(open_identity(ledger, clock))
        identity, control = opened.enter_context(open_control(ledger, stored, clock))
        assert identity
        add_demo_accounts(identity.administration, "test")
        secrets = PublishedSecrets()
        secrets.check(ledger, identity)
        tour = demonstration_tour(ledger)
        app = create_http_app(ledger, clock, tour=tour, identity=identity, control=control)
        secrets.show(app)
        yield f"http://127.0.0.1:{opened.enter_context(serving(app))}"


@contextmanager
def signed_in(browser: Browser, address: str, login: str) -> Iterator[BrowserContext]:
    """A browser in which somebody has signed in as the banner says."""
    context = browser.new_context(
        base_url=address, viewport={"width": 1200, "height": 750}, locale="en-GB", color_scheme="light"
    )
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(PUBLISHED_PASSWORD)
    page.get_by_role("button").click()
    page.wait_for_url(f"{address}/**")
    page.close()
    yield context
    context.close()


def take_account_pictures(browser: Browser, address: str, folder: Path) -> None:
    """One PNG per person of the demonstration: what each finds."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (account, url) in PICTURES.items():
        with signed_in(browser, address, account.login) as context:
            page = context.new_page()
            page.goto(url, wait_until="networkidle")
            page.screenshot(path=folder / name)
