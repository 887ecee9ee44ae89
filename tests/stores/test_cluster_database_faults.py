"""The same faults of PostgreSQL where several processes share it: a process names them, and goes on by itself."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from services.bootstrap.cluster import open_cluster_ledger
from services.bootstrap.http_app import create_http_app
from shared.operations.settings import ClusterSettings
from shared.runtime.cluster import ClusterLedger
from tests.engines.processes import Postgres
from tests.faults.test_oracle import make
from tests.stores.test_database_faults import CONNECTIONS, FAULTS, environment, small_disk
from tests.stores.test_rolled_back_cluster import NOBODY, receive

PERSON = {"name": "Nguyễn Văn An", "effective_from": "1990-01-01"}


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
def node(server: Postgres) -> Iterator[ClusterLedger]:
    with psycopg.connect(server.address, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS hurt WITH (FORCE)")
        connection.execute("CREATE DATABASE hurt")
    database = environment(server)["CADRE_DATABASE"]
    make(database)
    with closing(open_cluster_ledger(ClusterSettings(database=database, kafka=NOBODY, site="test"))) as node:
        yield node


def register(client: TestClient, number: int) -> Any:
    body = {**PERSON, "name": f"Nguyễn Văn {number}", "note": "z" * 9_000}
    return client.post("/personnel/registered", json=body, headers={"Idempotency-Key": f"k{number}"})


@pytest.mark.parametrize("kind", FAULTS)
def test_a_process_of_a_cluster_names_what_is_wrong_and_goes_on_by_itself(
    node: ClusterLedger, server: Postgres, disk: Path, kind: str
) -> None:
    fault, rule = FAULTS[kind]
    with TestClient(create_http_app(node), raise_server_exceptions=False) as client:
        assert register(client, 0).status_code == 201
        receive(node)
        assert client.get("/search", params={"q": "nguyen"}).status_code == 200
        recorded = 1
        with fault(server, disk):
            for number in range(1, 1000):
                answer = register(client, number)
                if answer.status_code != 201:
                    break
                recorded += 1
                receive(node)
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
            assert time.monotonic() < until, again.text
            time.sleep(0.2)
        receive(node)
        assert node.logs["personnel"].position() == recorded + 1
        found = client.get("/search", params={"q": f"nguyen van {number}"})
        assert len(found.json()["items"]) >= 1
        while "stores" in (reasons := client.get("/ready").json()["reasons"]) or "database" in reasons:
            assert time.monotonic() < until, reasons
            time.sleep(0.2)
