"""Facts that contradict each other across services: recorded through two serving processes while the workers stand
still, then shown to everyone concerned, counted and warned of; after corrections, nowhere (integrity.md section 3)."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import msgspec
import pytest

from services.bootstrap.cluster import open_cluster_ledger
from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.contradictions.detection import find_contradictions
from services.chronicle.queries.contradictions.listing import name_contradictions
from shared.core.bitemporal import fold_periods
from shared.core.partial_dates import Day, Instant, PDate
from shared.operations.settings import ClusterSettings
from shared.readmodel.projector import projections_of
from shared.readmodel.row_store import RowStore, engine_for
from tests.cluster.conftest import TOKENS, Processes
from tests.cluster.test_import import cadre
from tests.cluster.test_own_writes import established, post, stopped, until_answered
from tests.engines.processes import free_port, wait_for

WORKERS = ("worker-1", "worker-2", "worker-3", "worker-4")
HEADERS = {"Authorization": f"Bearer {TOKENS['write']}"}


class Serving(NamedTuple):
    """Addresses of two serving processes, and of the metrics of the second."""

    one: str
    other: str
    metrics: str


@pytest.fixture(scope="module")
def serving(cluster: Processes, address: str) -> Iterator[Serving]:
    port, metrics = free_port(), free_port()
    second = cluster.start("serve-3", "serve", "--port", str(port), "--metrics-port", str(metrics))
    for name in WORKERS[2:]:
        cluster.start(name, "worker")
    wait_for(port, second, "serve", cluster.folder / "serve-3.log")
    yield Serving(address, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics}/metrics")
    for name in ("serve-3", *WORKERS[2:]):
        cluster.stop(name)


def recorded(address: str, path: str, type_: str, **fields: Any) -> tuple[str, str]:
    """The stream and the fact."""
    answer = until_answered(address, path, type_, **fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["stream"]), str(answer.json()["facts"][0])


def at_once(address: str, path: str, type_: str, **fields: Any) -> str:
    """A fact that is taken though no worker runs: what contradicts it is in the log of another service."""
    answer = post(address, path, type_, **fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["facts"][0])


def correct(address: str, fact: str, **more: str) -> Any:
    topic, stream, event = fact.split("/")
    body = {"target": event, "mode": "VOID", "reason": "nhầm", **more}
    headers = {**HEADERS, "If-Match": "*"}
    for _ in range(60):
        answer = httpx2.post(
            f"{address}/{topic}/{stream}/corrections", json=body, headers=headers, timeout=30
        )
        if answer.status_code != 503:
            break
        time.sleep(1)
    assert answer.status_code == 201, answer.text
    return answer


def ask(address: str, **params: str) -> Any:
    answer = httpx2.get(f"{address}/contradictions", params=params, headers=HEADERS, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def kinds(address: str, **params: str) -> list[str]:
    return [line["kind"] for line in ask(address, **params)["items"]]


def soon(check: Callable[[], bool], seconds: float = 120) -> bool:
    until = time.monotonic() + seconds
    while not (good := check()) and time.monotonic() < until:
        time.sleep(0.5)
    return good


class Told(NamedTuple):
    """A contradiction: its kind, whom it concerns by parameter of the question, and the fact that is wrong."""

    kind: str
    concerned: dict[str, str]
    wrong: str


def contradict(cluster: Processes, serving: Serving) -> list[Told]:
    """Facts of two services, each taken by a serving process that cannot see the other, because no worker runs."""
    unit, dissolved = established(serving.one), established(serving.one)
    posts = [
        recorded(serving.one, "/organization", "post-created", unit=of, title="Trưởng phòng")
        for of in (dissolved, unit, unit)
    ]
    people = [recorded(serving.other, "/personnel", "registered", name=f"Người {n}") for n in range(3)]
    (an, _), (binh, _), (chi, _) = people
    (in_dissolved, _), (voided, created), (seat, _) = posts
    time.sleep(3)  # the rows of all that
    with stopped(cluster, *WORKERS):
        later = {"effective_from": "2021-01-01"}
        at_once(
            serving.one,
            f"/organization/{dissolved}",
            "unit-dissolved",
            reason="ENDED",
            effective_from="2020-01-01",
        )
        first = at_once(
            serving.other, f"/appointment/{an}", "appointed", tenure=f"t-{an}", post=in_dissolved, **later
        )
        second = at_once(
            serving.other, f"/appointment/{binh}", "appointed", tenure=f"t-{binh}", post=voided, **later
        )
        correct(serving.one, created)
        at_once(
            serving.one, f"/personnel/{chi}", "service-ended", kind="RETIRED", effective_from="2020-01-01"
        )
        third = at_once(
            serving.other, f"/appointment/{chi}", "appointed", tenure=f"t-{chi}", post=seat, **later
        )
    return [
        Told("HOLDER_IN_DISSOLVED_UNIT", {"cadre": an, "post": in_dissolved, "place": dissolved}, first),
        Told("HOLDER_OF_VOIDED", {"cadre": binh, "post": voided}, second),
        Told("HOLDER_AFTER_SERVICE", {"cadre": chi, "post": seat, "place": unit}, third),
    ]


def counted(serving: Serving) -> dict[str, int]:
    """By kind, as the metric of a process says."""
    lines = httpx2.get(serving.metrics, timeout=30).text.splitlines()
    found = [line for line in lines if line.startswith("cadre_contradictions{")]
    return {line.split('"')[1]: int(float(line.rsplit(" ", 1)[1])) for line in found}


def verified(cluster: Processes) -> dict[str, int]:
    """By kind, as `cadre verify` says."""
    return dict(cadre(cluster, "verify", ok=False)["contradictions"])


def are_told(address: str, told: Told) -> bool:
    """Whether everyone concerned is told of it."""
    return all(told.kind in kinds(address, **{name: id_}) for name, id_ in told.concerned.items())


def know_of_nothing(address: str, told: Told) -> bool:
    return not any(kinds(address, **{name: id_}) for name, id_ in told.concerned.items())


def test_contradictions_across_services_are_shown_counted_and_gone_after_corrections(
    cluster: Processes, serving: Serving, tmp_path: Path
) -> None:
    before = verified(cluster)
    told = contradict(cluster, serving)
    for address in (serving.one, serving.other):
        for each in told:
            assert soon(partial(are_told, address, each)), (address, each)
    expected = {each.kind: before.get(each.kind, 0) + 1 for each in told}
    assert soon(lambda: expected.items() <= verified(cluster).items()), verified(cluster)
    assert soon(lambda: expected.items() <= counted(serving).items()), counted(serving)
    one = ask(serving.one, limit="1000")
    assert soon(lambda: bool(ask(serving.other, limit="1000")["items"] == one["items"]))
    assert as_embedded(cluster, one["known_at"], tmp_path) == one["items"]

    for each in told:
        correct(serving.one, each.wrong)
    for address in (serving.one, serving.other):
        for each in told:
            assert soon(partial(know_of_nothing, address, each)), (address, each)
    assert soon(lambda: verified(cluster) == before), verified(cluster)
    assert soon(lambda: {kind: number for kind, number in counted(serving).items() if number} == before)
    assert ask(serving.one, limit="1000", known_at=one["known_at"]) == one, "as known before, for ever"


def as_embedded(cluster: Processes, known_at: str, folder: Path) -> Any:
    """The lines that one process has which folds the same logs into rows of its own, on SQLite."""
    tables = RowStore(engine_for(folder / "rows.db"), PROJECTIONS)
    tables.create()
    settings = ClusterSettings(
        database=cluster.env["CADRE_DATABASE"], kafka=cluster.env["CADRE_KAFKA"], site="test"
    )
    with closing(open_cluster_ledger(settings)) as node, tables.transaction() as connection:
        for topic, log in node.logs.items():
            for events in log.iterate_streams():
                for projection in projections_of(PROJECTIONS, topic):
                    periods = fold_periods(projection, events)
                    tables.store(connection, projection.name, {events[0].stream: periods}, fresh=True)
    when = AsOf(Day(PDate("2025-01-01")), Instant(known_at))
    with tables.engine.connect() as connection:
        lines = name_contradictions(connection, when, find_contradictions(connection, when.known_at))
    tables.engine.dispose()
    return json.loads(msgspec.json.encode(lines))
