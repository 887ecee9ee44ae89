"""Facts of several streams in one append (integrity.md, section 2): all of them or none, on SQLite and PostgreSQL."""

import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from shared.core.errors import AppendConditionFailed, Conflict, StoreUnavailable
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest
from tests.kernel.test_append_conditions import log, on_condition, server
from tests.kernel.toy import ToyFact, append_request, log_in, note

__all__ = ["log", "server"]


def together(first: AppendRequest[ToyFact], *further: AppendRequest[ToyFact]) -> AppendRequest[ToyFact]:
    first.further = further
    for each in further:
        each.follows_first = True
    return first


def test_they_are_one_instant_and_name_the_first_as_their_cause(log: EventLog[ToyFact]) -> None:
    events = log.append(
        together(append_request("a", 0, note("x")), append_request("b", 0, note("y")), append_request("a", 1))
    )
    first, *others = [event for _, event in log.read()]
    assert [(event.stream, event.version) for event in (first, *others)] == [("a", 1), ("b", 1), ("a", 2)]
    assert {event.cause for event in others} == {first.event_id}
    assert {event.recorded_at for event in others} == {first.recorded_at}
    assert [event.version for event in events] == [1, 2], "all of the stream"


def test_a_repeated_command_is_answered_with_all_events_of_its_stream(log: EventLog[ToyFact]) -> None:
    def request() -> AppendRequest[ToyFact]:
        first = append_request("a", 0, note("x"), key="k", digest=b"d")
        return together(first, append_request("b", 0, note("y")), append_request("a", 1, note("z")))

    assert log.append(request()) == log.append(request()) == log.find_response("k", b"d", "a")
    assert log.position() == 3


def test_a_wrong_version_of_the_second_stream_leaves_nothing(log: EventLog[ToyFact]) -> None:
    log.append(append_request("b", 0, note("y")))
    with pytest.raises(Conflict) as refused:
        log.append(together(append_request("a", 0, note("x")), append_request("b", 0, note("z"))))
    assert (refused.value.stream, refused.value.version) == ("b", 1)
    assert (log.position(), log.version("a")) == (1, 0)


def test_a_condition_that_fails_for_the_second_stream_leaves_nothing(log: EventLog[ToyFact]) -> None:
    log.append(append_request("c", 0, note("q")))
    with pytest.raises(AppendConditionFailed):
        log.append(together(append_request("a", 0, note("x")), on_condition("b", "y", "q", after=0)))
    assert (log.position(), log.version("a"), log.version("b")) == (1, 0, 0)
    log.append(together(append_request("a", 0, note("x")), on_condition("b", "y", "q", after=1)))
    assert log.position() == 3


def test_conditions_are_about_others_not_about_each_other(log: EventLog[ToyFact]) -> None:
    log.append(together(on_condition("a", "x", "x", after=0), on_condition("b", "x", "x", after=0)))
    assert log.position() == 2
    with pytest.raises(AppendConditionFailed):
        log.append(on_condition("c", "z", "x", after=1))


def test_what_fails_while_it_is_written_leaves_nothing(
    log: EventLog[ToyFact], monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(append_request("z", 0))
    connection = log._writer._connection
    assert connection is not None
    write = connection.write

    def write_second_in_the_place_of_another(commands: Any, events: Any, *rest: Any) -> bool:
        position, _, _, *others = events[1]
        return write(commands, [events[0], (position, "z", 1, *others)], *rest)

    further = append_request("b", 0, note("y"))
    monkeypatch.setattr(connection, "write", write_second_in_the_place_of_another)
    with pytest.raises(StoreUnavailable):
        log.append(together(append_request("a", 0, note("x")), further))
    assert (log.position(), log.version("a"), further.stored) == (1, 0, ())


def test_a_process_killed_while_it_writes_leaves_all_or_nothing(tmp_path: Path) -> None:
    """Killed in SQLite's write itself, which takes three statements for so many facts: before the last of them."""
    script = dedent(f"""
        import os, signal
        from pathlib import Path
        from tests.kernel.toy import append_request, log_in, note
        from tests.kernel.test_appended_together import together

        with log_in(Path({str(tmp_path)!r})) as log:
            log.append(append_request("z", 0))
            steps = iter(range(10**9))
            connection = log._writer._connection._connection
            connection.set_trace_callback(
                lambda sql: "INSERT INTO stored_events" in sql
                and next(steps) == 2
                and os.kill(os.getpid(), signal.SIGKILL)
            )
            log.append(together(*[append_request(str(number), 0) for number in range(250)]))
    """)
    killed = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -signal.SIGKILL
    with log_in(tmp_path) as log:
        assert [event.stream for _, event in log.read()] == ["z"]
