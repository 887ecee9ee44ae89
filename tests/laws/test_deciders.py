"""Every decider judges anything it is asked, says nothing twice, and never argues with the past."""

from collections import Counter
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.bootstrap.services import SERVICES
from shared.commands.command_handler import AnyService
from shared.core.decider import Rejected
from shared.core.facts import Corrected
from shared.core.normalization import normalize_fact
from shared.core.timeline import timeline
from shared.testing import recorded, void
from shared.testing.histories import histories, structs
from shared.testing.laws import EventSequence
from tests.laws.met import scaled, until_enough

for_every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


@for_every_service
def test_evolving_never_refuses_whatever_the_past_was(service: AnyService) -> None:
    @settings(max_examples=scaled(150), deadline=None, derandomize=False)
    @given(histories(service.topic))
    def law(events: EventSequence) -> None:
        decider = service.decider
        settled = [event.fact for event in timeline(events)]
        assert decider.replay(events) == reduce(decider.evolve, settled, decider.initial)

    law()


@for_every_service
def test_any_proposal_is_stored_or_rejected_by_name_and_a_repeated_one_says_nothing_new(
    service: AnyService,
) -> None:
    met: Counter[str] = Counter()
    kinds = [structs(kind) for kind in service.topic.kinds.values() if kind is not Corrected]

    @settings(max_examples=scaled(150), deadline=None, derandomize=False)
    @given(st.lists(st.one_of(kinds), min_size=1, max_size=14))
    def law(proposals: list[Any]) -> None:
        history: list[Any] = []
        for proposed in proposals:
            try:
                decided = service.decider.judge(history, normalize_fact(proposed))
            except Rejected as rejected:
                met[rejected.rule] += 1
                continue
            met["stored" if decided else "said before"] += 1
            history += [recorded(fact, number) for number, fact in enumerate(decided, start=len(history) + 1)]
            assert said_again(service, history, proposed) == (), "a repeated proposal was stored"

    until_enough(law, lambda: met["stored"] >= scaled(100) and met.total() - met["stored"] >= scaled(20))


@for_every_service
def test_what_was_voided_may_be_said_again(service: AnyService) -> None:
    tried: Counter[bool] = Counter()
    kinds = [structs(kind) for kind in service.topic.kinds.values() if kind is not Corrected]

    @settings(max_examples=scaled(150), deadline=None, derandomize=False)
    @given(st.one_of(kinds))
    def law(proposed: Any) -> None:
        try:
            decided = service.decider.judge([], normalize_fact(proposed))
        except Rejected:
            tried[False] += 1
            return
        tried[True] += 1
        history = [recorded(fact, number) for number, fact in enumerate(decided, start=1)]
        history += [recorded(void(event.event_id), number) for number, event in enumerate(history, start=9)]
        assert service.decider.judge(history, normalize_fact(proposed)) == decided

    until_enough(law, lambda: tried[True] >= scaled(15))


def said_again(service: AnyService, history: list[Any], proposed: Any) -> object:
    try:
        return service.decider.judge(history, normalize_fact(proposed))
    except Rejected:
        return ()
