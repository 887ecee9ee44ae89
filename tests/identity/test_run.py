"""`cadre run` with accounts, in a process of its own: from the printed link to signing out, in a browser."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.engines.processes import free_port
from tests.support.cadre_process import CadreProcess, run_cadre
from tests.test_page import browser

__all__ = ["browser"]
LINK = re.compile(r"http://127\.0\.0\.1:\d+/sign-in\?link=\S+")
PASSWORD = "correct horse battery"


class Server:
    """A running ledger without facts."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder, self.port = folder, free_port()
        self.env = {**os.environ, "CADRE_HOME": str(folder / "home"), "CADRE_LANG": "en"}
        self._error = folder / "server.err"
        words = ("run", "--empty", "--port", str(self.port), *words)
        self.process = CadreProcess(words, self.env, folder / "server.out", self._error)
        self.address = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + 60
        while self.get("/ready") != 200:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def said(self) -> str:
        return self._error.read_text(encoding="utf-8")

    def get(self, path: str) -> int:
        try:
            return httpx2.get(self.address + path, timeout=60).status_code
        except httpx2.TransportError:
            return 0

    def cadre(self, *words: str) -> str:
        done = run_cadre(words, self.env, self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.process.terminate()
    server.process.wait(30)


def test_the_first_account_turns_sign_in_on_beside_a_running_server(server: Server, browser: Browser) -> None:
    """A laptop without accounts goes on as it was; from the first account on everybody signs in, with a page that
    works without scripts."""
    assert server.get("/units") == 200, "a program of this machine needs no token yet"
    assert server.get("/accounts") == 200
    link = server.cadre("user", "add", "lan", "--name", "Nguyễn Thị Lan", "--role", "administrator").strip()
    assert server.get("/units") == 401
    context = browser.new_context(base_url=server.address, java_script_enabled=False)
    page = context.new_page()
    page.goto(link)
    page.get_by_label("Mật khẩu mới").fill(PASSWORD)
    page.get_by_role("button").click()
    page.get_by_label("Tên đăng nhập").fill("lan")
    page.get_by_label("Mật khẩu").fill("wrong password")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not right")
    page.get_by_label("Tên đăng nhập").fill("lan")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button").click()
    assert page.url == f"{server.address}/"
    [cookie] = context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == (
        f"cadre-session-{server.port}",
        True,
        "Lax",
    )
    assert page.goto("/units").status == 200  # type: ignore[union-attr]  # a page that was opened has an answer
    page.goto("/sign-in")
    expect(page.get_by_role("main")).to_contain_text("Nguyễn Thị Lan")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("button").click()
    assert page.url == f"{server.address}/sign-in"
    assert page.goto("/units").status == 401  # type: ignore[union-attr]  # as above
    context.close()


def test_accounts_from_the_start_make_one_administrator(tmp_path: Path) -> None:
    server = Server(tmp_path, "--accounts")
    [link] = LINK.findall(server.said())
    assert server.get("/units") == 401
    token = (tmp_path / "home" / "token").read_text(encoding="ascii").strip()
    start = {"authorization": f"Bearer {token}"}
    assert httpx2.get(f"{server.address}/units", headers=start).status_code == 401, "no sign-in any more"
    body = {"link": link.partition("link=")[2], "password": PASSWORD}
    assert httpx2.post(f"{server.address}/session/link", json=body).status_code == 204
    signed = httpx2.post(f"{server.address}/session", json={"login": "admin", "password": PASSWORD})
    assert signed.status_code == 200
    server.process.terminate()
    server.process.wait(30)
    again = Server(tmp_path, "--accounts")
    assert not LINK.findall(again.said().rpartition("Cadre Ledger")[2]), "once"
    assert again.get("/units") == 401, "also after a restart"
    again.process.terminate()
    again.process.wait(30)
