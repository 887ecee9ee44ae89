"""Workers, a service and the importer of a cluster at the same time, over the same streams."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest

from services.bootstrap import db_roles
from services.bootstrap.cluster import open_cluster_ledger
from shared.messaging.dead_letters import Message
from tests.conftest import TALLIES
from tests.sync.cluster.sites import ClusterOffice, Ward, check_well, register, rename

PERSONS = [f"p{number}" for number in range(8)]
MET = TALLIES["workers that overlap with an importer"]


def work(city: ClusterOffice, seed: int, stop: Event) -> None:
    """Receives parts of the log in any order and again and again, as after a rebalance, and follows other sites."""
    chance = Random(seed)
    with closing(open_cluster_ledger(city.settings(db_roles.READER))) as ledger:
        log, projector = ledger.logs["personnel"], ledger.foreign_projector()
        while not stop.is_set():
            stored = log.read_stored(0, 1000)
            part = chance.sample(stored, chance.randint(0, len(stored)))
            ledger.inbox.receive(
                [Message("personnel", 0, position, stream, state) for position, stream, _, state in part]
            )
            MET["parts of the log received"] += 1
            MET["changes of other sites projected"] += projector.poll()


def serve(city: ClusterOffice, stop: Event) -> None:
    """Records facts about the same persons."""
    with closing(open_cluster_ledger(city.settings("personnel"))) as ledger:
        while not stop.is_set():
            for person in PERSONS:
                rename(ledger, person, f"{person} here {MET['facts recorded']}")
                MET["facts recorded"] += 1


@pytest.mark.long
def test_rows_follow_from_the_facts_however_all_overlap(city: ClusterOffice, tmp_path: Path) -> None:
    ward = Ward(tmp_path, "px")
    ward.join_below(city)
    files = []
    for turn in range(4):
        with ward.ledger() as ledger:
            for person in PERSONS:
                if turn:
                    rename(ledger, person, f"{person} there {turn}")
                else:
                    register(ledger, person, person)
        files.append(ward.make(city))
    city.apply(files[0])
    stop, failures = Event(), list[BaseException]()

    def guarded(run: Callable[..., None], *values: object) -> None:
        try:
            run(*values)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [
        Thread(target=guarded, args=(work, city, 1, stop)),
        Thread(target=guarded, args=(work, city, 2, stop)),
        Thread(target=guarded, args=(serve, city, stop)),
    ]
    for thread in threads:
        thread.start()
    for file in files[1:]:
        before = MET["facts recorded"]
        city.apply(file)
        while MET["facts recorded"] < before + len(PERSONS) and not failures:
            stop.wait(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    check_well(city)
    assert set(city.names()) == set(PERSONS)
