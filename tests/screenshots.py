"""`python -m tests.screenshots`: the pictures of the README, taken of the demonstration in a real browser; and, kept
out of the repository, what each person of the demonstration with accounts finds."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from threading import Thread

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.demo.city.tour import KIEN_AN, MONG_CAI, SENT_DOWN, WARD_ID
from services.demo.demonstration import load_demo
from shared.core.clock import SimulatedClock
from shared.core.partial_dates import Instant
from shared.operations.settings import load
from tests.demo import served

IMAGES = Path(__file__).parents[1] / "docs" / "images"
ACCOUNT_IMAGES = IMAGES / "accounts"
PICTURES = {
    "district-2025-06-30.png": f"/?as_of=2025-06-30&unit={KIEN_AN}&lang=en",
    "ward-2025-07-01.png": f"/?as_of=2025-07-01&unit={WARD_ID}&lang=en",
    "person.png": f"/?as_of=2025-06-30&view=person&id={SENT_DOWN}&lang=en",
    "report.png": f"/?as_of=2019-12-31&view=report&id={MONG_CAI}&from=2019-01-01&to=2019-12-31&lang=en",
}
"""File name -> address of the page."""


def take_pictures(address: str, folder: Path) -> None:
    """One PNG per picture, 1200 by 750 pixels, in English."""
    with open_browser() as browser:
        context = browser.new_context(
            base_url=address, viewport={"width": 1200, "height": 750}, locale="en-GB", color_scheme="light"
        )
        page = context.new_page()
        for name, url in PICTURES.items():
            page.goto(url, wait_until="networkidle")
            page.screenshot(path=folder / name)


@contextmanager
def open_browser() -> Iterator[Browser]:
    browser_path = os.environ.get("CHROMIUM") or which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path)
        yield browser
        browser.close()


def main() -> None:
    with TemporaryDirectory() as home:
        clock = SimulatedClock(Instant("2014-01-01T00:00:00.000000Z"))
        ledger = open_embedded_ledger(load(Path(home)), clock)
        load_demo(ledger, clock)
        server = uvicorn.Server(
            uvicorn.Config(create_http_app(ledger, clock), port=0, log_level="error", lifespan="off")
        )
        thread = Thread(target=server.run)
        thread.start()
        while not server.started:
            thread.join(0.05)
        [port] = {socket.getsockname()[1] for each in server.servers for socket in each.sockets}
        IMAGES.mkdir(exist_ok=True)
        take_pictures(f"http://127.0.0.1:{port}", IMAGES)
        server.should_exit = True
        thread.join()
        ledger.close()
        with (
            TemporaryDirectory() as copy,
            served.serve_with_accounts(Path(home), Path(copy)) as address,
            open_browser() as browser,
        ):
            served.take_account_pictures(browser, address, ACCOUNT_IMAGES)
    sys.stdout.write(f"{len(PICTURES)} pictures in {IMAGES}, {len(served.PICTURES)} in {ACCOUNT_IMAGES}\n")


if __name__ == "__main__":
    main()
