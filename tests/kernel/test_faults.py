"""Whatever goes wrong while writing, everybody hears of it, nothing is half stored, and the log goes on."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from shared.core.errors import StoreUnavailable
from shared.eventlog.event_log import EventLog
from shared.eventlog.recorders.sqlite import SQLiteWriteConnection
from tests.kernel.test_log import chained
from tests.kernel.toy import Signed, ToyFact, append_request, log_in, note

ROUNDS = 20


def failing(method_name: str, error: BaseException, after: bool = False) -> Any:
    """A pen whose next use fails, before or after it has done its work."""
    whole = getattr(SQLiteWriteConnection, method_name)
    left = [error]

    def method(self: SQLiteWriteConnection, *args: Any) -> Any:
        if left and not after:
            raise left.pop()
        done = whole(self, *args)
        if left:
            raise left.pop()
        return done

    return method


@pytest.mark.parametrize("step", ["write", "open_epoch", "select"])
def test_a_write_that_fails_is_reported_and_the_next_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with log_in(tmp_path) as log:
        monkeypatch.setattr(
            SQLiteWriteConnection, step, failing(step, sqlite3.OperationalError("disk is full"))
        )
        with pytest.raises(StoreUnavailable, match="toy: disk is full"):
            log.append(append_request("a", 0, note("lost")))
        log.append(append_request("a", 0, note("kept")))
        assert [event.fact for event in log.load_stream("a")] == [note("kept")]
    assert chained(tmp_path / "toy.db") == 1


def test_a_write_whose_answer_is_lost_is_found_again_by_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_in(tmp_path) as log:
        log.append(append_request("a", 0))
        monkeypatch.setattr(
            SQLiteWriteConnection,
            "write",
            failing("write", sqlite3.OperationalError("i/o error"), after=True),
        )
        with pytest.raises(StoreUnavailable):
            log.append(append_request("a", 1, note("once"), key="k", digest=b"d"))
        (again,) = log.append(append_request("a", 1, note("once"), key="k", digest=b"d"))
        assert [event.event_id for event in log.load_stream("a")][1:] == [again.event_id]
    assert chained(tmp_path / "toy.db") == 2


def test_a_failed_write_leaves_no_hole_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with log_in(tmp_path) as log:
        log.append(append_request("a", 0))
        monkeypatch.setattr(
            SQLiteWriteConnection, "write", failing("write", sqlite3.OperationalError("locked"))
        )
        append_requests = [append_request("a", 1), append_request("b", 0), append_request("a", 2)]
        log.append_all(append_requests)
        assert all(isinstance(each.error, StoreUnavailable) and not each.stored for each in append_requests)
        log.append(append_request("a", 1))
        assert [position for position, _ in log.read()] == [1, 2]


def test_when_the_one_who_commits_for_all_is_interrupted_nobody_believes_it_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_in(tmp_path) as log:
        log.append(append_request("a", 0))
        monkeypatch.setattr(SQLiteWriteConnection, "write", failing("write", KeyboardInterrupt()))
        waiting = append_request("b", 0)
        with pytest.raises(KeyboardInterrupt):
            log.append_all([append_request("a", 1), waiting])
        assert not waiting.stored
        assert isinstance(waiting.error, StoreUnavailable)
        log.append(append_request("a", 1))
        assert log.position() == 2


def test_a_fact_that_cannot_be_sealed_is_refused_and_the_log_goes_on(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        log.keys.create_keys(["gone"])
        log.keys.destroy("gone")
        with pytest.raises(KeyError, match="gone is destroyed"):
            log.append(append_request("gone", 0, Signed(name="An")))
        log.append(append_request("a", 0))
        assert log.position() == 1


WRITE_FOR_EVER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tests.kernel.toy import append_request, log_in, note
with log_in(Path(sys.argv[1])) as log:
    def write(writer):
        stream = f"{sys.argv[2]}/{writer}"
        for number in range(1_000_000):
            request = append_request(stream, 2 * number, note("first"), note("second"), key=f"{stream}/{number}")
            two = log.append(request)
            sys.stdout.write(f"{two[1].event_id}\\n")
            sys.stdout.flush()
    list(ThreadPoolExecutor(3).map(write, range(3)))
"""


def acknowledged_before_kill(home: Path, round_: int, timeout: float) -> set[str]:
    """What a process said was stored before it was killed without warning."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, str(home), str(round_)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    said = [process.stdout.readline()]
    time.sleep(timeout)
    os.kill(process.pid, signal.SIGKILL)
    said += process.stdout.read().split("\n")[:-1]
    process.wait()
    process.stdout.close()
    return {line.strip() for line in said}


def test_whatever_was_acknowledged_before_a_kill_is_there_and_nothing_is_torn(tmp_path: Path) -> None:
    promised: set[str] = set()
    for round_ in range(ROUNDS):
        promised |= acknowledged_before_kill(tmp_path, round_, random.uniform(0, 0.12))
    with log_in(tmp_path) as log:
        stored = [event for _, event in log.read(limit=10**6)]
        assert promised <= {event.event_id for event in stored}
        for events in log.iterate_streams():
            assert [event.version for event in events] == list(range(1, len(events) + 1))
            assert len(events) % 2 == 0, "half a decision was stored"
            assert all(log.find_response(event.command_id, b"", event.stream) for event in events)
        log.append(append_request("after", 0))
    assert chained(tmp_path / "toy.db") == len(stored) + 1
    assert len({event.epoch for event in stored}) == ROUNDS
    assert len(promised) >= ROUNDS, "hardly anything was written before the kills"


def test_readers_go_on_while_another_program_holds_the_file(tmp_path: Path) -> None:
    with log_in(tmp_path) as log, ThreadPoolExecutor(2) as pool:
        log.append(append_request("a", 0))
        other = sqlite3.connect(tmp_path / "toy.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        began = Event()

        def write(log: EventLog[ToyFact]) -> int:
            began.set()
            return len(log.append(append_request("a", 1)))

        writing = pool.submit(write, log)
        assert began.wait(10)
        assert pool.submit(log.position).result(10) == 1
        other.execute("COMMIT")
        other.close()
        assert writing.result(30) == 1
