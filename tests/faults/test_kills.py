"""kill -9 of the writer, the relay, a worker and PostgreSQL, all amid their work, under load (repro killloop)."""

import random
import time

import pytest

from tests.faults.counting import ROUNDS
from tests.faults.load import Load
from tests.faults.machine import Machine

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


def kill_writers(machine: Machine, load: Load, chance: random.Random, rounds: int) -> int:
    """With commands in flight. Each time until it answers again."""
    hits = 0
    for _ in range(rounds):
        machine.healthy()
        time.sleep(chance.uniform(0.05, 0.5))
        hits += machine.kill_when("writer", lambda _: load.book.in_flight > 0)
    machine.healthy()
    time.sleep(1)
    return hits


def kill_relays(machine: Machine, chance: random.Random, rounds: int) -> int:
    """In the middle of a page: there was something behind the bookmark before it was looked at."""
    hits = 0
    for _ in range(rounds):
        before = machine.bookmarks()
        machine.until(lambda b=before: machine.bookmarks() != b)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.5))
        hits += machine.kill_when("relay", lambda stored: machine.bookmarks() < stored, before=machine.events)
    return hits


def kill_workers(machine: Machine, chance: random.Random, rounds: int) -> int:
    """In the middle of a batch: its transaction is open."""
    hits = 0
    for _ in range(rounds):
        name = chance.choice(("worker-1", "worker-2"))
        time.sleep(chance.uniform(0, 0.5))
        hits += machine.kill_when(name, lambda _, n=name: machine.in_transaction(n), timeout=60)  # type: ignore[misc]
    return hits


def kill_databases(machine: Machine, load: Load, chance: random.Random, rounds: int) -> int:
    """With commands in flight, each time once it took commands again."""
    hits = 0
    for _ in range(rounds):
        stored = len(load.book.acknowledged)
        machine.until(lambda s=stored: len(load.book.acknowledged) > s + 5)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.5))
        until = time.monotonic() + 5
        while not load.book.in_flight and time.monotonic() < until:
            time.sleep(0.001)
        hits += load.book.in_flight > 0
        machine.postgres.kill()
        machine.postgres.start()
    machine.healthy()
    time.sleep(1)
    return hits


def test_a_killed_writer_keeps_its_word(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=6, seed=seed) as load:
        hits = kill_writers(machine, load, random.Random(seed), ROUNDS)
    machine.whole(load, "kill -9 of the writer", ROUNDS, hits)
    assert hits >= ROUNDS * 0.8
    assert load.book.met["answered when asked again"] > 0


def test_a_killed_relay_skips_nothing(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=6, seed=seed) as load:
        hits = kill_relays(machine, random.Random(seed), ROUNDS)
    machine.whole(load, "kill -9 of the relay", ROUNDS, hits)
    assert hits >= ROUNDS * 0.8


def test_killed_workers_lose_and_double_nothing(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=6, seed=seed) as load:
        hits = kill_workers(machine, random.Random(seed), ROUNDS)
    machine.whole(load, "kill -9 of a worker", ROUNDS, hits)
    assert hits >= ROUNDS * 0.8


def test_a_killed_database_loses_nothing(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=6, seed=seed) as load:
        hits = kill_databases(machine, load, random.Random(seed), ROUNDS)
    machine.whole(load, "kill -9 of PostgreSQL", ROUNDS, hits)
    assert hits >= ROUNDS * 0.8
    assert load.book.met["answered when asked again"] > 0
