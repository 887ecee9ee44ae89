"""Entries counted by every side of theirs."""

import pytest

from tests.counted.story import ADDED, OPENED, UNIT, Story


def test_entries_are_not_persons_and_terms_do_not_mix(lists: Story) -> None:
    asked = {"place": "city", "as_of": "2019-06-01", "by": "term"}
    assert lists.values("/planning-pool", **asked) == {"2015-2020": 3, "2020-2025": 1}
    assert lists.values("/planning-pool", **asked, unit="person") == {"2015-2020": 2, "2020-2025": 1}
    assert lists.values("/planning-pool", **asked, unit="post", term="2015-2020") == {"2015-2020": 2}
    assert lists.ask("/planning-pool", **asked, unit="person")["total"] == 3


def test_nothing_is_no_data_and_not_nought(lists: Story) -> None:
    empty = lists.ask("/planning-pool", place="ward")
    assert (empty["total"], empty["figures"]) == (None, [])
    flows = lists.ask("/rotation-flows", place="city")
    assert flows["total"] is None
    assert {figure["value"] for figure in flows["figures"]} == {None}


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("/planning-pool", {"unit": "move"}),
        ("/planning-pool", {"basis": "plan"}),
        ("/planning-pool", {"by": "colour"}),
        ("/planning-changes", {"unit": "unit"}),
        ("/rotation-flows", {"unit": "entry"}),
        ("/rotation-flows", {"unit": "person", "basis": "plan"}),
        ("/rotation-flows", {"by": "outcome", "basis": "plan"}),
    ],
)
def test_what_cannot_be_counted_so_is_refused_with_what_can(
    city: Story, url: str, asked: dict[str, str]
) -> None:
    answer = city.client.get(url, params=asked)
    assert (answer.status_code, answer.json()["rule"]) == (422, "NotCountable")
    assert "use " in answer.json()["detail"]


def test_a_count_opens_to_its_facts_and_their_documents(city: Story) -> None:
    paper = {"number": "16-QĐ/TU", "issuer": "TU", "signed_on": "2019-01-01", "kind": "DECISION"}
    registered = {
        "type": "regulation.decision-registered",
        "effective_from": "2019-01-01",
        "title": "Phê duyệt",
    }
    city.say("/regulation/paper", **registered, **paper)
    city.say("/planning/now", **OPENED, title_set="KEY", term="2015-2020")
    city.say("/planning/now", **ADDED, entry="e1", cadre="an", post="chair", decision="paper")
    city.say("/planning/now", **ADDED, entry="e2", cadre="binh", post="chair")
    (figure,) = city.ask("/planning-pool", place="city")["figures"]
    numbers = [evidence.get("decision", {}).get("number") for evidence in figure["facts"]]
    assert numbers == ["16-QĐ/TU", None]
    for evidence in figure["facts"]:
        assert city.ask(f"/facts/{evidence['fact']}")["fact"]["type"] == "planning.added-to-planning"


def test_what_enters_and_leaves_is_counted_by_review_and_reason(lists: Story) -> None:
    out = {"type": "planning.removed-from-planning", "effective_from": "2019-09-01", "review": 2019}
    into = {**ADDED, "effective_from": "2019-09-01", "review": 2019}
    lists.say("/planning/now", **out, entry="e1", reason="POLITICAL_STANDARD")
    lists.say("/planning/now", **out, entry="e2", reason="OVER_AGE")
    lists.say("/planning/now", **into, entry="e4", cadre="cuc", post="head")
    year = {"place": "city", "from": "2019-01-01", "to": "2019-12-31"}
    assert lists.values("/planning-changes", **year, review="2019") == {"ADDED KEY": 1, "REMOVED KEY": 2}
    assert lists.values("/planning-changes", **year, by="term")["ADDED 2015-2020"] == 4
    assert lists.values("/planning-changes", **year, by="reason", review="2019", unit="person") == {
        "ADDED ": 1,
        "REMOVED ": 0,
        "ADDED OVER_AGE": 0,
        "REMOVED OVER_AGE": 1,
        "ADDED POLITICAL_STANDARD": 0,
        "REMOVED POLITICAL_STANDARD": 1,
    }
    assert lists.values("/planning-pool", place="city", as_of="2019-08-31", by="term")["2015-2020"] == 3
    assert lists.values("/planning-pool", place="city", as_of="2019-09-01", by="term")["2015-2020"] == 2


def test_as_known_before_a_removal_the_entry_was_live(lists: Story) -> None:
    known = lists.ledger.logs["planning"].load_stream("now")[-1].recorded_at
    out = {"type": "planning.removed-from-planning", "effective_from": "2019-02-01"}
    lists.say("/planning/now", **out, entry="e1")
    asked = {"place": "city", "by": "term", "term": "2015-2020", "as_of": "2019-06-01"}
    assert lists.values("/planning-pool", **asked) == {"2015-2020": 2}
    assert lists.values("/planning-pool", **asked, known_at=known) == {"2015-2020": 3}


def test_the_structure_says_of_how_many_it_is_known(lists: Story) -> None:
    now, next_ = lists.ask("/planning-structure", place="city", as_of="2019-06-14")["items"]
    assert (now["entries"], now["persons"], now["outside"]) == (
        *(3, 2, {"value": 2, "known": 3, "share": 2 / 3}),
    )
    assert (now["women"]["value"], now["young"]["value"], now["minority"]["value"]) == (1, 1, 1)
    assert {name: part["value"] for name, part in now["bands"].items()} == {"<40": 1, "40-49": 1, ">=50": 0}
    assert next_["women"] == next_["young"] == {"value": None, "known": 0, "share": None}
    assert (now["titles"], now["empty_titles"], now["least"], now["most"]) == (None, None, 1, 2)
    lines = lists.ask("/planning-entries", place="city", as_of="2019-06-14", term="2015-2020")["items"]
    assert {(line["cadre"], line["age"]) for line in lines} == {("an", 33), ("binh", 49)}
    later = lists.ask("/planning-entries", place="city", as_of="2019-06-15", term="2015-2020")["items"]
    assert {(line["cadre"], line["age"]) for line in later} == {("an", 34), ("binh", 49)}


def test_people_of_dual_managed_units_are_listed_by_their_vertical(lists: Story) -> None:
    tax = {**UNIT, "name": "Cục Thuế", "kind": "DEPARTMENT", "level": "PROVINCE"}
    lists.say("/organization/tax", **tax)
    oversight = {"type": "organization.oversight-set", "effective_from": "2000-01-01"}
    lists.say("/organization/other", **oversight, vertical="tax", territorial="city")
    assert lists.values("/planning-pool", place="city", as_of="2019-06-01", by="vertical") == {
        "": 3,
        "tax": 1,
    }
