"""`make demo-sites`: what a ward records is soon at the province, and the page there shows how the sites stand."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from services.demo.sites import DEMO_SITES
from tests.engines.processes import free_ports_in_a_row


@contextmanager
def started(folder: Path, port: int) -> Iterator[None]:
    """The sites, from the command to its last line; ended as a terminal ends them."""
    out = folder.with_suffix(".out")
    command = [sys.executable, "-m", "services", "--home", str(folder), "demo-sites", "--port", str(port)]
    with out.open("wb") as file:
        process = subprocess.Popen(command, stderr=file, env=os.environ | {"LC_ALL": "C.UTF-8"})
    try:
        until = time.monotonic() + 240
        while "docs/sites.md" not in out.read_text(encoding="utf-8"):
            assert process.poll() is None, out.read_text(encoding="utf-8")
            assert time.monotonic() < until, out.read_text(encoding="utf-8")
            time.sleep(0.2)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, out.read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_four_sites_on_one_machine_exchange_what_is_recorded(tmp_path: Path) -> None:
    folder, port = tmp_path / "sites", free_ports_in_a_row(len(DEMO_SITES))
    with (
        started(folder, port),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as province,
        httpx2.Client(base_url=f"http://127.0.0.1:{port + 3}", timeout=60) as ward,
    ):
        fact = {"name": "Trần Thị Thử", "effective_from": "2026-11-01"}
        cadre = ward.post("/personnel/registered", json=fact).raise_for_status().json()["stream"]
        until = time.monotonic() + 120
        while province.get(f"/cadres/{cadre}/life").status_code != 200:
            assert time.monotonic() < until
            time.sleep(0.2)
        status = province.get("/sync/status").json()
        assert status["alarms"] == []
        assert {line["origin"] for line in status["origins"]} == {site.id for site in DEMO_SITES[1:]}
