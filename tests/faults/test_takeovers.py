"""Two relays, two writers, connections that are cut, workers that come and go: whoever is late is fenced off."""

import random
import signal
import time

import pytest

from tests.cluster.engines import free_port
from tests.faults.conftest import ROUNDS
from tests.faults.load import Load
from tests.faults.machine import MET, WORKER, Machine

pytestmark = pytest.mark.timeout(1800)

HOLDERS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}' AND query LIKE '%bookmarks%'"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name {}"


def test_of_two_relays_one_copies_and_one_that_was_thought_dead_does_no_harm(
    machine: Machine, seed: int
) -> None:
    """The one that copies is frozen and its connections cut; the other takes over; the first wakes and must yield."""
    names = ["relay", "relay-2"]
    machine.start("relay-2", "relay")
    taken = 0
    with Load([machine.address], clients=4, seed=seed) as load:
        for _ in range(ROUNDS):
            machine.until(lambda: sum(_holds(machine, name) for name in names) == 1)
            holder = next(name for name in names if _holds(machine, name))
            other = next(name for name in names if name != holder)
            with machine.frozen(holder):
                machine.sql(CUT.format(f"= '{holder}'"))
                machine.until(lambda o=other: _holds(machine, o))  # type: ignore[misc]
                before = machine.bookmarks()
                machine.until(lambda b=before: machine.bookmarks() > b)  # type: ignore[misc]
            taken += 1
            time.sleep(0.5)
    machine.stop("relay-2")
    MET["takeovers by a second relay while the first was only frozen"] += taken
    machine.whole(load)


def _holds(machine: Machine, name: str) -> bool:
    locks = (
        "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) "
        f"WHERE locktype = 'advisory' AND granted AND application_name = '{name}'"
    )
    return bool(machine.sql(locks))


def test_two_writers_fence_each_other_off_and_tear_nothing(machine: Machine, seed: int) -> None:
    port, epochs = free_port(), "SELECT sum(number) FROM (SELECT max(number) number FROM {}.epochs) e"
    machine.start("writer-2", "serve", "--port", str(port))
    both = [machine.address, f"http://127.0.0.1:{port}"]
    before = machine.sql(epochs.format("personnel"))[0][0]
    with Load(both, clients=4, seed=seed) as load:
        machine.until(lambda: machine.sql(epochs.format("personnel"))[0][0] > before + 5 * ROUNDS)
    machine.stop("writer-2")
    MET["epochs opened by two writers over one log"] += machine.sql(epochs.format("personnel"))[0][0] - before
    machine.whole(load)


def test_cut_connections_are_made_anew(machine: Machine, seed: int) -> None:
    chance, cut = random.Random(seed), 0
    with Load([machine.address], clients=4, seed=seed) as load:
        for _ in range(ROUNDS * 3):
            time.sleep(chance.uniform(0.1, 0.6))
            some = "IN ('writer', 'relay', 'worker-1', 'worker-2') AND random() < 0.5"
            cut += len(machine.sql(CUT.format(some)))
        machine.healthy()
    MET["connections to PostgreSQL cut"] += cut
    machine.whole(load)
    assert cut > ROUNDS


def test_workers_come_and_go_while_facts_do(machine: Machine, seed: int) -> None:
    chance, came = random.Random(seed), 0
    with Load([machine.address], clients=4, seed=seed) as load:
        for _ in range(ROUNDS):
            machine.start("worker-3", "work", *WORKER)
            machine.until(lambda: machine.in_transaction("worker-3"))
            came += 1
            time.sleep(chance.uniform(0, 1))
            machine.stop("worker-3", chance.choice((signal.SIGTERM, signal.SIGKILL)))
    MET["workers that joined, took part, and left again"] += came
    machine.whole(load)
