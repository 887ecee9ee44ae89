"""A clock that jumps ahead is refused, and what is recorded ahead of the clock hides nothing (repro clock)."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.core.clock_guard import DAY_SECONDS, HOUR_SECONDS, ClockGuard
from shared.core.errors import ClockJumped
from shared.core.partial_dates import Instant, instant, later
from shared.eventlog.commit_timestamps import ProcessTimestamps
from shared.runtime.closed_file import accepted_file, closed_file
from shared.runtime.embedded import EmbeddedLedger
from tests.kernel.ledger import BY, SERVICES, shown
from tests.kernel.toy import note, notes

NOON = datetime.fromisoformat("2026-03-01T12:00:00+00:00")


class Machine:
    """A wall clock that can be set, and the seconds that really pass."""

    def __init__(self) -> None:
        self.ahead, self.elapsed = 0.0, 0.0

    def wall(self) -> Instant:
        return instant(NOON + timedelta(seconds=self.ahead + self.elapsed))

    def guard(self, home: Path) -> ClockGuard:
        return ClockGuard(self.wall, accepted=accepted_file(home).read, elapsed=lambda: self.elapsed)

    def open(self, home: Path) -> EmbeddedLedger:
        return EmbeddedLedger(SERVICES, (notes,), home, "here", self.wall, guard=self.guard(home))


def record(ledger: EmbeddedLedger, what: str) -> Instant:
    result = ledger.apps["toy"].handle(what, note(what), BY)
    ledger.project_pending()
    recorded_at: Instant = result.events[0].recorded_at
    return recorded_at


def test_a_quiet_night_is_no_jump(tmp_path: Path) -> None:
    machine = Machine()
    ledger = machine.open(tmp_path)
    record(ledger, "evening")
    machine.elapsed += 12 * HOUR_SECONDS
    assert record(ledger, "morning")[:13] == "2026-03-02T00"
    ledger.close()


def test_a_jump_while_running_is_refused_until_the_clock_is_right(tmp_path: Path) -> None:
    machine = Machine()
    ledger = machine.open(tmp_path)
    record(ledger, "before")
    machine.ahead = 3000 * DAY_SECONDS
    with pytest.raises(ClockJumped, match="cadre clock accept"):
        record(ledger, "ahead")
    assert ledger.watermark()[:10] == "2026-03-01", "a reader does not follow the clock either"
    machine.ahead = 0.0
    machine.elapsed += 60
    assert record(ledger, "after")[:16] == "2026-03-01T12:01"
    assert shown(ledger) == ["after", "before"]
    ledger.close()


@pytest.mark.parametrize(("seconds", "refused"), [(HOUR_SECONDS - 1, False), (HOUR_SECONDS + 1, True)])
def test_the_bound_while_running_is_an_hour(tmp_path: Path, seconds: int, refused: bool) -> None:
    machine = Machine()
    guard = machine.guard(tmp_path)
    guard()
    machine.ahead = seconds
    if refused:
        with pytest.raises(ClockJumped):
            guard()
    else:
        assert guard() == machine.wall()


@pytest.mark.parametrize(("days", "refused"), [(30, False), (32, True), (40, True)])
def test_the_bound_at_start_is_31_days_after_the_last_fact(tmp_path: Path, days: int, refused: bool) -> None:
    machine = Machine()
    ledger = machine.open(tmp_path)
    last = record(ledger, "before")
    ledger.close()
    machine.elapsed += days * DAY_SECONDS
    ledger = machine.open(tmp_path)
    if refused:
        assert last <= ledger.watermark() < later(last, 1000), "what is recorded can be read all the same"
        with pytest.raises(ClockJumped):
            record(ledger, "after")
    else:
        record(ledger, "after")
    ledger.close()


def test_a_home_unused_for_40_days_is_usable_once_its_clock_is_accepted(tmp_path: Path) -> None:
    machine = Machine()
    ledger = machine.open(tmp_path)
    record(ledger, "before")
    ledger.close()
    machine.elapsed += 40 * DAY_SECONDS
    ledger = machine.open(tmp_path)
    with pytest.raises(ClockJumped):
        record(ledger, "refused")
    accepted_file(tmp_path).write(machine.wall())  # what the command does, beside the process that runs
    assert record(ledger, "after")[:10] == "2026-04-10"
    ledger.close()
    machine.elapsed += DAY_SECONDS
    ledger = machine.open(tmp_path)
    record(ledger, "next")
    ledger.close()


def test_what_was_accepted_does_not_hold_for_another_jump(tmp_path: Path) -> None:
    machine = Machine()
    guard = machine.guard(tmp_path)
    guard()
    machine.ahead = 3000 * DAY_SECONDS
    accepted_file(tmp_path).write(machine.wall())
    guard()
    machine.ahead = 6000 * DAY_SECONDS
    with pytest.raises(ClockJumped):
        guard()


def test_facts_recorded_ahead_of_the_clock_are_shown_at_once_and_told(tmp_path: Path) -> None:
    """Case 03-clock-ahead: a first process with a clock two days ahead, a second with the right one."""
    machine = Machine()
    machine.ahead = 2 * DAY_SECONDS
    ledger = machine.open(tmp_path)
    ahead = record(ledger, "ahead")
    ledger.close()
    machine.ahead = 0.0
    ledger = machine.open(tmp_path)
    assert ledger.watermark() >= ahead, "now is all that is recorded, not the clock"
    assert record(ledger, "after") > ahead
    assert ledger.watermark() >= ledger.logs["toy"].last_recorded_at() > ahead
    assert ledger.logs_ahead() == {
        "toy": ledger.logs["toy"].last_recorded_at(),
        "echo": ledger.logs["echo"].last_recorded_at(),
    }
    ledger.close()


def test_a_log_does_not_record_at_or_before_what_was_answered(tmp_path: Path) -> None:
    """Another log is ahead, a reader was told its instant, and the clock went back before this log recorded."""
    machine = Machine()
    ledger = machine.open(tmp_path)
    record(ledger, "rain")
    machine.elapsed += 100
    told = ledger.watermark()
    machine.ahead = -50
    assert record(ledger, "snow") > told
    machine.ahead = -3600
    told = ledger.watermark()
    ledger.close()
    ledger = machine.open(tmp_path)
    assert record(ledger, "hail") > told, "nor does the next process"
    ledger.close()


def test_the_process_after_a_crash_records_nothing_at_or_before_what_was_answered(tmp_path: Path) -> None:
    machine = Machine()
    ledger = machine.open(tmp_path)
    record(ledger, "rain")
    machine.elapsed += 100
    told = ledger.watermark()
    assert ledger.lease
    ledger.lease.close()  # the process is gone, and has closed nothing
    machine.elapsed -= 90
    after = machine.open(tmp_path)
    assert record(after, "snow") > told
    after.close()


def test_an_instant_that_cannot_be_written_down_is_not_promised(tmp_path: Path) -> None:
    machine = Machine()
    last = machine.wall()
    machine.elapsed += 100
    file = closed_file(tmp_path / "not there")
    assert ProcessTimestamps(machine.wall, lambda: {"toy": last}, file).close() == last


def test_a_reader_waits_for_commits_under_way_and_later_ones_are_later(tmp_path: Path) -> None:
    machine = Machine()
    timestamps = ProcessTimestamps(machine.wall)
    first = timestamps.begin("toy")
    machine.elapsed += 10
    timestamps.finish("toy", machine.wall())
    machine.elapsed += 10
    closed = timestamps.close()
    assert first < closed == machine.wall()
    assert timestamps.begin("toy") == closed
