"""A ward that was offline for long, and a district that went on meanwhile: they catch up, and a process that is killed
at half does not begin again (sync case 44)."""

import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from shared.replica.runs import LogId
from shared.replica.store import REPLICA_FILE
from shared.replica.store.replica_store import ReplicaStore
from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.support.cadre_process import CadreProcess
from tests.sync.line.processes import SiteProcess
from tests.sync.line.proxy import line_to
from tests.sync.line.sites import CallingSite, serve_site

FACTS = 100_000 if ROUNDS >= 50 else 2_500 * min(ROUNDS, 4)
"""At each side."""
ONE_MESSAGE = 2_500
"""Facts of the largest message, and a bit."""
FLAT = 64 * 2**20
"""Bytes by which a process may grow while the second half comes."""
MET = TALLIES["catching up after long"]


class Caller:
    """`cadre sync now` at the ward in a process of its own, on a terminal."""

    def __init__(self, folder: Path, address: str) -> None:
        self._terminal, screen = os.openpty()
        env = {**os.environ, "CADRE_HOME": str(folder / "px"), "CADRE_SITE": "px", "LC_ALL": "C.UTF-8",
               "TERM": "xterm", "COLUMNS": "120"}  # fmt: skip
        self._seen = bytearray()
        self.most_memory = 0
        self.out = folder / "now.out"
        self.out.unlink(missing_ok=True)
        words = ("sync", "now", "--address", address)
        self.process = CadreProcess(words, env, self.out, Path(os.ttyname(screen)))
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while piece := os.read(self._terminal, 2**16):
                self._seen += piece
        except OSError:
            pass

    def wait(self, happened: Callable[[], bool] = lambda: False) -> None:
        """Until that happens, or it ends."""
        while self.process.poll() is None and not happened():
            self.most_memory = max(self.most_memory, memory_of(self.process.pid))
            time.sleep(0.02)

    def shown(self) -> str:
        """What was on the terminal."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self._seen.decode("utf-8", "replace"))


def memory_of(pid: int) -> int:
    """Bytes that a process has had in use at the most; 0: it has ended."""
    try:
        [line] = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
        return int(line) * 1024
    except (OSError, ValueError):
        return 0


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_killed_at_half_it_goes_on_there(folder: Path) -> None:
    with (
        closing(CallingSite(folder, "px", "huyen")) as px,
        closing(CallingSite(folder, "huyen", "tinh")) as huyen,
    ):
        for site in (px, huyen):
            site.register(f"{site.site}-first")
        with serve_site(huyen) as line:
            px.sync(line.address)  # so that it is no first synchronisation
        for site in (px, huyen):
            for start in range(0, FACTS, 2000):
                site.register_all(f"{site.site}-{n}" for n in range(start, min(start + 2000, FACTS)))
    served = SiteProcess(folder, "huyen")
    try:
        with (
            line_to(served.port) as line,
            closing(ReplicaStore(folder / "huyen" / REPLICA_FILE, {})) as store,
        ):

            def has_a_part() -> bool:
                runs = store.load_log(LogId("px", "personnel")).runs
                return sum(run.last for run in runs) > FACTS / 4

            line.weather.rate = (
                15.0 * FACTS
            )  # the next message takes seconds: it is killed before it has come
            first = Caller(folder, line.address)
            first.wait(has_a_part)
            first.process.send_signal(signal.SIGKILL)
            first.process.wait(30)
            assert has_a_part()
            before, up, down = memory_of(served.process.pid), line.up, line.down
            held = sum(run.last for run in store.load_log(LogId("px", "personnel")).runs)
            assert held < FACTS, "it was killed in the middle"
            line.weather.rate = 0.0
            began = time.monotonic()
            second = Caller(folder, line.address)
            second.wait()
            assert second.process.wait(60) == 0, second.shown()
            MET["facts a second, after the kill"] += round((2 * FACTS - held) / (time.monotonic() - began))
            MET["bytes that went up before the kill"] += up
            MET["bytes that went up after it"] += line.up - up
            MET["bytes that came down before the kill"] += down
            MET["bytes that came down after it"] += line.down - down
            each = up / held
            assert line.up - up < 1.2 * each * (FACTS - held + ONE_MESSAGE), "the first half was sent again"
            assert memory_of(served.process.pid) - before < FLAT
            assert second.most_memory - first.most_memory < FLAT
            shown = first.shown() + second.shown()
            assert re.search(r"sent .*\d+/\d+ .*\d:\d\d:\d\d", shown), shown
    finally:
        served.stop()
    with (
        closing(CallingSite(folder, "px", "huyen")) as px,
        closing(CallingSite(folder, "huyen", "tinh")) as huyen,
    ):
        assert len(px.persons()) == len(huyen.persons()) == 2 * FACTS + 2
        assert px.digests() == huyen.digests()
        assert px.own() == (FACTS + 1,) * 3
