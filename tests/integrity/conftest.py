"""One ledger with all services, on SQLite and on PostgreSQL, whose HTTP application many threads call at once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.engines.servers import postgres

Answer = Any
"""A response of httpx."""


@dataclass
class Office:
    """The application, and what most tests record first."""

    ledger: EmbeddedLedger
    app: Any

    def __post_init__(self) -> None:
        self.client = TestClient(self.app)

    def post(self, path: str, type_: str, client: Any = None, /, **fields: Any) -> Answer:
        """Propose a fact to a service, in a thread of its own with a client of its own."""
        body = {"type": f"{path.strip('/').partition('/')[0]}.{type_}", **fields}
        return (client or self.client).post(path, json=body, headers={"If-Match": "*"})

    def add(self, path: str, type_: str, **fields: Any) -> str:
        answer = self.post(path, type_, **fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["stream"])

    def unit(self, since: str = "2000-01-01", **fields: Any) -> str:
        named = {"name": "Phòng Tổ chức", "kind": "DIVISION", "effective_from": since}
        return self.add("/organization", "unit-established", **named | fields)

    def seat(self, unit: str = "", **fields: Any) -> str:
        made = {"unit": unit or self.unit(), "title": "Trưởng phòng", "effective_from": "2000-01-01"}
        return self.add("/organization", "post-created", **made | fields)

    def cadre(self, **fields: Any) -> str:
        return self.add(
            "/personnel", "registered", **{"name": "Lê Thị Hoa", "effective_from": "1990-01-01"} | fields
        )

    def at_once(self, *calls: Callable[[TestClient], Answer]) -> list[Answer]:
        """The answers of calls that begin at one moment, each in a thread of its own."""
        answers: list[Answer] = [None] * len(calls)
        start = Barrier(len(calls))

        def run(number: int) -> None:
            client = TestClient(self.app)
            start.wait()
            answers[number] = calls[number](client)

        threads = [Thread(target=run, args=(number,)) for number in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers


def new_id() -> str:
    return uuid4().hex


def rules(answers: Sequence[Answer]) -> list[str]:
    """What each answer says: recorded, or the rule that refused it."""
    return sorted("recorded" if each.status_code == 201 else each.json()["rule"] for each in answers)


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("integrity")
    if request.param == "sqlite":
        with closing(open_embedded_ledger(load(folder / "home", {}))) as ledger:
            yield Office(ledger, create_http_app(ledger))
        return
    with postgres(folder) as url, psycopg.connect(url, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS integrity WITH (FORCE)")
        server.execute("CREATE DATABASE integrity")
        where = {"CADRE_DATABASE": urlsplit(url)._replace(path="/integrity").geturl()}
        with closing(open_embedded_ledger(load(folder / "home", where))) as ledger:
            yield Office(ledger, create_http_app(ledger))
        server.execute("DROP DATABASE integrity WITH (FORCE)")
