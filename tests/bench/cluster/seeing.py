"""From the answer of a POST to the organisation chart that shows it, in a cluster at rest."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

import httpx2

from services.bootstrap.cluster import migrate
from shared.operations.settings import ClusterSettings
from tests.bench.measure import Line, Options, exact
from tests.cluster.conftest import TOKENS
from tests.engines.processes import ROOT, free_port, wait_for
from tests.faults.load import POST, UNIT


def run(options: Options, database: str, servers: str) -> Iterator[Line]:
    folder, port = options.folder, free_port()
    migrate(ClusterSettings(database=database, kafka=servers, site="site-bench"))
    (folder / "tokens.json").write_text(json.dumps(TOKENS), encoding="utf-8")
    env = {
        **os.environ, "CADRE_DATABASE": database, "CADRE_KAFKA": servers, "CADRE_SITE": "site-bench",
        "CADRE_TOKENS": str(folder / "tokens.json"),
    }  # fmt: skip
    running = []
    try:
        for number, words in enumerate(
            (("serve", "--port", str(port)), ("relay",), ("worker",), ("worker",))
        ):
            with (folder / f"seeing-{number}.log").open("wb") as out:
                command = [sys.executable, "-m", "services", *words]
                running.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out))
        wait_for(port, running[0], "serve", folder / "seeing-0.log")
        times = sorted(waits(f"http://127.0.0.1:{port}", options.pick(200, 40)))
        p50, p99 = (times[int(len(times) * share)] for share in (0.5, 0.99))
        yield exact("from 201 to the chart, p50", "ms", p50, 500)
        yield exact("from 201 to the chart, p99", "ms", p99, 500, f"{len(times)} appointments")
    finally:
        for process in running:
            process.kill()
            process.wait()


def waits(address: str, number: int) -> Iterator[float]:
    """Milliseconds, one by one; between two of them the system rests."""
    headers = {"Authorization": f"Bearer {TOKENS['write']}", "If-Match": "*"}
    with httpx2.Client(base_url=address, headers=headers, timeout=30) as http:

        def say(url: str, fact: Mapping[str, object]) -> str:
            while (got := http.post(url, json=fact)).status_code == 422:
                time.sleep(0.1)  # what it builds on is not known yet
            return str(got.raise_for_status().json()["stream"])

        unit = say("/organization", UNIT)
        post = say("/organization", {**POST, "unit": unit})
        cadres = [
            say(
                "/personnel", {"type": "personnel.registered", "effective_from": "2000", "name": f"Người {n}"}
            )
            for n in range(number + 3)
        ]
        asked = {"unit": unit, "as_of": "2020-01-01"}
        for count, cadre in enumerate(cadres, 1):
            time.sleep(0.05)
            appointed = {
                "type": "appointment.appointed",
                "tenure": f"t{count}",
                "post": post,
                "effective_from": "2010-01-01",
            }
            say(f"/appointment/{cadre}", appointed)
            began = time.perf_counter()
            while http.get("/org-chart", params=asked).text.count(cadre) == 0:
                time.sleep(0.002)
            if count > 3:
                yield (time.perf_counter() - began) * 1000
