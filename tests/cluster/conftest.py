"""One PostgreSQL, one broker and one set of our processes for all tests of the cluster."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.engines.processes import free_port, wait_for
from tests.engines.servers import kafka, postgres
from tests.support.cadre_process import CadreProcess

TOKENS = {"read": "r" * 40, "write": "w" * 40}


@dataclass
class Processes:
    """Our processes by name, started with the settings of one cluster."""

    env: dict[str, str]
    folder: Path
    running: dict[str, CadreProcess] = field(default_factory=dict)

    def start(self, name: str, *words: str) -> CadreProcess:
        log = self.folder / f"{name}.log"
        self.running[name] = CadreProcess(words, self.env, log, log)
        return self.running[name]

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:  # a Faust worker may wait for ever
            process.kill()
            process.wait()


def environment(database: str, broker: str, folder: Path) -> dict[str, str]:
    """The settings of one cluster."""
    return {
        **os.environ,
        "CADRE_DATABASE": database,
        "CADRE_KAFKA": broker,
        "CADRE_SITE": "test",
        "CADRE_TOKENS": str(folder / "tokens.json"),
    }


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "tokens.json").write_text(json.dumps(TOKENS), encoding="utf-8")
    with ExitStack() as engines:
        database, broker = engines.enter_context(postgres(folder)), engines.enter_context(kafka(folder))
        processes = Processes(environment(database, broker, folder), folder)
        for _ in range(20):  # the port answers before the broker does
            if processes.start("migrate", "migrate").wait() == 0:
                break
            time.sleep(1)
        else:
            raise AssertionError((folder / "migrate.log").read_text()[-2000:])
        yield processes
        for name in list(processes.running):
            if name != "migrate":
                processes.stop(name)


@pytest.fixture(scope="package")
def address(cluster: Processes) -> str:
    """HTTP of all services, with the relay and two workers behind it."""
    port = free_port()
    serving = cluster.start("serve", "serve", "--port", str(port))
    cluster.start("relay", "relay")
    cluster.start("worker-1", "worker")
    cluster.start("worker-2", "worker")
    wait_for(port, serving, "serve", cluster.folder / "serve.log")
    return f"http://127.0.0.1:{port}"
