"""Rows of other sites are made in slices: who comes first, how large a slice is, and up to when answers are final."""

import time
from threading import Event, Thread

import pytest

from shared.core.partial_dates import Instant
from shared.eventlog.commit_timestamps import NEVER
from shared.runtime import priority_lock
from shared.runtime.foreign_backlog import LEAST, MOST, ForeignBacklog
from shared.runtime.priority_lock import PriorityLock

FIRST, SECOND = Instant("2026-03-01T00:00:00.000002Z"), Instant("2026-03-01T00:00:00.000005Z")


@pytest.mark.parametrize("patience", [60, 0.01])
def test_who_is_waited_for_comes_before_who_works_ahead_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    monkeypatch.setattr(priority_lock, "PATIENT_SECONDS", patience)
    lock, order, over = PriorityLock(), list[str](), Event()

    def urgent() -> None:
        with lock.take():
            order.append("urgent")
            over.wait(60)

    def patient() -> None:
        with lock.take_patiently():
            order.append("patient")

    with lock.take_patiently():
        threads = [Thread(target=patient), *(Thread(target=urgent) for _ in range(3))]
        for thread in threads:
            thread.start()
        while lock._urgent < 3:
            time.sleep(0.001)
        time.sleep(0.05)
        assert order == []
    over.set()
    for thread in threads:
        thread.join(60)
    assert sorted(order) == ["patient", "urgent", "urgent", "urgent"]
    if patience == 60:
        assert order[-1] == "patient"


def test_the_lock_is_free_again_after_a_failure() -> None:
    lock = PriorityLock()
    for take in (lock.take, lock.take_patiently):
        with pytest.raises(ValueError, match="broken"), take():
            raise ValueError("broken")
    with lock.take():
        pass


def test_a_slice_takes_about_as_long_as_others_may_be_held_up() -> None:
    backlog = ForeignBacklog()
    for _ in range(20):
        backlog.adapt(backlog.size, 0.001)
    assert backlog.size == MOST
    backlog.adapt(7, 0.001)
    assert backlog.size == MOST
    for _ in range(20):
        backlog.adapt(backlog.size, 1)
    assert backlog.size == LEAST


def test_answers_are_final_up_to_the_first_change_without_rows() -> None:
    backlog = ForeignBacklog()
    assert backlog.final_until() == NEVER, "how far the rows are is not known yet"
    backlog.finish(backlog.told)
    assert backlog.final_until() is None
    backlog.add(FIRST)
    told = backlog.told
    backlog.add(SECOND)
    assert backlog.final_until() == "2026-03-01T00:00:00.000001Z"
    backlog.finish(told)
    assert backlog.final_until() == "2026-03-01T00:00:00.000004Z"
    assert not backlog.is_empty()
    backlog.forget()
    assert backlog.final_until() == NEVER
    backlog.finish(backlog.told)
    assert backlog.is_empty()
