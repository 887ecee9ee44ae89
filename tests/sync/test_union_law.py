"""The law of knowing at a site of several: what rows show as known at an instant is the fold of what counted then."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from services.chronicle.projections import PROJECTIONS
from shared.core.bitemporal import fold_periods
from shared.core.clock import system_clock
from shared.core.facts import AnyEvent, Topic
from shared.core.partial_dates import FOREVER, Instant
from shared.core.projection import AnyProjection
from shared.core.timeline import find_ineffective, takes_effect, timeline
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import ForeignEvent
from shared.eventlog.key_store import KeyStore
from shared.eventlog.union import UnionReader
from shared.testing import moment
from shared.testing.laws import EventSequence
from tests.laws.met import holds, scaled
from tests.sync.foreign_events import HeldEvents

Period = tuple[Instant, Instant]


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
def test_rows_as_known_at_any_instant_are_the_fold_of_what_counted_then(
    projection: AnyProjection, tmp_path: Path
) -> None:
    topic, met = projection.follows, dict.fromkeys(("uncounted", "counted again", "own uncounted", "rows"), 0)
    keys = KeyStore(tmp_path / "keys.db", "here")
    log = EventLog(topic, tmp_path / "log.db", "here", system_clock, keys)

    def law(events: EventSequence, chance: Random) -> None:
        periods = {event.event_id: draw(event, chance) for event in events}
        own = [event for event in events if event.site == "here"]
        for event in events:
            of = periods[event.event_id]
            met["uncounted"] += event.site != "here" and bool(of[-1][1])
            met["own uncounted"] += event.site == "here" and (len(of) > 1 or bool(of[0][1]))
            met["counted again"] += len(of) > 1
        history = UnionReader(log, held(topic, events, periods, chance)).complete({"it": own})["it"]
        known = {event.event_id: event for event in history}
        rows = fold_periods(projection, history)
        for instant in sorted({each for of in periods.values() for period in of for each in period if each}):
            counting = [
                known[event_id]
                for event_id, of in periods.items()
                if any(start <= instant < (end or FOREVER) for start, end in of)
            ]
            expected = projection.fold(timeline(counting)) | rows_of_corrections(
                projection,
                counting,
                [known[event_id] for event_id, of in periods.items() if of[0][0] <= instant],
            )
            assert {row.key: row.row for row in rows if row.known_from <= instant < row.known_to} == expected
            met["rows"] += len(expected)

    try:
        holds(law, projection, enough=lambda: min(met.values()) >= scaled(20))
    finally:
        log.close()
        keys.close()


def rows_of_corrections(
    projection: AnyProjection, counting: list[AnyEvent], known: list[AnyEvent]
) -> dict[str, Any]:
    """The rows about corrections that count, of facts that were not known yet. One that is known and ceased to count is
    there all the same."""
    if projection.ineffective_row is None:
        return {}
    by_id = {event.event_id: event for event in known}
    return {
        event.event_id: projection.ineffective_row(event, known)
        for event in find_ineffective(counting)
        if not takes_effect(event.fact, by_id)
    }


def draw(event: AnyEvent, chance: Random) -> list[Period]:
    """When the event counts: from its instant on, or until some other; perhaps again later."""
    start = event.recorded_at if event.site == "here" else moment(chance.randint(5, 40))
    end, again, last = (moment(50 + each) for each in sorted(chance.sample(range(30), 3)))
    options: list[list[Period]] = [
        [(start, Instant(""))],
        [(start, Instant(""))],
        [(start, end)],
        [(start, end), (again, Instant(""))],
        [(start, end), (again, last)],
    ]
    return chance.choice(options)


def held(
    topic: Topic[Any], events: EventSequence, periods: dict[str, list[Period]], chance: Random
) -> HeldEvents:
    """What the store says of these events, in any order: of the own log only what ceased to count."""
    told = [
        ForeignEvent(topic.encode(event), *period)
        for event in events
        for period in periods[event.event_id]
        if event.site != "here" or any(end for _, end in periods[event.event_id])
    ]
    store = HeldEvents()
    store.held[topic.name, "it"] = chance.sample(told, len(told))
    return store
