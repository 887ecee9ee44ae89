"""Laws that every fold obeys, as functions that raise AssertionError."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from shared.core.bitemporal import fold_known, fold_periods, fold_periods_by_definition
from shared.core.facts import AnyEvent, Corrected
from shared.core.partial_dates import Instant, later
from shared.core.projection import AnyProjection, apply_changes
from shared.core.timeline import timeline
from shared.testing.given import as_known, in_bytes, recorded, void

EventSequence = Sequence[AnyEvent]


def check_fold_equals_definition(projection: AnyProjection, events: EventSequence) -> None:
    """Extending the last rows gives the same as folding everything at every instant."""
    assert in_bytes(fold_periods(projection, events)) == in_bytes(
        fold_periods_by_definition(projection, events)
    )


def check_delivery_order_is_irrelevant(
    projection: AnyProjection, events: EventSequence, delivered: EventSequence
) -> None:
    """The same facts in another order, some of them twice, give the same rows."""
    assert in_bytes(fold_periods(projection, delivered)) == in_bytes(fold_periods(projection, events))


def check_known_periods(projection: AnyProjection, events: EventSequence) -> None:
    """The known periods of a row do not overlap or repeat, and the last rows are those that all facts give."""
    periods = sorted(fold_periods(projection, events), key=lambda each: (each.key, each.known_from))
    assert all(each.known_from < each.known_to for each in periods), "a row that was never known"
    for earlier, later_period in pairwise(periods):
        if earlier.key == later_period.key:
            assert earlier.known_to <= later_period.known_from, (
                f"{earlier} and {later_period} were known at once"
            )
            assert earlier.known_to < later_period.known_from or earlier.row != later_period.row, (
                f"{earlier} is cut for nothing"
            )
    assert as_known(periods) == fold_known(projection, events)


def check_void_equals_absence(projection: AnyProjection, events: EventSequence, target: str) -> bool:
    """From the correction on it is as if the fact had never been; as known before, it still is. True if that showed.
    Rows about corrections themselves are left aside."""
    last = max(event.recorded_at for event in events)
    correction = replace(recorded(void(target), 99, "judge"), recorded_at=later(last), lamport=99)
    periods = fold_periods(projection, [*events, correction])
    before, after = as_known(periods, last), as_known(periods)
    assert before == as_known(fold_periods(projection, events))
    for event in events:
        if isinstance(event.fact, Corrected):
            before.pop(event.event_id, None)
            after.pop(event.event_id, None)
    assert after == projection.fold(timeline(event for event in events if event.event_id != target))
    return before != after


def check_only_handled_kinds_matter(projection: AnyProjection, events: EventSequence) -> int:
    """A fact of a kind that a projection does not handle changes no row. Returns how many there were."""
    rows: dict[str, Any] = {}
    others = 0
    for event in timeline(events):
        changes = projection.step(rows, event)
        if projection.kinds and type(event.fact) not in projection.kinds:
            assert not changes, f"{projection.name} does not look at {type(event.fact).__name__}"
            others += 1
        apply_changes(rows, changes)
    return others


def check_recording_order_is_irrelevant(
    projection: AnyProjection, events: EventSequence, instants: Sequence[Instant]
) -> None:
    """Facts and corrections recorded by other clocks, hence known in another order, give the same rows in the end."""
    other = [replace(event, recorded_at=at) for event, at in zip(events, instants, strict=True)]
    check_fold_equals_definition(projection, other)
    assert [each.event_id for each in timeline(other)] == [each.event_id for each in timeline(events)]
    assert as_known(fold_periods(projection, events)) == as_known(fold_periods(projection, other))
