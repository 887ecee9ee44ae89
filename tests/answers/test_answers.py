"""Answers say who and where in words, and what they say is so."""

import pytest

from tests.questions.conftest import LedgerClient


@pytest.fixture
def rotated(ledger: LedgerClient) -> dict[str, str]:
    """A cadre who was rotated to a ward in 2020, from a department to which another post was left."""
    city = ledger.unit("Thành phố")
    office, ward = ledger.unit("Sở Nội vụ", city), ledger.unit("Phường An Hoà", city)
    home, away, back = (
        ledger.seat(office, "Phó Giám đốc", "DEPUTY"),
        ledger.seat(ward, "Chủ tịch"),
        ledger.seat(city, "Chánh Văn phòng"),
    )
    an = ledger.cadre("Nguyễn Văn An")
    ledger.appoint(an, home, "2015-01-01", tenure="first")
    ledger.say(
        f"/rotation/{an}",
        "rotation.rotated",
        "2020-03-01",
        rotation="r1",
        from_tenure="first",
        to_post=away,
        direction="DOWN",
    )
    return {"city": city, "office": office, "ward": ward, "away": away, "back": back, "an": an}


def test_due_has_rotation_returns_with_names(ledger: LedgerClient, rotated: dict[str, str]) -> None:
    asked = {"as_of": "2022-09-01", "months": "12"}
    (due,) = ledger.items("/due", kind="ROTATION_RETURN", **asked)
    assert (due["due_on"], due["name"], due["unit_name"], due["title"]) == (
        "2023-03-01",
        "Nguyễn Văn An",
        "Phường An Hoà",
        "Chủ tịch",
    )
    assert due["basis"].startswith(f"rotation/{rotated['an']}/")
    (least,) = ledger.items("/due", kind="ROTATION_MIN_REACHED", **asked)
    assert least["due_on"] == "2023-03-01"
    (late,) = ledger.items("/due", kind="ROTATION_RETURN", as_of="2024-03-01")
    assert late["days_left"] == -366, "an overdue return is still shown"
    ended = {"rotation": "r1", "outcome": "RETURNED", "next_post": rotated["back"]}
    ledger.say(f"/rotation/{rotated['an']}", "rotation.rotation-ended", "2024-04-01", **ended)
    assert ledger.items("/due", kind="ROTATION_RETURN", as_of="2024-05-01") == []


def test_due_has_planning_reviews(ledger: LedgerClient, rotated: dict[str, str]) -> None:
    opened = {"owner": rotated["city"], "title_set": "BCH", "term": "2020-2025", "name": "Ban Thường vụ"}
    round_ = ledger.say("/planning", "planning.round-opened", "2021-06-01", **opened)
    asked = {"kind": "PLANNING_REVIEW", "as_of": "2022-02-01"}
    found = ledger.items("/due", **asked)
    assert [(line["due_on"], line["name"], line["detail"]) for line in found] == [
        ("2021-12-31", "Thành phố", "Ban Thường vụ 2021"),
        ("2022-12-31", "Thành phố", "Ban Thường vụ 2022"),
    ]
    closed = {"year": 2021, "in_count": 0, "out_count": 0}
    ledger.say(f"/planning/{round_}", "planning.review-closed", "2022-01-15", **closed)
    assert [line["due_on"] for line in ledger.items("/due", **asked)] == ["2022-12-31"]


def test_due_refuses_a_kind_it_does_not_know(ledger: LedgerClient) -> None:
    answer = ledger.client.get("/due", params={"kind": "ROTATIONS"})
    assert (answer.status_code, answer.json()["rule"], answer.json()["field"]) == (422, "UnknownKind", "kind")
    assert "ROTATION_RETURN" in answer.json()["detail"]


@pytest.mark.parametrize("day", ["0001-01-01", "0001-12-31", "0002-01-01", "9998-12-31", "9999-12-30"])
def test_due_answers_at_the_ends_of_the_calendar(
    ledger: LedgerClient, rotated: dict[str, str], day: str
) -> None:
    ledger.appoint(ledger.cadre("Lê Thị Bình", birth="0001"), rotated["back"], "2001-01-01")
    for place in ({}, {"place": rotated["city"]}):
        assert ledger.client.get("/due", params={"as_of": day, "months": "120", **place}).status_code == 200


def test_a_return_is_to_the_unit_of_its_post(ledger: LedgerClient, rotated: dict[str, str]) -> None:
    ended = {"rotation": "r1", "outcome": "RETURNED", "next_post": rotated["back"]}
    ledger.say(f"/rotation/{rotated['an']}", "rotation.rotation-ended", "2024-04-01", **ended)
    life = ledger.ask(f"/cadres/{rotated['an']}/life")
    (back,) = [step for step in life["steps"] if step["kind"] == "RETURNED"]
    assert (back["title"], back["where"]) == ("Chánh Văn phòng", "Thành phố")
    (holder,) = ledger.items("/holders", post=rotated["back"], as_of="2024-05-01")
    assert holder["unit_name"] == back["where"]
    (move,) = ledger.items("/rotations", cadre=rotated["an"])
    assert (move["next_unit"], move["next_unit_name"]) == (rotated["city"], "Thành phố")


def test_on_one_day_what_ends_comes_before_what_begins(ledger: LedgerClient, rotated: dict[str, str]) -> None:
    steps = ledger.ask(f"/cadres/{rotated['an']}/life")["steps"]
    assert [step["kind"] for step in steps if step["day"] == "2020-03-01"] == [
        "LEFT_POST",
        "ROTATED",
        "TOOK_UP",
    ]


def test_who_was_elected_was_not_appointed(ledger: LedgerClient, rotated: dict[str, str]) -> None:
    binh = ledger.cadre("Lê Thị Bình")
    fact = {"tenure": "t1", "post": rotated["back"], "election": "e1"}
    ledger.say(f"/appointment/{binh}", "appointment.elected", "2021-07-01", **fact)
    assert [step["kind"] for step in ledger.ask(f"/cadres/{binh}/life")["steps"]] == ["ELECTED"]


def test_an_open_rotation_is_open(ledger: LedgerClient, rotated: dict[str, str]) -> None:
    asked = {"from": "2020-01-01", "to": "2021-01-01"}
    for url, params in (
        ("/rotations", asked),
        ("/rotations", {"cadre": rotated["an"]}),
        ("/rotations/open", {}),
    ):
        (move,) = ledger.items(url, as_of="2021-01-01", **params)
        assert move["open"] is True
    (move,) = ledger.items("/rotations", as_of="2019-12-31", **asked)
    assert move["open"] is False
