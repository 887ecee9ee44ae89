"""The clock over HTTP, in /ready, in `verify` and on the command line (repro clock, case 03-clock-ahead)."""

from datetime import datetime, timedelta
from pathlib import Path

from starlette.testclient import TestClient
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import SERVICES, open_embedded_ledger
from services.chronicle.projections import PROJECTIONS
from shared.core.clock import system_clock
from shared.core.clock_guard import ClockGuard
from shared.core.partial_dates import Instant, instant
from shared.operations.settings import load
from shared.runtime.closed_file import accepted_file
from shared.runtime.embedded import EmbeddedLedger

TERMS = """term_id,person_id,post_id,start,end,start_precision,end_precision,end_status
t1,p1,q1,2010-01-01,2012-01-01,day,day,closed
"""
PERSON = {"name": "Mới Vào", "effective_from": "2010-01-01"}


class Clock:
    """The clock of this machine, some days ahead."""

    days = 0.0

    def __call__(self) -> Instant:
        return instant(datetime.fromisoformat(system_clock()) + timedelta(days=self.days))


def open_with(clock: Clock, home: Path) -> EmbeddedLedger:
    guard = ClockGuard(clock, accepted=accepted_file(home).read)
    return EmbeddedLedger(SERVICES, PROJECTIONS, home, "here", clock, guard=guard)


def test_a_write_while_the_clock_has_jumped_names_the_command_that_accepts_it(tmp_path: Path) -> None:
    clock = Clock()
    ledger = open_with(clock, tmp_path)
    with TestClient(create_http_app(ledger)) as client:
        assert client.post("/personnel/registered", json=PERSON).status_code == 201
        clock.days = 3000
        answer = client.post("/personnel/registered", json=PERSON)
        problem = answer.json()
        assert (answer.status_code, problem["rule"]) == (503, "ClockJumped")
        assert (problem["command"], problem["clock"][:4]) == ("cadre clock accept", clock()[:4])
        assert len(client.get("/search", params={"q": "moi vao"}).json()["items"]) == 1
        accepted_file(tmp_path).write(clock())
        assert client.post("/personnel/registered", json=PERSON).status_code == 201
        clock.days = 0
        assert len(client.get("/search", params={"q": "moi vao"}).json()["items"]) == 2
        assert client.post("/personnel/registered", json=PERSON).status_code == 201
        found = client.get("/search", params={"q": "moi vao"}).json()
        assert (len(found["items"]), found["known_at"][:4]) == (
            3,
            instant(datetime.fromisoformat(system_clock()) + timedelta(days=3000))[:4],
        )
        ready = client.get("/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        assert ready.json()["warnings"]["clock"].startswith("personnel is ahead of the clock")
    ledger.close()
    result = CliRunner().invoke(application(), ["--home", str(tmp_path), "--lang", "en", "verify"])
    assert (result.exit_code, "personnel is ahead of the clock" in result.output) == (0, True)


def test_the_command_accepts_the_clock_beside_a_server(tmp_path: Path) -> None:
    clock = Clock()
    clock.days = -40
    ledger = open_with(clock, tmp_path)
    with TestClient(create_http_app(ledger)) as client:
        assert client.post("/personnel/registered", json=PERSON).status_code == 201
    ledger.close()
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger)) as client:
        assert client.get("/ready").json()["warnings"] == {}
        refused = client.post("/personnel/registered", json=PERSON)
        assert refused.json()["rule"] == "ClockJumped"
        result = CliRunner().invoke(
            application(), ["--home", str(tmp_path), "--lang", "en", "clock", "accept"]
        )
        assert (result.exit_code, "the clock is taken to be right" in result.output) == (0, True)
        assert client.post("/personnel/registered", json=PERSON).status_code == 201
    ledger.close()


def test_an_import_is_refused_whole_and_says_why(tmp_path: Path) -> None:
    clock = Clock()
    clock.days = -40
    ledger = open_with(clock, tmp_path)
    with TestClient(create_http_app(ledger)) as client:
        assert client.post("/personnel/registered", json=PERSON).status_code == 201
    ledger.close()
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "persons.csv").write_text("person_id,name\np1,An\n", encoding="utf-8")
    (folder / "posts.csv").write_text("post_id,title,level_hint\nq1,Chủ tịch,\n", encoding="utf-8")
    (folder / "terms.csv").write_text(TERMS, encoding="utf-8")
    command = [
        "--home",
        str(tmp_path),
        "--lang",
        "en",
        "import",
        "terms",
        str(folder),
        "--scheme",
        "mine",
        "--yes",
    ]
    result = CliRunner().invoke(application(), command)
    assert (result.exit_code, "cadre clock accept" in result.output) == (2, True), result.output
    assert CliRunner().invoke(application(), ["--home", str(tmp_path), "clock", "accept"]).exit_code == 0
    result = CliRunner().invoke(application(), command)
    assert result.exit_code == 0, result.output
