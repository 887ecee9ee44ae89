"""A fact said twice is two facts; a fact delivered twice is one. Sets where lists are meant are a classic sin."""

from random import Random
from typing import Any

import pytest

from services.bootstrap.services import SERVICES
from services.chronicle.projections.posts import edges, oversight, quotas
from services.organization.events import (
    Edge,
    OversightSet,
    Portion,
    QuotaKind,
    QuotaSet,
    ReorganisationExecuted,
)
from shared.core.bitemporal import fold_periods
from shared.core.facts import Recorded, Topic
from shared.core.partial_dates import PDate
from shared.core.projection import AnyProjection, Changes, Projection, Row, Rows
from shared.core.timeline import timeline
from shared.testing import as_known, history
from shared.testing.laws import EventSequence
from tests.laws.met import holds


class Tally(Row, frozen=True, kw_only=True):
    """How many facts count."""

    facts: int


def tally(topic: Topic[Any]) -> AnyProjection:
    def step(rows: Rows[Tally], event: Recorded[Any]) -> Changes[Tally]:
        before = rows.get("tally")
        return {"tally": Tally(facts=before.facts + 1 if before else 1)}

    return Projection(name="tally", follows=topic, row=Tally, step=step)


@pytest.mark.parametrize("topic", [service.topic for service in SERVICES.values()], ids=SERVICES)
def test_every_fact_counts_once_however_often_it_comes_and_equal_facts_count_each(topic: Topic[Any]) -> None:
    projection = tally(topic)

    def law(events: EventSequence, chance: Random) -> None:
        twice = chance.sample([*events, *events], 2 * len(events))
        shown = as_known(fold_periods(projection, twice))
        counted = len({event.event_id for event in timeline(events)})
        assert (shown["tally"].facts if shown else 0) == counted

    holds(law, projection)


QUOTA = QuotaSet(effective_from=PDate("2025-07-01"), quota=QuotaKind.DEPUTIES, amount=3)
OVERSIGHT = OversightSet(effective_from=PDate("2025-07-01"), vertical="ministry", territorial="city")


@pytest.mark.parametrize(
    ("projection", "fact"), [(quotas, QUOTA), (oversight, OVERSIGHT)], ids=["quotas", "oversight"]
)
def test_two_equal_facts_each_have_their_row(projection: AnyProjection, fact: Any) -> None:
    rows = projection.fold(history(fact, fact))
    assert [row.opened_by for row in rows.values()] == ["here/1", "here/2"]


def test_every_clause_of_a_reorganisation_has_its_row() -> None:
    clauses = tuple(
        Edge(source="a", target="b", portion=Portion.PART, clause_no=number) for number in (1, 2, 3)
    )
    executed = ReorganisationExecuted(effective_from=PDate("2025-07-01"), title="merger", edges=clauses)
    assert [row.clause_no for row in edges.fold(history(executed)).values()] == [1, 2, 3]
