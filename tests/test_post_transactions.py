"""How many transactions and statements one POST takes with all services in one process."""

import sqlite3
import sqlite3.dbapi2
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import PLANNING_ENTRIES, TENURES
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.engines.servers import postgres
from tests.test_http import CITY, appointed, cadre, post, seat, stream

MOST = 7
"""Transactions of a POST to which a reaction adds a fact of its own, and compares what is recorded with what follows. A
POST took 47 when each reaction looked into every log and every position."""


@dataclass
class Counter:
    """Uses of a connection to the rows (each is one transaction), commits of all logs, statements of SQLite."""

    ledger: EmbeddedLedger
    rows: int = 0
    statements: list[str] = field(default_factory=list)

    @contextmanager
    def count(self) -> Iterator[None]:
        def used(*_: Any) -> None:
            self.rows += 1

        commits = self._commits()
        self.statements.clear()
        self.rows = 0
        event.listen(self.ledger.tables.engine, "checkout", used)
        yield
        event.remove(self.ledger.tables.engine, "checkout", used)
        self.logs = self._commits() - commits

    def _commits(self) -> int:
        return sum(log.commits[0] for log in self.ledger.logs.values())


def traced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of every connection to SQLite that is opened from now on."""
    statements: list[str] = []
    connect = sqlite3.connect

    def opened(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_trace_callback(statements.append)
        return connection

    for module in (sqlite3, sqlite3.dbapi2):
        monkeypatch.setattr(module, "connect", opened)
    return statements


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with postgres(tmp_path) as url, psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE DATABASE posts")
        yield urlsplit(url)._replace(path="/posts").geturl()
        server.execute("DROP DATABASE posts WITH (FORCE)")


def test_a_post_takes_few_transactions(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = traced(monkeypatch)
    home = tmp_path / "home"
    with (
        closing(open_embedded_ledger(load(home, {"CADRE_DATABASE": database} if database else {}))) as ledger,
        TestClient(create_http_app(ledger)) as client,
    ):
        counter = Counter(ledger, statements=statements)
        city = stream(post(client, "/organization", CITY))
        office = stream(
            post(client, "/organization", {**CITY, "name": "Sở Nội vụ", "kind": "DEPARTMENT", "parent": city})
        )
        seats, cadres = [seat(client, office) for _ in range(3)], [cadre(client) for _ in range(3)]
        round_ = stream(
            post(
                client,
                "/planning",
                {"type": "planning.round-opened", "owner": office, "title_set": "BGD", "term": "2010-2015"}
                | {"effective_from": "2010-01-01"},
            )
        )
        added = {"type": "planning.added-to-planning", "effective_from": "2010-02-01", "entry": "e1"}
        planned = post(
            client,
            f"/planning/{round_}",
            {**added, "cadre": cadres[2], "post": seats[2]},
            if_match='"1"',
        )
        assert planned.status_code == 201, planned.text

        def appoint(number: int) -> None:
            with counter.count():
                stream(
                    post(
                        client,
                        f"/appointment/{cadres[number]}",
                        appointed(f"t{number}", seats[number]),
                        idempotency_key=f"k{number}",
                    )
                )
            assert ledger.tables.rows(TENURES, tenure_id=f"t{number}"), "its row is there when POST returns"

        appoint(0)  # the first commit of a process opens the log
        appoint(1)
        assert (counter.rows, counter.logs) == (2, 1), "the decision, the rows with both positions; the log"
        if not database:
            # four of them look whether the tenure has ended already, or an entry with it
            assert len(statements) <= 48, "\n".join(statements)
            writes = [each for each in statements if each.startswith("BEGIN IMMEDIATE")]
            assert len(writes) == 1, "one log, no keys"

        listed = PLANNING_ENTRIES
        (before,) = ledger.tables.rows(listed, entry_id="e1")
        appoint(2)
        assert counter.rows + counter.logs == MOST, "the same twice, for the reaction wrote to another log"
        assert ledger.tables.rows(listed, entry_id="e1") != [before], (
            "the reaction took the entry off the list"
        )
