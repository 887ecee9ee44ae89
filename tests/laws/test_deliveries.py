"""However facts come in, the stored rows end the same: byte for byte, in a real database."""

from random import Random

import pytest
from msgspec.structs import replace

from services.chronicle.projections import PROJECTIONS
from shared.core.projection import AnyProjection
from shared.testing.laws import EventSequence
from tests.laws.met import holds
from tests.laws.projected_table import ProjectedTable

STREAMS = ("one", "two")


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
def test_batches_repeats_and_sites_in_any_order_leave_the_same_rows(projection: AnyProjection) -> None:
    with ProjectedTable(projection) as once, ProjectedTable(projection) as piecewise:

        def law(events: EventSequence, chance: Random) -> None:
            facts = [replace(event, stream=stream) for stream in STREAMS for event in events]
            once.empty()
            once.deliver(facts)
            again = chance.sample(facts, chance.randint(0, len(facts)))
            arriving = chance.sample([*facts, *again], len(facts) + len(again))
            piecewise.empty()
            while arriving:
                size = chance.randint(1, 4)
                piecewise.deliver(arriving[:size])
                arriving = arriving[size:]
            assert piecewise.in_bytes() == once.in_bytes()

        holds(law, projection, histories_tried=60)
