"""Counts what random histories are made of: a law that never met a late fact proves nothing about late facts."""

from collections import Counter
from collections.abc import Callable
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.facts import Corrected
from shared.core.partial_dates import precision
from shared.core.projection import AnyProjection
from shared.core.timeline import arrival_order, effective_order
from shared.testing.histories import find_opening_kinds, histories
from shared.testing.laws import EventSequence
from tests.conftest import TALLIES

Law = Callable[[EventSequence, Random], object]
EVERYTHING = TALLIES["what the laws met"]
"""What all laws of this run met together; printed at its end."""

LEAST = {
    "facts": 250,
    "late facts": 40,
    "corrections": 25,
    "corrections of corrections": 3,
    "corrections known before what they correct": 3,
    "amendments that do not fit": 2,
    "facts learnt at one instant": 30,
    "facts of a second site": 35,
    "partial dates": 50,
    "equal dates": 30,
    "facts said again word for word": 8,
}
"""About a quarter of what a hundred histories usually hold."""

effort = 0.4
"""How many examples are tried, and must have been met, in parts of what a law asks for; see tests/laws/conftest.py."""


def scaled(examples: int) -> int:
    """So many examples at the effort of this round; one at the least."""
    return max(1, round(examples * effort))


def met_in(events: EventSequence) -> Counter[str]:
    arrived = sorted(events, key=arrival_order)
    plain = [event for event in arrived if not isinstance(event.fact, Corrected)]
    corrections = [event for event in arrived if isinstance(event.fact, Corrected)]
    known = {event.event_id: number for number, event in enumerate(arrived)}
    again = {event.event_id for event in corrections}
    orders = [effective_order(event) for event in plain]
    dates = [event.fact.effective_from for event in plain]
    return Counter(
        {
            "histories": 1,
            "facts": len(arrived),
            "late facts": sum(order < max(orders[:number]) for number, order in enumerate(orders) if number),
            "corrections": len(corrections),
            "corrections of corrections": sum(each.fact.target in again for each in corrections),
            "corrections known before what they correct": sum(
                known[each.fact.target] > known[each.event_id] for each in corrections
            ),
            "amendments that do not fit": sum(7 in each.fact.new_values.values() for each in corrections),
            "facts learnt at one instant": len(arrived) - len({event.recorded_at for event in arrived}),
            "facts of a second site": sum(event.site != arrived[0].site for event in arrived),
            "partial dates": sum(precision(date) != "day" for date in dates),
            "equal dates": len(dates) - len(set(dates)),
            "facts said again word for word": len(plain)
            - len({msgspec.json.encode(each.fact) for each in plain}),
        }
    )


def holds(
    law: Law, projection: AnyProjection, histories_tried: int = 100, enough: Callable[[], bool] = lambda: True
) -> None:
    """Try the law on so many histories that the projection follows, scaled, and on more until they have met enough."""
    met: Counter[str] = Counter()

    @settings(max_examples=scaled(histories_tried), deadline=None, derandomize=False)
    @given(histories(projection.follows, find_opening_kinds(projection)), st.randoms(use_true_random=True))
    def tried(events: EventSequence, chance: Random) -> None:
        met.update(met_in(events))
        law(events, chance)

    until_enough(tried, lambda: enough() and all(met[name] >= scaled(least) for name, least in LEAST.items()))
    EVERYTHING.update(met)


def until_enough(tried: Callable[[], None], enough: Callable[[], bool]) -> None:
    """Chance may be unkind a few times, not ten."""
    for _ in range(10):
        tried()
        if enough():
            return
    raise AssertionError("ten times over, the law was hardly put to the test")
