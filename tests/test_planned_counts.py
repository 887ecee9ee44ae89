"""Counts of planning and moves over HTTP: what is counted, on which basis, as known when, and by which facts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.composition import embedded
from services.web import web
from shared.runtime.embedded import Embedded
from shared.settings import load

UNIT = {"type": "organization.unit-established", "effective_from": "2000-01-01"}
OPENED = {"type": "planning.round-opened", "effective_from": "2019-01-01", "owner": "city"}
ADDED = {"type": "planning.added-to-planning", "effective_from": "2019-01-01"}
ROTATED = {"type": "rotation.rotated", "direction": "DOWN"}


class Story:
    """A city, two wards and three people, told over HTTP with ids that can be read."""

    def __init__(self, ledger: Embedded, client: TestClient) -> None:
        self.ledger, self.client = ledger, client

    def say(self, url: str, **fact: Any) -> Any:
        answer = self.client.post(url, json=fact, headers={"If-Match": "*"})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def ask(self, url: str, **asked: str) -> Any:
        answer = self.client.get(url, params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def values(self, url: str, **asked: str) -> dict[str, int | None]:
        return {" ".join(each["key"].values()): each["value"] for each in self.ask(url, **asked)["figures"]}


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Story]:
    ledger = embedded(load(tmp_path))
    with TestClient(web(ledger)) as client:
        story = Story(ledger, client)
        for unit, name, kind, level, parent in (
            ("city", "Thành phố", "PROVINCIAL_CITY", "DISTRICT", ""),
            ("ward", "Phường Một", "WARD", "COMMUNE", "city"),
            ("other", "Xã ngoài", "COMMUNE", "COMMUNE", ""),
        ):
            bloc = {"bloc": "PARTY" if unit == "ward" else "GOVERNMENT"}
            fact = {**UNIT, **bloc, "name": name, "kind": kind, "level": level, "parent": parent}
            story.say(f"/organization/{unit}", **fact)
        for post, unit in (("chair", "city"), ("head", "city"), ("secretary", "ward"), ("far", "other")):
            created = {"type": "organization.post-created", "effective_from": "2000-01-01"}
            story.say(f"/organization/{post}", **created, unit=unit, title=post)
        for cadre, sex, birth, ethnicity in (
            ("an", "F", "1985-06-15", "Tày"),
            ("binh", "M", "1970", "Kinh"),
            ("cuc", "", "", ""),
        ):
            person = {"name": cadre, "sex": sex, "birth": birth, "ethnicity": ethnicity}
            story.say(
                f"/personnel/{cadre}", type="personnel.registered", effective_from="2010-01-01", **person
            )
        yield story
    ledger.close()


@pytest.fixture
def lists(told: Story) -> Story:
    """Two horizons: three entries of two people in one, one entry in the next."""
    told.say("/planning/now", **OPENED, title_set="KEY", term="2015-2020", bloc="PARTY")
    told.say("/planning/next", **OPENED, title_set="KEY", term="2020-2025", bloc="PARTY")
    told.say("/planning/now", **ADDED, entry="e1", cadre="an", post="chair", source="INTERNAL")
    told.say("/planning/now", **ADDED, entry="e2", cadre="an", post="head", source="EXTERNAL")
    told.say("/planning/now", **ADDED, entry="e3", cadre="binh", post="chair", source_unit="other")
    told.say("/planning/next", **ADDED, entry="e1", cadre="cuc", post="chair")
    return told


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
    told: Story, url: str, asked: dict[str, str]
) -> None:
    answer = told.client.get(url, params=asked)
    assert (answer.status_code, answer.json()["rule"]) == (422, "NotCountable")
    assert "use " in answer.json()["detail"]


def test_a_count_opens_to_its_facts_and_their_documents(told: Story) -> None:
    paper = {"number": "16-QĐ/TU", "issuer": "TU", "signed_on": "2019-01-01", "kind": "DECISION"}
    registered = {
        "type": "regulation.decision-registered",
        "effective_from": "2019-01-01",
        "title": "Phê duyệt",
    }
    told.say("/regulation/paper", **registered, **paper)
    told.say("/planning/now", **OPENED, title_set="KEY", term="2015-2020")
    told.say("/planning/now", **ADDED, entry="e1", cadre="an", post="chair", decision="paper")
    told.say("/planning/now", **ADDED, entry="e2", cadre="binh", post="chair")
    (figure,) = told.ask("/planning-pool", place="city")["figures"]
    numbers = [evidence.get("decision", {}).get("number") for evidence in figure["facts"]]
    assert numbers == ["16-QĐ/TU", None]
    for evidence in figure["facts"]:
        assert told.ask(f"/facts/{evidence['fact']}")["fact"]["type"] == "planning.added-to-planning"


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
    known = lists.ledger.logs["planning"].stream("now")[-1].recorded_at
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


def test_plans_are_counted_apart_from_what_was_done(told: Story) -> None:
    items = [
        {"item": "a", "count": 19, "direction": "DOWN", "from_bloc": "PARTY", "to_bloc": "GOVERNMENT"},
        {"item": "b", "count": 85, "direction": "LATERAL", "due_on": "2021-01-01"},
    ]
    plan = {
        "type": "rotation.plan-approved",
        "effective_from": "2016-01-01",
        "owner": "city",
        "term": "2015-2020",
    }
    told.say("/rotation/plan", **plan, items=items)
    asked = {"place": "city", "from": "2015-10-15", "to": "2020-10-15", "basis": "plan"}
    assert told.values("/rotation-flows", **asked) == {"DOWN": 19, "LATERAL": 0, "UP": 0}
    assert told.values("/rotation-flows", **{**asked, "to": "2021-01-01"})["LATERAL"] == 85
    assert told.values("/rotation-flows", **asked, by="from_bloc,to_bloc") == {"PARTY GOVERNMENT": 19}
    assert told.ask("/rotation-flows", **asked, term="2010-2015")["total"] is None
    assert {line["done"] for line in told.ask("/rotation-plans", place="city")["items"]} == {None}


def moved(told: Story) -> None:
    started = {"type": "appointment.appointed", "effective_from": "2015-01-01"}
    told.say("/appointment/an", **started, tenure="t1", post="chair")
    told.say("/appointment/binh", **started, tenure="t2", post="far")
    down = {"rotation": "r1", "to_post": "secretary", "from_tenure": "t1"}
    told.say("/rotation/an", **ROTATED, **down, effective_from="2018-05-01")
    move = {"type": "rotation.transferred", "kind": "TRANSFER", "effective_from": "2018-07-01"}
    told.say("/rotation/binh", **move, move="m1", to_post="chair", from_tenure="t2")
    told.say("/rotation/binh", **{**move, "kind": "SECONDMENT"}, move="m2", to_unit="other", direction="UP")


def test_moves_are_not_persons_and_are_found_from_both_sides(told: Story) -> None:
    moved(told)
    year = {"from": "2018-01-01", "to": "2018-12-31"}
    assert told.values("/rotation-flows", **year) == {"DOWN": 1, "LATERAL": 0, "UNSTATED": 1, "UP": 1}
    assert told.ask("/rotation-flows", **year, unit="person")["total"] == 2
    assert told.ask("/rotation-flows", **year, kind="TRANSFER,ROTATION")["total"] == 2
    assert told.ask("/rotation-flows", **year, place="ward")["total"] == 1
    assert told.ask("/rotation-flows", **{**year, "to": "2018-04-30"})["total"] is None
    assert told.values("/rotation-flows", **year, place="city", by="from_level,to_level") == {
        "COMMUNE DISTRICT": 1,
        "DISTRICT COMMUNE": 1,
    }
    assert told.values("/rotation-flows", **year, place="ward", by="from_bloc,to_bloc,outcome") == {
        "GOVERNMENT PARTY OPEN": 1
    }


def test_answers_that_are_given_again_change_nothing(told: Story) -> None:
    moved(told)
    ended = {"type": "rotation.rotation-ended", "effective_from": "2021-06-01", "outcome": "RETURNED"}
    told.say("/rotation/an", **ended, rotation="r1", next_post="head")
    before = {name: log.position() for name, log in told.ledger.logs.items()}
    terms = told.ask("/term-history", cadre="an")["items"]
    assert [(line["post"], line["ended"]) for line in terms] == [
        *(("chair", "MOVED"), ("secretary", "MOVED"), ("head", "")),
    ]
    for topic in told.ledger.logs:
        with told.ledger.tables.transaction() as connection:
            told.ledger.tables.set_position(connection, f"reactions/{topic}", 0)
    told.ledger.settle()
    assert {name: log.position() for name, log in told.ledger.logs.items()} == before
    assert told.ask("/term-history", cadre="an")["items"] == terms
