"""One importer works for many sites in turns."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from threading import Event

import pytest

from services.sync.exchange.receiving import Steps
from services.sync.exchange.turns import Busy, Stopped, TurnQueue


@pytest.fixture
def queue() -> Iterator[TurnQueue]:
    queue = TurnQueue(turn=0.02, waiting=3)
    yield queue
    queue.close()


def work(steps: int, seconds: float, done: list[int] | None = None) -> Steps[int]:
    for _ in range(steps):
        time.sleep(seconds)
        if done is not None:
            done.append(1)
        yield
    return steps


def test_a_site_that_brings_much_does_not_hold_up_one_that_brings_little(queue: TurnQueue) -> None:
    done: list[int] = []
    heavy = queue.submit("heavy", work(400, 0.005, done))
    time.sleep(0.05)
    before = len(done)
    assert queue.submit("light", work(1, 0)).result(10) == 1
    assert len(done) - before <= 30, "at most the turn under way and one more"
    assert not heavy.done()
    assert heavy.result(60) == 400


def test_turns_go_round(queue: TurnQueue) -> None:
    counts: dict[str, list[int]] = {site: [] for site in "abc"}
    for site, done in counts.items():
        queue.submit(site, work(10_000, 0.002, done))
    time.sleep(1)
    least, most = min(map(len, counts.values())), max(map(len, counts.values()))
    assert least
    assert most - least <= 40


def test_each_site_has_its_turn_before_any_has_another() -> None:
    """Whoever brings more has no more turns in a row; what nobody waits for is done a little after each."""
    order, begun = list[str](), Event()

    def steps(site: str) -> Steps[None]:
        begun.wait(30)
        for _ in range(4):
            order.append(site)
            yield

    def tidy() -> bool:
        order.append("-")
        return len(order) < 40

    queue = TurnQueue(turn=0, tidy=tidy)
    try:
        done = [queue.submit(site, steps(site)) for site in "abc"]
        begun.set()
        for each in done:
            each.result(30)
        while len(order) < 40:
            time.sleep(0.001)
    finally:
        queue.close()
    assert "".join(order).startswith("a-b-c-" * 4)
    assert set(order[30:]) == {"-"}, "it goes on until all is done"


def test_a_second_message_of_a_site_and_too_many_sites_are_asked_to_come_again(queue: TurnQueue) -> None:
    blocked = Event()

    def wait() -> Steps[None]:
        blocked.wait(30)
        yield

    queue.submit("a", wait())
    with pytest.raises(Busy, match="an earlier message of a"):
        queue.submit("a", wait())
    queue.submit("b", wait())
    queue.submit("c", wait())
    with pytest.raises(Busy, match="3 sites are waiting") as raised:
        queue.submit("d", wait())
    assert raised.value.retry_after > 0
    blocked.set()


def test_a_site_that_is_told_that_its_work_is_done_may_come_again_at_once(queue: TurnQueue) -> None:
    """It is told by the thread that did the work, which has nothing left to do for it then."""
    told, again = Event(), list[Future[int]]()

    def wait() -> Steps[None]:
        told.wait(30)
        yield

    queue.submit("a", wait()).add_done_callback(lambda _: again.append(queue.submit("a", work(1, 0))))
    told.set()
    assert queue.submit("b", work(1, 0)).result(10) == 1
    assert [each.result(10) for each in again] == [1]


def test_what_work_raises_is_raised_to_who_waits_and_the_others_go_on(queue: TurnQueue) -> None:
    def fail() -> Steps[None]:
        yield
        raise ValueError("broken")

    failing = queue.submit("a", fail())
    assert queue.submit("b", work(1, 0)).result(10) == 1
    with pytest.raises(ValueError, match="broken"):
        failing.result(10)
    assert queue.submit("a", work(1, 0)).result(10) == 1


def test_at_the_end_what_is_not_done_is_given_up_between_two_steps() -> None:
    queue, done = TurnQueue(turn=0.02), list[int]()
    endless = queue.submit("a", work(10**9, 0.001, done))
    waiting = queue.submit("b", work(10**9, 0.001))
    queue.close()
    for each in (endless, waiting):
        with pytest.raises(Stopped):
            each.result(10)
    with pytest.raises(Stopped):
        queue.submit("c", work(1, 0))
