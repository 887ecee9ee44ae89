"""A city whose ledger is a cluster answers wards over HTTP, and calls the province."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from services.bootstrap import db_roles
from tests.engines.processes import free_port, wait_for
from tests.replica.store.databases import new_database
from tests.support.cadre_process import CadreProcess
from tests.sync.cluster.sites import ClusterOffice, Ward, names, register
from tests.sync.line.sites import serve_site
from tests.sync.test_random_exchanges import LiveSite

TOKENS = {"read": "r" * 40, "write": "w" * 40}


@pytest.fixture
def address(city: ClusterOffice) -> Iterator[str]:
    """Where `cadre serve sync` of the city answers."""
    tokens, log, port = city.folder / "tokens.json", city.folder / "serve.log", free_port()
    tokens.write_text(json.dumps(TOKENS), encoding="utf-8")
    env = city.environment(db_roles.IMPORTER) | {"CADRE_TOKENS": str(tokens)}
    process = CadreProcess(("serve", "sync", "--port", str(port)), env, log, log)
    try:
        wait_for(port, process, "serve sync", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(30) == 0, log.read_text()


def written(city: ClusterOffice) -> list[int]:
    """How much every process has written: transactions of the replica, and facts of the log of exchanges."""
    with psycopg.connect(city.database) as connection:
        count = "SELECT value FROM replica.meta WHERE name = 'transactions'"
        return [
            int(connection.execute(query.encode()).fetchall()[0][0])
            for query in (count, "SELECT count(*) FROM sync.stored_events")
        ]


def test_wards_exchange_with_a_city_while_other_processes_change_it(
    city: ClusterOffice, address: str, tmp_path: Path
) -> None:
    """What commands record in the registry, in the logs and in the replica is seen by the process that answers."""
    px, py = Ward(tmp_path, "px"), Ward(tmp_path, "py")
    px.join_below(city)
    with px.ledger() as ledger:
        register(ledger, "an", "An")
    px.told("sync", "now", "--address", address)
    assert px.told("sync", "status")["own"]["delivered"] == 1
    city.follow()
    assert city.names() == {"an": "An"}

    py.join_below(city)  # the city is told by a command, beside the process that answers
    with py.ledger() as ledger:
        register(ledger, "chi", "Chi")
    py.carry(city)
    with city.ledger("personnel") as ledger:
        register(ledger, "binh", "Bình")
    for ward in (py, px):
        ward.told("sync", "now", "--address", address)
    with px.ledger() as ledger:
        assert set(names(ledger)) == {"an", "binh", "chi"}
    city.follow()
    assert city.told("sync", "digest") == px.told("sync", "digest")

    before = written(city)
    told = [px.told("sync", "now", "--address", address) for _ in range(2)]
    assert [len(each["rounds"]) for each in told] == [1, 1]
    assert written(city) == before, "nothing new, nothing written"


def test_a_city_calls_the_province_by_itself(migrated: str, tmp_path: Path) -> None:
    """After every write of any process, and from time to time; killed with SIGKILL, it goes on where it was."""
    top = Ward(tmp_path, "tinh")
    top.well("site", "init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root")
    with ExitStack() as opened:
        city = ClusterOffice(tmp_path, "hq", opened.enter_context(new_database(migrated, copied=True)))
        opened.callback(city.close)
        city.join_below(top)
        province = LiveSite(tmp_path, "tinh")
        opened.callback(province.close)
        line = opened.enter_context(serve_site(province))
        env = city.environment(db_roles.IMPORTER) | {
            "CADRE_PARENT_ADDRESS": line.address,
            "CADRE_SYNC_PAUSE": "1",
            "CADRE_SYNC_EVERY": "2",
        }
        log = tmp_path / "worker.log"
        for life in ("1", "2"):
            process = CadreProcess(("sync-worker",), env, log, log)
            try:
                exchange_both_ways(city, province, life, log)
            finally:
                process.kill()
                process.wait(30)
        assert set(followed(city)) == {"hq1", "hq2", "tinh1", "tinh2"}
        assert city.told("sync", "digest") == [
            {"rows": name, "sha256": value} for name, value in province.digests().items()
        ]


def exchange_both_ways(city: ClusterOffice, province: LiveSite, life: str, log: Path) -> None:
    with city.ledger("personnel") as ledger:
        register(ledger, f"hq{life}", "An")
    wait(lambda: f"hq{life}" in province.persons(), log)
    province.register(f"tinh{life}")
    wait(lambda: f"tinh{life}" in followed(city), log)


def followed(city: ClusterOffice) -> dict[str, str]:
    city.follow()
    return city.names()


def wait(what: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until, log.read_text()[-3000:]
        time.sleep(0.2)
