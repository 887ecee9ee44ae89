"""A PostgreSQL that stops, fills its disk, may only be read or takes no more connections: real servers, every answer
and command says so, nothing is half-written, and afterwards all goes on by itself."""

import getpass
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.engines.processes import Postgres

PERSON = {"name": "Nguyễn Văn An", "effective_from": "1990-01-01"}
CONNECTIONS = 80
WRITABLE = "-cdefault_transaction_read_only=off"
"""Option of a session that may write where others may not."""


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A folder of the user of the server on a disk of its own."""
    folder = Path("/tmp") / f"cadre-small-disk-{os.getpid()}"
    folder.mkdir()
    root = [] if os.getuid() == 0 else ["sudo", "-n"]
    owner = "postgres" if os.getuid() == 0 else getpass.getuser()
    options = f"size={megabytes}m,uid={owner},mode=0700"
    subprocess.run([*root, "mount", "-t", "tmpfs", "-o", options, "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*root, "umount", "-l", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    with small_disk(megabytes=24) as folder:
        yield folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, disk: Path) -> Iterator[Postgres]:
    started = Postgres(tmp_path_factory.mktemp("server"), {"max_connections": str(CONNECTIONS)})
    started.start()
    with psycopg.connect(started.address, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{disk}'".encode())
    yield started
    started.end()


@pytest.fixture
def home(server: Postgres, tmp_path: Path) -> Path:
    """A home whose logs and rows are in an empty database."""
    with psycopg.connect(server.address, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS hurt WITH (FORCE)")
        connection.execute("CREATE DATABASE hurt")
    return tmp_path / "home"


def environment(server: Postgres) -> dict[str, str]:
    return {"CADRE_DATABASE": server.address.removesuffix("postgres") + "hurt", "CADRE_SITE": "here"}


def opened(home: Path, server: Postgres) -> EmbeddedLedger:
    return open_embedded_ledger(load(home, environment(server)))


@contextmanager
def stopped(server: Postgres, disk: Path) -> Iterator[None]:
    """Killed with all its processes, as a machine dies."""
    server.kill()
    try:
        yield
    finally:
        server.start()


@contextmanager
def read_only(server: Postgres, disk: Path) -> Iterator[None]:
    def change(sql: str) -> None:
        with psycopg.connect(server.address, autocommit=True, options=WRITABLE) as connection:
            connection.execute(sql.encode())
            connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)

    change("ALTER SYSTEM SET default_transaction_read_only = on")
    try:
        yield
    finally:
        change("ALTER SYSTEM RESET default_transaction_read_only")


@contextmanager
def full(server: Postgres, disk: Path) -> Iterator[None]:
    """The log of people is on a disk on which another program has left no room."""
    url = environment(server)["CADRE_DATABASE"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE personnel.stored_events SET TABLESPACE small")
        (index,) = connection.execute(
            "SELECT string_agg(indexrelid::regclass::text, ',') FROM pg_index "
            "WHERE indrelid = 'personnel.stored_events'::regclass"
        ).fetchone() or ("",)
        for name in index.split(","):
            connection.execute(f"ALTER INDEX {name} SET TABLESPACE small".encode())
    hog = disk / "other"
    with hog.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    try:
        yield
    finally:
        hog.unlink(missing_ok=True)


@contextmanager
def exhausted(server: Postgres, disk: Path) -> Iterator[None]:
    """Others have taken every connection, and those of the ledger were ended."""
    with ExitStack() as others:
        first = others.enter_context(psycopg.connect(server.address, autocommit=True))

        def take_all() -> None:
            for _ in range(CONNECTIONS):
                try:
                    others.enter_context(psycopg.connect(server.address))
                except psycopg.OperationalError:
                    return

        take_all()
        first.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'hurt' AND pid <> pg_backend_pid()"
        )
        time.sleep(0.2)
        take_all()
        yield


Fault = Callable[[Postgres, Path], AbstractContextManager[None]]
FAULTS: dict[str, tuple[Fault, str]] = {
    "stopped": (stopped, "StoreUnavailable"),
    "read only": (read_only, "ReadOnlyStore"),
    "full": (full, "DiskFull"),
    "exhausted": (exhausted, "StoreUnavailable"),
}


def register(client: TestClient, number: int) -> Any:
    body = {**PERSON, "name": f"Nguyễn Văn {number}", "note": "z" * 9_000}
    return client.post("/personnel/registered", json=body, headers={"Idempotency-Key": f"k{number}"})


@pytest.mark.parametrize("kind", FAULTS)
def test_a_server_names_what_is_wrong_and_goes_on_by_itself(
    home: Path, server: Postgres, disk: Path, kind: str
) -> None:
    fault, rule = FAULTS[kind]
    ledger = opened(home, server)
    with TestClient(create_http_app(ledger), raise_server_exceptions=False) as client:
        assert register(client, 0).status_code == 201
        assert client.get("/ready").status_code == 200
        recorded = 1
        with fault(server, disk):
            for number in range(1, 3000):
                answer = register(client, number)
                if answer.status_code != 201:
                    break
                recorded += 1
            assert (answer.status_code, answer.json()["rule"]) == (503, rule), answer.text
            assert int(answer.headers["retry-after"]) >= 1
            assert client.get("/health").status_code == 200
            time.sleep(1.1)  # what was found a moment ago is said again
            ready = client.get("/ready")
            assert ready.status_code == 503
            assert any(reason.startswith(rule) for reason in ready.json()["reasons"].values()), ready.text
            read = client.get("/search", params={"q": "nguyen"})
            assert read.status_code == (200 if kind in ("read only", "full") else 503), read.text
        until = time.monotonic() + 60
        while (again := register(client, number)).status_code != 201:
            assert again.status_code == 503, again.text
            assert time.monotonic() < until
            time.sleep(0.2)
        while client.get("/ready").status_code != 200:
            assert time.monotonic() < until, client.get("/ready").text
            time.sleep(0.2)
        assert ledger.logs["personnel"].position() == recorded + 1
        assert ledger.check_integrity().complaints == []
    ledger.close()


def test_what_was_acknowledged_while_the_server_died_is_there_once(home: Path, server: Postgres) -> None:
    """Eight writers, and the server killed in the middle three times."""
    ledger = opened(home, server)
    acknowledged: dict[int, str] = {}
    wrong: list[str] = []
    over = threading.Event()

    with TestClient(create_http_app(ledger), raise_server_exceptions=False) as client:

        def write(first: int) -> None:
            number = first
            while not over.is_set():
                answer = register(client, number)
                if answer.status_code == 201:
                    acknowledged[number] = answer.json()["stream"]
                    number += 8
                elif answer.status_code != 503 or "retry-after" not in answer.headers:
                    wrong.append(answer.text)
                    return
                else:
                    time.sleep(0.05)

        writers = [threading.Thread(target=write, args=(each,)) for each in range(8)]
        for writer in writers:
            writer.start()
        for _ in range(3):
            seen = len(acknowledged)
            until = time.monotonic() + 60
            while len(acknowledged) < seen + 40 and time.monotonic() < until and not wrong:
                time.sleep(0.01)
            server.kill()
            server.start()
        seen = len(acknowledged)
        while len(acknowledged) < seen + 40 and time.monotonic() < until + 60 and not wrong:
            time.sleep(0.01)
        over.set()
        for writer in writers:
            writer.join()
        assert not wrong
        assert len(acknowledged) >= 160
        again = {number: register(client, number).json()["stream"] for number in acknowledged}
        assert again == acknowledged
        assert ledger.logs["personnel"].position() == len(acknowledged)
        assert ledger.check_integrity().complaints == []
    ledger.close()


SENTENCES = {
    "stopped": "Connection refused",
    "read only": "it may only be read",
    "full": "the disk is full, or a quota is reached",
    "exhausted": "too many clients",
}
COMMANDS: Sequence[tuple[str, ...]] = (
    ("show", "search", "an"),
    ("find", "Nguyễn Văn 0"),
    ("show", "contradictions"),
    ("verify",),
    ("rebuild",),
    ("audit", "seal"),
    ("audit", "replay"),
    ("audit", "who-knew-what", "WHO"),
    ("import", "terms", "IN", "--scheme", "x", "--yes"),
    ("correct", "FACT", "--reason", "x", "--amend", '{"name": "Bình"}'),
    ("run", "--empty", "--port", "PORT"),
)


@pytest.mark.parametrize(
    ("kind", "commands"),
    [
        pytest.param("stopped", COMMANDS[::2], id="stopped"),
        pytest.param("stopped", COMMANDS[1::2], id="stopped, others", marks=pytest.mark.long),
        pytest.param("read only", COMMANDS, id="read only"),
        pytest.param("full", COMMANDS, id="full"),
        pytest.param("exhausted", COMMANDS[::2], id="exhausted"),
        pytest.param("exhausted", COMMANDS[1::2], id="exhausted, others", marks=pytest.mark.long),
    ],
)
def test_a_command_says_what_is_wrong_in_a_sentence(
    home: Path, server: Postgres, disk: Path, tmp_path: Path, kind: str, commands: Sequence[tuple[str, ...]]
) -> None:
    """Each command waits ten seconds for a server that does not answer, so half of them are tried in a long run."""
    fault, _ = FAULTS[kind]
    ledger = opened(home, server)
    with TestClient(create_http_app(ledger)) as client:
        receipt = register(client, 0).json()
    ledger.close()
    (tmp_path / "in").mkdir()
    people = "".join(f"p{number},Nguyễn Văn {number}\n" for number in range(200))
    (tmp_path / "in" / "persons.csv").write_text(f"person_id,name\n{people}", encoding="utf-8")
    (tmp_path / "in" / "posts.csv").write_text("post_id,title\na,Chủ tịch\n", encoding="utf-8")
    (tmp_path / "in" / "terms.csv").write_text(
        "term_id,person_id,post_id,start,end,start_precision,end_precision,end_status\n"
        "t1,p1,a,2001-01-01,,day,,ongoing\n",
        encoding="utf-8",
    )
    names = {
        "WHO": receipt["stream"],
        "PORT": str(server.port),
        "IN": str(tmp_path / "in"),
        "FACT": receipt["facts"][0],
    }
    said = {}
    with fault(server, disk):
        for words in commands:
            full_words = [names.get(word, word) for word in words]
            done = CliRunner(env=environment(server)).invoke(
                application(), ["--home", str(home), "--lang", "en", *full_words]
            )
            assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
            said[words[:2]] = (done.exit_code, done.stderr.strip())
            assert "Traceback" not in done.stderr
    reading = {words[:2] for words in (*COMMANDS[:4], COMMANDS[7])}
    for words, (code, text) in said.items():
        if words == ("run", "--empty") and kind in ("read only", "full"):
            assert "cannot listen on port" in text, "it would serve what is there"
        elif words in reading and kind in ("read only", "full"):
            assert code == 0, (words, text)
        elif kind == "full" and words != ("import", "terms"):
            continue  # they write elsewhere, or so little that there is room
        elif kind == "read only" and words == ("audit", "replay"):
            assert (code, "the certificate is not recorded" in text) == (0, True)
        else:
            assert code in (1, 2), (words, text)
            assert SENTENCES[kind] in text, (words, text)
