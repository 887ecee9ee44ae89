"""Many threads append and many read; of two processes only the newer one writes."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from shared.core.errors import Fenced
from shared.eventlog.event_log import EventLog
from tests.kernel.test_log import chained
from tests.kernel.toy import ToyFact, append_request, log_in, note

WRITERS, APPENDS = 8, 200
TOTAL = WRITERS * APPENDS


def follow(log: EventLog[ToyFact], page: int, stop: Event) -> list[int]:
    """Every position a follower sees, reading as a follower does until nobody writes and nothing is left."""
    seen: list[int] = []
    while True:
        over = stop.is_set()
        batch = log.read(seen[-1] if seen else 0, page)
        seen += [position for position, _ in batch]
        if over and not batch:
            return seen
        if not batch:
            time.sleep(0.001)


def test_readers_of_any_page_size_neither_skip_nor_repeat_what_eight_threads_write(tmp_path: Path) -> None:
    stop = Event()
    with log_in(tmp_path) as log, ThreadPoolExecutor(WRITERS + 4) as pool:

        def write(writer: int) -> list[str]:
            return [
                log.append(append_request(f"stream {writer}", number, note(f"{writer}/{number}")))[0].event_id
                for number in range(APPENDS)
            ]

        readers = {page: pool.submit(follow, log, page, stop) for page in (1, 10, 100, 1000)}
        acknowledged = [each for ids in pool.map(write, range(WRITERS)) for each in ids]
        stop.set()
        for page, reader in readers.items():
            assert reader.result(60) == list(range(1, TOTAL + 1)), f"page size {page}"
        stored = [event for _, event in log.read(limit=TOTAL + 1)]
    assert sorted(acknowledged) == sorted(event.event_id for event in stored)
    assert [event.seq for event in stored] == list(range(1, TOTAL + 1))
    assert chained(tmp_path / "toy.db") == TOTAL


def test_threads_that_write_to_one_stream_never_overwrite_each_other(tmp_path: Path) -> None:
    with log_in(tmp_path) as log, ThreadPoolExecutor(WRITERS) as pool:

        def write(writer: int) -> int:
            lost = 0
            for number in range(30):
                attempt = append_request("one", log.version("one"), note(f"{writer}/{number}"))
                log.append_all([attempt])
                lost += attempt.error is not None
            return lost

        lost = sum(pool.map(write, range(WRITERS)))
        assert log.version("one") == log.position() == WRITERS * 30 - lost
        assert lost > 0, "they never met"


SECOND = """
import sys
from pathlib import Path
from tests.kernel.toy import append_request, log_in, note
with log_in(Path(sys.argv[1])) as log:
    log.append(append_request("second", 0, note()))
"""


def test_a_second_process_that_writes_fences_off_the_first(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        log.append(append_request("first", 0))
        subprocess.run([sys.executable, "-c", SECOND, str(tmp_path)], check=True, timeout=60)
        with pytest.raises(Fenced, match="another process writes to toy"):
            log.append(append_request("first", 1))
        assert (log.version("first"), log.version("second"), log.position()) == (1, 1, 2)
        reader = log.read()
    assert len({event.epoch for _, event in reader}) == 2
    assert chained(tmp_path / "toy.db") == 2


def test_a_fenced_batch_is_refused_whole(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        log.append(append_request("first", 0))
        with log_in(tmp_path) as second:
            second.append(append_request("second", 0))
        append_requests = [
            append_request(f"batch {number}", 0, key=f"key {number}", digest=b"d") for number in range(250)
        ]
        log.append_all(append_requests)
        assert {type(each.error) for each in append_requests} == {Fenced}
        assert not any(each.stored for each in append_requests)
        assert log.position() == 2
        assert log.find_response("key 0", b"d", "batch 0") is None
