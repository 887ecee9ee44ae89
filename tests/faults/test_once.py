"""One kill -9 of everything in the middle of its work, and everything said twice; `make faults` does it many times."""

import random

import pytest

from tests.faults.conftest import ROUNDS
from tests.faults.load import Load
from tests.faults.machine import MET, Machine
from tests.faults.test_brokers import say_again
from tests.faults.test_kills import kill_databases, kill_relays, kill_workers, kill_writers

pytestmark = pytest.mark.timeout(900)


def test_one_kill_of_everything_loses_and_doubles_nothing(machine: Machine, seed: int) -> None:
    chance = random.Random(seed)
    with Load([machine.address], clients=4, seed=seed) as load:
        hits = {
            "writer": kill_writers(machine, load, chance, ROUNDS),
            "relay": kill_relays(machine, chance, ROUNDS),
            "worker": kill_workers(machine, chance, ROUNDS),
            "PostgreSQL": kill_databases(machine, load, chance, ROUNDS),
        }
        repeats = say_again(machine, chance, 1000)
    MET.update({f"kill -9 of the {name} in the middle of its work": hit for name, hit in hits.items()})
    MET["records said again by a second producer, in any order"] += repeats
    machine.whole(load)
    assert min(hits.values()) >= ROUNDS * 0.8, hits
    assert repeats > 0
