"""A log for the record of access, and the clock by which it is written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.identity.access_events import AccessFact
from shared.core.clock import SimulatedClock
from shared.core.facts import Topic
from shared.core.partial_dates import Instant
from shared.eventlog.event_log import EventLog
from shared.eventlog.key_store import KeyStore


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(Instant("2026-11-27T18:47:03.000000Z"))


@pytest.fixture
def log(tmp_path: Path, clock: SimulatedClock) -> Iterator[EventLog[AccessFact]]:
    keys = KeyStore(tmp_path / "keys.db", "here")
    log: EventLog[AccessFact] = EventLog(
        Topic("identity", AccessFact), tmp_path / "identity.db", "here", clock, keys
    )
    yield log
    log.close()
    keys.close()
