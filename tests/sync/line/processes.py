"""A site as `cadre run` serves it, in a process of its own."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx2

from tests.engines.processes import free_port
from tests.support.cadre_process import CadreProcess, do_nothing, run_cadre


class SiteProcess:
    """`parent`: where the site above answers. `pause`, `every`: as the settings. `listen`: the host at which it answers
    other sites; `first`: what its processes do before anything else."""

    def __init__(
        self,
        folder: Path,
        site: str,
        parent: str = "",
        pause: int = 0,
        every: int = 600,
        listen: str = "127.0.0.1",
        first: Callable[[], None] = do_nothing,
    ) -> None:
        self.site, self.home, self.port = site, folder / site, free_port()
        self.door = free_port()
        self.files = folder / f"{site}.files"
        self.files.mkdir(exist_ok=True)
        self.first = first
        self.env = {
            **os.environ,
            "CADRE_HOME": str(self.home),
            "CADRE_SITE": site,
            "CADRE_PARENT_ADDRESS": parent,
            "CADRE_SYNC_PAUSE": str(pause),
            "CADRE_SYNC_EVERY": str(every),
            "CADRE_SYNC_LISTEN": f"{listen}:{self.door}",
            "LC_ALL": "C.UTF-8",
        }
        self.address = f"http://127.0.0.1:{self.port}"
        self.client = httpx2.Client(base_url=self.address, timeout=60)
        self.start()

    def start(self) -> None:
        self.launch()
        self.wait_until(self.is_ready)

    def launch(self) -> None:
        """Start without waiting until it answers."""
        words = ("run", "--empty", "--port", str(self.port))
        self.process = CadreProcess(words, self.env, self.files / "out", self.files / "err", self.first)

    def wait_until(self, happened: Any, seconds: float = 180) -> None:
        until = time.monotonic() + seconds
        while not happened():
            assert self.process.poll() is None, self.errors()
            assert time.monotonic() < until, self.errors()
            time.sleep(0.02)

    def is_ready(self) -> bool:
        try:
            return self.client.get("/health").status_code == 200
        except httpx2.TransportError:
            return False

    def errors(self) -> str:
        return (self.files / "err").read_text(encoding="utf-8")

    def register(self, name: str) -> str:
        body = {"name": name, "effective_from": "2000"}
        return str(self.client.post("/personnel/registered", json=body).raise_for_status().json()["stream"])

    def status(self) -> Any:
        return self.client.get("/sync/status").raise_for_status().json()

    def knows(self, cadre: str) -> bool:
        return self.client.get(f"/cadres/{cadre}/life").status_code == 200

    def cadre(self, *words: str) -> Any:
        done = self.command(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def command(self, *words: str) -> CompletedProcess[str]:
        """A command to its end."""
        return run_cadre(words, self.env, self.files, self.first)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        self.client.close()
