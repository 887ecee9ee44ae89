"""A person is registered in a cluster: every process counts it, one trace shows it, and none of them tells the name."""

import json
import time
from collections.abc import Callable, Iterator

import httpx2
import pytest

from tests.cluster.collector import Collector, collecting
from tests.cluster.conftest import TOKENS, Processes
from tests.engines.processes import free_port, wait_for

NAME = "Huỳnh Thị Không Được Lộ"
TRACE = "0af7651916cd43dd8448eb211c80319c"
GIVEN = f"00-{TRACE}-b7ad6b7169203331-01"
PARTS = ("serve", "relay", "worker")


def soon(check: Callable[[], bool], seconds: float = 90) -> bool:
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            return False
        time.sleep(0.3)
    return True


@pytest.fixture
def ports(cluster: Processes) -> Iterator[tuple[dict[str, int], Collector, str]]:
    """A serve, a relay and a worker of our own, watched: ports of their numbers, who collects their traces, address."""
    others = {"relay": "relay", "worker-1": "worker", "worker-2": "worker"}
    away = {name: word for name, word in others.items() if name in cluster.running}
    for name in away:
        cluster.stop(name)
    ports, port = {part: free_port() for part in PARTS}, free_port()
    with collecting() as collector:
        asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        cluster.env |= asked
        for part, words in zip(PARTS, (("serve", "--port", str(port)), ("relay",), ("worker",)), strict=True):
            started = cluster.start(f"watched-{part}", *words, "--metrics-port", str(ports[part]))
            wait_for(ports[part], started, part, cluster.folder / f"watched-{part}.log")
        wait_for(port, cluster.running["watched-serve"], "serve", cluster.folder / "watched-serve.log")
        yield ports, collector, f"http://127.0.0.1:{port}"
        for part in PARTS:
            if f"watched-{part}" in cluster.running:
                cluster.stop(f"watched-{part}")
        for name in asked:
            del cluster.env[name]
    for name, word in away.items():
        cluster.start(name, word)


def test_a_registration_is_seen_everywhere_and_named_nowhere(
    cluster: Processes, ports: tuple[dict[str, int], Collector, str]
) -> None:
    numbered, collector, address = ports

    def numbers(part: str) -> str:
        return httpx2.get(f"http://127.0.0.1:{numbered[part]}/metrics", timeout=10).text

    def number(part: str, name: str) -> float:
        found = [line for line in numbers(part).splitlines() if line.startswith(name)]
        return sum(float(line.rsplit(" ", 1)[1]) for line in found) if found else -1

    headers = {"Authorization": f"Bearer {TOKENS['write']}", "traceparent": GIVEN}
    with httpx2.Client(base_url=address, headers=headers, timeout=30) as client:
        done = client.post(
            "/personnel", json={"type": "personnel.registered", "effective_from": "2000", "name": NAME}
        )
        assert done.status_code == 201, done.text
        wrong = {"type": "personnel.registered", "effective_from": "2000", "name": NAME, "birth": "hôm qua"}
        assert client.post("/personnel", json=wrong).status_code == 422
        cut = client.post(
            "/personnel", content=f'{{"name": "{NAME}', headers={"Content-Type": "application/json"}
        )
        assert cut.status_code == 422
        stream = done.json()["stream"]
        found = {"Authorization": f"Bearer {TOKENS['write']}"}
        assert soon(
            lambda: (
                stream in httpx2.get(f"{address}/search", params={"q": NAME}, headers=found, timeout=30).text
            )
        ), "the rows never came"

    wanted = {
        ("cadre-serve", "POST /personnel"),
        ("cadre-relay", "send personnel"),
        ("cadre-worker", "take personnel"),
    }
    assert soon(lambda: wanted <= collector.traces().get(TRACE, set())), collector.traces().get(TRACE)

    assert soon(lambda: number("relay", 'cadre_relay_lag{topic="personnel"}') == 0)
    assert number("worker", 'cadre_worker_batch_seconds_count{topic="personnel"}') >= 1
    lags = [line for line in numbers("worker").splitlines() if line.startswith("cadre_worker_lag{")]
    assert len([line for line in lags if 'topic="personnel"' in line]) == 6, lags
    assert soon(lambda: number("worker", "cadre_worker_lag{") == 0)
    assert number("worker", 'cadre_parked{topic="personnel"}') == 0
    assert number("serve", 'cadre_commits_total{topic="personnel"}') == 1
    assert number("serve", 'cadre_rows_behind{topic="personnel"}') == 0
    assert number("serve", "cadre_reaction_behind{") >= 0
    for part in PARTS:
        assert number(part, "cadre_readings_failed ") == 0, part
        ready = httpx2.get(f"http://127.0.0.1:{numbered[part]}/ready", timeout=10)
        assert (ready.status_code, ready.json()["reasons"]) == (200, {}), part

    told = "".join(map(numbers, PARTS)).encode() + b"".join(collector.received)
    for part in PARTS:
        cluster.stop(f"watched-{part}")
        written = (cluster.folder / f"watched-{part}.log").read_bytes()
        for line in written.splitlines():
            assert json.loads(line)["process"] == part
        told += written
    for word in (NAME, "Không Được Lộ", json.dumps(NAME), "Kh\\u00f4ng"):
        assert word.encode() not in told
