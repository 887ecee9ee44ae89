"""Each kind of contradiction: when it is one, and the nearest case that is none (integrity.md §3)."""

from typing import Any

import pytest

from services.appointment.events import Appointed, AppointmentRoute, Holding, Suspended, TenureEnded
from services.chronicle.queries.contradictions.kinds import REMEDIES, ContradictionKind
from services.organization.events import (
    Edge,
    Portion,
    PostAbolished,
    PostRevised,
    ReorganisationExecuted,
    UnitRenamed,
    UnitReparented,
)
from services.personnel.events import RecordsMerged, ServiceEnd, ServiceEnded, ServiceResumed
from services.planning.events import AddedToPlanning
from services.rotation.events import Rotated
from shared.core.facts import Code, Finding
from shared.testing import on, void
from tests.contradictions.stored import StoredFacts, Told, cadre, dissolved, post, tenure, unit


def organization(stream: str, fact: Any) -> Told:
    return "organization", stream, fact


def under(child: str, parent: str, day: str) -> Told:
    return organization(child, UnitReparented(parent=parent, effective_from=on(day)))


def abolished(name: str, day: str) -> Told:
    return organization(name, PostAbolished(reason="r", effective_from=on(day)))


def merged(kept: str, given_up: str, day: str, *duplicates: str) -> Told:
    fact = RecordsMerged(merged=given_up, reason="one person", duplicates=duplicates, effective_from=on(day))
    return "personnel", kept, fact


def out(name: str, day: str) -> Told:
    return "personnel", name, ServiceEnded(kind=ServiceEnd.RETIRED, effective_from=on(day))


def back(name: str, day: str) -> Told:
    return "personnel", name, ServiceResumed(effective_from=on(day))


def ended(name: str, id_: str, day: str) -> Told:
    return "appointment", name, TenureEnded(tenure=id_, effective_from=on(day))


def rotated(name: str, to_post: str, day: str) -> Told:
    return "rotation", name, Rotated(rotation="r1", to_post=to_post, effective_from=on(day))


def executed(source: str, target: str, day: str) -> Told:
    edges = (Edge(source=source, target=target, portion=Portion.PART),)
    return organization(
        f"{source}>{target}", ReorganisationExecuted(title="x", edges=edges, effective_from=on(day))
    )


def planned(entry: str, name: str) -> Told:
    return (
        "planning",
        "list",
        AddedToPlanning(entry=entry, cadre=name, post="p", effective_from=on("2020-01-01")),
    )


ROTATED = {"route": AppointmentRoute.ROTATED}
COPY = tuple(tenure("binh", "p", "2010-01-01", id_="copy"))
CASES: dict[str, tuple[list[Told], list[str]]] = {
    "two primary posts": (
        [*tenure("an", "p", "2010-01-01", "2015-01-01"), *tenure("an", "q", "2014-12-31")], ["TWO_PRIMARY"]),
    "one primary post after the other": (
        [*tenure("an", "p", "2010-01-01", "2015-01-01"), *tenure("an", "q", "2015-01-01")], []),
    "a primary and a concurrent post": (
        [*tenure("an", "p", "2010-01-01"), *tenure("an", "q", "2012-01-01", holding=Holding.CONCURRENT)], []),
    "posts that may have followed each other": (
        [*tenure("an", "p", "2010-01-01", "2015"), *tenure("an", "q", "2015")], []),
    "posts that cannot have followed each other": (
        [*tenure("an", "p", "2010-01-01", "2016"), *tenure("an", "q", "2015-03")], ["TWO_PRIMARY"]),
    "an end on an unknown day": ([*tenure("an", "p", "2010-01-01", ""), *tenure("an", "q", "2012-01-01")], []),
    "a suspended tenure is still held": (
        [*tenure("an", "p", "2010-01-01", id_="t"), *tenure("an", "q", "2014-01-01"),
         ("appointment", "an", Suspended(tenure="t", reason="r", effective_from=on("2013")))], ["TWO_PRIMARY"]),
    "the same post twice": (
        [*tenure("an", "p", "2010-01-01"), *tenure("an", "p", "2012-01-01")], ["SAME_POST_TWICE"]),
    "two files of one person": (
        [*tenure("an", "p", "2010-01-01"), *tenure("binh", "q", "2012-01-01"), merged("an", "binh", "2020-01-01")],
        ["TWO_PRIMARY"]),
    "two files with a tenure recorded twice": (
        [*tenure("an", "p", "2010-01-01"), *COPY, merged("an", "binh", "2020-01-01", "copy")], []),
    "more holders than seats": ([*tenure("an", "p", "2010-01-01"), *tenure("binh", "p", "2012-01-01")],
                                ["SEATS_EXCEEDED"]),
    "one holder after another": (
        [*tenure("an", "p", "2010-01-01", "2012-01-01"), *tenure("binh", "p", "2012-01-01")], []),
    "holders who may have followed each other": (
        [*tenure("an", "p", "2010-01-01", "2012"), *tenure("binh", "p", "2012")], []),
    "a second seat since": (
        [*tenure("an", "p", "2010-01-01"), *tenure("binh", "p", "2012-01-01"),
         organization("p", PostRevised(title="P", seats=2, effective_from=on("2012-01-01")))], []),
    "an acting holder needs no seat": (
        [*tenure("an", "p", "2010-01-01"), *tenure("binh", "p", "2012-01-01", holding=Holding.ACTING)], []),
    "a holder of a dissolved unit": (
        [*tenure("an", "p", "2015-01-01"), dissolved("u", "2012-01-01")],
        ["HOLDER_IN_DISSOLVED_UNIT"]),
    "a holder until the unit ends": (
        [*tenure("an", "p", "2010-01-01", "2012-01-01"), dissolved("u", "2012-01-01")], []),
    "a holder until about the end of the unit": (
        [*tenure("an", "p", "2010-01-01", "2012-06"), dissolved("u", "2012")], []),
    "a holder of an abolished post": (
        [*tenure("an", "p", "2010-01-01"), abolished("p", "2012-01-01")], ["HOLDER_IN_ABOLISHED_POST"]),
    "a holder before the post": ([*tenure("an", "p", "1999-01-01")], ["HOLDER_IN_ABOLISHED_POST"]),
    "a holder since the year of the post": ([*tenure("an", "p", "1999", "2000-01-01")], ["HOLDER_IN_ABOLISHED_POST"]),
    "a holder perhaps since the post": ([post("y", "u", "2005"), *tenure("an", "y", "2005-03-01")], []),
    "a holder after service": ([*tenure("an", "p", "2010-01-01"), out("an", "2012-01-01")], ["HOLDER_AFTER_SERVICE"]),
    "a holder until the end of service": (
        [*tenure("an", "p", "2010-01-01", "2012-01-01"), out("an", "2012-01-01")], []),
    "a holder who came back": (
        [out("an", "2008-01-01"), back("an", "2010-01-01"), *tenure("an", "p", "2010-01-01")], []),
    "a holder whose other file is out of service": (
        [*tenure("an", "p", "2010-01-01"), out("binh", "2012-01-01"), merged("an", "binh", "2020-01-01")],
        ["HOLDER_AFTER_SERVICE"]),
    "a holder of an unknown post": ([*tenure("an", "none", "2010-01-01")], ["HOLDER_OF_VOIDED"]),
    "a holder without a file": ([*tenure("nobody", "p", "2010-01-01")], ["HOLDER_OF_VOIDED"]),
    "a holder in an unknown unit": (
        [post("lost", "none"), *tenure("an", "lost", "2010-01-01")], ["HOLDER_OF_VOIDED", "POST_WITHOUT_UNIT"]),
    "a circle of two": (
        [unit("v"), under("u", "v", "2010-01-01"), under("v", "u", "2010-01-01")], ["UNIT_CIRCLE"]),
    "a circle of three": (
        [unit("v", parent="u"), unit("w", parent="v"), under("u", "w", "2010-01-01")], ["UNIT_CIRCLE"]),
    "a unit under itself": ([under("u", "u", "2010-01-01")], ["UNIT_CIRCLE"]),
    "no circle on any one day": (
        [unit("v", parent="u"), under("v", "", "2010-01-01"), under("u", "v", "2010-01-01")], []),
    "no circle for certain": ([unit("v", parent="u"), under("v", "", "2010"), under("u", "v", "2010-06-01")], []),
    "a parent that is dissolved": (
        [unit("v", parent="u"), dissolved("u", "2012-01-01")], ["PARENT_NOT_THERE"]),
    "a child that was renamed under a parent that is dissolved": (
        [unit("v", parent="u"), dissolved("u", "2012-01-01"),
         organization("v", UnitRenamed(name="V", effective_from=on("2014-01-01")))], ["PARENT_NOT_THERE"]),
    "a child that ends with its parent": (
        [unit("v", parent="u"), dissolved("v", "2012-01-01"), dissolved("u", "2012-01-01")], []),
    "a child before its parent": ([unit("v", "1999-01-01", parent="u")], ["PARENT_NOT_THERE"]),
    "a child before the source of its parent begins": (
        [unit("w", "2004-01-01", baseline=True), unit("v", "1999-01-01", parent="w")], []),
    "an unknown parent": ([unit("v", parent="none")], ["PARENT_NOT_THERE"]),
    "a post after its unit": ([dissolved("u", "2012-01-01"), post("y", "u", "2013-01-01")], ["POST_WITHOUT_UNIT"]),
    "a post before its unit": ([post("y", "u", "1999-01-01")], ["POST_WITHOUT_UNIT"]),
    "a post that its unit outlived": ([dissolved("u", "2012-01-01")], []),
    "one national id": ([cadre("x", identity="id1"), cadre("y", identity="id1")], ["NATIONAL_ID_TWICE"]),
    "one national id of one person": (
        [cadre("x", identity="id1"), cadre("y", identity="id1"), merged("x", "y", "2020-01-01")], []),
    "one tenure id of two people": (
        [*tenure("an", "p", "2010-01-01", id_="t"), *tenure("binh", "q", "2010-01-01", id_="t")], ["TENURE_ID_TWICE"]),
    "one code of two units": (
        [unit("v", codes=(Code("gso", "1"),)), unit("w", codes=(Code("gso", "1"),))], ["CODE_TWICE"]),
    "one code of two units, of which one began at some time": (
        [unit("v", "", codes=(Code("gso", "1"),)), unit("w", "2010", codes=(Code("gso", "1"),))], ["CODE_TWICE"]),
    "one code of two units that began at some time, one of which ended": (
        [unit("v", "", codes=(Code("gso", "1"),)), dissolved("v", "2010-01-01"),
         unit("w", "", codes=(Code("gso", "1"),))], []),
    "one code of two cadres, registered at some time": (
        [cadre("x", "", codes=(Code("hr", "1"),)), cadre("y", "", codes=(Code("hr", "1"),))], ["CODE_TWICE"]),
    "a code that another unit took over": (
        [unit("v", codes=(Code("gso", "1"),)), dissolved("v", "2010-01-01"),
         unit("w", "2010-01-01", codes=(Code("gso", "1"),))], []),
    "one code of a unit and a post": (
        [unit("v", codes=(Code("gso", "1"),)), post("y", "u", codes=(Code("gso", "1"),))], []),
    "the code of a parent is shared": (
        [unit("v", codes=(Code("gso:parent", "1"),)), unit("w", codes=(Code("gso:parent", "1"),))], []),
    "one code of two cadres": (
        [cadre("x", codes=(Code("hr", "1"), Code("b", "2"))), cadre("y", codes=(Code("hr", "1"),))], ["CODE_TWICE"]),
    "a move without a tenure": ([rotated("an", "p", "2010-01-01")], ["ROTATION_WITHOUT_TENURE"]),
    "a move with its tenure": ([rotated("an", "p", "2010-01-01"), *tenure("an", "p", "2010-01-01", **ROTATED)], []),
    "a move with a tenure of another day": (
        [rotated("an", "p", "2010-01-01"), *tenure("an", "p", "2010-03-01", **ROTATED)],
        ["ROTATION_WITHOUT_TENURE", "TENURE_WITHOUT_ROTATION"]),
    "a move with a tenure of perhaps the same day": (
        [rotated("an", "p", "2010-01-01"), *tenure("an", "p", "2010", **ROTATED)], []),
    "a tenure without a move": ([*tenure("an", "p", "2010-01-01", **ROTATED)], ["TENURE_WITHOUT_ROTATION"]),
    "an entry of nobody": ([planned("e", "nobody")], ["ENTRY_WITHOUT_PERSON"]),
    "an entry of somebody": ([planned("e", "an")], []),
    "a merged file that is still used": (
        [merged("an", "binh", "2020-01-01"), *tenure("binh", "p", "2021-01-01")], ["MERGED_RECORD_IN_USE"]),
    "the past of a merged file": ([merged("an", "binh", "2020-01-01"), *tenure("binh", "p", "2010-01-01")], []),
    "a file merged into two": (
        [cadre("chi"), merged("an", "binh", "2020-01-01"), merged("chi", "binh", "2021-01-01")],
        ["MERGED_RECORD_IN_USE"]),
    "a clause about a unit that had ended": (
        [unit("v"), dissolved("v", "2010-01-01"), executed("v", "u", "2012-01-01")], ["LINEAGE_AGAINST_TIME"]),
    "a clause about a unit that ends by it": (
        [unit("v"), dissolved("v", "2010-01-01"), executed("v", "u", "2010-01-01")], []),
    "files that were merged into each other": (
        [merged("an", "binh", "2020-01-01"), merged("binh", "an", "2021-01-01")], ["MERGED_RECORD_IN_USE"]),
    "a file that was merged into itself": ([merged("an", "an", "2020-01-01")], ["MERGED_RECORD_IN_USE"]),
    "a chain of mergers": ([cadre("chi"), merged("an", "binh", "2020-01-01"), merged("binh", "chi", "2019-01-01")], []),
    "what begins in the year of the merger": (
        [merged("an", "binh", "2020"), *tenure("binh", "p", "2020-06-01")], []),
    "what begins on the day of the merger": (
        [merged("an", "binh", "2020-01-01"), *tenure("binh", "p", "2020-01-01")], ["MERGED_RECORD_IN_USE"]),
    "a holder for one day more than the year of the end of the post": (
        [*tenure("an", "p", "2010-01-01", "2013-01-01"), abolished("p", "2012")], ["HOLDER_IN_ABOLISHED_POST"]),
    "a holder until the year of the end of the post": (
        [*tenure("an", "p", "2010-01-01", "2012"), abolished("p", "2012")], []),
    "a holder from the day on which the post ends": (
        [*tenure("an", "p", "2012-01-01"), abolished("p", "2012-01-01")], ["HOLDER_IN_ABOLISHED_POST"]),
    "a clause on the day on which its target begins": (
        [unit("v", "2010-01-01"), executed("u", "v", "2010-01-01")], []),
    "a clause on the day before its target begins": (
        [unit("v", "2010-01-02"), executed("u", "v", "2010-01-01")], ["LINEAGE_AGAINST_TIME"]),
    "a clause in the month in which its target begins": (
        [unit("v", "2010-07-31"), executed("u", "v", "2010-07")], []),
    "a clause in the month before its target begins": (
        [unit("v", "2010-08-01"), executed("u", "v", "2010-07")], ["LINEAGE_AGAINST_TIME"]),
    "a clause in the year in which its source ends": (
        [unit("v"), dissolved("v", "2010-06-30"), executed("v", "u", "2010")], []),
    "a clause about a unit that is not on record": ([executed("u", "none", "2010-01-01")], ["LINEAGE_AGAINST_TIME"]),
    "units that are passed on the same day": (
        [unit("v"), unit("w"), dissolved("v", "2010-01-01"), dissolved("w", "2010-01-01"),
         executed("v", "w", "2010-01-01"), executed("w", "u", "2010-01-01")], []),
    "a tenure id twice with one cadre": (
        [*tenure("an", "p", "2010-01-01", "2011-01-01", id_="t"), *tenure("an", "q", "2012-01-01", id_="t")],
        ["TENURE_ID_TWICE"]),
    "an end of a tenure that is not there": ([ended("an", "none", "2010-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "an end of a tenure before it begins": (
        [*tenure("an", "p", "2010-01-01", id_="t"), ended("an", "t", "2009-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "two ends of a tenure": (
        [*tenure("an", "p", "2010-01-01", "2012-01-01", id_="t"), ended("an", "t", "2013-01-01")],
        ["FACT_WITHOUT_EFFECT"]),
    "a cadre who is registered twice": ([cadre("an", "2010-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "a unit that is established twice": ([unit("u", "2010-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "a unit that is established again under its id": (
        [unit("v"), dissolved("v", "2010-01-01"), unit("v", "2012-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "a change of a unit that has ended": (
        [unit("v"), dissolved("v", "2010-01-01"), under("v", "u", "2011-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "a change of a unit on the day on which it ends, before it": (
        [unit("v"), under("v", "u", "2010-01-01"), dissolved("v", "2010-01-01")], []),
    "an end of a post that is not there": ([abolished("none", "2010-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "two ends of service": ([out("an", "2010-01-01"), out("an", "2012-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "a return to service without an end": ([back("an", "2010-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "out of service twice": (
        [out("an", "2010-01-01"), back("an", "2011-01-01"), out("an", "2012-01-01")], []),
    "a merger of nobody": ([merged("an", "nobody", "2020-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "a merger into nobody": ([merged("nobody", "an", "2020-01-01")], ["FACT_WITHOUT_EFFECT"]),
    "a clause about a unit that comes later": (
        [unit("v", "2012-01-01"), executed("u", "v", "2010-01-01")], ["LINEAGE_AGAINST_TIME"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_kind_and_its_nearest_case_that_is_none(office: StoredFacts, case: str) -> None:
    facts, expected = CASES[case]
    office.store(*facts)
    assert office.kinds() == expected


def test_every_kind_has_cases_and_a_remedy() -> None:
    assert {kind for _, kinds in CASES.values() for kind in kinds} == set(ContradictionKind.__members__)
    assert REMEDIES.keys() == set(ContradictionKind)


def test_voiding_one_of_the_facts_mends_it_and_what_was_known_before_stays_known(office: StoredFacts) -> None:
    office.store(*tenure("an", "p", "2010-01-01"))
    wrong = office.store(*tenure("an", "q", "2012-01-01"))[0]
    assert office.kinds() == ["TWO_PRIMARY"]
    office.store(("appointment", "an", void(wrong.event_id)))
    assert office.kinds() == []
    before = [each.kind.value for each in office.found(known=wrong.recorded_at)]
    assert before == ["TWO_PRIMARY"]


def test_a_voided_post_leaves_its_holder_without_one(office: StoredFacts) -> None:
    created = office.store(post("y", "u"))[0]
    office.store(*tenure("an", "y", "2010-01-01"), ("organization", "y", void(created.event_id)))
    assert office.kinds() == ["HOLDER_OF_VOIDED"]


def test_a_registration_that_was_voided_is_made_again(office: StoredFacts) -> None:
    first = office.store(cadre("chi"), *tenure("chi", "p", "2010-01-01"))[0]
    office.store(("personnel", "chi", void(first.event_id)))
    assert office.kinds() == ["HOLDER_OF_VOIDED"]
    office.store(cadre("chi"))
    assert office.kinds() == []


def test_what_a_voided_tenure_leaves_behind_is_shown(office: StoredFacts) -> None:
    begun, over = office.store(*tenure("an", "p", "2010-01-01", "2012-01-01"))
    office.store(("appointment", "an", void(begun.event_id)))
    (found,) = office.found()
    assert (found.kind, found.facts) == ("FACT_WITHOUT_EFFECT", (f"appointment/an/{over.event_id}",))
    assert office.kinds(known=over.recorded_at) == []
    office.store(("appointment", "an", void(over.event_id)))
    assert office.kinds() == []


def test_who_answered_for_it_is_told(office: StoredFacts) -> None:
    answered = Finding(rule="TwoPrimaryPosts", overridden_by="Ban Tổ chức", reason="so in the source")
    office.store(
        *tenure("an", "p", "2010-01-01"),
        (
            "appointment",
            "an",
            Appointed(tenure="t", post="q", findings=(answered,), effective_from=on("2012-01-01")),
        ),
    )
    assert [(each.kind.value, each.accepted_by) for each in office.found()] == [
        ("TWO_PRIMARY", "Ban Tổ chức")
    ]


def test_its_days_are_those_on_which_all_is_certain(office: StoredFacts) -> None:
    office.store(*tenure("an", "p", "2010", "2016"), *tenure("an", "q", "2012-05", "2014-07-01"))
    (found,) = office.found()
    assert (found.since, found.until) == ("2012-05-31", "2014-07-01")
    assert office.kinds(on="2013-01-01") == ["TWO_PRIMARY"]
    assert office.kinds(on="2014-07-01") == []


def test_it_is_found_by_place_cadre_and_post(office: StoredFacts) -> None:
    office.store(unit("top"), under("u", "top", "2001-01-01"), unit("else"), cadre("chi"))
    office.store(*tenure("an", "p", "2010-01-01"), *tenure("an", "q", "2012-01-01"))
    for chosen in ({"place": "top"}, {"place": "u"}, {"cadre": "an"}, {"post": "p"}, {"post": "q"}):
        assert office.kinds(**chosen) == ["TWO_PRIMARY"], chosen
    for chosen in ({"place": "else"}, {"cadre": "chi"}, {"post": "none"}):
        assert office.kinds(**chosen) == [], chosen


def test_what_concerns_a_file_concerns_all_files_of_the_person(office: StoredFacts) -> None:
    office.store(
        *tenure("an", "p", "2010-01-01"), *tenure("an", "q", "2012-01-01"), merged("an", "binh", "2020-01-01")
    )
    assert office.kinds(cadre="binh") == ["TWO_PRIMARY"]


def test_what_was_recorded_before_a_merger_is_no_use_of_it_when_it_takes_the_place_of_what_was_voided(
    office: StoredFacts,
) -> None:
    first, _ = office.store(
        *tenure("binh", "p", "2020-06-01", id_="t"), *tenure("binh", "p", "2021-01-01", id_="t")
    )
    office.store(merged("an", "binh", "2020-01-01"), ("appointment", "binh", void(first.event_id)))
    assert office.kinds() == []


def test_a_merger_that_takes_the_place_of_a_voided_one_is_as_old_as_its_fact(office: StoredFacts) -> None:
    first, _ = office.store(merged("an", "binh", "2020-01-01"), merged("an", "binh", "2020-02-01"))
    office.store(*tenure("binh", "p", "2021-01-01"), ("personnel", "an", void(first.event_id)))
    assert office.kinds() == ["MERGED_RECORD_IN_USE"]
