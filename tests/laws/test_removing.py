"""The laws hold as well for a projection that removes rows and whose every row depends on all the others."""

from random import Random
from typing import Any

import pytest

from services.bootstrap.services import SERVICES
from shared.core.facts import Recorded, Topic
from shared.core.projection import AnyProjection, Changes, Projection, Row, Rows
from shared.testing.laws import (
    EventSequence,
    check_delivery_order_is_irrelevant,
    check_fold_equals_definition,
    check_known_periods,
    check_void_equals_absence,
)
from tests.laws.met import holds, scaled
from tests.laws.projected_table import ProjectedTable


class Standing(Row, frozen=True, kw_only=True):
    """What stands, and beside what it was put up."""

    beside: str


def standing(topic: Topic[Any]) -> AnyProjection:
    """Each kind of fact puts up a row, or takes it away again, by turns."""

    def step(rows: Rows[Standing], event: Recorded[Any]) -> Changes[Standing]:
        kind = topic.tag(event.fact)
        return {kind: None if kind in rows else Standing(beside=" ".join(rows))}

    return Projection(name="standing", follows=topic, row=Standing, step=step)


@pytest.mark.parametrize("topic", [service.topic for service in SERVICES.values()], ids=SERVICES)
def test_what_is_taken_away_was_known_until_then(topic: Topic[Any]) -> None:
    projection = standing(topic)
    removed = []

    def law(events: EventSequence, chance: Random) -> None:
        check_fold_equals_definition(projection, events)
        check_known_periods(projection, events)
        check_delivery_order_is_irrelevant(
            projection, events, chance.sample([*events, *events], 2 * len(events))
        )
        check_void_equals_absence(projection, events, chance.choice(events).event_id)
        removed.append(not projection.fold(events))

    holds(law, projection, enough=lambda: sum(removed) >= scaled(3))


def test_what_is_taken_away_leaves_the_table() -> None:
    projection = standing(SERVICES["appointment"].topic)
    with ProjectedTable(projection) as once, ProjectedTable(projection) as piecewise:

        def law(events: EventSequence, chance: Random) -> None:
            once.empty()
            once.deliver(events)
            piecewise.empty()
            for event in chance.sample(events, len(events)):
                piecewise.deliver([event])
            assert piecewise.in_bytes() == once.in_bytes()

        holds(law, projection, histories_tried=60)
