"""A cluster: every process notes who looked, the one of identity records it; nothing is lost with a process."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.bootstrap.access_control import open_control
from services.bootstrap.cluster import open_cluster_ledger
from services.bootstrap.http_app import create_http_app
from services.bootstrap.identity import open_identity
from services.identity.access_events import AccessFact
from services.identity.access_record.reading import list_access
from services.identity.access_record.recorder import AccessNotRecorded
from services.identity.access_record.spooled import CollectingRecorder, NotingRecorder
from services.identity.credentials.access_notes import AccessNotes
from services.identity.credentials.tables import open_tables
from shared.core.clock import SimulatedClock, system_clock
from shared.core.errors import SiteClosed
from shared.eventlog.event_log import EventLog
from shared.http.auth import BearerTokens
from tests.access_record.test_recorder import reading
from tests.engines.servers import postgres
from tests.identity.office import ADDRESS
from tests.identity.test_processes import READ, WRITE, Cluster

LIFE = "/cadres/{cadre}/life"


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[AccessNotes]:
    engine = open_tables(tmp_path / "credentials.db", create=True)
    assert engine
    yield AccessNotes(engine)
    engine.dispose()


def test_what_one_process_notes_another_records(
    log: EventLog[AccessFact], clock: SimulatedClock, notes: AccessNotes
) -> None:
    noting = NotingRecorder(log, clock, notes)
    for _ in range(3):
        noting.note([reading(clock)], LIFE)
        noting.flush()
    noting.record_export("account-an", "An", "unit-1", "/reports/cadre-work")
    assert log.position() == 0
    collecting = CollectingRecorder(log, clock, notes)
    collecting.note([reading(clock, "cadre-2")], LIFE)
    collecting.flush()
    assert [(line.what, line.of) for line in list_access(log)] == [
        ("READ", "cadre-2"),
        ("READ", "cadre-1"),
        ("EXPORTED", "unit-1"),
    ]
    collecting.flush()
    assert log.position() == 3
    assert notes.read() == []


def test_what_cannot_be_recorded_yet_stays_noted(
    log: EventLog[AccessFact], clock: SimulatedClock, notes: AccessNotes
) -> None:
    NotingRecorder(log, clock, notes).record_export("account-an", "An", "", "/feeds/personnel")
    log.close_site(SiteClosed("here", "another"))
    CollectingRecorder(log, clock, notes).flush()
    assert len(notes.read()) == 1
    log.close_site(None)
    CollectingRecorder(log, clock, notes).flush()
    assert [line.what for line in list_access(log)] == ["EXPORTED"]
    assert notes.read() == []


def test_two_processes_that_note_the_same_make_one_fact(
    log: EventLog[AccessFact], clock: SimulatedClock, notes: AccessNotes
) -> None:
    for _ in range(2):
        process = NotingRecorder(log, clock, notes)
        process.note([reading(clock)], LIFE)
        process.close()
    CollectingRecorder(log, clock, notes).flush()
    assert len(list_access(log)) == 1


def test_an_export_that_cannot_be_noted_does_not_happen(
    log: EventLog[AccessFact], clock: SimulatedClock, tmp_path: Path
) -> None:
    engine = open_tables(tmp_path / "gone.db", create=True)
    assert engine
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE access_notes")
    with pytest.raises(AccessNotRecorded):
        NotingRecorder(log, clock, AccessNotes(engine)).record_export(
            "account-an", "An", "", "/feeds/personnel"
        )
    engine.dispose()


@contextmanager
def process(cluster: Cluster, name: str) -> Iterator[TestClient]:
    """`cadre serve NAME` with the rights of its role, as far as requests see it."""
    with ExitStack() as opened:
        node = opened.enter_context(closing(open_cluster_ledger(cluster.settings(cluster.url(name)))))
        keeps = name == "identity"
        stored = opened.enter_context(open_identity(node, system_clock, keeps=keeps))
        identity, control = opened.enter_context(open_control(node, stored, system_clock, keeps=keeps))
        app = create_http_app(
            node, tokens=BearerTokens(READ, WRITE), names=[name], identity=identity, control=control
        )
        assert control
        assert control.revoked.is_revoked("https://tinh.vn", "stolen")
        yield opened.enter_context(TestClient(app, base_url=ADDRESS, raise_server_exceptions=False))
        if keeps:
            control.recorder.flush()
            found = [(line.what, line.by, line.questions) for line in list_access(node.logs["identity"])]
            assert found == [("EXPORTED", "token:write", ("/feeds/planning",))]


def test_the_feed_of_another_service_is_on_record_in_a_cluster(tmp_path: Path) -> None:
    """Each process has its own role in the database: that of planning may not write the log of identity. It also knows
    which access tokens are withdrawn."""
    with postgres(tmp_path) as admin:
        cluster = Cluster(admin)
        with (
            closing(open_cluster_ledger(cluster.settings(cluster.url("identity")))) as node,
            open_identity(node, system_clock) as stored,
            open_control(node, stored, system_clock) as (_, control),
        ):
            assert control
            control.revoked.revoke("https://tinh.vn", "stolen", "test")
        with process(cluster, "planning") as client:
            answer = client.get("/feeds/planning", headers={"Authorization": f"Bearer {WRITE}"})
            assert answer.status_code == 200, answer.text
        with process(cluster, "identity"):
            pass
