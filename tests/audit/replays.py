"""Replays of the small office, and what was done to it past every lock and rule."""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from services.audit.replay import ReplayRequest, ReplayResult, run_replay
from services.audit.sealing import Seals, load_signing_key
from services.bootstrap.services import open_embedded_ledger
from shared.core.partial_dates import Day, PDate
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.audit.office import opened

DAY = Day(PDate("2026-03-01"))
Finding = tuple[str, str, str]


def looking(home: Path) -> EmbeddedLedger:
    return open_embedded_ledger(load(home), writes=False)


def replayed(
    home: Path, open_: Callable[[Path], Any] = looking, copy: Path | None = None, processes: int = 1
) -> ReplayResult:
    with opened(home) as ledger:
        seals = Seals(ledger.logs, home / "trees", "quận")
        try:
            request = ReplayRequest(
                open_=partial(open_, home), notes=home / "notes", program="1", copy=copy, processes=processes
            )
            return run_replay(request, seals)
        finally:
            seals.close()


def found_in(found: ReplayResult) -> set[Finding]:
    return {(each.what, each.log, each.stream) for each in found.differences}


def change(file: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(file) as connection:
        assert connection.execute(sql, values).rowcount == 1
    connection.close()


def seal(home: Path) -> None:
    with opened(home) as ledger:
        seals = Seals(ledger.logs, home / "trees", "quận")
        seals.seal(ledger.apps["audit"], load_signing_key(home, "quận"), "tester", DAY)
        seals.close()
