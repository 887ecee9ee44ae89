"""Grades of a unit and year by number and share; who has none; reviews; a transferred person's grades follow them."""

from typing import Any

import pytest

from tests.questions.conftest import LedgerClient


@pytest.fixture
def office(administration: LedgerClient) -> dict[str, str]:
    """A province, a department below it with a head and ten deputies, all serving since 2020."""
    province = administration.unit("Tỉnh", kind="PROVINCE", bloc="TERRITORY", level="PROVINCE")
    office = administration.unit("Sở", parent=province)
    found = {"province": province, "office": office}
    for number in range(1, 11):
        found[f"p{number}"] = administration.cadre(f"Nguyễn Văn {number}")
        post = administration.seat(office, f"Phó {number}", role="DEPUTY")
        administration.appoint(found[f"p{number}"], post, "2020-01-01")
    return found


def values(counts: Any, name: str = "grade") -> dict[str, Any]:
    return {figure["key"][name]: figure["value"] for figure in counts["figures"]}


def test_no_data_is_not_nought(administration: LedgerClient, office: dict[str, str]) -> None:
    found = administration.ask(
        "/evaluation-distribution", period="2023", place=office["province"], as_of="2024-06-01"
    )
    assert found["grades"]["total"] is None
    assert values(found["grades"]) == dict.fromkeys(("EXCELLENT", "GOOD", "COMPLETED", "FAILED"))
    assert (found["evaluated"], found["excellent_share"], found["average_score"]) == (None, None, None)
    assert (found["expected"], len(found["missing"])) == (10, 10)


def test_a_year_of_grades_with_the_cap_on_the_excellent(
    administration: LedgerClient, office: dict[str, str]
) -> None:
    for number, grade in enumerate(
        ["EXCELLENT"] * 2 + ["GOOD"] * 4 + ["COMPLETED"] * 2 + ["FAILED"], start=1
    ):
        administration.grade(
            office[f"p{number}"], "2024", grade, score={"EXCELLENT": 95, "GOOD": 80}.get(grade, 55)
        )
    found = administration.ask(
        "/evaluation-distribution", period="2024", place=office["province"], as_of="2025-02-01"
    )
    assert values(found["grades"]) == {"EXCELLENT": 2, "GOOD": 4, "COMPLETED": 2, "FAILED": 1}
    assert found["grades"]["total"] == 9
    assert [figure["share"] for figure in found["grades"]["figures"]] == [2 / 9, 4 / 9, 2 / 9, 1 / 9]
    assert (found["excellent_share"], found["cap"], found["over_cap"]) == (2 / 6, 0.2, True)
    assert found["grades"]["rules"] == ["EVAL_EXCELLENT_CAP/1"]
    assert (found["evaluated"], found["expected"], found["missing"]) == (9, 10, [office["p10"]])
    assert round(found["average_score"], 2) == round((95 * 2 + 80 * 4 + 55 * 3) / 9, 2)
    proof = found["grades"]["figures"][0]["facts"][0]["fact"]
    assert administration.client.get(f"/facts/{proof}").json()["fact"]["grade"] == "EXCELLENT"
    assert (
        administration.ask("/evaluation-distribution", period="2024", as_of="2024-12-19")["evaluated"] is None
    )


def test_a_replaced_grade_counts_until_it_is_replaced(
    administration: LedgerClient, office: dict[str, str]
) -> None:
    one = office["p1"]
    administration.grade(one, "2024", "GOOD")
    again = {"evaluation": "again", "replaces": f"{one}-2024", "grade": "FAILED"}
    administration.say(
        f"/evaluation/{one}", "evaluation.evaluated", "2025-03-01", period="2024", occasion="ANNUAL", **again
    )
    asked = {"period": "2024", "place": office["office"]}
    before = administration.ask("/evaluation-distribution", as_of="2025-02-28", **asked)
    after = administration.ask("/evaluation-distribution", as_of="2025-03-01", **asked)
    assert values(before["grades"]) == {"EXCELLENT": 0, "GOOD": 1, "COMPLETED": 0, "FAILED": 0}
    assert values(after["grades"]) == {"EXCELLENT": 0, "GOOD": 0, "COMPLETED": 0, "FAILED": 1}
    finals = [(line["grade"], line["final"]) for line in administration.items("/evaluations", subject=one)]
    assert finals == [("GOOD", False), ("FAILED", True)]


def test_grades_follow_whoever_is_transferred(administration: LedgerClient, office: dict[str, str]) -> None:
    one = office["p1"]
    administration.grade(one, "2024", "GOOD", unit=office["office"], evaluator="FORMER_UNIT")
    other = administration.unit("Sở khác", parent=office["province"])
    post = administration.seat(other, "Giám đốc")
    held = {line["cadre"]: line["tenure"] for line in administration.items("/holders", unit=office["office"])}
    move = {"move": "m1", "kind": "TRANSFER", "to_post": post, "from_tenure": held[one]}
    administration.say(f"/rotation/{one}", "rotation.transferred", "2025-05-01", **move)
    assert [line["grade"] for line in administration.items("/evaluations", subject=one)] == ["GOOD"]
    where = {"period": "2024", "as_of": "2025-12-01"}
    assert administration.ask("/evaluation-distribution", place=office["office"], **where)["evaluated"] == 1
    assert administration.ask("/evaluation-distribution", place=other, **where)["evaluated"] is None


@pytest.mark.parametrize("asked", [{"unit": "post"}, {"by": "colour"}, {"basis": "plan"}])
def test_what_cannot_be_counted_is_said_so(administration: LedgerClient, asked: dict[str, str]) -> None:
    answer = administration.client.get("/evaluation-distribution", params={"period": "2024", **asked})
    assert (answer.status_code, answer.json()["rule"]) == (422, "NotCountable")
    assert "use " in answer.json()["detail"]


def test_a_period_that_is_none_is_refused(administration: LedgerClient) -> None:
    answer = administration.client.get("/evaluation-distribution", params={"period": "last year"})
    assert (answer.status_code, answer.json()["rule"]) == (422, "BadPeriod")


def test_deep_reviews_are_counted_by_kind_and_their_remedies_followed(
    administration: LedgerClient, office: dict[str, str]
) -> None:
    for subject, kind in (
        (office["p1"], "INDIVIDUAL"),
        (office["p2"], "INDIVIDUAL"),
        (office["office"], "COLLECTIVE"),
    ):
        order = {"review": f"r-{subject}", "grounds": "weak results", "subject": kind}
        administration.say(f"/evaluation/{subject}", "evaluation.deep-review-ordered", "2021-10-01", **order)
    asked = {"place": office["province"], "from": "2021-01-01", "to": "2023-12-31"}
    counted = administration.ask("/deep-review-counts", **asked)
    assert values(counted, "subject_kind") == {"INDIVIDUAL": 2, "COLLECTIVE": 1}
    nothing = administration.ask("/deep-review-counts", **{**asked, "from": "2022-01-01"})
    assert values(nothing, "subject_kind") == {"INDIVIDUAL": None, "COLLECTIVE": None}
    one = office["p1"]
    plan = {"review": f"r-{one}", "remedy_due": "2022-06-30", "remedy_plan": "plan 7"}
    administration.say(f"/evaluation/{one}", "evaluation.deep-review-closed", "2021-12-01", **plan)
    (line,) = [
        line
        for line in administration.items("/deep-reviews", as_of="2022-07-01", **asked)
        if line["subject"] == one
    ]
    assert (line["closed_on"], line["overdue"]) == ("2021-12-01", True)
    due = administration.items(
        "/due", as_of="2022-05-01", months="3", kind="REMEDY_DUE", place=office["office"]
    )
    assert [(duty["due_on"], duty["subject"], duty["days_left"]) for duty in due] == [("2022-06-30", one, 60)]
    administration.say(f"/evaluation/{one}", "evaluation.remedied", "2022-06-15", review=f"r-{one}")
    (line,) = [
        line
        for line in administration.items("/deep-reviews", as_of="2022-07-01", **asked)
        if line["subject"] == one
    ]
    assert (line["remedied_on"], line["overdue"]) == ("2022-06-15", False)
    assert administration.items("/due", as_of="2022-07-01", kind="REMEDY_DUE") == []
