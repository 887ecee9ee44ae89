"""What closes a planning entry without anybody deciding on it."""

import pytest
from msgspec.structs import replace

from services.appointment.events import Appointed, Designated, Elected, Holding
from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.planning import planning_entries
from services.chronicle.projections.posts import posts
from services.organization.events import DissolutionReason, PostAbolished, PostCreated, UnitDissolved
from services.personnel.events import Disciplined, DisciplineForm, ServiceEnd, ServiceEnded, Side
from services.planning.domain.decider import planning
from services.planning.events import RemovalMode, RemovalReason, RemovedFromPlanning
from services.planning.reactions import leave_lists, lose_title, reach_title
from shared.testing import FakeReadModel, Given, history, on, recorded
from tests.planning.facts import JULY, OPENED, an, an_out, binh, opened

LATER = on("2020-03-01")
created = PostCreated(unit="city", title="Chair", title_code="CHAIR", effective_from=on("2010-01-01"))
appointed = Appointed(tenure="t1", post="chair", effective_from=LATER, decision="d9")
by_code = replace(an, entry="e5", post="", title_code="CHAIR", unit="city")


def removed(entry: str, reason: RemovalReason, trigger: str, decision: str = "d9") -> RemovedFromPlanning:
    return RemovedFromPlanning(
        effective_from=LATER,
        entry=entry,
        reason=reason,
        mode=RemovalMode.AUTOMATIC,
        trigger=trigger,
        decision=decision,
    )


def read_model(*facts: object) -> FakeReadModel:
    return FakeReadModel(
        PROJECTIONS,
        planning_entries=planning_entries.fold(history(opened, *facts, stream="list")).values(),
        posts=posts.fold(history(created, stream="chair")).values(),
    )


def test_whoever_gets_the_planned_title_leaves_the_list() -> None:
    event = recorded(appointed, 7, stream="an")
    answer = removed("e1", RemovalReason.APPOINTED, "here/7")
    assert reach_title(event, read_model(an, binh)) == (("list", answer),)
    Given(planning, opened, an, binh).when(answer).then(answer)


@pytest.mark.parametrize(
    "fact",
    [
        Elected(tenure="t1", post="chair", election="x", effective_from=LATER),
        Designated(tenure="t1", post="chair", authority="p", legal_basis="l", effective_from=LATER),
        replace(appointed, holding=Holding.CONCURRENT),
        replace(appointed, post="other", planned_entry="e1"),
    ],
    ids=["elected", "designated", "concurrent", "entry named"],
)
def test_whatever_the_route(fact: Appointed) -> None:
    event = recorded(fact, 7, stream="an")
    assert reach_title(event, read_model(an)) == (
        ("list", removed("e1", RemovalReason.APPOINTED, "here/7", fact.decision)),
    )


def test_a_title_planned_by_its_code_is_reached_in_its_unit_only() -> None:
    event = recorded(appointed, 7, stream="an")
    assert reach_title(event, read_model(by_code)) == (
        ("list", removed("e5", RemovalReason.APPOINTED, "here/7")),
    )
    assert reach_title(event, read_model(replace(by_code, unit="ward"))) == ()
    assert reach_title(event, read_model(replace(by_code, title_code="OTHER"))) == ()


@pytest.mark.parametrize(
    "fact",
    [
        replace(appointed, holding=Holding.ACTING),
        replace(appointed, holding=Holding.IN_CHARGE),
        replace(appointed, post="other"),
        replace(appointed, effective_from=OPENED),
    ],
    ids=["acting", "in charge", "another post", "before the entry"],
)
def test_another_post_leaves_the_entry_alone(fact: Appointed) -> None:
    assert reach_title(recorded(fact, 7, stream="an"), read_model(an)) == ()


def test_who_has_left_the_list_does_not_leave_again() -> None:
    assert reach_title(recorded(appointed, 7, stream="an"), read_model(an, an_out)) == ()


def test_all_horizons_answer() -> None:
    next_term = planning_entries.fold(history(opened, replace(an, entry="n1"), stream="next")).values()
    this_term = planning_entries.fold(history(opened, an, stream="list")).values()
    answers = reach_title(
        recorded(appointed, 7, stream="an"),
        FakeReadModel(PROJECTIONS, planning_entries=[*this_term, *next_term]),
    )
    assert [list_ for list_, _ in answers] == ["list", "next"]


def test_an_abolished_title_has_no_successors_in_waiting() -> None:
    event = recorded(PostAbolished(reason="merger", effective_from=LATER, decision="d8"), 3, stream="chair")
    answers = lose_title(event, read_model(an, binh))
    assert [answer for _, answer in answers] == [
        removed(entry, RemovalReason.TITLE_ABOLISHED, "here/3", "d8") for entry in ("e1", "e2")
    ]


def test_a_dissolved_unit_takes_its_titles_along_each_once() -> None:
    fact = UnitDissolved(reason=DissolutionReason.MERGED, effective_from=LATER)
    answers = lose_title(recorded(fact, 3, stream="city"), read_model(an, by_code))
    assert [answer for _, answer in answers] == [
        removed(entry, RemovalReason.TITLE_ABOLISHED, "here/3", "") for entry in ("e1", "e5")
    ]
    assert lose_title(recorded(created, 3, stream="chair"), read_model(an)) == ()


def test_whoever_leaves_service_leaves_every_list() -> None:
    fact = ServiceEnded(kind=ServiceEnd.RETIRED, effective_from=LATER, decision="d9")
    answers = leave_lists(recorded(fact, 4, stream="an"), read_model(an, binh, by_code))
    assert [answer for _, answer in answers] == [
        removed(entry, RemovalReason.LEFT_SERVICE, "here/4") for entry in ("e1", "e5")
    ]


def test_other_facts_are_not_answered() -> None:
    warned = Disciplined(case="c", side=Side.PARTY, form=DisciplineForm.WARNING, effective_from=JULY)
    assert leave_lists(recorded(warned, 4, stream="an"), read_model(an)) == ()
