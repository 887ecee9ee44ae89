"""A correction that leaves behind what cannot be true is refused; one that mends is taken."""

from typing import Any

import pytest

from tests.questions.conftest import LedgerClient


@pytest.fixture
def career(administration: LedgerClient) -> dict[str, str]:
    """One term, ended, and the next; the ids of their facts."""
    unit = administration.unit("Sở")
    one, two = administration.seat(unit, "Phó Giám đốc", role="DEPUTY"), administration.seat(unit, "Giám đốc")
    an = administration.cadre("An", national_id="001080000001")
    found = {"an": an, "registered": event(administration)}
    administration.appoint(an, one, "2015-01-01", "t1")
    found["first"] = event(administration)
    administration.say(
        f"/appointment/{an}", "appointment.tenure-ended", "2020-01-01", tenure="t1", reason="MOVED"
    )
    found["end"] = event(administration)
    administration.appoint(an, two, "2020-01-01", "t2")
    found["second"] = event(administration)
    return found


def event(administration: LedgerClient) -> str:
    return administration.facts[0].rsplit("/", 1)[1]


def amend(administration: LedgerClient, service: str, stream: str, target: str, **new_values: Any) -> Any:
    correction = {"target": target, "mode": "AMEND", "reason": "recorded wrongly", "new_values": new_values}
    return administration.client.post(
        f"/{service}/{stream}/corrections", json=correction, headers={"If-Match": "*"}
    )


@pytest.mark.parametrize(
    ("fact", "day", "rule"),
    [
        ("first", "2021-01-01", "EndsBeforeStart"),
        ("end", "2014-12-31", "EndsBeforeStart"),
        ("end", "2022-01-01", "TwoPrimaryPosts"),
        ("second", "2019-06-01", "TwoPrimaryPosts"),
        ("first", "1999-01-01", "PostNotInExistence"),
    ],
)
def test_what_would_be_impossible_is_refused_and_changes_nothing(
    administration: LedgerClient, career: dict[str, str], fact: str, day: str, rule: str
) -> None:
    before = administration.items("/term-history", cadre=career["an"])
    refused = amend(administration, "appointment", career["an"], career[fact], effective_from=day)
    assert (refused.status_code, refused.json()["rule"]) == (422, rule)
    assert administration.items("/term-history", cadre=career["an"]) == before


def test_what_is_possible_is_taken(administration: LedgerClient, career: dict[str, str]) -> None:
    for fact, day in (("end", "2019-12-01"), ("first", "2015-03-01"), ("second", "2019-12-01")):
        assert (
            amend(administration, "appointment", career["an"], career[fact], effective_from=day).status_code
            == 201
        )
    lines = administration.items("/term-history", cadre=career["an"])
    assert [(line["start"], line["end"]) for line in lines] == [
        ("2015-03-01", "2019-12-01"),
        ("2019-12-01", ""),
    ]


def test_an_amendment_of_an_amendment_is_judged_by_what_it_comes_to(
    administration: LedgerClient, career: dict[str, str]
) -> None:
    first = amend(administration, "appointment", career["an"], career["end"], effective_from="2019-12-01")
    target = first.json()["facts"][0].rsplit("/", 1)[1]
    worse = {"effective_from": "2014-01-01"}
    refused = amend(administration, "appointment", career["an"], target, new_values=worse)
    assert (refused.status_code, refused.json()["rule"]) == (422, "EndsBeforeStart")


def test_an_amended_national_id_is_looked_up_by_its_own_hash(
    administration: LedgerClient, career: dict[str, str]
) -> None:
    other = {"name": "Bình", "national_id": "001080000002"}
    assert (
        amend(
            administration, "personnel", career["an"], career["registered"], national_id="001080000002"
        ).status_code
        == 201
    )
    taken = administration.post("/personnel", "personnel.registered", "2000-01-01", **other)
    assert (taken.status_code, taken.json()["rule"]) == (422, "SamePerson")
    free = administration.post(
        "/personnel", "personnel.registered", "2000-01-01", **{**other, "national_id": "001080000001"}
    )
    assert free.status_code == 201
    back = amend(administration, "personnel", career["an"], career["registered"], national_id="001080000001")
    assert (back.status_code, back.json()["rule"]) == (422, "SamePerson")


def test_an_amended_profile_renews_the_hash_too(administration: LedgerClient, career: dict[str, str]) -> None:
    administration.say(
        f"/personnel/{career['an']}", "personnel.profile-amended", "2021-07-01", national_id="001080000003"
    )
    taken = administration.post(
        "/personnel", "personnel.registered", "2000-01-01", name="Bình", national_id="001080000003"
    )
    assert (taken.status_code, taken.json()["rule"]) == (422, "SamePerson")
