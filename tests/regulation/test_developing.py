"""Rules at planning, moves, grades and votes."""

from typing import Any

import pytest
from msgspec.structs import replace

from services.appointment.events import Appointed
from services.evaluation.events import Ballot, ConfidenceVoted, Evaluated, Grade, Occasion, VoteKind
from services.organization.events import Kind, PostCreated, UnitEstablished
from services.personnel.events import Disciplined, DisciplineForm, Registered, Side
from services.planning.events import AddedToPlanning, PlannedTitle, RoundOpened
from services.rotation.events import Rotated, RotationEnded, RotationOutcome, RotationPurpose
from shared.testing import on
from tests.regulation.world import World, labels

city = UnitEstablished(name="Thành phố", kind=Kind.PROVINCIAL_CITY, effective_from=on("2010"))
an = Registered(name="An", birth="1980-03-10", sex="F", effective_from=on("2000-01-01"))
post = PostCreated(unit="city", title="Bí thư", effective_from=on("2010"))
opened = RoundOpened(
    owner="city",
    title_set="BTV",
    term="2025-2030",
    titles=(PlannedTitle(post="head"),),
    effective_from=on("2023-01-01"),
)
entry = AddedToPlanning(entry="e1", cadre="an", post="head", effective_from=on("2024-01-01"))
warning = Disciplined(
    case="k1",
    side=Side.PARTY,
    form=DisciplineForm.WARNING,
    effective_from=on("2023-06-01"),
    expires_on=on("2024-06-01"),
)


def world(*of_an: Any) -> World:
    told = World().tell("city", city).tell("head", post).tell("list", opened)
    return told.tell("an", an, *of_an)


def test_three_may_be_planned_for_one_title() -> None:
    rule = "PLAN_MAX_PERSONS_PER_TITLE"
    others = [replace(entry, entry=f"o{n}", cadre=f"other {n}") for n in range(3)]
    assert world().tell("list", *others[:2]).judge("list", entry, rule) == []
    (found,) = world().tell("list", *others).judge("list", entry, rule)
    assert found.inputs == {"persons": "4", "most": "3"}
    before = replace(entry, decided_on=on("2021-12-26"))
    assert world().tell("list", *others).judge("list", before, rule) == []


def test_one_person_may_be_planned_for_three_titles() -> None:
    rule = "PLAN_MAX_TITLES_PER_PERSON"
    others = [replace(entry, entry=f"o{n}", post=f"post {n}") for n in range(3)]
    assert world().tell("list", *others[:2]).judge("list", entry, rule) == []
    assert labels(world().tell("list", *others).judge("list", entry, rule)) == [f"{rule}/1"]


def test_nobody_is_planned_for_the_post_they_hold() -> None:
    rule = "PLAN_ONLY_HIGHER"
    held = Appointed(tenure="t1", post="head", effective_from=on("2020-01-01"))
    assert labels(world(held).judge("list", entry, rule)) == [f"{rule}/1"]
    assert world(replace(held, post="deputy")).judge("list", entry, rule) == []


def test_nobody_is_planned_while_discipline_stands() -> None:
    rule = "PLAN_AFTER_DISCIPLINE"
    assert labels(world(warning).judge("list", entry, rule)) == [f"{rule}/1"]
    assert world(warning).judge("list", replace(entry, effective_from=on("2024-06-01")), rule) == []


def test_the_planned_can_serve_a_term_by_the_age_reference_of_the_list() -> None:
    rule = "PLAN_AGE_NEXT_TERM"
    old = replace(an, birth="1970-01-10")  # a woman; she retires on 1 June 2027
    assert World().tell("list", opened).tell("an", an).judge("list", entry, rule) == []
    (found,) = World().tell("list", opened).tell("an", old).judge("list", entry, rule)
    assert found.inputs == {"months": "41"}
    later = replace(opened, age_reference=on("2025-09"))
    (found,) = World().tell("list", later).tell("an", old).judge("list", entry, rule)
    assert found.inputs == {"months": "21"}


def test_discipline_points_at_the_lists_it_takes_one_off() -> None:
    (found,) = (
        world()
        .tell("list", entry)
        .judge("an", replace(warning, effective_from=on("2024-03-01")), "PLAN_AUTO_EXIT")
    )
    assert found.inputs == {"list": "list", "entry": "e1"}


rotated = Rotated(rotation="r1", to_post="head", to_unit="city", effective_from=on("2024-02-01"))


def test_the_rotated_come_from_the_planning_lists() -> None:
    rule = "ROT_IN_PLANNING"
    assert labels(world().judge("an", rotated, rule)) == [f"{rule}/2"]
    assert world().tell("list", entry).judge("an", rotated, rule) == []


def test_ten_years_remain_at_a_rotation_or_five_for_some_purposes() -> None:
    rule = "ROT_REMAINING_SERVICE_MONTHS"
    old = World().tell("an", replace(an, birth="1975-01-10"))  # retires on 1 October 2034
    assert old.judge("an", rotated, rule) == []
    later = replace(rotated, effective_from=on("2025-02-01"))
    assert labels(old.judge("an", later, rule)) == [f"{rule}/1"]
    assert old.judge("an", replace(later, purpose=RotationPurpose.NOT_LOCAL), rule) == []


@pytest.mark.parametrize(
    ("end", "outcome", "number"),
    [
        ("2027-01-31", RotationOutcome.RECALLED, 1),
        ("2027-02-01", RotationOutcome.RETURNED, 0),
        ("2025-01-01", RotationOutcome.UNIT_ABOLISHED, 0),
        ("2025-01-01", RotationOutcome.RETURNED, 1),
    ],
)
def test_a_rotation_lasts_three_years_unless_its_unit_ends(
    end: str, outcome: RotationOutcome, number: int
) -> None:
    ended = RotationEnded(rotation="r1", outcome=outcome, effective_from=on(end))
    assert len(world(rotated).judge("an", ended, "ROT_MIN_MONTHS")) == number


def test_the_moratorium_covers_moves_and_planning() -> None:
    day, rule = on("2025-04-01"), "MORATORIUM_2025"
    assert [
        each.inputs["action"] for each in world().judge("an", replace(rotated, effective_from=day), rule)
    ] == ["rotation"]
    assert [
        each.inputs["action"] for each in world().judge("list", replace(entry, effective_from=day), rule)
    ] == ["planning"]


failed = Evaluated(
    evaluation="g24",
    period="2024",
    occasion=Occasion.ANNUAL,
    grade=Grade.FAILED,
    effective_from=on("2024-12-20"),
)


def test_two_failed_years_in_a_row_were_needed_and_now_one_is() -> None:
    rule = "FAIL_TO_EXIT_YEARS"
    assert world().judge("an", failed, rule) == []
    before = replace(failed, evaluation="g23", period="2023", effective_from=on("2023-12-20"))
    assert labels(world(before).judge("an", failed, rule)) == [f"{rule}/1"]
    assert labels(
        world().judge("an", replace(failed, period="2025", effective_from=on("2025-12-20")), rule)
    ) == [f"{rule}/2"]


EXIT = "PLAN_LOW_CONFIDENCE_EXIT"


def vote(called: int, present: int, high: int, low: int) -> ConfidenceVoted:
    ballot = Ballot(cadre="an", high=high, low=low)
    return ConfidenceVoted(
        vote="v",
        kind=VoteKind.RATING,
        called=called,
        present=present,
        results=(ballot,),
        effective_from=on("2024"),
    )


def test_a_vote_needs_two_thirds_of_those_called() -> None:
    assert world().judge("body", vote(30, 20, 20, 0), "CONF_VOTE_QUORUM") == []
    (found,) = world().judge("body", vote(30, 19, 19, 0), "CONF_VOTE_QUORUM")
    assert found.inputs == {"present": "19", "called": "30"}


@pytest.mark.parametrize(
    ("high", "low", "rule"),
    [
        (15, 15, ""),
        (14, 16, "PLAN_LOW_CONFIDENCE_EXIT"),
        (11, 19, "PLAN_LOW_CONFIDENCE_EXIT"),
        (10, 20, "CONF_DISMISS"),
    ],
)
def test_low_confidence_leads_off_the_lists_or_out_of_office(high: int, low: int, rule: str) -> None:
    found = world().judge("body", vote(30, 30, high, low))
    assert [each.rule for each in found] == ([rule] if rule else [])
