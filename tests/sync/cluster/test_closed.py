"""A city whose ledger is a cluster is closed: each of its processes refuses what a closed site does not record, in the
commit, and says the same as a site in one process."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from fastapi.testclient import TestClient

from services.bootstrap.closed_sites import STATEMENTS
from services.bootstrap.cluster import open_cluster_ledger
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import SERVICES
from services.personnel.events import ProfileAmended
from shared.commands.command_handler import Origin
from shared.core.errors import SiteClosed, StoreUnavailable
from shared.runtime.cluster import ClusterLedger
from shared.runtime.shared_closing import SharedClosing
from shared.testing.histories import build_example
from tests.replica.store.databases import new_database
from tests.sync.cluster.sites import DAY, ClusterOffice, Ward, register, rename

CLOSE = ("site", "close", "hq", "--custodian", "tinh", "--as-known", "--reason", "bỏ cấp huyện")
ONCE = Origin(actor="user:lan", command_id="k1")
UNIT = {"name": "Đơn vị G", "kind": "WARD", "effective_from": DAY}


@pytest.fixture
def top(tmp_path: Path) -> Ward:
    top = Ward(tmp_path, "tinh")
    top.well("site", "init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root")
    return top


@pytest.fixture
def hq(migrated: str, tmp_path: Path, top: Ward) -> Iterator[ClusterOffice]:
    """A cluster below the province."""
    with new_database(migrated, copied=True) as url:
        hq = ClusterOffice(tmp_path, "hq", url)
        with closing(hq):
            hq.join_below(top)
            yield hq


def open_process(hq: ClusterOffice, role: str) -> "closing[ClusterLedger]":
    """A process of the cluster that was just started."""
    return closing(open_cluster_ledger(hq.settings(role)))


def test_writes_that_overlap_with_a_closing_are_before_it_in_the_log_or_refused(
    hq: ClusterOffice, top: Ward
) -> None:
    """Also after a restart, for every service, and for a repeated command, which gets its first answer."""
    with hq.ledger("personnel") as ledger:
        for person in ("an", "p0", "p1", "p2"):
            register(ledger, person, "An")
    hq.carry(top)
    top.well(*CLOSE)
    bundle = top.make(hq)
    recorded, refused, failures = list[str](), Event(), list[BaseException]()

    def write(ledger: ClusterLedger, number: int) -> None:
        try:
            while not refused.is_set():
                name = f"{number}/{len(recorded)}"
                recorded.append(rename(ledger, f"p{number}", name) and name)
        except SiteClosed:
            refused.set()
        except BaseException as error:
            failures.append(error)
            raise

    with hq.ledger("personnel") as ledger:
        app = ledger.apps["personnel"]
        first = app.handle("an", ProfileAmended(name="An", effective_from=DAY), ONCE)
        threads = [Thread(target=write, args=(ledger, number)) for number in range(3)]
        for thread in threads:
            thread.start()
        while len(recorded) < 10 and not failures:
            Event().wait(0.01)
        with open_process(hq, "sync") as importer:
            importer.close_site(SiteClosed("hq", "tinh"))
            end = ledger.logs["personnel"].position()
        for thread in threads:
            thread.join(30)
        assert failures == []
        assert refused.is_set(), "a process that believed it open heard of it in the commit"
        assert ledger.logs["personnel"].position() == end, "nothing came after the closing was known"
        stored = [each.fact for _, each in ledger.logs["personnel"].read(0, 10_000)]
        told = {fact.name for fact in stored if isinstance(fact, ProfileAmended)}
        assert told == {*recorded, "An"}, "what was acknowledged is there, and nothing else"
        again = app.handle("an", ProfileAmended(name="An", effective_from=DAY), ONCE)
        assert again.events == first.events
        hq.apply(bundle)
    with open_process(hq, "") as ledger:
        for name, app in ledger.apps.items():
            fact = next(
                kind for kind in SERVICES[name].topic.kinds.values() if not issubclass(kind, STATEMENTS)
            )
            with pytest.raises(SiteClosed):
                app.handle(f"{name}-1", build_example(fact), Origin(actor="user:lan"))
    with open_process(hq, "organization") as ledger, TestClient(create_http_app(ledger)) as client:
        answer = client.post("/organization/unit-established", json=UNIT)
        assert (answer.status_code, answer.json()["rule"]) == (409, "SiteClosed")
        assert answer.json()["custodian"] == "tinh"
        assert "Retry-After" not in answer.headers
    assert hq.cadre("audit", "seal")[0] == 0, "it goes on sealing"
    hq.carry(top)


def test_it_records_again_where_the_closing_ceases_to_count(hq: ClusterOffice, top: Ward) -> None:
    """What is told to one process is so for all of them, both ways."""
    with hq.ledger("personnel") as ledger, open_process(hq, "sync") as importer:
        register(ledger, "an", "An")
        importer.close_site(SiteClosed("hq", "tinh"))
        with pytest.raises(SiteClosed) as closed:
            rename(ledger, "an", "An Lê")
        assert (closed.value.site, closed.value.custodian) == ("hq", "tinh")
        importer.close_site(None)
        with open_process(hq, "personnel") as other:
            rename(other, "an", "An Lê")


def test_a_city_that_is_a_cluster_closes_a_ward_as_it_knows_it(city: ClusterOffice, tmp_path: Path) -> None:
    """What is here goes on counting, what comes later waits, until the closing is extended; sync cases 26, 27."""
    ward = Ward(tmp_path, "px")
    ward.join_below(city)
    with ward.ledger() as ledger:
        register(ledger, "an", "An")
    ward.carry(city)
    with ward.ledger() as ledger:
        register(ledger, "binh", "Bình")
    late = ward.make(city)
    city.well("site", "close", "px", "--custodian", "tinh", "--as-known", "--reason", "nhập xã")
    [closing_] = city.told("site", "show", "px")["closings"]
    assert {each["topic"] for each in closing_["last"]} >= {"personnel"}
    city.follow()
    assert city.names() == {"an": "An"}
    city.apply(late)
    city.follow()
    assert city.names() == {"an": "An"}
    city.well("site", "close", "px", "--extend")
    city.follow()
    assert city.names() == {"an": "An", "binh": "Bình"}, "at once"
    city.carry(ward)
    with ward.ledger() as ledger, pytest.raises(SiteClosed):
        register(ledger, "chi", "Chi")


def test_a_closing_that_cannot_wait_for_a_commit_says_so(hq: ClusterOffice) -> None:
    """It was not told as known before what was begun is over."""

    def wait() -> None:
        raise StoreUnavailable("a commit takes too long")

    with hq.ledger("sync") as ledger, pytest.raises(StoreUnavailable):
        SharedClosing(ledger.tables, wait).write(SiteClosed("hq", "tinh"))
    with open_process(hq, "personnel") as ledger, pytest.raises(SiteClosed):
        register(ledger, "an", "An")
