"""A site as a process in a network of its own, under a clock of its own, that is killed, backed up and restored."""

import shutil
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

from tests.sync.chaos.clocks import ShiftedClock, place_process
from tests.sync.chaos.networks import Network
from tests.sync.line.processes import SiteProcess

EVERY = 3
"""Seconds between calls at most, so that pauses of a line that is down do not grow further than faults last."""


class ChaosSite(SiteProcess):
    """`calls`: the site above, whose messages go over the line; None: it exchanges by stick, or is the top."""

    def __init__(self, folder: Path, site: str, network: Network, calls: "ChaosSite | None" = None) -> None:
        self.network, self.calls = network, calls
        self.clock = ShiftedClock(folder / f"{site}.clock")
        self.backup = folder / f"{site}.backup"
        self.copy_home(folder / site)
        super().__init__(
            folder,
            site,
            network.connect(site, calls.site, calls.door) if calls else "",
            every=EVERY if calls else 0,
            listen=network.listen(site),
            first=partial(place_process, network.namespace(site), str(self.clock.file)),
        )

    def is_ready(self) -> bool:
        with self.network.inside(self.site):
            return super().is_ready()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def copy_home(self, home: Path) -> None:
        """Make the backup. The process is not running."""
        shutil.rmtree(self.backup, ignore_errors=True)
        shutil.copytree(home, self.backup)

    def put_back_home(self) -> None:
        """Restore it from the backup. The process is not running."""
        shutil.rmtree(self.home)
        shutil.copytree(self.backup, self.home)

    def ask(self, path: str, **query: str) -> Any:
        with self.network.inside(self.site):
            return self.client.get(path, params=query)

    def report(self) -> Any:
        """How it stands with the others."""
        while (answer := self.ask("/sync/status")).status_code == 503:
            time.sleep(0.1)  # a command has its ledger
        return answer.raise_for_status().json()
