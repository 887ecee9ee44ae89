"""Processes that stand still and go on, and that are asked to end in the middle of their work."""

import random
import signal
import time

import pytest

from tests.faults.counting import ROUNDS
from tests.faults.load import Load
from tests.faults.machine import Machine

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


def test_a_worker_that_was_given_up_wakes_in_the_middle_of_its_batch(machine: Machine, seed: int) -> None:
    """Frozen for longer than its session, its transaction open; others get its partitions, and it goes on."""
    chance, hits = random.Random(seed), 0
    with Load([machine.address], clients=4, seed=seed) as load:
        for _ in range(ROUNDS):
            name = chance.choice(("worker-1", "worker-2"))
            hits += machine.freeze_when(name, lambda _, n=name: machine.in_transaction(n), 5)  # type: ignore[misc]  # mypy infers no lambda with defaults
            time.sleep(chance.uniform(1, 3))
    machine.whole(load, "a worker frozen beyond its session", ROUNDS, hits)
    assert hits >= ROUNDS * 0.8


def test_a_worker_that_stands_still_for_good_holds_up_its_partitions_for_a_minute_at_most(
    machine: Machine, seed: int
) -> None:
    with Load([machine.address], clients=4, seed=seed) as load:
        hit = machine.freeze_when("worker-1", lambda _: machine.in_transaction("worker-1"), 75)
    machine.whole(load, "a worker frozen for good", 1, hit)
    assert hit


def test_whoever_is_asked_to_end_in_the_middle_of_its_work_leaves_it_whole(
    machine: Machine, seed: int
) -> None:
    chance, hits, names = random.Random(seed), 0, ("writer", "relay", "worker-1", "worker-2")
    with Load([machine.address], clients=4, seed=seed) as load:
        for number in range(ROUNDS * len(names)):
            name = names[number % len(names)]
            time.sleep(chance.uniform(0.2, 1.5))
            words, busy = machine.words[name], load.book.in_flight > 0
            machine.stop(name, signal.SIGTERM)
            hits += busy
            machine.start(name, *words)
            machine.healthy()
    machine.whole(load, "SIGTERM in the middle of work", ROUNDS * len(names), hits)
