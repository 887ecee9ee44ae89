"""The laws without their reports, quick to fail: what a seeded bug is shown to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shared.core.projection import AnyProjection
from shared.testing import moment
from shared.testing.histories import find_opening_kinds, histories
from shared.testing.laws import (
    EventSequence,
    check_delivery_order_is_irrelevant,
    check_fold_equals_definition,
    check_known_periods,
    check_only_handled_kinds_matter,
    check_recording_order_is_irrelevant,
    check_void_equals_absence,
)
from tests.laws.projected_table import ProjectedTable

Law = Callable[[AnyProjection, EventSequence, Random], object]


def fast(projection: AnyProjection, events: EventSequence, chance: Random) -> None:
    check_fold_equals_definition(projection, events)


def delivery(projection: AnyProjection, events: EventSequence, chance: Random) -> None:
    check_delivery_order_is_irrelevant(projection, events, chance.sample([*events, *events], 2 * len(events)))


def late(projection: AnyProjection, events: EventSequence, chance: Random) -> None:
    check_recording_order_is_irrelevant(projection, events, [moment(chance.randint(0, 20)) for _ in events])


def looks(projection: AnyProjection, events: EventSequence, chance: Random) -> None:
    check_only_handled_kinds_matter(projection, events)


def whole(projection: AnyProjection, events: EventSequence, chance: Random) -> None:
    check_known_periods(projection, events)


def void(projection: AnyProjection, events: EventSequence, chance: Random) -> None:
    for event in events:
        check_void_equals_absence(projection, events, event.event_id)


def batches(projection: AnyProjection, events: EventSequence, chance: Random) -> None:
    with ProjectedTable(projection) as once, ProjectedTable(projection) as piecewise:
        once.deliver(events)
        for event in [*chance.choices(events, k=3), *chance.sample(events, len(events))]:
            piecewise.deliver([event])
        assert piecewise.in_bytes() == once.in_bytes()


@dataclass(frozen=True)
class LawOver:
    """A law over some projections, tried until it breaks: no shrinking, no database of failures."""

    holds: Law
    projections: tuple[AnyProjection, ...]

    def __call__(self, examples: int = 400) -> None:
        for projection in self.projections:
            tried(self.holds, projection, examples)

    def __str__(self) -> str:
        return f"the law of {self.holds.__name__} over {', '.join(each.name for each in self.projections)}"


def law(holds: Law, *projections: AnyProjection) -> LawOver:
    return LawOver(holds, projections)


def tried(holds: Law, projection: AnyProjection, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=False,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(histories(projection.follows, find_opening_kinds(projection)), st.randoms(use_true_random=True))
    def once(events: EventSequence, chance: Random) -> None:
        holds(projection, events, chance)

    once()


@dataclass(frozen=True)
class InFolder:
    """A test that wants a folder."""

    test: Callable[[Path], object]

    def __call__(self) -> None:
        with TemporaryDirectory() as folder:
            self.test(Path(folder))

    def __str__(self) -> str:
        return self.test.__name__


in_folder = InFolder
