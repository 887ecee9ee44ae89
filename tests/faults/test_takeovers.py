"""Two relays, two writers, connections that are cut, workers that come and go: whoever is late is fenced off."""

import random
import signal
import time

import pytest

from tests.engines.processes import free_port
from tests.faults.counting import MET, ROUNDS
from tests.faults.load import Load
from tests.faults.machine import WORKER, Machine

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name {}"


def test_of_two_relays_one_copies_and_one_that_was_thought_dead_does_no_harm(
    machine: Machine, seed: int
) -> None:
    """The one that copies is frozen; the other takes over; the first wakes and must yield. In the first round the
    database lets go of the frozen one by itself, later its connections are cut, for that takes half a minute."""
    names = ["relay", "relay-2"]
    machine.start("relay-2", "relay")
    taken = 0
    with Load([machine.address], clients=4, seed=seed) as load:
        for number in range(ROUNDS):
            machine.until(lambda: sum(_holds(machine, name) for name in names) == 1)
            holder = next(name for name in names if _holds(machine, name))
            other = next(name for name in names if name != holder)
            with machine.frozen(holder):
                if number:
                    machine.sql(CUT.format(f"= '{holder}'"))
                machine.until(lambda o=other: _holds(machine, o))  # type: ignore[misc]
                before = machine.bookmarks()
                machine.until(lambda b=before: machine.bookmarks() > b)  # type: ignore[misc]
            taken += 1
            time.sleep(0.5)
    machine.stop("relay-2")
    machine.whole(load, "a second relay takes over from a frozen one", ROUNDS, taken)


def _holds(machine: Machine, name: str) -> bool:
    """All bookmarks: it copies."""
    locks = (
        "SELECT count(DISTINCT objid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        f"WHERE locktype = 'advisory' AND granted AND application_name = '{name}'"
    )
    return int(machine.sql(locks)[0][0]) > 1


def test_two_writers_fence_each_other_off_and_tear_nothing(machine: Machine, seed: int) -> None:
    port, epochs = free_port(), "SELECT coalesce(max(number), 0) FROM {}.epochs"
    machine.start("writer-2", "serve", "--port", str(port))
    both = [machine.address, f"http://127.0.0.1:{port}"]
    before = machine.sql(epochs.format("personnel"))[0][0]
    with Load(both, clients=4, seed=seed) as load:
        machine.until(lambda: machine.sql(epochs.format("personnel"))[0][0] > before + 5 * ROUNDS)
    machine.stop("writer-2")
    opened = machine.sql(epochs.format("personnel"))[0][0] - before
    MET["epochs opened by two writers over one log"] += opened
    machine.whole(load, "two writers", 5 * ROUNDS, opened)


def test_a_frozen_writer_is_fenced_off_when_it_wakes(machine: Machine, seed: int) -> None:
    """What it was writing is whole or not there, and it writes on only in an epoch of its own."""
    port, chance, hits = free_port(), random.Random(seed), 0
    machine.start("writer-2", "serve", "--port", str(port))
    machine.healthy(f"http://127.0.0.1:{port}")
    with Load([machine.address, f"http://127.0.0.1:{port}"], clients=4, seed=seed, timeout=2) as load:
        for number in range(ROUNDS):
            name = ("writer", "writer-2")[number % 2]
            time.sleep(chance.uniform(0.1, 0.5))
            machine.until(lambda: load.book.in_flight > 0)
            with machine.frozen(name):
                hits += load.book.in_flight > 0
                stored = len(load.book.acknowledged)
                machine.until(lambda s=stored: len(load.book.acknowledged) > s + 3)  # type: ignore[misc]
    machine.stop("writer-2")
    machine.whole(load, "a writer frozen while another takes over", ROUNDS, hits)
    assert hits >= ROUNDS * 0.8


def test_cut_connections_are_made_anew(machine: Machine, seed: int) -> None:
    """Every time one in a transaction is among them."""
    chance, cut, hits = random.Random(seed), 0, 0
    names = "IN ('writer', 'relay', 'worker-1', 'worker-2') AND (random() < 0.5 OR xact_start IS NOT NULL)"
    some = CUT.format(names).replace("(pid)", "(pid), xact_start IS NOT NULL")
    with Load([machine.address], clients=4, seed=seed) as load:
        for _ in range(ROUNDS * 3):
            time.sleep(chance.uniform(0.1, 0.6))
            found = machine.sql(some)
            cut += len(found)
            hits += any(busy for _, busy in found)
        machine.healthy()
    MET["connections to PostgreSQL cut"] += cut
    machine.whole(load, "connections to PostgreSQL cut", ROUNDS * 3, hits)
    assert cut > ROUNDS


def test_workers_come_and_go_while_facts_do(machine: Machine, seed: int) -> None:
    chance, came = random.Random(seed), 0
    with Load([machine.address], clients=4, seed=seed) as load:
        for _ in range(ROUNDS):
            machine.start("worker-3", "worker", *WORKER)
            machine.until(lambda: machine.in_transaction("worker-3"))
            came += 1
            time.sleep(chance.uniform(0, 1))
            machine.stop("worker-3", chance.choice((signal.SIGTERM, signal.SIGKILL)))
    machine.whole(load, "a worker joins and leaves", ROUNDS, came)
