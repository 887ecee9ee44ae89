"""Facts that a cluster has received and that a log in PostgreSQL no longer has: restored, cut off or replaced."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.cluster import open_cluster_ledger
from services.bootstrap.http_app import create_http_app
from shared.messaging.gap_filler import GapFiller
from shared.operations.settings import ClusterSettings
from shared.runtime.cluster import ClusterLedger
from tests.engines.servers import postgres
from tests.faults.test_oracle import make

PERSON = {"name": "Nguyễn Văn An", "effective_from": "1990-01-01"}
NOBODY = "127.0.0.1:1"
"""The address of a broker that nothing here needs."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture
def database(server: str) -> str:
    """An empty database with the tables of a cluster."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS rolled WITH (FORCE)")
        connection.execute("CREATE DATABASE rolled")
    url = f"{server.rpartition('/')[0]}/rolled"
    make(url)
    return url


@contextmanager
def process(database: str) -> Iterator[tuple[ClusterLedger, TestClient]]:
    """One process of the cluster, as it starts."""
    settings = ClusterSettings(database=database, kafka=NOBODY, site="test")
    with closing(open_cluster_ledger(settings)) as node:
        yield node, TestClient(create_http_app(node), raise_server_exceptions=False)


def receive(node: ClusterLedger) -> None:
    """What a worker does whom no broker brings anything."""
    for log in node.logs.values():
        filler = GapFiller(log, node.inbox)
        filler.backfill(log.position())
        filler.find_complete_position()


def register(client: TestClient, name: str) -> Any:
    return client.post("/personnel/registered", json={**PERSON, "name": name})


def change(database: str, *statements: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def recorded(database: str) -> str:
    """Two people; a copy of the log of people; then two more. All were received, and a relay has sent them."""
    copy = [
        f"CREATE TABLE personnel.{table}_copy AS TABLE personnel.{table}"
        for table in ("stored_events", "epochs", "commands")
    ]
    with process(database) as (node, client):
        for name in ("An", "Bình"):
            assert register(client, name).status_code == 201
            receive(node)
        change(database, *copy)
        for name in ("Chi", "Dũng"):
            assert register(client, name).status_code == 201
            receive(node)
        assert node.logs["personnel"].position() == 4
    change(database, "INSERT INTO personnel.bookmarks VALUES ('relay/personnel', 4, 'x', 1)")
    return database


RESTORED = [
    statement
    for table in ("stored_events", "epochs", "commands")
    for statement in (
        f"TRUNCATE personnel.{table}",
        f"INSERT INTO personnel.{table} TABLE personnel.{table}_copy",
    )
]
CHANGES = {
    "restored from an older copy": (RESTORED, "the log has 2: facts 3 to 4 (2) are missing"),
    "cut off": (
        ["DELETE FROM personnel.stored_events WHERE notification_id > 2"],
        "the log has 2: facts 3 to 4 (2) are missing",
    ),
    "emptied": (["TRUNCATE personnel.stored_events"], "the log has 0: facts 1 to 4 (4) are missing"),
    "replaced": (
        ["UPDATE personnel.stored_events SET chain = state WHERE notification_id = 4"],
        "personnel: fact 4 in the log (chain ",
    ),
}


def cadre(database: str, *words: str) -> tuple[int, str]:
    env = {**os.environ, "CADRE_DATABASE": database, "CADRE_KAFKA": NOBODY, "CADRE_SITE": "test"}
    done = CliRunner(env=env).invoke(application(), ["--lang", "en", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stderr


@pytest.mark.parametrize("kind", CHANGES)
def test_a_process_that_starts_refuses_writes_and_names_the_facts_and_the_command(
    recorded: str, kind: str, tmp_path: Path
) -> None:
    statements, said = CHANGES[kind]
    change(recorded, *statements)
    with process(recorded) as (node, client):
        before = node.logs["personnel"].position()
        refused = register(client, "Giang")
        assert (refused.status_code, refused.json()["rule"]) == (503, "LogBehindRows"), refused.text
        assert said in refused.json()["detail"]
        assert "`cadre rebuild`" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) >= 1
        ready = client.get("/ready")
        assert ready.status_code == 503
        assert ready.json()["reasons"]["stores"].startswith("LogBehindRows: personnel: ")
        assert node.logs["personnel"].position() == before, "nothing was written"
    code, text = cadre(recorded, "rebuild")
    assert code == 0, text
    assert said in text, "it says what is given up"
    with process(recorded) as (node, client):
        answer = register(client, "Giang")
        assert answer.status_code == 201, answer.text
        receive(node)
        stores = client.get("/ready").json()["reasons"].get("stores", "")
        assert stores == ""
        found = client.get("/search", params={"q": "giang"}).json()["items"]
        assert [hit["name"] for hit in found] == ["Giang"]
        if kind != "replaced":
            gone = client.get("/search", params={"q": "chi"}).json()["items"]
            assert gone == []
        assert node.behind("personnel") == 0
    with psycopg.connect(recorded) as connection:
        (sent,) = connection.execute("SELECT position FROM personnel.bookmarks").fetchone() or (None,)
    assert sent == min(4, before), "a relay goes on with what the log has"


def test_a_log_that_is_rolled_back_while_a_process_writes_takes_no_more(recorded: str) -> None:
    with process(recorded) as (node, client):
        assert register(client, "Giang").status_code == 201
        receive(node)
        change(recorded, "DELETE FROM personnel.stored_events WHERE notification_id > 3")
        first = register(client, "Hạnh")
        assert (first.status_code, first.json()["rule"]) == (503, "LogBehindRows")
        assert "wrote up to position 5, the log now ends at 3" in first.json()["detail"]
        again = register(client, "Hạnh")
        assert "facts 4 to 5 (2) are missing" in again.json()["detail"]
        assert node.logs["personnel"].position() == 3
