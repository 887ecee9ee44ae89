"""A log is dense, chained, and gives back what was put in."""

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from shared.core.clock import SimulatedClock
from shared.core.errors import Conflict, KeyReused
from shared.core.partial_dates import later
from shared.eventlog.event_log import EventLog
from shared.eventlog.log_writer import GENESIS
from shared.testing import moment
from tests.kernel.toy import Noted, ToyFact, append_request, log_in, note


def filled(log: EventLog[ToyFact], size: int = 25) -> None:
    """Facts of three streams, one to three at a time."""
    for number in range(size):
        stream = "abc"[number % 3]
        log.append(
            append_request(
                stream, log.version(stream), *[note(f"{number}.{each}") for each in range(number % 3 + 1)]
            )
        )


def chained(path: Path) -> int:
    """How many events of the file form one unbroken chain of SHA-256 over their stored bytes."""
    chain, found = GENESIS, 0
    with closing(sqlite3.connect(path)) as file:
        for position, state, stored in file.execute(
            "SELECT rowid, state, chain FROM stored_events ORDER BY rowid"
        ):
            chain, found = sha256(chain + state).digest(), found + 1
            assert (position, stored) == (found, chain), f"the chain breaks at {position}"
    return found


def test_positions_seqs_and_versions_have_no_holes(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        filled(log)
        read = log.read(limit=1000)
        size = log.position()
        assert [position for position, _ in read] == list(range(1, size + 1))
        assert [event.seq for _, event in read] == list(range(1, size + 1))
        assert [event.lamport for _, event in read] == list(range(1, size + 1))
        for stream in "abc":
            versions = [event.version for event in log.load_stream(stream)]
            assert versions == list(range(1, log.version(stream) + 1))


def test_every_epoch_counts_its_seq_from_one_and_positions_go_on(tmp_path: Path) -> None:
    for _ in range(3):
        with log_in(tmp_path) as log:
            filled(log, 4)
    with log_in(tmp_path) as log:
        events = [event for _, event in log.read()]
        positions = [position for position, _ in log.read()]
    assert positions == list(range(1, len(events) + 1))
    epochs = list(dict.fromkeys(event.epoch for event in events))
    assert len(epochs) == 3
    for epoch in epochs:
        seqs = [event.seq for event in events if event.epoch == epoch]
        assert seqs == list(range(1, len(seqs) + 1))
    assert [event.lamport for event in events] == positions


def test_the_chain_is_recomputed_from_the_stored_bytes(tmp_path: Path) -> None:
    for _ in range(2):
        with log_in(tmp_path) as log:
            filled(log)
            size = log.position()
    assert chained(tmp_path / "toy.db") == size


def test_a_changed_byte_breaks_the_chain(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        filled(log)
    with closing(sqlite3.connect(tmp_path / "toy.db")) as file, file:
        file.execute("UPDATE stored_events SET state = CAST(replace(state, 'rain', 'snow') AS BLOB)")
        file.execute(
            "UPDATE stored_events SET state = CAST(replace(state, '3.0', '3.9') AS BLOB) WHERE rowid = 7"
        )
    with pytest.raises(AssertionError, match="breaks at 7"):
        chained(tmp_path / "toy.db")


def test_the_envelope_says_where_when_by_whom_and_why(tmp_path: Path) -> None:
    with log_in(tmp_path, SimulatedClock(moment(5)), site="ward-7") as log:
        request = append_request("a", 0, note(), key="k1", digest=b"d")
        request.cause, request.correlation, request.observed_lamport = "because", "batch", 41
        (event,) = log.append(request)
        assert log.load_stream("a") == [event]
    assert (event.site, event.seq, event.stream, event.version) == ("ward-7", 1, "a", 1)
    assert (event.actor, event.command_id, event.cause, event.correlation) == (
        "tester",
        "k1",
        "because",
        "batch",
    )
    assert event.recorded_at == moment(5)
    assert event.lamport == 42, "later than what it answers"


def test_a_decision_is_one_instant_and_the_next_is_later_even_when_the_clock_goes_back(
    tmp_path: Path,
) -> None:
    clock = SimulatedClock(moment(100))
    with log_in(tmp_path, clock) as log:
        both = log.append(append_request("a", 0, note("1"), note("2")))
        clock.now = moment(50)
        (after,) = log.append(append_request("a", 2, note("3")))
    with log_in(tmp_path, clock) as log:
        (restarted,) = log.append(append_request("a", 3, note("4")))
    assert {event.recorded_at for event in both} == {moment(100)}
    assert after.recorded_at == later(moment(100))
    assert restarted.recorded_at == later(moment(100), 2)


def test_a_decision_made_on_an_old_version_is_refused_whole(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        log.append(append_request("a", 0))
        with pytest.raises(Conflict, match="a is at version 1"):
            log.append(append_request("a", 0, note("1"), note("2")))
        assert (log.version("a"), log.position()) == (1, 1)
        log.append(append_request("a", 1))
        with pytest.raises(Conflict, match="a is at version 2"):
            log.append(append_request("a", 7))


def test_of_many_decisions_at_once_only_the_losers_are_refused(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        append_requests = [
            append_request("a", 0),
            append_request("a", 0),
            append_request("b", 0),
            append_request("a", 1),
            append_request("b", 3),
        ]
        log.append_all(append_requests)
        assert [bool(each.stored) for each in append_requests] == [True, False, True, True, False]
        assert [type(each.error) for each in append_requests if each.error] == [Conflict, Conflict]
        assert (log.version("a"), log.version("b"), log.position()) == (2, 1, 3)


def test_a_repeated_key_gets_the_first_answer_again(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        first = log.append(append_request("a", 0, note("1"), note("2"), key="k", digest=b"d"))
        assert log.append(append_request("a", 0, note("1"), note("2"), key="k", digest=b"d")) == first
        assert log.find_response("k", b"d", "a") == first
        assert log.find_response("new", b"d", "a") is None
        assert log.position() == 2
    with log_in(tmp_path) as log:
        assert log.append(append_request("a", 0, key="k", digest=b"d")) == first, "after a restart too"


def test_a_key_repeated_within_one_transaction_is_answered_once(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        twins = [append_request("a", 0, key="k", digest=b"d") for _ in range(3)]
        log.append_all(twins)
        assert twins[0].stored == twins[1].stored == twins[2].stored
        assert log.position() == 1


@pytest.mark.parametrize(
    ("stream", "digest"), [("a", b"other"), ("b", b"d")], ids=["other facts", "another stream"]
)
def test_a_key_is_not_used_for_something_else(tmp_path: Path, stream: str, digest: bytes) -> None:
    with log_in(tmp_path) as log:
        log.append(append_request("a", 0, key="k", digest=b"d"))
        with pytest.raises(KeyReused):
            log.append(append_request(stream, 0, key="k", digest=digest))
        with pytest.raises(KeyReused):
            log.find_response("k", digest, stream)
        both = [append_request("c", 0, key="l", digest=b"d"), append_request("c", 0, key="l", digest=b"e")]
        log.append_all(both)
        assert (bool(both[0].stored), type(both[1].error)) == (True, KeyReused)


def test_a_key_answered_with_nothing_is_remembered(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        nothing = append_request("a", 0, key="k", digest=b"d")
        nothing.facts = ()
        assert log.append(nothing) == ()
        assert log.find_response("k", b"d", "a") == ()


def test_streams_come_whole_and_in_pages_of_any_size(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        filled(log)
        whole = {stream: log.load_stream(stream) for stream in "abc"}
        for page in (1, 2, 7, 5000):
            assert {events[0].stream: events for events in log.iterate_streams(page)} == whole
        assert log.load_streams(["a", "c", "unknown"]) == {"a": whole["a"], "c": whole["c"]}
        assert log.load_stream("a", after=2, upto=4) == whole["a"][2:4]


def test_text_of_any_kind_comes_back_as_it_was(tmp_path: Path) -> None:
    odd = ["Đặng Thị Hoà", "a\u0000b", "\U0001f600", "'; DROP TABLE stored_events; --", "\ufeff", " \n\t"]
    with log_in(tmp_path) as log:
        log.append(append_request("'", 0, *[Noted(what=text) for text in odd]))
        assert [event.fact for event in log.load_stream("'")] == [Noted(what=text) for text in odd]
