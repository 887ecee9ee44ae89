"""`python -m tests.golden.making NAME`: store histories of this version, and the rows it computes, in a new folder."""

import base64
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings

from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from shared.core.bitemporal import fold_periods
from shared.core.clock import SimulatedClock
from shared.core.facts import Recorded
from shared.core.partial_dates import Instant
from shared.core.projection import Projection
from shared.eventlog.event_log import EventLog
from shared.runtime.embedded import EmbeddedLedger
from shared.testing.laws import EventSequence
from tests.audit.office import tell
from tests.laws.test_replay import LIVES, record

HERE = Path(__file__).parent
LIVES_KEPT = 25


class Never(random.Random):
    """Nothing happens by chance."""

    def random(self) -> float:
        return 1.0


def computed(projection: Projection[Any, Any], events: list[Recorded[Any]]) -> list[dict[str, Any]]:
    """The rows of one stream, with the names of their columns, in the order of key and knowledge."""
    found = sorted(fold_periods(projection, events), key=lambda period: (period.key, period.known_from))
    return [
        {
            "key": period.key,
            "known_from": period.known_from,
            "known_to": period.known_to,
            **msgspec.to_builtins(period.row),
        }
        for period in found
    ]


def make(folder: Path) -> None:
    """FileExistsError where the folder is there: what is golden is never made again."""
    for part in ("logs", "rows"):
        (folder / part).mkdir(parents=True)
    with TemporaryDirectory() as home:
        tell(Path(home))
        clock = SimulatedClock(Instant("2026-01-01T00:00:00.000000Z"))
        ledger = EmbeddedLedger(SERVICES, PROJECTIONS, Path(home), "golden", clock)
        names = [f"life-{number:02d}" for number in range(LIVES_KEPT)][::-1]

        @settings(
            max_examples=250, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(LIVES)
        def live(lives: dict[str, EventSequence]) -> None:
            if names and sum(map(len, lives.values())) > 40:
                stream = names.pop()
                for topic, events in lives.items():
                    record(ledger, topic, stream, events, Never())

        live()
        _write(ledger, folder)
        ledger.close()


def _write(ledger: EmbeddedLedger, folder: Path) -> None:
    subjects = sorted({events[0].stream for events in ledger.logs["personnel"].iterate_streams()})
    keys = {each: base64.b64encode(ledger.keys.find_key(each) or b"").decode() for each in subjects}
    (folder / "keys.json").write_bytes(msgspec.json.format(msgspec.json.encode(keys)) + b"\n")
    for name, log in ledger.logs.items():
        states = [state + b"\n" for _, state, _ in log.read_chained(0, 1_000_000)]
        if states:
            (folder / "logs" / f"{name}.ndjson").write_bytes(b"".join(states))
    for projection in PROJECTIONS:
        _rows(projection, ledger.logs[projection.follows.name], folder / "rows")


def _rows(projection: Projection[Any, Any], log: EventLog[Any], folder: Path) -> None:
    lines = [
        msgspec.json.encode({"stream": events[0].stream, "rows": rows}) + b"\n"
        for events in log.iterate_streams()
        if (rows := computed(projection, events))
    ]
    if lines:
        (folder / f"{projection.name}.ndjson").write_bytes(b"".join(lines))


if __name__ == "__main__":
    make(HERE / sys.argv[1])
