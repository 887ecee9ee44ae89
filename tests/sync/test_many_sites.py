"""Status, vector and messages of a province with many communes: each commune takes its share of work and memory."""

import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pytest

from services.sync.exchange.messages import MessageContents
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.status import read_status
from tests.sync.many_sites import LOGS, add_communes, make_province, open_province

FEW, MANY = 60, 420
MUCH = 1.6
"""So many times as much for each of many communes as for each of a few would be more than its share."""


class Work(NamedTuple):
    """What something took for each commune: calls of functions, and bytes that were in use at the most."""

    calls: float
    memory: float


def measure(communes: int, do: Callable[[], object]) -> Work:
    """Calls are counted and not timed, so that the same is found however busy the machine is."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    do()
    sys.setprofile(count)
    try:
        do()
    finally:
        sys.setprofile(None)
    tracemalloc.start()
    try:
        do()
        return Work(calls / communes, tracemalloc.get_traced_memory()[1] / communes)
    finally:
        tracemalloc.stop()


def work_of(home: Path, communes: int) -> dict[str, Work]:
    with open_province(home) as replica:
        status = read_status(replica)
        assert len(status.origins) == communes
        assert {state for line in status.origins for state in line.states} == {"following"}
        assert len(replica.all_heads()) >= communes * len(LOGS)
        return {
            "status": measure(communes, lambda: read_status(replica)),
            "vector": measure(communes, lambda: vector(replica)),
            "message": measure(communes, lambda: list(MessageContents(replica, "xa-0001", 1).members())),
        }


def vector(replica: SiteReplica) -> object:
    return [replica.vector(log) for log in replica.store.logs()]


@pytest.mark.long
def test_each_commune_costs_its_share(tmp_path: Path) -> None:
    home = make_province(tmp_path)
    add_communes(home, 1, FEW)
    few = work_of(home, FEW)
    add_communes(home, FEW + 1, MANY - FEW)
    many = work_of(home, MANY)
    for what, work in many.items():
        assert work.calls < few[what].calls * MUCH, (what, few[what], work)
        assert work.memory < max(few[what].memory * MUCH, 20_000), (what, few[what], work)
