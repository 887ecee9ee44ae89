"""A site as a process in a network of its own, under a clock of its own, that is killed, backed up and restored."""

import json
import shutil
import signal
import sqlite3
from contextlib import closing
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
        with network.inside(site):
            super().__init__(
                folder,
                site,
                network.connect(site, calls.site, calls.door) if calls else "",
                every=EVERY if calls else 0,
                listen=network.listen(site),
                first=partial(place_process, network.namespace(site), str(self.clock.file)),
            )

    def start(self) -> None:
        with self.network.inside(self.site):
            super().start()

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
        """How it stands with the others, by command: whether or not it is served."""
        done = self.command("sync", "status", "--json")
        assert done.returncode in (0, 3), done.stderr
        return json.loads(done.stdout)

    def cadres(self) -> set[str]:
        """The ids of the cadres that it shows, read from its rows: also while it is down."""
        return cadres_of(self.home)


def cadres_of(home: Path) -> set[str]:
    with closing(sqlite3.connect(home / "chronicle.db", timeout=60)) as rows:
        return {cadre for (cadre,) in rows.execute("SELECT DISTINCT cadre_id FROM cadres")}
