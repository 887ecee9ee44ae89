"""Each fact that counts changes rows of some projection, or is listed among those that change nothing."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.ignored import ignored
from services.evaluation.events import ConfidenceVoted
from services.organization.events import ReorganisationApproved, ReorganisationExecuted
from services.rotation.events import PlanApproved
from shared.core.facts import AnyEvent
from shared.core.projection import AnyProjection, apply_changes
from shared.core.timeline import timeline
from shared.readmodel.projector import projections_of
from shared.testing.laws import EventSequence
from tests.laws.met import holds, scaled

SAY_NOTHING: dict[type[Any], str] = {ReorganisationExecuted: "edges", ConfidenceVoted: "results"}
"""Facts that change nothing where this list in them is empty: there is nothing to be shown."""
OLDER_VERSIONS = (ReorganisationApproved, PlanApproved)
"""An older version of a plan is no contradiction: the newest one is what is planned."""
BESIDE = {
    *("unit_codes", "person_codes", "candidacies", "reliefs", "trainings", "planning_titles"),
    *(each.name for each in PROJECTIONS if each.name.startswith("secret")),
}
"""What these take from a fact, such as a code or the reason of an end, stays also where the fact itself is left out."""


def find_silent(projection: AnyProjection, events: EventSequence) -> tuple[set[str], set[str]]:
    """The facts that change no row at all, and those that change none except beside."""
    others = [each for each in projections_of(PROJECTIONS, projection.follows.name) if each not in ignored]
    rows: dict[str, dict[str, Any]] = {each.name: {} for each in others}
    silent, left_out = set[str](), set[str]()
    for event in timeline(events):
        changing = set()
        for each in others:
            if changes := each.step(rows[each.name], event):
                changing.add(each.name)
                apply_changes(rows[each.name], changes)
        if not changing:
            silent.add(event.event_id)
        if not changing - BESIDE:
            left_out.add(event.event_id)
    return silent, left_out


def says_nothing(event: AnyEvent) -> bool:
    fact = event.fact
    return isinstance(fact, OLDER_VERSIONS) or not getattr(fact, SAY_NOTHING.get(type(fact), "type"), True)


def test_every_topic_that_has_rows_has_such_a_list() -> None:
    topics = [each.follows.name for each in ignored]
    assert sorted(topics) == sorted({each.follows.name for each in PROJECTIONS})


@pytest.mark.parametrize("projection", ignored, ids=lambda each: each.name)
def test_a_fact_changes_rows_or_is_listed_as_without_effect(projection: AnyProjection) -> None:
    met = Counter[str]()

    def law(events: EventSequence, chance: Random) -> None:
        del chance
        silent, left_out = find_silent(projection, events)
        listed = projection.fold(timeline(events))
        met.update(row.because for row in listed.values())
        unlisted = [e for e in timeline(events) if e.event_id in silent - listed.keys()]
        assert [each.fact for each in unlisted if not says_nothing(each)] == []
        assert listed.keys() <= left_out, "what has its row is without effect"

    holds(law, projection, enough=lambda: met.total() >= scaled(20))
