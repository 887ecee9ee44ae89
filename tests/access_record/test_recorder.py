"""Notes become facts: one for each principal, subject and quarter; none is lost where the process ends well."""

import time

import pytest

from services.identity.access_events import AccessFact, DataExported, SensitiveFieldsRead
from services.identity.access_record import recorder as recording
from services.identity.access_record.entries import AccessKey, quarter_of
from services.identity.access_record.reading import list_access
from services.identity.access_record.recorder import AccessNotRecorded, AccessRecorder, EmergencyNeedsReason
from shared.core.clock import SimulatedClock
from shared.core.errors import SiteClosed
from shared.core.partial_dates import Instant
from shared.eventlog.event_log import EventLog

LIFE = "/cadres/{cadre}/life"


@pytest.fixture
def recorder(log: EventLog[AccessFact], clock: SimulatedClock) -> AccessRecorder:
    return AccessRecorder(log, clock)


def reading(clock: SimulatedClock, subject: str = "cadre-1", by: str = "account-an") -> AccessKey:
    return AccessKey(SensitiveFieldsRead, by, f"name of {by}", subject, quarter_of(clock()))


def test_a_quarter_begins_at_0_15_30_or_45() -> None:
    minutes = [(0, "00"), (14, "00"), (15, "15"), (44, "30"), (45, "45"), (59, "45")]
    for minute, begins in minutes:
        assert quarter_of(Instant(f"2026-11-27T18:{minute:02d}:59.999999Z")) == f"2026-11-27T18:{begins}Z"


def test_many_looks_are_one_fact(
    recorder: AccessRecorder, log: EventLog[AccessFact], clock: SimulatedClock
) -> None:
    for _ in range(3):
        for _ in range(100):
            recorder.note([reading(clock)], LIFE)
        recorder.flush()
    [line] = list_access(log)
    assert (line.what, line.by, line.name, line.of) == ("READ", "account-an", "name of account-an", "cadre-1")
    assert (line.quarter, line.questions) == ("2026-11-27T18:45Z", (LIFE,))


def test_another_person_quarter_reader_or_question_is_another_fact(
    recorder: AccessRecorder, log: EventLog[AccessFact], clock: SimulatedClock
) -> None:
    recorder.note([reading(clock), reading(clock, "cadre-2"), reading(clock, by="account-binh")], LIFE)
    recorder.flush()
    recorder.note([reading(clock)], "/kinship")
    recorder.flush()
    clock.now = Instant("2026-11-27T19:00:00.000000Z")
    recorder.note([reading(clock)], LIFE)
    recorder.flush()
    of_one = [(line.by, line.quarter[11:16], line.questions) for line in list_access(log, of="cadre-1")]
    assert of_one == [
        ("account-an", "18:45", (LIFE,)),
        ("account-binh", "18:45", (LIFE,)),
        ("account-an", "18:45", (LIFE, "/kinship")),
        ("account-an", "19:00", (LIFE,)),
    ]
    assert [line.of for line in list_access(log, by="account-an")] == [
        "cadre-1",
        "cadre-2",
        "cadre-1",
        "cadre-1",
    ]
    assert list_access(log, of="cadre-1", by="nobody") == []
    assert len(list_access(log, after=2)) == 3


def test_nothing_is_written_while_a_request_waits(
    recorder: AccessRecorder, log: EventLog[AccessFact], clock: SimulatedClock
) -> None:
    recorder.note([reading(clock, f"cadre-{number}") for number in range(500)], "/disciplines")
    assert log.position() == 0
    recorder.flush()
    assert log.position() == 500
    assert log.commits[0] == 1


def test_nothing_is_lost_on_a_clean_stop(
    recorder: AccessRecorder, log: EventLog[AccessFact], clock: SimulatedClock
) -> None:
    recorder.start()
    recorder.note([reading(clock)], LIFE)
    recorder.close()
    assert len(list_access(log)) == 1


def test_the_thread_records_within_its_time(log: EventLog[AccessFact], clock: SimulatedClock) -> None:
    """What a crash can lose is what was noted since the last turn of the thread."""
    recorder = AccessRecorder(log, clock, flush_seconds=0.05)
    recorder.start()
    recorder.note([reading(clock)], LIFE)
    until = time.monotonic() + 60
    while not log.position() and time.monotonic() < until:
        time.sleep(0.01)
    assert len(list_access(log)) == 1
    recorder.close()


def test_an_export_is_on_record_before_it_goes_on(
    recorder: AccessRecorder, log: EventLog[AccessFact]
) -> None:
    recorder.record_export("account-an", "An", "unit-1", "/reports/cadre-work")
    [line] = list_access(log, of="unit-1")
    assert line.what == "EXPORTED"
    recorder.record_export("account-an", "An", "unit-1", "/reports/cadre-work")
    assert len(list_access(log)) == 1


def test_an_emergency_has_a_reason_an_end_and_is_on_record_first(
    recorder: AccessRecorder, log: EventLog[AccessFact], clock: SimulatedClock
) -> None:
    for reason in ("", "   ", "vì cần", "x" * 501):
        with pytest.raises(EmergencyNeedsReason):
            recorder.start_emergency("account-an", "An", reason)
    started = recorder.start_emergency("account-an", "An", "Bão số 9: cần liên hệ người nhà cán bộ xã")
    assert started.until == "2026-11-27T19:47:03.000000Z"
    [line] = list_access(log, by="account-an")
    assert (line.what, line.until, line.id) == ("EMERGENCY", started.until, started.entry)


def test_what_cannot_be_recorded_waits_and_then_nothing_is_shown(
    recorder: AccessRecorder,
    log: EventLog[AccessFact],
    clock: SimulatedClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log refuses, as that of a closed site does: an export and an emergency do not go on at all, looks wait for a
    minute, and then none is allowed. Afterwards everything that waited is recorded."""
    log.close_site(SiteClosed("here", "another"))
    recorder.note([reading(clock)], LIFE)
    recorder.flush()
    assert "cannot be put on record" in caplog.text
    with pytest.raises(AccessNotRecorded):
        recorder.record_export("account-an", "An", "", "/feeds/{topic}")
    with pytest.raises(AccessNotRecorded):
        recorder.start_emergency("account-an", "An", "a reason that is long enough")
    recorder.note([reading(clock, "cadre-2")], LIFE)
    monkeypatch.setattr(recording, "FAIL_CLOSED_SECONDS", 0.0)
    with pytest.raises(AccessNotRecorded):
        recorder.note([reading(clock, "cadre-3")], LIFE)
    with pytest.raises(AccessNotRecorded):
        recorder.close()
    log.close_site(None)
    recorder.close()
    assert {line.of for line in list_access(log)} == {"cadre-1", "cadre-2", ""}
    recorder.note([reading(clock, "cadre-3")], LIFE)


def test_too_much_that_waits_is_refused(
    recorder: AccessRecorder, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_WAITING", 3)
    recorder.note([reading(clock, f"cadre-{number}") for number in range(3)], LIFE)
    with pytest.raises(AccessNotRecorded):
        recorder.note([reading(clock, "cadre-3")], LIFE)


def test_a_fact_holds_no_answer(
    recorder: AccessRecorder, log: EventLog[AccessFact], clock: SimulatedClock
) -> None:
    """Only ids and the paths of questions: the record of who looked is no second place to look."""
    recorder.note([reading(clock)], LIFE)
    recorder.record([AccessKey(DataExported, "account-an", "An", "", quarter_of(clock()))], "/feeds/{topic}")
    fields = {
        name for _, event in log.read() for name in event.fact.__struct_fields__ if getattr(event.fact, name)
    }
    assert fields == {"principal", "subject", "quarter", "questions", "confidentiality"}
