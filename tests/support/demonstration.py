"""The demonstration as a home on disk: seconds to load, so a run loads it once."""

from pathlib import Path

from services.bootstrap.services import open_embedded_ledger
from services.demo.demonstration import load_demo
from shared.core.clock import SimulatedClock
from shared.core.partial_dates import Instant
from shared.operations.settings import Settings

SITE = "demo"
STARTED = Instant("2014-01-01T00:00:00.000000Z")
FINISHED = Instant("2026-11-20T03:00:00.000000Z")
"""After everything that the demonstration records."""


def build_demonstration(home: Path) -> None:
    clock = SimulatedClock(STARTED)
    ledger = open_embedded_ledger(Settings(home=home, site=SITE), clock)
    load_demo(ledger, clock)
    ledger.close()
    assert clock.now < FINISHED, clock.now
