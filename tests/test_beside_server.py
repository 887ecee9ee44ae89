"""Commands work beside a running server (integrity §9): it lends its write lease and takes it back."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.chronicle.rows import CADRES
from shared.runtime.lease_handover import ADDRESS_FILE, LeaseNotLent, borrow_lease
from tests.engines.processes import free_port
from tests.importing_law import ImportedLedger, write_source
from tests.support.cadre_process import CadreProcess, run_cadre
from tests.test_import_cut_short import source as large_source

SOURCE = {
    "persons.csv": [{"person_id": "p1", "name": "Nguyễn Văn An"}],
    "posts.csv": [{"post_id": "a", "title": "Chủ tịch"}],
    "terms.csv": [
        {"term_id": "t1", "person_id": "p1", "post_id": "a", "start": "2001-01-01", "end_status": "ongoing"}
    ],
}


class Server:
    """`cadre run` over an empty home, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.port = folder, folder / "home", free_port()
        self.env = {**os.environ, "CADRE_HOME": str(self.home)}
        words = ("run", "--empty", "--port", str(self.port))
        self.process = CadreProcess(words, self.env, folder / "server.out", folder / "server.err")
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
        deadline = time.monotonic() + 60
        while not self.is_ready():
            assert self.process.poll() is None, (folder / "server.err").read_text(encoding="utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def is_ready(self) -> bool:
        try:
            return self.client.get("/ready").status_code == 200
        except httpx2.TransportError:
            return False

    def cadre(self, *words: str) -> Any:
        done = run_cadre((*words, "--json"), self.env, self.folder)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def register(self) -> httpx2.Response:
        return self.client.post(
            "/personnel/registered", json={"name": "Trần Thị Bình", "effective_from": "2020-01-01"}
        )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path)
    yield started
    started.client.close()
    started.process.terminate()
    assert started.process.wait(30) == 0


def test_import_correct_seal_and_replay_beside_a_server(server: Server, tmp_path: Path) -> None:
    write_source(tmp_path / "in", SOURCE)
    assert server.register().status_code == 201
    report = server.cadre("import", "terms", str(tmp_path / "in"), "--scheme", "x", "--yes")
    assert report["in"]["terms"] == 1
    [found] = server.client.get("/search", params={"q": "nguyen van an"}).json()["items"]
    assert found["name"] == "Nguyễn Văn An", "the server answers with the new rows"
    assert server.register().status_code == 201, "and can write"
    [held] = server.cadre("show", "holders", "--as-of", "2005-01-01")
    server.cadre("correct", held["opened"], "--reason", "nhầm", "--amend", '{"effective_from": "2002-01-01"}')
    assert server.cadre("show", "holders", "--as-of", "2001-06-01") == []
    assert server.cadre("audit", "seal")
    assert server.cadre("audit", "replay")["differences"] == []
    assert server.register().status_code == 201
    assert server.cadre("verify")["complaints"] == []


def test_what_is_recorded_while_a_replay_runs_is_neither_refused_nor_a_difference(
    server: Server, tmp_path: Path
) -> None:
    """A replay only reads; it borrows the write lease for the moment in which it records its certificate."""
    cadre = server.register().json()["stream"]
    write_source(tmp_path / "in", SOURCE)
    (tmp_path / "replay").mkdir()
    out, err = tmp_path / "replay" / "out", tmp_path / "replay" / "err"
    replay = CadreProcess(("audit", "replay", "--json"), server.env, out, err)
    until = time.monotonic() + 60
    journal = server.home / "replay.ndjson"
    while not (journal.exists() and journal.stat().st_size):  # it is locked before anything is written to it
        assert replay.poll() is None, err.read_text(encoding="utf-8")
        assert time.monotonic() < until
    replay.send_signal(signal.SIGSTOP)
    assert server.register().status_code == 201
    renamed = {"name": "Trần Thị Bình An", "effective_from": "2021-01-01"}
    answer = server.client.post(
        f"/personnel/{cadre}/profile-amended", json=renamed, headers={"If-Match": "*"}
    )
    assert answer.status_code == 201, answer.text
    assert server.cadre("import", "terms", str(tmp_path / "in"), "--scheme", "x", "--yes")["in"]["terms"] == 1
    second = run_cadre(("audit", "replay"), server.env, tmp_path)
    assert (second.returncode, "another process replays this ledger" in second.stderr) == (75, True)
    replay.send_signal(signal.SIGCONT)
    assert replay.wait(120) == 0, err.read_text(encoding="utf-8")
    assert json.loads(out.read_text(encoding="utf-8"))["differences"] == []
    assert server.register().status_code == 201
    assert server.cadre("audit", "replay")["differences"] == []


def test_while_the_lease_is_lent_questions_are_answered_and_writes_wait(server: Server) -> None:
    assert server.register().status_code == 201
    with borrow_lease(server.home):
        assert server.client.get("/search", params={"q": "tran"}).status_code == 200
        refused = server.register()
        assert (refused.status_code, refused.json()["rule"]) == (503, "LedgerLent")
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.headers["content-type"] == "application/problem+json"
    assert server.register().status_code == 201


def test_a_killed_command_gives_the_lease_back(server: Server) -> None:
    """kill -9 of a command that has the lease, and of one that is importing."""
    program = (
        "import sys, time; from pathlib import Path; from shared.runtime.lease_handover import borrow_lease\n"
        "with borrow_lease(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(server.home)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        assert server.register().status_code == 503
        holder.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while (answer := server.register()).status_code == 503:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert answer.status_code == 201


def test_a_second_server_is_refused_and_borrows_nothing(server: Server, tmp_path: Path) -> None:
    words = ("run", "--empty", "--port", str(free_port()))
    done = run_cadre(words, server.env, tmp_path)
    assert done.returncode == 2
    assert "is being written to by process" in done.stderr
    assert server.register().status_code == 201


def test_a_server_that_has_ended_lends_nothing(tmp_path: Path) -> None:
    with pytest.raises(LeaseNotLent), borrow_lease(tmp_path):
        pytest.fail("nobody is there")
    (tmp_path / ADDRESS_FILE).write_text(str(tmp_path / "gone"), encoding="utf-8")
    with pytest.raises(LeaseNotLent), borrow_lease(tmp_path):
        pytest.fail("nobody listens any more")


def open_stopped(server: Server, folder: Path) -> ImportedLedger:
    """The ledger of a server that was asked to end."""
    server.process.terminate()
    assert server.process.wait(30) == 0
    (folder / "stopped").mkdir()
    (folder / "stopped" / "ledger").symlink_to(server.home)
    return ImportedLedger(folder / "stopped")


def test_an_import_while_others_write_through_the_server(server: Server, tmp_path: Path) -> None:
    """Writers get 201 or a named 503 and may try again; nothing of either is lost or doubled."""
    write_source(tmp_path / "in", large_source())
    answers: list[int] = []
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            answers.append(server.register().status_code)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        report = server.cadre("import", "terms", str(tmp_path / "in"), "--scheme", "x", "--yes")
    finally:
        ended.set()
        writer.join(60)
    assert (report["set_aside"], report["in"]["terms"]) == ([], 800)
    assert set(answers) <= {201, 503}
    assert answers.count(201) > 1
    again = server.cadre("import", "terms", str(tmp_path / "in"), "--scheme", "x", "--yes")
    assert again["facts"] == 0
    ledger = open_stopped(server, tmp_path)
    names = [row.name for row in ledger.ledger.tables.rows(CADRES)]
    assert names.count("Trần Thị Bình") == answers.count(201)
    assert len(names) == 700 + answers.count(201)
    ledger.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_import_that_is_killed_beside_a_server_is_completed(
    server: Server, tmp_path: Path, number: signal.Signals
) -> None:
    """The server goes on; importing again gives the rows of one undisturbed import."""
    folder = tmp_path / "in"
    write_source(folder, large_source())
    undisturbed = ImportedLedger(tmp_path / "undisturbed")
    undisturbed.take_folder(folder)
    chance, stopped = random.Random(number), 0
    words = ("import", "terms", str(folder), "--scheme", "x", "--yes")
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-m", "services", *words],
            cwd=Path(__file__).parents[1],
            env=server.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            kept = server.home / "imports.db"
            while process.poll() is None and not kept.exists():
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 1.5))
            stopped += process.poll() is None
            process.send_signal(number)
    assert stopped
    report = server.cadre(*words)
    assert report["set_aside"] == []
    assert server.cadre(*words)["facts"] == 0
    completed = open_stopped(server, tmp_path)
    assert completed.rows() == undisturbed.rows()
    completed.close()
    undisturbed.close()
