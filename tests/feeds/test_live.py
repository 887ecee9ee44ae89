"""A topic followed live, over a real HTTP server, while others write and read."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest

from shared.core.clock import new_id
from shared.http import feeds
from shared.runtime.embedded import EmbeddedLedger
from tests.feeds.serving import app_of, followed, lines_of, listening
from tests.kernel.ledger import BY, running
from tests.kernel.toy import Noted, append_request

WRITERS, EACH = 8, 120


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[EmbeddedLedger]:
    with running(tmp_path) as ledger:
        yield ledger


@pytest.fixture
def address(ledger: EmbeddedLedger) -> Iterator[str]:
    with listening(app_of(ledger)) as address:
        yield address


def write(ledger: EmbeddedLedger, writer: int, count: int) -> None:
    for _ in range(count):
        ledger.apps["toy"].handle(f"{writer}", Noted(what=new_id()), BY)


def read(address: str, count: int, broken_off: int = 0) -> list[dict[str, Any]]:
    """So many events; the connection is given up after every `broken_off` of them, and taken up again."""
    events: list[dict[str, Any]] = []
    cursor = ""
    with httpx2.Client() as client:
        while len(events) < count:
            for place, event in followed(client, f"{address}/feeds/toy/live", cursor):
                cursor = place
                events.append(event)
                if len(events) == count or (broken_off and len(events) % broken_off == 0):
                    break
    return events


def test_nothing_is_skipped_or_repeated_while_eight_write(ledger: EmbeddedLedger, address: str) -> None:
    total = WRITERS * EACH
    with ThreadPoolExecutor(WRITERS + 4) as pool:
        readers = [pool.submit(read, address, total, broken_off) for broken_off in (0, 0, 97, 31)]
        for writer in range(WRITERS):
            pool.submit(write, ledger, writer, EACH)
        found = [reader.result(60) for reader in readers]
    for events in found:
        assert [event["seq"] for event in events] == list(range(1, total + 1))
        for writer in range(WRITERS):
            theirs = [event["data"] for event in events if event["subject"] == str(writer)]
            assert [each["version"] for each in theirs] == list(range(1, EACH + 1))


def test_one_who_does_not_read_holds_up_nobody(ledger: EmbeddedLedger, address: str) -> None:
    """Their connection fills and waits; others, and those who write, do not notice."""
    with httpx2.Client() as lazy, lazy.stream("GET", f"{address}/feeds/toy/live") as unread:
        assert unread.status_code == 200
        for number in range(20):
            ledger.logs["toy"].append(append_request(f"long {number}", 0, Noted(what="x" * 1_000_000)))
        began = time.monotonic()
        writing = Thread(target=write, args=(ledger, 0, 100))
        writing.start()
        events = read(address, 120)
        writing.join()
        assert [event["seq"] for event in events] == list(range(1, 121))
        assert time.monotonic() - began < 5


def test_one_who_has_nothing_to_read_gets_signs_of_life_and_keeps_their_place(
    ledger: EmbeddedLedger, address: str
) -> None:
    write(ledger, 0, 3)
    with httpx2.Client() as client:
        lines = lines_of(client, f"{address}/feeds/toy/live?after=end")
        assert next(lines) == "retry: 1000"
        said = [next(lines) for _ in range(7)]
    assert said.count(": still here") == 2
    place = next(line for line in said if line.startswith("id: ")).removeprefix("id: ")
    write(ledger, 0, 1)
    with httpx2.Client() as client:
        _, event = next(followed(client, f"{address}/feeds/toy/live", place))
    assert event["seq"] == 4


def test_what_is_written_is_seen_within_a_second(ledger: EmbeddedLedger, address: str) -> None:
    with httpx2.Client() as client:
        events = followed(client, f"{address}/feeds/toy/live?type=toy.noted")
        write(ledger, 0, 1)
        next(events)
        delays = []
        for _ in range(20):
            began = time.monotonic()
            write(ledger, 0, 1)
            next(events)
            delays.append(time.monotonic() - began)
    assert max(delays) < 1


def test_a_server_that_stops_lets_live_readers_go(ledger: EmbeddedLedger) -> None:
    with httpx2.Client() as client, listening(app_of(ledger)) as address:
        lines = lines_of(client, f"{address}/feeds/toy/live")
        assert next(lines) == "retry: 1000"
        began = time.monotonic()
    assert time.monotonic() - began < 3


def test_so_many_may_follow_and_who_goes_makes_room(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MAX_LIVE_READERS", 1)
    url = f"{address}/feeds/toy/live"
    with httpx2.Client() as client, client.stream("GET", url) as first:
        lines = first.iter_lines()
        assert next(lines) == "retry: 1000"
        refused = httpx2.get(url, timeout=30)
        assert (refused.status_code, refused.json()["rule"]) == (503, "TooManyReaders")
    for _ in range(100):
        with httpx2.Client() as client, client.stream("GET", url) as later:
            if later.status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError("a reader who has gone is still counted")
