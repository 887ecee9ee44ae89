"""Attack pages in a real browser beside a ledger on this machine: they write nothing and read nothing (repro
csrf_browser; integrity 6). The page of the ledger works with the printed address."""

import json
import os
import re
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.core.clock import SimulatedClock
from shared.core.partial_dates import Instant
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.page_story import tell
from tests.web.conftest import GUARD, TOKEN, serving

EVIL, REBOUND = "evil.example", "rebound.example"
FACT = '{"type":"organization.unit-established","name":"CSRF","kind":"COMMUNE","effective_from":"2000-01-01"'
FORM = """<form id=f method=post action="TARGET/organization" enctype="text/plain">
<input name='FACT,"note":"' value='"}'></form><script>document.getElementById('f').submit()</script>"""
SCRIPTS = """<body><script>
const told = [], fact = 'FACT}';
const attempt = async (name, work) => {
  try { told.push([name, await work()]); } catch (error) { told.push([name, 'thrown']); }
};
(async () => {
  const sent = { method: 'POST', body: fact };
  const post = (more) => fetch('TARGET/organization', { ...sent, ...more }).then((r) => r.status || r.type);
  await attempt('plain', () => post({ mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } }));
  await attempt('json', () => post({ headers: { 'Content-Type': 'application/json' } }));
  await attempt('with cookies', () => post({ mode: 'no-cors', credentials: 'include' }));
  await attempt('untyped', () => post({ mode: 'no-cors', body: new Blob([fact]) }));
  await attempt('beacon', () => navigator.sendBeacon('TARGET/organization', fact));
  await attempt('read', () => fetch('TARGET/units?limit=1', READING).then((r) => r.text()));
  await attempt('script', () => new Promise((done, failed) => {
    const tag = document.createElement('script');
    tag.onload = () => done('loaded'); tag.onerror = failed; tag.src = 'TARGET/units?limit=1';
    document.head.append(tag);
  }));
  await attempt('frame', () => new Promise((done) => {
    const frame = document.createElement('iframe');
    frame.onload = () => { try { done(frame.contentDocument.body.innerText); } catch { done('closed'); } };
    frame.src = 'TARGET/units?limit=1'; document.body.append(frame);
  }));
  const loads = (tag, attribute) => () => new Promise((done, failed) => {
    const made = document.createElement(tag);
    made.onload = () => done('loaded'); made.onerror = failed; made[attribute] = 'TARGET/units?limit=1';
    document.body.append(made);
  });
  await attempt('image', loads('img', 'src'));
  await attempt('style', async () => {
    const link = document.createElement('link');
    link.rel = 'stylesheet'; link.href = 'TARGET/units?limit=1';
    await new Promise((done, failed) => { link.onload = done; link.onerror = failed; document.head.append(link); });
    return 'loaded';
  });
  await attempt('opaque', () => fetch('TARGET/units?limit=1', { mode: 'no-cors' }).then((r) => r.text()));
  await attempt('stream', () => new Promise((done, failed) => {
    const source = new EventSource('TARGET/feeds/personnel/live', { withCredentials: true });
    source.onopen = () => done('open'); source.onerror = failed;
  }));
  await attempt('socket', () => new Promise((done, failed) => {
    const socket = new WebSocket('TARGET/units'.replace('http', 'ws'));
    socket.onopen = () => done('open'); socket.onerror = failed;
  }));
  await attempt('redirected', () => fetch('/redirect', sent).then((r) => r.status || r.type));
  await attempt('worker', () => navigator.serviceWorker.register('TARGET/static/app.js').then(() => 'registered'));
  await attempt('window', async () => {
    const opened = window.open('TARGET/units?limit=1');
    await new Promise((done) => setTimeout(done, 700));
    try { return opened.document.body.innerText; } catch { /* of another origin */ }
    return opened.closed ? 'severed' : `open, ${opened.length} frames`;
  });
  document.title = JSON.stringify(told);
})();
</script></body>"""


class Attacker(BaseHTTPRequestHandler):
    """The web server of somebody else: `/form` and `/scripts`, aimed at the port in the query."""

    def do_GET(self) -> None:
        host, reading = (
            (REBOUND, "{}") if "rebound" in self.path else ("127.0.0.1", "{ credentials: 'include' }")
        )
        target = f"http://{host}:{self.path.rpartition('=')[2]}"
        page = (FORM if self.path.startswith("/form") else SCRIPTS).replace("FACT", FACT)
        body = page.replace("TARGET", target).replace("READING", reading).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Send the browser on, with its method and body."""
        port = self.headers.get("Referer", "").rpartition("=")[2]
        self.send_response(307)
        self.send_header("Location", f"http://127.0.0.1:{port}/organization")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Requests are not logged."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedLedger]:
    clock = SimulatedClock(Instant("2020-01-10T01:00:00.000000Z"))
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("attacked")), clock)
    tell(ledger, clock)
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def port(told: EmbeddedLedger) -> Iterator[int]:
    with serving(create_http_app(told, guard=GUARD)) as port:
        yield port


@pytest.fixture(scope="module")
def attacker() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Attacker))
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for which the names of the attacker lead to this machine, as DNS rebinding does."""
    found = os.environ.get("CHROMIUM") or which("chromium") or "/usr/bin/chromium"
    if not Path(found).exists():
        pytest.fail(f"no browser at {found}: apt-get install chromium, or set CHROMIUM to one")
    rules = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1,MAP {REBOUND} 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[rules])
        yield browser
        browser.close()


@pytest.mark.parametrize("signed_in", [False, True], ids=["stranger", "with the cookie"])
@pytest.mark.parametrize("origin", [f"http://{EVIL}", "http://127.0.0.1"], ids=["other site", "other port"])
def test_a_page_of_another_origin_writes_nothing_and_reads_nothing(
    browser: Browser, told: EmbeddedLedger, port: int, attacker: int, origin: str, signed_in: bool
) -> None:
    context = browser.new_context()
    page = context.new_page()
    before = told.logs["organization"].position()
    if signed_in:
        page.goto(f"http://127.0.0.1:{port}/?token={TOKEN}")
    page.goto(f"{origin}:{attacker}/form?target={port}")
    expect(page.locator("body")).to_contain_text("ForeignOrigin")
    page.goto(f"{origin}:{attacker}/scripts?target={port}")
    page.wait_for_function("document.title.startsWith('[[')")
    answers = dict(json.loads(page.title()))
    assert answers["json"] == answers["read"] == answers["script"] == "thrown", answers
    assert answers["frame"] in ("closed", "thrown"), answers
    for way in ("image", "style", "stream", "socket", "redirected", "worker"):
        assert answers[way] == "thrown", (way, answers)
    assert answers["opaque"] in ("", "thrown"), answers
    assert answers["window"] == "severed", answers
    assert told.logs["organization"].position() == before
    context.close()


def test_a_name_that_is_bound_to_this_machine_reads_and_writes_nothing(
    browser: Browser, told: EmbeddedLedger, port: int
) -> None:
    page = browser.new_page()
    before = told.logs["organization"].position()
    page.goto(f"http://{REBOUND}:{port}/units?limit=1")
    assert "HostNotAllowed" in page.locator("body").inner_text()
    script = """async (fact) => {
      const read = await fetch('/units?limit=1').then((r) => r.status);
      const headers = { 'Content-Type': 'application/json' };
      const wrote = await fetch('/organization', { method: 'POST', headers, body: fact }).then((r) => r.status);
      return [read, wrote];
    }"""
    assert page.evaluate(script, FACT + "}") == [421, 421], "the page is of the same origin as what it asks"
    assert told.logs["organization"].position() == before
    page.close()


def test_the_printed_address_opens_the_page_and_a_bare_one_asks_for_the_token(
    browser: Browser, port: int
) -> None:
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}")
    page = context.new_page()
    city = page.get_by_role("treeitem").filter(has_text="Thành phố Hải Phòng").first
    page.goto("/?as_of=2020-12-31&lang=en")
    expect(page.get_by_role("dialog", name="A token is needed")).to_have_count(1)
    page.goto(f"/?as_of=2020-12-31&token={TOKEN}")
    expect(city).to_be_visible()
    expect(page).to_have_url(re.compile(r"as_of=2020-12-31"))
    assert "token" not in page.url
    assert page.evaluate("document.cookie") == "", "no script reads it"
    page.reload()
    expect(city).to_be_visible()
    wrote = """(fact) => fetch('/organization', { method: 'POST', body: fact,
      headers: { 'Content-Type': 'application/json' } }).then((r) => r.status)"""
    assert page.evaluate(wrote, FACT.replace("CSRF", "by the page") + "}") == 201
    context.close()
