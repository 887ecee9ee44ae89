"""What we write into a log, the eventsourcing library's own recorders read: from its file, and from PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from shared.core.clock import system_clock
from shared.eventlog.event_log import EventLog
from shared.eventlog.key_store import KeyStore
from tests.engines.servers import postgres
from tests.kernel.toy import Signed, ToyFact, append_request, note, topic


def over_postgres(address: str) -> PostgresDatastore:
    parts = urlsplit(address)
    return PostgresDatastore(
        dbname=parts.path.lstrip("/"),
        host=parts.hostname or "",
        port=parts.port or 5432,
        user=parts.username or "",
        password=parts.password or "",
        schema=topic.name,
        originator_id_type="text",
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[EventLog[ToyFact], ApplicationRecorder]]:
    """A log that we wrote, and the library's recorder as the library makes it, over the same tables."""
    folder = tmp_path_factory.mktemp("log")
    with ExitStack() as open_:
        keys = open_.enter_context(closing(KeyStore(folder / "keys.db", "here")))
        where = folder / "toy.db" if request.param == "sqlite" else open_.enter_context(postgres(folder))
        log = open_.enter_context(closing(EventLog(topic, where, "here", system_clock, keys)))
        for number in range(3):
            keys.create_keys([f"luồng {number}"])
            for version in range(4):
                fact = Signed(name="Trần Thị Đọc") if version == 3 else note(f"rain {number}", version)
                log.append(append_request(f"luồng {number}", version, fact))
        recorder: ApplicationRecorder
        if isinstance(where, Path):
            files = open_.enter_context(closing(SQLiteDatastore(str(where), originator_id_type="text")))
            recorder = SQLiteApplicationRecorder(files)
        else:
            server = open_.enter_context(closing(over_postgres(where)))
            recorder = PostgresApplicationRecorder(server)
        yield log, recorder


def test_the_recorder_of_a_storage_reads_the_same(
    opened: tuple[EventLog[ToyFact], ApplicationRecorder],
) -> None:
    log, recorder = opened
    assert list(log.storage.recorder.select_events("luồng 2")) == list(recorder.select_events("luồng 2"))
    assert log.storage.recorder.max_notification_id() == log.position()


def test_its_notification_log_is_ours(opened: tuple[EventLog[ToyFact], ApplicationRecorder]) -> None:
    log, recorder = opened
    stored = log.read_stored(0, 100)
    assert [position for position, *_ in stored] == list(range(1, 13))
    for start in (0, 5):
        page = recorder.select_notifications(start, 4, inclusive_of_start=False)
        read = [(each.id, each.originator_id, each.topic, each.state) for each in page]
        assert read == stored[start : start + 4]
    signed = recorder.select_notifications(1, 100, topics=["toy.signed"])
    assert [each.id for each in signed] == [4, 8, 12]
    assert recorder.max_notification_id() == log.position() == 12


def test_its_streams_are_ours(opened: tuple[EventLog[ToyFact], ApplicationRecorder]) -> None:
    log, recorder = opened
    events = recorder.select_events("luồng 1")
    assert [each.originator_version for each in events] == [1, 2, 3, 4]
    decoded = [topic.decode(each.state) for each in events]
    assert [each.event_id for each in decoded] == [each.event_id for each in log.load_stream("luồng 1")]
    assert [each.originator_version for each in recorder.select_events("luồng 1", gt=1, lte=3)] == [2, 3]
    assert "Trần Thị Đọc".encode() not in events[3].state
    assert recorder.select_events("nobody") == []
