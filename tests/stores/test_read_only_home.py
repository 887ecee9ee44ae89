"""A home that may only be read: questions are answered, and whatever must write says why it cannot."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.audit.office import tell
from tests.engines.processes import free_port

PERSON = {"name": "Trần Thị Bình", "effective_from": "2020-01-01"}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with a signing key, seals and rows, closed cleanly."""
    home = tmp_path_factory.mktemp("office") / "sổ của quận 100%?#"
    tell(home)
    assert cadre(home, "audit", "seal").returncode == 0
    return home


@pytest.fixture
def home(recorded: Path, tmp_path: Path) -> Iterator[Path]:
    folder = Path(shutil.copytree(recorded, tmp_path / recorded.name))
    yield folder
    allow(folder, writing=True)


def allow(home: Path, writing: bool) -> None:
    """Let nobody write to the home and its files, or its owner again."""
    for path in (home, *home.rglob("*")):
        path.chmod((0o700 if writing else 0o500) if path.is_dir() else (0o600 if writing else 0o400))


def as_plain_user(words: list[str]) -> list[str]:
    """The command without the right of the superuser to write where nobody may."""
    return ["setpriv", "--bounding-set=-dac_override", "--", *words] if os.getuid() == 0 else words


def cadre(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services", "--home", str(home), "--lang", "en", *words]
    done = subprocess.run(
        as_plain_user(command),
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "CADRE_SITE": "quận"},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


READING = (
    ("show", "search", "an", "--json"),
    ("show", "history", "--person", "c1", "--json"),
    ("find", "Nguyễn Văn An", "--json"),
    ("audit", "who-knew-what", "c1", "--json"),
    ("audit", "as-known", "--as-of", "2024-07-01", "--known-at", "2025-06-01", "--json"),
    ("audit", "key"),
)


def test_reading_commands_say_the_same_as_in_a_home_that_can_be_written(home: Path) -> None:
    before = [cadre(home, *words) for words in READING]
    allow(home, writing=False)
    files = sorted(path.name for path in home.iterdir())
    after = [cadre(home, *words) for words in READING]
    for words, one, other in zip(READING, before, after, strict=True):
        assert (other.returncode, other.stderr) == (0, ""), words
        assert _without_moment(other.stdout) == _without_moment(one.stdout), words
    assert sorted(path.name for path in home.iterdir()) == files, "nothing was left behind"


def _without_moment(text: str) -> str:
    """An answer without the moment that it was given at."""
    answer: Any = json.loads(text) if text.startswith(("{", "[")) else text
    if isinstance(answer, dict):
        answer.pop("known_at", None)
    return json.dumps(answer)


def test_it_is_verified_replayed_and_handed_out(home: Path, tmp_path: Path) -> None:
    allow(home, writing=False)
    done = cadre(home, "verify", "--json")
    assert (done.returncode, json.loads(done.stdout)["complaints"]) == (0, [])
    done = cadre(home, "audit", "replay")
    assert done.returncode == 0, done.stderr
    assert "Verdict: all" in done.stdout
    assert "the certificate is not recorded" in done.stderr
    archive = tmp_path / "archive"
    assert cadre(home, "audit", "export", str(archive)).returncode == 0
    checked = subprocess.run(
        [sys.executable, str(archive / "verify.py"), str(archive)], capture_output=True, text=True, timeout=60
    )
    assert checked.returncode in (0, 3), checked.stdout + checked.stderr


def test_a_damaged_file_is_found_although_nothing_can_be_written(home: Path) -> None:
    with (home / "personnel.db").open("r+b") as file:
        file.seek(4096)
        file.write(bytes(64))
    allow(home, writing=False)
    done = cadre(home, "verify")
    assert done.returncode == 1
    assert "personnel.db" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("rebuild",),
        ("audit", "seal"),
        ("import", "terms", ".", "--scheme", "x", "--yes"),
        ("audit", "erase", "c1", "--reason", "x", "--yes"),
    ],
)
def test_writing_commands_say_in_one_sentence_that_it_may_only_be_read(
    home: Path, words: tuple[str, ...]
) -> None:
    allow(home, writing=False)
    done = cadre(home, *words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "it may only be read" in done.stderr
    assert "make it writable and run it again" in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_what_a_crash_left_in_the_write_ahead_logs_is_read_too(home: Path, tmp_path: Path) -> None:
    """Copied while a process had it open: the last fact is only in the `-wal` files."""
    copy = tmp_path / "copy"
    with running(home) as client:
        assert client.post("/personnel/registered", json=PERSON).status_code == 201
        shutil.copytree(home, copy, ignore=shutil.ignore_patterns("lease*"))
    assert (copy / "personnel.db-wal").stat().st_size
    allow(copy, writing=False)
    found = json.loads(cadre(copy, "show", "search", "binh", "--json").stdout)
    assert "Trần Thị Bình" in json.dumps(found, ensure_ascii=False)
    allow(copy, writing=True)
    (copy / "personnel.db-shm").unlink()
    allow(copy, writing=False)
    done = cadre(copy, "show", "search", "binh", "--json")
    assert done.returncode == 1
    assert "what personnel.db-wal holds cannot be read without personnel.db-shm" in done.stderr


def test_facts_without_rows_and_missing_files_are_named(home: Path) -> None:
    with sqlite3.connect(home / "chronicle.db") as rows:
        rows.execute(
            "UPDATE positions SET position = position - 2, chain = '' WHERE follower = 'chronicle/personnel'"
        )
    rows.close()
    allow(home, writing=False)
    done = cadre(home, "show", "search", "an", "--json")
    assert done.returncode == 0
    assert "the last facts recorded (personnel: 2) are not shown yet" in done.stderr
    allow(home, writing=True)
    (home / "chronicle.db").unlink()
    allow(home, writing=False)
    done = cadre(home, "show", "search", "an", "--json")
    assert done.returncode == 1
    assert "chronicle.db is not there; open the ledger once where it can be written" in done.stderr


@contextmanager
def running(home: Path) -> Iterator[httpx2.Client]:
    """`cadre run` over the home, until the block ends."""
    port, log = free_port(), home.parent / "server.err"
    words = ["run", "--empty", "--port", str(port)]
    command = as_plain_user([sys.executable, "-m", "services", "--home", str(home), "--lang", "en", *words])
    with log.open("w") as err:
        process = subprocess.Popen(command, stderr=err, stdout=err, env={**os.environ, "CADRE_SITE": "quận"})
    client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
    try:
        until = time.monotonic() + 60
        while not _answers(client):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(30)
        assert "Traceback" not in log.read_text(), log.read_text()


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx2.TransportError:
        return False


def test_a_server_answers_questions_refuses_writes_and_goes_on_once_it_can_write(home: Path) -> None:
    allow(home, writing=False)
    with running(home) as client:
        refused = client.post("/personnel/registered", json=PERSON)
        assert (refused.status_code, refused.json()["rule"]) == (503, "ReadOnlyStore")
        assert int(refused.headers["retry-after"]) >= 1
        assert len(client.get("/search", params={"q": "minh"}).json()["items"]) == 1
        ready = client.get("/ready")
        assert ready.status_code == 503
        assert ready.json()["reasons"]["stores"].startswith("ReadOnlyStore: ")
        allow(home, writing=True)
        until = time.monotonic() + 20
        while (answer := client.post("/personnel/registered", json=PERSON)).status_code != 201:
            assert answer.status_code == 503
            assert time.monotonic() < until
            time.sleep(0.1)
        assert client.get("/ready").status_code == 200
        assert len(client.get("/search", params={"q": "binh"}).json()["items"]) == 2
