"""The laws without their reports, quick to fail: what a seeded bug is shown to."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.chronicle.projections import PROJECTIONS
from shared.testing import moment
from shared.testing.histories import AnyProjection, histories, opening
from shared.testing.laws import (
    History,
    delivery_is_no_matter,
    fast_is_as_defined,
    knowledge_is_whole,
    learning_late_is_no_matter,
    voiding_is_forgetting,
)
from tests.laws.shelf import Shelf

Law = Callable[[AnyProjection, History, Random], object]


def fast(projection: AnyProjection, events: History, chance: Random) -> None:
    fast_is_as_defined(projection, events)


def delivery(projection: AnyProjection, events: History, chance: Random) -> None:
    delivery_is_no_matter(projection, events, chance.sample([*events, *events], 2 * len(events)))


def late(projection: AnyProjection, events: History, chance: Random) -> None:
    learning_late_is_no_matter(projection, events, [moment(chance.randint(0, 20)) for _ in events])


def whole(projection: AnyProjection, events: History, chance: Random) -> None:
    knowledge_is_whole(projection, events)


def void(projection: AnyProjection, events: History, chance: Random) -> None:
    for event in events:
        voiding_is_forgetting(projection, events, event.event_id)


def batches(projection: AnyProjection, events: History, chance: Random) -> None:
    with Shelf(projection) as once, Shelf(projection) as piecewise:
        once.deliver(events)
        for event in chance.sample([*events, *events], 2 * len(events)):
            piecewise.deliver([event])
        assert piecewise.in_bytes() == once.in_bytes()


def law(holds: Law, *projections: AnyProjection) -> Callable[[], None]:
    """The law over some projections, or over all: no shrinking, no database of failures."""

    def run() -> None:
        for projection in projections or PROJECTIONS:

            @settings(max_examples=60, deadline=None, database=None, phases=[Phase.generate], report_multiple_bugs=False)
            @given(histories(projection.follows, opening(projection)), st.randoms(use_true_random=True))
            def tried(events: History, chance: Random, projection: AnyProjection = projection) -> None:
                holds(projection, events, chance)

            tried()

    run.__name__ = f"law of {holds.__name__}"
    return run


def in_folder(test: Callable[[Path], object]) -> Callable[[], None]:
    """A test that wants a folder."""

    def run(test: Callable[[Path], object]) -> None:
        with TemporaryDirectory() as folder:
            test(Path(folder))

    finder = partial(run, test)
    finder.__dict__["__name__"] = test.__name__
    return finder
