"""One kill -9 of everything in the middle of its work, and everything said twice; `make faults` does it many times."""

import random

import pytest

from tests.faults.counting import MET, ROUNDS
from tests.faults.load import Load
from tests.faults.machine import Machine
from tests.faults.test_brokers import say_again
from tests.faults.test_kills import kill_databases, kill_relays, kill_workers, kill_writers

pytestmark = pytest.mark.timeout(900)


def test_one_kill_of_everything_loses_and_doubles_nothing(machine: Machine, seed: int) -> None:
    chance, rounds = random.Random(seed), min(ROUNDS, 2)
    with Load([machine.address], clients=4, seed=seed) as load:
        hits = {
            "writer": kill_writers(machine, load, chance, rounds),
            "relay": kill_relays(machine, chance, rounds),
            "worker": kill_workers(machine, chance, rounds),
            "PostgreSQL": kill_databases(machine, load, chance, rounds),
        }
        repeats = say_again(machine, chance, 1000)
    MET["records said again by a second producer, in any order and partition"] += repeats
    machine.whole(load, "kill -9 of everything in turn", 4 * rounds, sum(hits.values()))
    assert min(hits.values()) > 0, hits
    assert repeats > 0
