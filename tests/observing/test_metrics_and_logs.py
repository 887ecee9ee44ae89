"""Numbers, readiness and logs of one process."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.http.health import serve_health
from shared.messaging.dead_letters import Message
from shared.messaging.inbox import Inbox
from shared.operations.instrumentation import MeasuredInbox
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from shared.telemetry.json_logging import log_to_stderr
from shared.telemetry.metrics import MetricReader, Metrics, Readiness
from shared.telemetry.tracing import Tracing
from tests.kernel.toy import topic as toy

NAME = "Tôn Nữ Thị Rất Riêng"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[EmbeddedLedger]:
    ledger = open_embedded_ledger(load(tmp_path))
    yield ledger
    ledger.close()


@pytest.fixture
def client(ledger: EmbeddedLedger) -> Iterator[TestClient]:
    with TestClient(create_http_app(ledger), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def log_output() -> Iterator[io.StringIO]:
    """What the logs of a cluster's process hold."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    stream = io.StringIO()
    log_to_stderr("test", stream=stream)
    yield stream
    root.handlers[:], root.level = handlers, level


def lines(client: TestClient, begins: str) -> list[str]:
    return [line for line in client.get("/metrics").text.splitlines() if line.startswith(begins)]


def test_requests_are_counted_by_route_and_status(client: TestClient) -> None:
    stream = client.post(
        "/personnel", json={"type": "personnel.registered", "effective_from": "2000", "name": NAME}
    ).json()["stream"]
    client.get(f"/personnel/{stream}/facts")
    client.get("/personnel/nobody/facts")
    client.get("/no/such/thing")
    counted = lines(client, "cadre_http_request_seconds_count")
    for method, route, status in (
        ("POST", "/personnel", 201),
        ("GET", "/personnel/{stream}/facts", 200),
        ("GET", "/personnel/{stream}/facts", 404),
        ("GET", "none", 404),
    ):
        labels = f'{{method="{method}",route="{route}",status="{status}"}} 1.0'
        assert f"cadre_http_request_seconds_count{labels}" in counted
    assert stream not in str(counted)


def test_what_is_written_is_counted(client: TestClient, ledger: EmbeddedLedger) -> None:
    for name in ("Một", "Hai"):
        client.post(
            "/personnel", json={"type": "personnel.registered", "effective_from": "2000", "name": name}
        )
    assert 'cadre_log_position{topic="personnel"} 2.0' in lines(client, "cadre_log_position")
    assert 'cadre_commits_total{topic="personnel"} 2.0' in lines(client, "cadre_commits")
    assert 'cadre_decisions_total{topic="personnel"} 2.0' in lines(client, "cadre_decisions")
    assert 'cadre_rows_behind{topic="personnel"} 0.0' in lines(client, "cadre_rows_behind")


def test_a_process_lives_and_is_ready_until_its_rows_are_far_behind(
    client: TestClient, ledger: EmbeddedLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ready", "reasons": {}, "warnings": {}}
    monkeypatch.setattr("shared.telemetry.metrics.CHECK_INTERVAL", 0)
    with TestClient(create_http_app(ledger)) as another:
        monkeypatch.setattr(ledger, "behind", lambda topic: 401 if topic == "planning" else 0)
        answer = another.get("/ready")
        assert answer.status_code == 503
        assert answer.json()["reasons"] == {"rows": "planning: 401 facts without rows"}
        assert another.get("/health").status_code == 200


def test_a_process_whose_database_is_gone_lives_and_is_not_ready(tmp_path: Path) -> None:
    ledger = open_embedded_ledger(load(tmp_path / "home"))
    with TestClient(create_http_app(ledger), raise_server_exceptions=False) as client:
        ledger.close()
        ledger.tables.engine.dispose()
        for file in (tmp_path / "home").iterdir():
            file.unlink()
        (tmp_path / "home").rmdir()
        answer = client.get("/ready")
        assert answer.status_code == 503
        assert answer.json()["reasons"]["database"] == "StoreUnavailable: unable to open database file"
        assert client.get("/health").status_code == 200
        assert lines(client, "cadre_readings_failed ") != ["cadre_readings_failed 0.0"]


def test_a_worker_answers_on_a_port_of_its_own() -> None:
    def broken() -> str:
        raise RuntimeError(NAME)

    metrics = Metrics([MetricReader("cadre_lag", "Lag.", ("topic", "partition"), lambda: {("a", "0"): 3})])
    with serve_health("0", metrics, Readiness({"broker": broken})) as port:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert 'cadre_lag{partition="0",topic="a"} 3.0' in answer.read().decode()
        with urlopen(f"http://127.0.0.1:{port}/health") as answer:
            assert answer.status == 200
        with pytest.raises(HTTPError) as refused:
            urlopen(f"http://127.0.0.1:{port}/ready")
        assert refused.value.code == 503
        assert json.loads(refused.value.read())["reasons"] == {"broker": "RuntimeError"}
        refused.value.close()


def test_a_log_line_says_where_and_never_about_whom(log_output: io.StringIO) -> None:
    log = logging.getLogger("shared.test")
    try:
        raise ValueError(f"duplicate key: {NAME}")
    except ValueError as error:
        log.exception("a batch could not be stored")
        log.warning("the relay waits: %s", error)
    log.warning("the relay waits: %s", ConnectionRefusedError("port 5432"))
    first, second, third = map(json.loads, log_output.getvalue().splitlines())
    assert (first["level"], first["process"], first["error"]) == ("error", "test", "ValueError")
    assert "test_metrics_and_logs.py" in first["at"][0]
    assert second["message"] == "the relay waits: ValueError"
    assert third["message"] == "the relay waits: ConnectionRefusedError: port 5432"
    assert NAME not in log_output.getvalue()


def test_a_failure_of_the_database_does_not_quote_what_was_stored(ledger: EmbeddedLedger) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    with ledger.tables.engine.connect() as connection, pytest.raises(SQLAlchemyError) as failed:
        connection.execute(text("SELECT :name FROM nowhere"), {"name": NAME})
    assert NAME not in str(failed.value)


def test_the_lag_of_a_partition_is_what_has_no_rows_yet(ledger: EmbeddedLedger) -> None:
    """And a partition that went to another worker and came back is not as far behind as it was left."""
    inbox = MeasuredInbox(Inbox(ledger.tables, [toy], ledger.keys), Metrics(), Tracing())
    ledger.tables.metadata.create_all(ledger.tables.engine)
    inbox.receive([Message("toy", 2, offset, "x", b"cannot be read") for offset in (4, 5)])
    assert inbox.inbox.dead_letter_counts() == {"toy": 2}
    assert inbox.lag({("toy", 2): 9, ("toy", 3): 7}) == {("toy", "2"): 3, ("toy", "3"): 0}
    assert inbox.lag({("toy", 3): 7}) == {("toy", "3"): 0}
    assert inbox.lag({("toy", 2): 9}) == {("toy", "2"): 0}
