"""Planning lists, titles, entries and reviews through time."""

from msgspec.structs import replace

from services.chronicle.projections.planning import (
    planning_entries,
    planning_lists,
    planning_reviews,
    planning_titles,
)
from services.chronicle.rows import FindingsOfFact, list_from_text
from services.organization.events import Bloc
from services.planning.events import (
    PlannedTitle,
    PlanningSource,
    RemovalMode,
    RemovalReason,
    Structure,
    Targets,
)
from shared.core.facts import Finding
from shared.testing import amend, on, void
from tests.chronicle.shown import certain, possible, rows
from tests.planning.facts import DECEMBER, JULY, OPENED, an, an_out, binh, opened, reviewed

told = replace(
    opened,
    name="Quy hoạch chủ chốt",
    bloc=Bloc.PARTY,
    coefficient=1.5,
    targets=Targets(women=0.25, age_bands={"40": 0.1}),
    age_reference=on("2020-05"),
    rule_set="15-HD",
    until=on("2020-10-01"),
    titles=(PlannedTitle(post="chair", seats=2), PlannedTitle(title_code="HEAD", unit="ward")),
)


def test_a_list_is_shown_as_it_was_opened_over_the_time_it_counts() -> None:
    (row,) = rows(planning_lists, told, stream="list")
    assert (row.list_id, row.owner_id, row.title_set, row.term, row.bloc) == (
        *("list", "city", "KEY", "2015-2020", "PARTY"),
    )
    assert (row.name, row.coefficient, row.age_reference, row.rule_set) == (
        *("Quy hoạch chủ chốt", "1.5", "2020-05", "15-HD"),
    )
    assert row.targets == '{"age_bands":{"40":0.1},"women":0.25}'
    assert (row.valid_from, row.valid_to, row.opened_by, row.decision) == (
        *(OPENED, "2020-10-01", "here/1", "d1"),
    )


def test_what_is_not_stated_is_empty() -> None:
    (row,) = rows(planning_lists, opened, stream="list")
    assert (row.targets, row.coefficient, row.age_reference, row.valid_to) == ("", "", "", "9999-12-31")


def test_a_list_opened_twice_stands_as_first_opened() -> None:
    assert [row.term for row in rows(planning_lists, opened, replace(opened, term="2020-2025"))] == [
        "2015-2020"
    ]


def test_every_title_of_a_list_has_its_row() -> None:
    found = rows(planning_titles, told, stream="list")
    assert [(row.list_id, row.post_id, row.title_code, row.title_unit, row.seats) for row in found] == [
        ("list", "chair", "", "", 2),
        ("list", "", "HEAD", "ward", 1),
    ]
    assert {row.valid_to for row in found} == {"2020-10-01"}


def test_an_entry_is_live_from_its_day_to_the_day_before_it_leaves() -> None:
    (row,) = found = rows(planning_entries, opened, an, replace(an_out, ground="weak"), stream="list")
    assert (row.list_id, row.entry_id, row.cadre_id, row.post_id) == ("list", "e1", "an", "chair")
    assert (row.added, row.removed, row.ended, row.mode, row.ground, row.review_out) == (
        *(OPENED, JULY, "REVIEW", "DECIDED", "weak", 2019),
    )
    assert (row.opened_by, row.decision, row.closed_by) == ("here/2", "d1", "here/3")
    assert certain(found, "2019-06-30")
    assert not possible(found, JULY)


def test_votes_are_kept_step_by_step() -> None:
    (row,) = rows(planning_entries, opened, binh, stream="list")
    assert row.votes == (
        '[{"step":"LEADERS_FIRST","votes_for":9,"cast":10,"present":11},'
        '{"step":"LEADERS_FINAL","votes_for":11,"cast":11,"present":11}]'
    )
    assert (row.source, row.review_in) == (PlanningSource.EXTERNAL.value, 2019)


def test_an_entry_leaves_once_and_another_may_follow() -> None:
    later = replace(an_out, reason=RemovalReason.OVER_AGE, effective_from=DECEMBER)
    again = replace(an, entry="e7", effective_from=JULY)
    first, second = rows(planning_entries, opened, an, an_out, later, again, stream="list")
    assert (first.ended, first.removed, second.ended) == ("REVIEW", JULY, "")


def test_who_was_never_on_the_list_leaves_no_row() -> None:
    assert rows(planning_entries, opened, an_out) == []


def test_a_voided_removal_leaves_the_entry_live() -> None:
    (row,) = rows(planning_entries, opened, an, an_out, void("here/3"))
    assert (row.ended, row.closed_by) == ("", "")
    (row,) = rows(planning_entries, opened, an, an_out, amend("here/3", mode="AUTOMATIC", trigger="x"))
    assert (row.mode, row.trigger) == (RemovalMode.AUTOMATIC.value, "x")


def test_a_partial_removal_leaves_it_open_on_which_day() -> None:
    found = rows(planning_entries, opened, an, replace(an_out, effective_from=on("2019-07")))
    assert certain(found, "2019-06-30")
    assert possible(found, "2019-07-15")
    assert not certain(found, "2019-07-15")
    assert not possible(found, "2019-08-01")


def test_a_review_is_shown_with_its_counts() -> None:
    (row,) = rows(planning_reviews, opened, replace(reviewed, structure=Structure(women=1)), stream="list")
    assert (row.list_id, row.year, row.in_count, row.out_count, row.stated) == (
        *("list", 2019, 1, 1, '{"women":1}'),
    )
    assert rows(planning_reviews, opened, reviewed)[0].stated == ""


def test_a_removal_keeps_its_document_and_all_findings() -> None:
    found = replace(an, findings=(Finding("PLAN_AGE"),))
    out = replace(an_out, decision="d2", findings=(Finding("PLAN_TERM"),))
    (row,) = rows(planning_entries, opened, found, out)
    assert row.closing_decision == "d2"
    assert [event for event, _ in list_from_text(row.findings, FindingsOfFact)] == ["here/2", "here/3"]
