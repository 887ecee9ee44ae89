"""What one process closes, no other process records at or before: over a real PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from shared.core.clock import system_clock
from shared.core.partial_dates import Instant, later
from shared.eventlog.event_log import EventLog
from shared.eventlog.key_store import KeyStore
from shared.readmodel.row_store import RowStore, engine_for
from shared.runtime.postgres_timestamps import PostgresTimestamps
from tests.engines.servers import postgres
from tests.kernel.ledger import SERVICES
from tests.kernel.toy import append_request, note, notes


class Process:
    """What one process of a cluster has: its own connections, and a clock that is some microseconds behind."""

    def __init__(self, url: str, keys: KeyStore, behind: int = 0) -> None:
        self.tables = RowStore(engine_for(url), (notes,))
        self.timestamps = PostgresTimestamps(
            self.tables,
            lambda: later(system_clock(), -behind),
            lambda topic: self.logs[topic].last_recorded_at(),
        )
        self.logs = {
            name: EventLog(service.topic, url, "here", self.clock(behind), keys, timestamps=self.timestamps)
            for name, service in SERVICES.items()
        }
        self.tables.create()

    @staticmethod
    def clock(behind: int):  # type: ignore[no-untyped-def]
        return lambda: later(system_clock(), -behind)

    def record(self, number: int) -> Instant:
        stored = self.logs["toy"].append(append_request(f"s{number}", 0, note(f"rain {number}")))
        return stored[-1].recorded_at

    def close(self) -> None:
        for log in self.logs.values():
            log.close()
        self.tables.engine.dispose()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with postgres(tmp_path) as url:
        yield url


@pytest.fixture
def processes(url: str, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """One that writes, whose clock is a second behind, and one that reads."""
    keys = KeyStore(tmp_path / "keys.db", "here")
    with ExitStack() as opened:
        opened.callback(keys.close)
        both = Process(url, keys, 1_000_000), Process(url, keys)
        for each in both:
            opened.callback(each.close)
        yield both


def test_a_writer_whose_clock_is_behind_records_after_what_was_closed(
    processes: tuple[Process, Process],
) -> None:
    writer, reader = processes
    assert writer.record(1) < later(system_clock(), -900_000)
    closed = reader.timestamps.close()
    assert writer.record(2) > closed
    assert reader.timestamps.close() >= closed


def test_a_transaction_that_goes_on_holds_the_closed_timestamp_back(
    processes: tuple[Process, Process], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = processes
    last = writer.record(1)
    monkeypatch.setattr("shared.runtime.postgres_timestamps.WAIT_SECONDS", 0.2)
    with psycopg.connect(url) as other:  # as an import of many facts does
        other.execute(
            "INSERT INTO toy.stored_events SELECT 'x', 1, topic, state, 2, chain FROM toy.stored_events"
        )
        assert reader.timestamps.close() == last
        other.rollback()
    assert reader.timestamps.close() > last


def test_under_load_nothing_is_recorded_at_or_before_what_was_closed(
    processes: tuple[Process, Process],
) -> None:
    writer, reader = processes
    stop, promised = threading.Event(), list[tuple[Instant, int]]()
    failures: list[BaseException] = []

    def write(start: int) -> None:
        number = start
        while not stop.is_set():
            number += 1
            writer.record(number)

    def read() -> None:
        log = reader.logs["toy"]
        while not stop.is_set():
            closed = reader.timestamps.close(log.last_recorded_at())
            promised.append((closed, sum(event.recorded_at <= closed for _, event in log.read(0, 100_000))))

    def guarded(work, *arguments) -> None:  # type: ignore[no-untyped-def]
        try:
            work(*arguments)
        except BaseException as failure:  # noqa: BLE001 - raised again below
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(write, n * 100_000)) for n in range(1, 4)]
    threads.append(threading.Thread(target=guarded, args=(read,)))
    for thread in threads:
        thread.start()
    stop.wait(5)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures
    recorded = [event.recorded_at for _, event in reader.logs["toy"].read(0, 100_000)]
    assert len(promised) > 20
    assert len(recorded) > 100
    for closed, count in promised:
        assert sum(at <= closed for at in recorded) == count, closed
