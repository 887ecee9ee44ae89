"""Every projection is a function of the set of facts, and keeps what was known when."""

from random import Random

import pytest

from services.chronicle.projections import PROJECTIONS
from shared.core.projection import AnyProjection
from shared.core.timeline import timeline
from shared.testing import moment
from shared.testing.laws import (
    EventSequence,
    check_delivery_order_is_irrelevant,
    check_fold_equals_definition,
    check_known_periods,
    check_only_handled_kinds_matter,
    check_recording_order_is_irrelevant,
    check_void_equals_absence,
)
from tests.laws.met import holds, scaled

for_every_projection = pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)


@for_every_projection
def test_extending_the_last_rows_gives_what_folding_anew_gives(projection: AnyProjection) -> None:
    rows: list[str] = []

    def law(events: EventSequence, chance: Random) -> None:
        check_fold_equals_definition(projection, events)
        rows.extend(projection.fold(timeline(events)))

    holds(law, projection, enough=lambda: len(rows) >= scaled(20))


@for_every_projection
def test_facts_that_are_not_looked_at_change_nothing(projection: AnyProjection) -> None:
    others: list[int] = []
    assert set(projection.handles) <= set(projection.follows.kinds.values())

    def law(events: EventSequence, chance: Random) -> None:
        others.append(check_only_handled_kinds_matter(projection, events))

    all_kinds = len(projection.kinds) in (0, len(projection.follows.kinds))
    holds(law, projection, enough=lambda: all_kinds or sum(others) >= scaled(20))


@for_every_projection
def test_the_order_of_arrival_and_repeats_make_no_difference(projection: AnyProjection) -> None:
    def law(events: EventSequence, chance: Random) -> None:
        twice = [*events, *chance.sample(events, chance.randint(1, len(events)))]
        check_delivery_order_is_irrelevant(projection, events, chance.sample(twice, len(twice)))

    holds(law, projection)


@for_every_projection
def test_facts_learnt_in_another_order_show_the_same_in_the_end(projection: AnyProjection) -> None:
    def law(events: EventSequence, chance: Random) -> None:
        check_recording_order_is_irrelevant(
            projection, events, [moment(chance.randint(0, 20)) for _ in events]
        )

    holds(law, projection)


@for_every_projection
def test_what_was_known_never_overlaps_and_ends_in_what_all_facts_say(projection: AnyProjection) -> None:
    def law(events: EventSequence, chance: Random) -> None:
        check_known_periods(projection, events)

    holds(law, projection)


@for_every_projection
def test_a_voided_fact_is_forgotten_from_then_on_and_only_from_then_on(projection: AnyProjection) -> None:
    showed = []

    def law(events: EventSequence, chance: Random) -> None:
        shown = projection.fold(timeline(events))
        ids = chance.sample([event.event_id for event in events], len(events))
        matters = (
            each
            for each in ids
            if projection.fold(timeline(e for e in events if e.event_id != each)) != shown
        )
        showed.append(check_void_equals_absence(projection, events, next(matters, ids[0])))

    holds(law, projection, enough=lambda: sum(showed) >= scaled(10))
