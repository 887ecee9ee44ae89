"""Rows that grew fact by fact are the rows of a replay from zero, byte for byte, through real files."""

from collections import Counter
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import func, select

from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from shared.core.bitemporal import fold_periods
from shared.core.clock import system_clock
from shared.core.facts import Corrected
from shared.core.projection import AnyProjection
from shared.eventlog.group_commit import AppendRequest
from shared.runtime import projection_runner
from shared.runtime.embedded import EmbeddedLedger
from shared.testing.histories import find_opening_kinds, histories
from shared.testing.laws import EventSequence
from tests.laws.met import EVERYTHING, met_in, scaled, until_enough
from tests.laws.projected_table import table_in_bytes

FIRST = {
    name: tuple(
        kind
        for projection in PROJECTIONS
        if projection.follows is service.topic
        for kind in find_opening_kinds(projection)
    )
    for name, service in SERVICES.items()
}
EVERY: tuple[AnyProjection, ...] = PROJECTIONS
LIVES = st.fixed_dictionaries(
    {name: histories(service.topic, FIRST[name], sites=("here",)) for name, service in SERVICES.items()}
)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(projection_runner, "_PAGE", 7)
    ledger = EmbeddedLedger(SERVICES, PROJECTIONS, tmp_path, "here", system_clock)
    yield ledger
    ledger.close()


def in_bytes(ledger: EmbeddedLedger) -> dict[str, bytes]:
    return {projection.name: table_in_bytes(ledger.tables, projection.name) for projection in PROJECTIONS}


def record(ledger: EmbeddedLedger, topic: str, stream: str, events: EventSequence, chance: Random) -> None:
    """Appends each fact as it is, past all rules, and brings the rows up to date now and then."""
    log, ids = ledger.logs[topic], dict[str, str]()
    ledger.keys.create_keys([stream])
    for event in events:
        fact: Any = event.fact
        if isinstance(fact, Corrected):
            fact = replace(fact, target=ids.get(fact.target, "not known yet"))
        (stored,) = log.append(AppendRequest(stream, log.version(stream), (fact,), "tester"))
        ids[event.event_id] = stored.event_id
        if chance.random() < 0.2:
            ledger.project_pending()


def test_a_replay_from_zero_gives_the_rows_that_grew_fact_by_fact(ledger: EmbeddedLedger) -> None:
    numbers, met = count(1), Counter[str]()

    @settings(
        max_examples=scaled(25),
        deadline=None,
        derandomize=False,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(LIVES, st.randoms(use_true_random=True))
    def law(lives: dict[str, EventSequence], chance: Random) -> None:
        stream = f"life {next(numbers)}"
        for topic, events in lives.items():
            record(ledger, topic, stream, events, chance)
            met.update(met_in(events))
        ledger.project_pending()
        grown = in_bytes(ledger)
        ledger.rebuild()
        assert in_bytes(ledger) == grown
        ledger.project_pending()
        assert in_bytes(ledger) == grown, "a replay forgot where it had got to"

    until_enough(law, lambda: met["late facts"] >= scaled(20) and met["corrections"] >= scaled(20))
    EVERYTHING.update(met)
    for projection in EVERY:
        streams = ledger.logs[projection.follows.name].iterate_streams()
        defined = sum(len(fold_periods(projection, events)) for events in streams)
        with ledger.tables.engine.connect() as connection:
            stored = connection.execute(
                select(func.count()).select_from(ledger.tables.tables[projection.name])
            )
            assert stored.scalar() == defined, projection.name
