"""What was answered 201 is not unknown to the next request, and nothing contradicts it, whatever the workers have done.

Case 32-cluster-own-writes: two serving processes of every service, four workers, one of them or all stopped.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest
from starlette.testclient import TestClient

from services.bootstrap.cluster import migrate, open_cluster_ledger
from services.bootstrap.http_app import create_http_app
from services.organization.domain.rejections import NotFound, UnderItself
from services.organization.events import Kind, PostCreated, UnitEstablished, UnitReparented
from services.personnel.domain.rejections import SamePerson
from services.personnel.events import Registered
from shared.commands import read_model_progress
from shared.commands.command_handler import Origin
from shared.core.errors import ReadModelBehind
from shared.core.partial_dates import PDate
from shared.messaging.dead_letters import Message
from shared.operations.settings import ClusterSettings
from shared.runtime.cluster import ClusterLedger
from tests.cluster.conftest import TOKENS, Processes
from tests.engines.processes import free_port, wait_for

ME = Origin(actor="test")
DAY = PDate("2010-01-01")

AN = {"type": "personnel.registered", "name": "An", "effective_from": "2010-01-01"}


@pytest.fixture
def nodes(
    cluster: Processes, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[ClusterLedger, ClusterLedger]]:
    """Two processes of a cluster with a database of its own, which no worker fills."""
    monkeypatch.setattr(read_model_progress.Deadline.__init__, "__defaults__", (0.2,))
    server = cluster.env["CADRE_DATABASE"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS own WITH (FORCE)")
        connection.execute("CREATE DATABASE own")
    where = ClusterSettings(
        database=server.rpartition("/")[0] + "/own", kafka=cluster.env["CADRE_KAFKA"], site="test"
    )
    migrate(where)
    with closing(open_cluster_ledger(where)) as one, closing(open_cluster_ledger(where)) as two:
        yield one, two


def arrive(node: ClusterLedger, topic: str, *positions: int) -> None:
    """As a worker would take them; without positions, all."""
    for at, stream, _, state in node.logs[topic].read_stored(0, 1000):
        if not positions or at in positions:
            node.inbox.receive([Message(topic, 0, at, stream, state)])


def unit(name: str, parent: str = "") -> UnitEstablished:
    return UnitEstablished(effective_from=PDate("2000-01-01"), name=name, kind=Kind.DEPARTMENT, parent=parent)


def test_a_reference_to_what_has_no_rows_yet_is_not_refused_as_unknown(
    nodes: tuple[ClusterLedger, ClusterLedger],
) -> None:
    one, two = nodes
    one.apps["organization"].handle("u", unit("Sở"), ME)
    post = PostCreated(effective_from=DAY, unit="u", title="Giám đốc")
    for node in nodes:
        with pytest.raises(ReadModelBehind, match="organization up to position 1"):
            node.apps["organization"].handle("p", post, ME)
    arrive(one, "organization")
    assert two.apps["organization"].handle("p", post, ME).position == 2
    with pytest.raises(ReadModelBehind):
        two.apps["organization"].handle("q", PostCreated(effective_from=DAY, unit="no", title="X"), ME)
    arrive(one, "organization")
    with pytest.raises(NotFound):
        two.apps["organization"].handle("q", PostCreated(effective_from=DAY, unit="no", title="X"), ME)


def test_what_contradicts_nothing_is_recorded_while_the_workers_are_away(
    nodes: tuple[ClusterLedger, ClusterLedger],
) -> None:
    one, _two = nodes
    one.apps["organization"].handle("u", unit("Sở"), ME)
    arrive(one, "organization")
    for number in range(5):
        nodes[number % 2].apps["organization"].handle(f"c{number}", unit("Phòng", "u"), ME)
        nodes[number % 2].apps["personnel"].handle(
            f"p{number}", Registered(name="An", identity=f"{number}"), ME
        )
    assert one.logs["organization"].position() == 6


def test_what_contradicts_a_fact_without_rows_waits_and_is_then_refused(
    nodes: tuple[ClusterLedger, ClusterLedger],
) -> None:
    """The second process has not written the first fact, and reads its tags back from the log."""
    one, two = nodes
    one.apps["personnel"].handle("a", Registered(name="Một", identity="same"), ME)
    for node in nodes:
        with pytest.raises(ReadModelBehind):
            node.apps["personnel"].handle("b", Registered(name="Hai", identity="same"), ME)
    for name in "xy":
        one.apps["organization"].handle(name, unit(name), ME)
    arrive(one, "organization")
    two.apps["organization"].handle("x", UnitReparented(effective_from=DAY, parent="y"), ME)
    for node in nodes:
        with pytest.raises(ReadModelBehind):
            node.apps["organization"].handle("y", UnitReparented(effective_from=DAY, parent="x"), ME)
    arrive(one, "organization")
    arrive(one, "personnel")
    for node in nodes:
        with pytest.raises(SamePerson):
            node.apps["personnel"].handle("b", Registered(name="Hai", identity="same"), ME)
        with pytest.raises(UnderItself):
            node.apps["organization"].handle("y", UnitReparented(effective_from=DAY, parent="x"), ME)


def test_a_hole_in_what_was_received_counts_as_not_seen(nodes: tuple[ClusterLedger, ClusterLedger]) -> None:
    """Partitions come in any order: a later fact with rows says nothing about an earlier one."""
    one, _two = nodes
    one.apps["personnel"].handle("a", Registered(name="Một", identity="same"), ME)
    one.apps["personnel"].handle("c", Registered(name="Ba", identity="other"), ME)
    arrive(one, "personnel", 2)
    for node in nodes:
        with pytest.raises(ReadModelBehind, match="position 2"):
            node.apps["personnel"].handle("b", Registered(name="Hai", identity="same"), ME)


def test_a_position_is_waited_for_by_questions_and_by_other_services(
    nodes: tuple[ClusterLedger, ClusterLedger],
) -> None:
    one, two = nodes
    named = {"type": "organization.unit-established", "name": "Sở", "kind": "DEPARTMENT"}
    with TestClient(create_http_app(one)) as client, TestClient(create_http_app(two)) as other:
        receipt = client.post("/organization", json={**named, "effective_from": "2000-01-01"})
        sent = {"Cadre-Position": receipt.headers["Cadre-Position"]}
        assert sent == {"Cadre-Position": "organization:1"}
        for answer in (
            other.get("/units", headers=sent),
            other.post("/personnel", json=AN, headers=sent),
        ):
            assert (answer.status_code, answer.json()["rule"]) == (503, "ReadModelBehind")
            assert answer.headers["Retry-After"] == "1"
            assert answer.json()["case"] == {"topic": "organization", "position": 1}
        assert other.get("/units").json()["items"] == [], "without it, nothing is waited for"
        arrive(one, "organization")
        assert len(other.get("/units", headers=sent).json()["items"]) == 1
        written = other.post("/personnel", json=AN, headers=sent)
        assert written.headers["Cadre-Position"] == "organization:1,personnel:1"


@pytest.fixture(scope="module")
def serving(cluster: Processes, address: str) -> Iterator[tuple[str, str]]:
    """Two serving processes of every service, and four workers."""
    port = free_port()
    second = cluster.start("serve-2", "serve", "--port", str(port))
    for number in (3, 4):
        cluster.start(f"worker-{number}", "worker")
    wait_for(port, second, "serve", cluster.folder / "serve-2.log")
    yield address, f"http://127.0.0.1:{port}"
    for name in ("serve-2", "worker-3", "worker-4"):
        cluster.stop(name)


@contextmanager
def stopped(cluster: Processes, *names: str) -> Iterator[None]:
    """These processes stand still, as on a machine that hangs."""
    for name in names:
        cluster.running[name].send_signal(signal.SIGSTOP)
    yield
    for name in names:
        cluster.running[name].send_signal(signal.SIGCONT)


def post(address: str, path: str, type_: str, **fields: Any) -> Any:
    body = {"type": f"{path.strip('/').partition('/')[0]}.{type_}", "effective_from": "2010-01-01", **fields}
    headers = {"Authorization": f"Bearer {TOKENS['write']}", "If-Match": "*"}
    return httpx2.post(f"{address}{path}", json=body, headers=headers, timeout=30)


def until_answered(address: str, path: str, type_: str, **fields: Any) -> Any:
    """As a caller does who heeds Retry-After."""
    for _ in range(60):
        answer = post(address, path, type_, **fields)
        if answer.status_code != 503:
            return answer
        assert answer.json()["rule"] == "ReadModelBehind", answer.text
        time.sleep(float(answer.headers["Retry-After"]))
    raise AssertionError("the rows did not come")


def established(address: str, **fields: Any) -> str:
    answer = post(address, "/organization", "unit-established", name="Phòng", kind="DIVISION", **fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["stream"])


def rule(answer: Any) -> str:
    return "recorded" if answer.status_code == 201 else str(answer.json()["rule"])


@pytest.mark.parametrize(
    "still", [(), ("worker-2",)], ids=["four workers", "one of four workers stands still"]
)
def test_case_32_a_post_is_taken_in_a_unit_that_was_just_answered(
    cluster: Processes, serving: tuple[str, str], still: tuple[str, ...]
) -> None:
    with stopped(cluster, *still):
        for number in range(6):
            unit_id = established(serving[0])
            made = {"unit": unit_id, "title": "Trưởng phòng"}
            answer = until_answered(serving[number % 2], "/organization", "post-created", **made)
            assert answer.status_code == 201, answer.text
            person = {"name": "Một", "national_id": uuid4().hex}
            assert post(serving[0], "/personnel", "registered", **person).status_code == 201
            again = until_answered(serving[number % 2], "/personnel", "registered", **person)
            assert rule(again) == "SamePerson"
            two = established(serving[0])
            moved = until_answered(serving[0], f"/organization/{two}", "unit-reparented", parent=unit_id)
            assert rule(moved) == "recorded"
            back = until_answered(serving[1], f"/organization/{unit_id}", "unit-reparented", parent=two)
            assert rule(back) == "UnderItself"


def test_case_32_with_the_workers_away_it_is_said_to_come_again(
    cluster: Processes, serving: tuple[str, str]
) -> None:
    with stopped(cluster, "worker-1", "worker-2", "worker-3", "worker-4"):
        unit_id = established(serving[0])
        person = {"name": "Một", "national_id": uuid4().hex}
        assert post(serving[0], "/personnel", "registered", **person).status_code == 201
        for answer in (
            post(serving[0], "/organization", "post-created", unit=unit_id, title="Trưởng phòng"),
            post(serving[1], "/personnel", "registered", **person),
        ):
            assert (answer.status_code, rule(answer)) == (503, "ReadModelBehind"), answer.text
            assert answer.headers["Retry-After"] == "1"
    made = {"unit": unit_id, "title": "Trưởng phòng"}
    assert rule(until_answered(serving[0], "/organization", "post-created", **made)) == "recorded"
    assert rule(until_answered(serving[1], "/personnel", "registered", **person)) == "SamePerson"


def test_case_32_two_serving_processes_do_not_record_what_contradicts_each_other(
    serving: tuple[str, str],
) -> None:
    """Cases 26-race and 32 together: the two processes take over the writing from each other all the time."""
    for _ in range(5):
        units = [established(address) for address in serving]
        person = {"name": "Hai", "national_id": uuid4().hex}
        calls = [
            (serving[0], f"/organization/{units[0]}", "unit-reparented", {"parent": units[1]}),
            (serving[1], f"/organization/{units[1]}", "unit-reparented", {"parent": units[0]}),
            *((address, "/personnel", "registered", person) for address in serving * 2),
        ]
        answers: list[Any] = [None] * len(calls)
        start = Barrier(len(calls))

        def run(
            number: int, calls: list[Any] = calls, answers: list[Any] = answers, start: Barrier = start
        ) -> None:
            address, path, type_, fields = calls[number]
            start.wait()
            answers[number] = until_recorded_or_refused(address, path, type_, fields)

        threads = [Thread(target=run, args=(number,)) for number in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(rule, answers[:2])) == ["UnderItself", "recorded"]
        assert sorted(map(rule, answers[2:])) == ["SamePerson"] * 3 + ["recorded"]


def until_recorded_or_refused(address: str, path: str, type_: str, fields: dict[str, Any]) -> Any:
    """Again also where the other process was faster (409), or became the writer meanwhile (503)."""
    for _ in range(60):
        answer = post(address, path, type_, **fields)
        if answer.status_code not in (409, 503):
            return answer
        time.sleep(0.1)
    raise AssertionError(answer.text)
