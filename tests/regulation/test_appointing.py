"""Rules at the taking up of a post: the version is that of the day of decision, and a finding refuses nothing."""

from typing import Any

import pytest
from msgspec.structs import replace

from services.appointment.events import Appointed, Elected, Holding, Reappointed, Step, Suspended, TenureEnded
from services.chronicle.projections.posts import posts
from services.evaluation.events import Evaluated, Grade, Occasion
from services.organization.events import (
    Bloc,
    Kind,
    PostAbolished,
    PostCreated,
    PostRevised,
    Role,
    UnitEstablished,
)
from services.personnel.events import (
    Disciplined,
    DisciplineForm,
    KinshipDeclared,
    RecordsMerged,
    Registered,
    Side,
)
from services.planning.events import AddedToPlanning, PlannedTitle, RemovedFromPlanning, RoundOpened
from services.regulation.domain.rule_context import row_on
from services.regulation.events import DecisionRegistered, DocumentKind, RuleEnacted
from shared.testing import history, on
from tests.regulation.world import World, labels

BAR = "APPT_BAR_AFTER_DISCIPLINE"
head = PostCreated(unit="office", title="Giám đốc", role=Role.HEAD, effective_from=on("2000-01-01"))
deputy = replace(head, title="Phó Giám đốc", role=Role.DEPUTY)
city = UnitEstablished(
    name="Hải Phòng", kind=Kind.MUNICIPALITY, level="PROVINCE", bloc=Bloc.TERRITORY, effective_from=on("1955")
)
office = UnitEstablished(name="Sở", kind=Kind.DEPARTMENT, parent="city", effective_from=on("1990"))
an = Registered(name="An", birth="1975-03-10", sex="M", effective_from=on("2000-01-01"))
reprimand = Disciplined(
    case="k1", side=Side.PARTY, form=DisciplineForm.REPRIMAND, effective_from=on("2025-01-10")
)
promotion = Appointed(tenure="t9", post="head", step=Step.PROMOTION, effective_from=on("2025-12-01"))


def world(*of_an: Any) -> World:
    told = World().tell("city", city).tell("office", office).tell("head", head).tell("deputy", deputy)
    return told.tell("an", an, *of_an).tell("binh", replace(an, name="Bình"))


def decided(day: str) -> Appointed:
    return replace(promotion, decided_on=on(day))


def test_the_same_promotion_is_judged_by_the_text_of_the_day_of_its_decision() -> None:
    late = world(replace(reprimand, effective_from=on("2025-03-01")))
    (before,), (after,) = (late.judge("an", decided(day), BAR) for day in ("2025-10-07", "2025-10-09"))
    assert (before.version, before.inputs["until"]) == (1, "2026-03-01")
    assert (after.version, after.inputs["until"]) == (2, "2027-03-01")
    assert "80-QĐ/TW" in before.detail
    assert "377-QĐ/TW" in after.detail


def test_a_finding_names_the_case_it_was_found_in() -> None:
    (found,) = world(reprimand).judge("an", decided("2026-01-09"), BAR)
    assert found.inputs == {
        "case": "k1",
        "form": "REPRIMAND",
        "decided_on": "2025-01-10",
        "until": "2027-01-10",
    }
    assert "REPRIMAND of 2025-01-10 bars a higher post for 24 months, until 2027-01-10" in found.detail
    (same_day,) = world(reprimand).judge("an", decided("2025-01-10"), BAR)
    assert same_day.version == 1


def test_a_bar_ends_on_its_day() -> None:
    assert labels(world(reprimand).judge("an", decided("2027-01-09"), BAR)) == [f"{BAR}/2"]
    assert world(reprimand).judge("an", decided("2027-01-10"), BAR) == []


def test_the_new_text_bars_longer_than_the_old_one() -> None:
    old = world(replace(reprimand, effective_from=on("2024-03-01")))
    assert old.judge("an", decided("2025-10-07"), BAR) == []
    assert labels(old.judge("an", decided("2025-10-09"), BAR)) == [f"{BAR}/2"]


def test_an_equal_post_is_not_barred() -> None:
    assert world(reprimand).judge("an", replace(promotion, step=Step.LATERAL), BAR) == []
    assert len(world(reprimand).judge("an", replace(promotion, step=Step.UNSTATED), BAR)) == 1


def test_discipline_told_of_a_merged_file_bars_too() -> None:
    merged = RecordsMerged(merged="an-2", reason="twice on file", effective_from=on("2025-02-01"))
    assert len(world(merged).tell("an-2", an, reprimand).judge("an", promotion, BAR)) == 1


def test_the_day_of_decision_is_that_of_the_document_where_it_is_not_stated() -> None:
    paper = DecisionRegistered(
        number="1/QĐ", issuer="TU", signed_on=on("2025-10-07"), kind=DocumentKind.DECISION, title="Bổ nhiệm"
    )
    (found,) = world(reprimand).tell("d1", paper).judge("an", replace(promotion, decision="d1"), BAR)
    assert found.version == 1


def test_a_rule_enacted_here_stands_before_the_one_that_is_shipped() -> None:
    ours = RuleEnacted(
        rule=BAR,
        number=9,
        parameters={"REPRIMAND": 48},
        effective_from=on("2025-11-01"),
        until=on("2025-12-15"),
    )
    told = world(reprimand).tell("a rule", ours)
    assert [each.version for each in told.judge("an", decided("2025-12-01"), BAR)] == [9]
    assert [each.version for each in told.judge("an", decided("2025-12-15"), BAR)] == [2]


def test_a_higher_post_needs_two_years_in_the_one_before() -> None:
    rule = "APPT_MIN_CURRENT_MONTHS"
    short = world(Appointed(tenure="t1", post="deputy", effective_from=on("2024-01-01")))
    (found,) = short.judge("an", promotion, rule)
    assert found.inputs["months"] == "23"
    assert short.judge("an", replace(promotion, effective_from=on("2026-01-01")), rule) == []
    assert short.judge("an", replace(promotion, step=Step.LATERAL), rule) == []


LIST = RoundOpened(
    owner="city",
    title_set="BTV",
    term="2025-2030",
    titles=(PlannedTitle(post="head"),),
    effective_from=on("2024"),
)
ENTRY = AddedToPlanning(entry="e1", cadre="an", post="head", effective_from=on("2024-05-01"))


def test_whoever_is_appointed_is_planned_for_it() -> None:
    rule = "APPT_IN_PLANNING"
    assert labels(world().tell("list", LIST).judge("an", promotion, rule)) == [f"{rule}/3"]
    assert world().tell("list", LIST, ENTRY).judge("an", promotion, rule) == []
    left = RemovedFromPlanning(entry="e1", effective_from=on("2025-06-01"))
    assert labels(world().tell("list", LIST, ENTRY, left).judge("an", promotion, rule)) == [f"{rule}/3"]
    in_2019 = replace(promotion, effective_from=on("2019-05-01"))
    assert labels(world().tell("list", LIST).judge("an", in_2019, rule)) == [f"{rule}/1"]


def test_an_equal_title_goes_by_its_code_and_other_titles_do_not_count() -> None:
    rule = "APPT_IN_PLANNING"
    told = world().tell("list", LIST).tell("coded", replace(head, title_code="GD"))
    post = replace(promotion, post="coded", effective_from=on("2025-06-01"))
    by_code = replace(ENTRY, post="", title_code="GD", unit="elsewhere")
    (found,) = told.judge("an", post, rule)
    assert found.inputs == {"post": "coded", "entries": "0"}
    assert "on no planning list that day" in found.detail
    (found,) = told.tell("list", replace(by_code, title_code="PGD")).judge("an", post, rule)
    assert found.inputs == {"post": "coded", "entries": "1"}
    assert "planned for 1 other titles" in found.detail
    assert told.tell("list", replace(by_code, entry="e2")).judge("an", post, rule) == []
    assert len(world().tell("list", LIST, by_code).judge("an", promotion, rule)) == 1, "the post has no code"


def test_a_new_unit_without_a_list_may_appoint_without_planning() -> None:
    assert world().judge("an", promotion, "APPT_IN_PLANNING") == []
    before = replace(promotion, effective_from=on("2025-06-01"))
    assert len(world().judge("an", before, "APPT_IN_PLANNING")) == 1


def test_acting_in_a_post_needs_no_planning() -> None:
    acting = replace(promotion, holding=Holding.ACTING)
    assert world().tell("list", LIST).judge("an", acting, "APPT_IN_PLANNING") == []


def test_a_first_post_leaves_time_for_a_term() -> None:
    first = replace(promotion, step=Step.FIRST)
    old = replace(an, birth="1966-04-01")  # retires at 62, on 1 May 2028
    (found,) = World().tell("old", old).judge("old", first, "APPT_FIRST_AGE")
    assert found.inputs["months"] == "29"
    assert world().judge("an", first, "APPT_FIRST_AGE") == []
    assert World().tell("who", replace(old, birth="")).judge("who", first, "APPT_FIRST_AGE") == []


def test_a_head_serves_two_terms_in_a_row() -> None:
    first = Appointed(tenure="t1", post="head", effective_from=on("2015-01-01"))
    second = Reappointed(
        tenure="t2", previous="t1", term_no=2, effective_from=on("2020-01-01"), evaluation="e"
    )
    third = replace(second, tenure="t3", previous="t2", term_no=3, effective_from=on("2025-12-01"))
    rule = "MAX_CONSECUTIVE_TERMS"
    assert world(first).judge("an", second, rule) == []
    (found,) = world(first, second).judge("an", third, rule)
    assert found.inputs == {"post": "head", "terms": "3"}
    assert "term 3 in this post" in found.detail
    as_deputy = world(replace(first, post="deputy"), second)
    assert as_deputy.judge("an", third, rule) == []
    elected = Elected(tenure="t3", post="head", election="x", effective_from=on("2025-12-01"))
    assert len(world(first, second).judge("an", elected, rule)) == 1


def test_some_posts_are_not_for_local_people() -> None:
    told = world().tell("chair", replace(head, not_local=True))
    ward = UnitEstablished(name="Phường", kind=Kind.WARD, parent="city", effective_from=on("2000"))
    told.tell("ward", ward).tell("local", replace(an, home_unit="ward")).tell(
        "other", replace(an, home_unit="far")
    )
    post = replace(promotion, post="chair")
    assert len(told.judge("local", post, "NOT_LOCAL")) == 1
    assert told.judge("other", post, "NOT_LOCAL") == []
    assert told.judge("an", post, "NOT_LOCAL") == [], "nothing is known of the home place"
    assert told.judge("local", promotion, "NOT_LOCAL") == [], "any post"
    nowhere = told.tell("hq", replace(office, parent="")).tell(
        "agent", replace(head, unit="hq", not_local=True)
    )
    assert nowhere.judge("local", replace(promotion, post="agent"), "NOT_LOCAL") == [], "in no territory"


def test_the_home_place_is_sought_in_units_that_stand_in_a_circle_only_once() -> None:
    north = UnitEstablished(name="Bắc", kind=Kind.OTHER, parent="south", effective_from=on("2000"))
    told = world().tell("north", north).tell("south", replace(north, name="Nam", parent="north"))
    told.tell("chair", replace(head, not_local=True)).tell("local", replace(an, home_unit="north"))
    assert told.judge("local", replace(promotion, post="chair"), "NOT_LOCAL") == []


def test_a_post_is_looked_at_as_it_was_on_the_day() -> None:
    renamed = PostRevised(title="Chủ nhiệm", role=Role.STAFF, effective_from=on("2025-06-01"))
    first = Appointed(tenure="t1", post="head", effective_from=on("2010-01-01"))
    second = Reappointed(tenure="t2", previous="t1", term_no=2, effective_from=on("2015-01-01"))
    third = replace(second, tenure="t3", previous="t2", term_no=3, effective_from=on("2020-01-01"))
    told = world(first, second).tell("head", renamed)
    assert len(told.judge("an", third, "MAX_CONSECUTIVE_TERMS")) == 1
    late = replace(third, effective_from=on("2025-06-01"))
    assert told.judge("an", late, "MAX_CONSECUTIVE_TERMS") == []


@pytest.mark.parametrize(
    ("day", "title"),
    [
        ("2025-05-31", "Giám đốc"),
        ("2025-06-01", "Chủ nhiệm"),
        ("1999-12-31", "Giám đốc"),
        ("2026-01-01", "Chủ nhiệm"),
    ],
)
def test_a_thing_on_a_day_is_its_version_then_else_the_last_before_else_the_first(
    day: str, title: str
) -> None:
    renamed = PostRevised(title="Chủ nhiệm", effective_from=on("2025-06-01"))
    ended = PostAbolished(reason="merger", effective_from=on("2025-12-01"))
    versions = list(posts.fold(history(head, renamed, ended)).values())
    for rows in (versions, versions[::-1]):
        row = row_on(rows, on(day))
        assert row is not None
        assert row.title == title


@pytest.mark.parametrize("declared_by", ["an", "binh"])
def test_relatives_are_not_head_and_deputy_whoever_declared_it(declared_by: str) -> None:
    kin = KinshipDeclared(
        kinship="q1",
        relation="SIBLING",
        relative={"an": "binh", "binh": "an"}[declared_by],
        effective_from=on("2010"),
    )
    rules = "KIN_HEAD_DEPUTY", "KIN_SAME_COLLECTIVE"
    sits = Appointed(tenure="t2", post="deputy", effective_from=on("2020-01-01"))
    told = world().tell("binh", sits).tell(declared_by, kin)
    (found,) = told.judge("an", promotion, *rules)
    assert (found.rule, found.inputs["relative"]) == ("KIN_HEAD_DEPUTY", "binh")
    beside = told.tell("deputy2", deputy).judge("an", replace(promotion, post="deputy2"), *rules)
    assert labels(beside) == ["KIN_SAME_COLLECTIVE/1"]
    told.tell("binh", TenureEnded(tenure="t2", effective_from=on("2025-11-01")))
    assert told.judge("an", promotion, *rules) == []


def test_relatives_whose_kinship_is_over_or_of_others_may_lead_together() -> None:
    sits = Appointed(tenure="t2", post="deputy", effective_from=on("2020-01-01"))
    kin = KinshipDeclared(kinship="q1", relation="SPOUSE", relative="binh", effective_from=on("2010"))
    rules = "KIN_HEAD_DEPUTY", "KIN_SAME_COLLECTIVE"
    over = replace(kin, until=on("2024-01-01"))
    assert world(over).tell("binh", sits).judge("an", promotion, *rules) == []
    theirs = world().tell("binh", sits).tell("chi", an, kin)
    assert theirs.judge("an", promotion, *rules) == []
    by_name = replace(kin, relative="", relative_name="Bình")
    assert world(by_name).tell("", sits).judge("an", promotion, *rules) == []


def test_relatives_lead_together_from_the_day_one_begins_to_the_day_before_one_ends() -> None:
    kin = KinshipDeclared(kinship="q1", relation="SPOUSE", relative="binh", effective_from=on("2010"))
    sits = Appointed(tenure="t2", post="deputy", effective_from=promotion.effective_from)
    assert len(world(kin).tell("binh", sits).judge("an", promotion, "KIN_HEAD_DEPUTY")) == 1
    earlier = replace(sits, effective_from=on("2020-01-01"))
    left = TenureEnded(tenure="t2", effective_from=promotion.effective_from)
    assert world(kin).tell("binh", earlier, left).judge("an", promotion, "KIN_HEAD_DEPUTY") == []


def test_seats_are_taken_by_those_who_act_as_holders() -> None:
    sits = Appointed(tenure="t2", post="head", effective_from=on("2020-01-01"))
    away = Suspended(tenure="t2", effective_from=on("2025-01-01"), reason="under inspection")
    for held, holders in (
        ((replace(sits, holding=Holding.CONCURRENT),), 1),
        ((replace(sits, holding=Holding.ACTING),), 0),
        ((sits, away), 0),
        ((sits, TenureEnded(tenure="t2", effective_from=on("2025-01-01"))), 0),
        ((replace(sits, effective_from=on("2026-01-01")),), 0),
    ):
        assert len(world().tell("binh", *held).judge("an", promotion, "SEATS")) == holders
    assert world(sits).judge("an", promotion, "SEATS") == [], "the seat is their own"


def test_more_holders_than_seats_are_found() -> None:
    sits = Appointed(tenure="t2", post="head", effective_from=on("2020-01-01"))
    (found,) = world().tell("binh", sits).judge("an", promotion, "SEATS")
    assert found.inputs == {"post": "head", "seats": "1", "holders": "1"}
    assert world().judge("an", promotion, "SEATS") == []


def test_a_second_term_is_given_after_an_evaluation() -> None:
    first = Appointed(tenure="t1", post="head", effective_from=on("2020-12-01"))
    again = Reappointed(tenure="t2", previous="t1", term_no=2, effective_from=on("2025-12-01"))
    graded = Evaluated(
        evaluation="g1",
        period="2025",
        occasion=Occasion.PRE_REAPPOINT,
        grade=Grade.GOOD,
        effective_from=on("2025-11-01"),
    )
    rule = "REAPPT_EVALUATION"
    assert labels(world(first).judge("an", again, rule)) == [f"{rule}/1"]
    assert world(first, graded).judge("an", again, rule) == []
    assert world(first).judge("an", replace(again, evaluation="g1"), rule) == []
    assert len(world(first, replace(graded, effective_from=on("2024-11-30"))).judge("an", again, rule)) == 1


@pytest.mark.parametrize(
    ("day", "number"), [("2025-03-06", 0), ("2025-03-07", 1), ("2025-06-30", 1), ("2025-07-01", 0)]
)
def test_appointments_are_found_during_the_moratorium(day: str, number: int) -> None:
    fact = replace(promotion, effective_from=on(day))
    assert len(world().judge("an", fact, "MORATORIUM_2025")) == number


def test_a_moratorium_spares_levels_it_does_not_name() -> None:
    told = World().tell("city", replace(city, level="CENTRAL")).tell("office", office).tell("head", head)
    assert told.judge("an", replace(promotion, effective_from=on("2025-05-01")), "MORATORIUM_2025") == []


def test_the_disciplined_of_the_term_are_not_promoted_at_the_merger() -> None:
    told = world(replace(reprimand, effective_from=on("2021-01-10")))
    rule = "NO_PROMOTION_IF_DISCIPLINED_TERM"
    assert len(told.judge("an", replace(promotion, effective_from=on("2025-07-01")), rule)) == 1
    assert told.judge("an", promotion, rule) == []
