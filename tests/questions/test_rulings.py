"""Rules in force on a day, what they find, sets that break them, papers that were revoked, and what falls due."""

from typing import Any

import pytest

from tests.questions.conftest import LedgerClient


def test_the_texts_and_rules_of_a_day(administration: LedgerClient) -> None:
    then = {line["rule"]: line for line in administration.items("/rules", as_of="2019-06-30")}
    assert then["TEXT_PLANNING"]["parameters"]["texts"] == ["42-NQ/TW", "15-HD/BTCTW", "06-HD/BTCTW"]
    assert "PLAN_MAX_PERSONS_PER_TITLE" not in then
    texts = administration.items("/rules", kind="TEXT", as_of="2022-01-01")
    assert {line["rule"]: line["number"] for line in texts}["TEXT_PLANNING"] == 5
    bar = administration.items("/rules", rule="APPT_BAR_AFTER_DISCIPLINE")
    assert [(line["number"], line["since"], line["until"]) for line in bar] == [
        (1, "2022-08-18", "2025-10-08"),
        (2, "2025-10-08", ""),
    ]


def test_a_version_enacted_here_cuts_the_shipped_one_and_may_not_overlap_another(
    administration: LedgerClient,
) -> None:
    ours = {
        "rule": "APPT_MIN_CURRENT_MONTHS",
        "number": 9,
        "parameters": {"months": 36},
        "source": "12-QĐ/TU",
    }
    stream = administration.say(
        "/regulation", "regulation.rule-enacted", "2024-01-01", until="2025-01-01", **ours
    )
    lines = administration.items("/rules", rule="APPT_MIN_CURRENT_MONTHS")
    assert [(line["number"], line["since"], line["until"]) for line in lines] == [
        (1, "2022-08-18", "2024-01-01"),
        (9, "2024-01-01", "2025-01-01"),
        (1, "2025-01-01", ""),
    ]
    assert [bool(line["enacted"]) for line in lines] == [False, True, False]
    assert administration.client.get("/facts/" + lines[1]["enacted"]).json()["fact"]["source"] == "12-QĐ/TU"
    again = {**ours, "number": 10}
    refused = administration.post(f"/regulation/{stream}", "regulation.rule-enacted", "2024-12-31", **again)
    assert (refused.status_code, refused.json()["rule"]) == (422, "VersionsOverlap")
    elsewhere = administration.post("/regulation", "regulation.rule-enacted", "2026-01-01", **again)
    assert (elsewhere.status_code, elsewhere.json()["rule"]) == (422, "RuleElsewhere")
    administration.say(f"/regulation/{stream}", "regulation.rule-enacted", "2025-01-01", **again)
    before = administration.items("/rules", rule="APPT_MIN_CURRENT_MONTHS", known_at="2020-01-01")
    assert [line["number"] for line in before] == [1], "not known yet"


@pytest.mark.parametrize("parameters", [{}, {"months": "many"}, {"months": 1.5}])
def test_a_version_that_could_not_be_judged_by_is_refused(
    administration: LedgerClient, parameters: dict[str, Any]
) -> None:
    ours = {"rule": "APPT_MIN_CURRENT_MONTHS", "number": 9, "parameters": parameters}
    refused = administration.post("/regulation", "regulation.rule-enacted", "2024-01-01", **ours)
    assert (refused.status_code, refused.json()["rule"]) == (422, "ParametersDoNotFit")
    assert "months" in refused.json()["detail"]


@pytest.fixture
def office(administration: LedgerClient) -> dict[str, str]:
    city = administration.unit("Thành phố", kind="MUNICIPALITY", bloc="TERRITORY", level="PROVINCE")
    unit = administration.unit("Sở", parent=city)
    head, deputy = (
        administration.seat(unit, "Giám đốc"),
        administration.seat(unit, "Phó Giám đốc", role="DEPUTY", seats=2),
    )
    people = {
        name: administration.cadre(f"Nguyễn {name}", birth="1966-04-10", sex="M")
        for name in ("An", "Bình", "Chi")
    }
    return {"city": city, "unit": unit, "head": head, "deputy": deputy, **people}


def rules(lines: list[Any]) -> list[str]:
    return [line["rule"] for line in lines]


def test_findings_are_listed_until_somebody_answers(
    administration: LedgerClient, office: dict[str, str]
) -> None:
    administration.appoint(office["An"], office["head"], "2025-04-01", "t1", step="PROMOTION")
    found = administration.items("/findings", place=office["city"], open="true")
    assert rules(found) == ["APPT_IN_PLANNING", "MORATORIUM_2025"]
    moratorium = found[1]
    assert (moratorium["severity"], moratorium["subject"]) == ("BLOCK_UNLESS_OVERRIDDEN", office["An"])
    assert administration.items("/findings", place=office["city"], as_of="2025-03-31") == []
    event = moratorium["proof"]["opened"].rsplit("/", 1)[1]
    fact = administration.client.get("/facts/" + moratorium["proof"]["opened"]).json()["fact"]
    answered = [{**each, "overridden_by": "Bộ Chính trị", "document": "12-CV"} for each in fact["findings"]]
    correction = {
        "target": event,
        "mode": "AMEND",
        "reason": "exception",
        "new_values": {"findings": answered},
    }
    url = f"/appointment/{office['An']}/corrections"
    assert administration.client.post(url, json=correction, headers={"If-Match": "*"}).status_code == 201
    assert administration.items("/findings", open="true") == []
    (kept,) = administration.items("/findings", rule="MORATORIUM_2025")
    assert (kept["overridden_by"], kept["document"], kept["open"]) == ("Bộ Chính trị", "12-CV", False)


def test_sets_that_break_a_rule_on_a_day(administration: LedgerClient, office: dict[str, str]) -> None:
    administration.appoint(office["An"], office["head"], "2024-01-01", "t1")
    administration.appoint(office["Bình"], office["deputy"], "2024-01-01", "t2")
    assert administration.items("/conflicts", place=office["city"], as_of="2024-06-01") == []
    administration.appoint(office["Chi"], office["head"], "2024-07-01", "t3")
    kin = {"kinship": "q1", "relation": "SIBLING", "relative": office["Bình"]}
    administration.say(f"/personnel/{office['An']}", "personnel.kinship-declared", "2010-01-01", **kin)
    found = administration.items("/conflicts", place=office["city"], as_of="2024-08-01")
    assert [(line["rule"], line["subject"]) for line in found] == [
        ("KIN_HEAD_DEPUTY", office["An"]),
        ("SEATS", office["head"]),
    ]
    assert found[0]["related"] == [office["Bình"]]
    assert found[1]["related"] == sorted([office["An"], office["Chi"]])
    assert len(found[1]["facts"]) == 2
    assert rules(administration.items("/conflicts", as_of="2023-07-10")) == []
    administration.say(
        f"/appointment/{office['Chi']}", "appointment.tenure-ended", "2024-09-01", tenure="t3", reason="MOVED"
    )
    assert rules(administration.items("/conflicts", as_of="2024-09-01")) == ["KIN_HEAD_DEPUTY"]


def test_terms_locals_quotas_and_pairs_are_seen_on_a_day(
    administration: LedgerClient, office: dict[str, str]
) -> None:
    ward = administration.unit("Phường", office["city"], kind="WARD", bloc="TERRITORY")
    committee = administration.unit("UBND", ward, kind="PEOPLES_COMMITTEE")
    chair = administration.seat(committee, "Chủ tịch", not_local=True, paired_post=office["head"])
    local = administration.cadre("Người địa phương", home_unit=ward)
    administration.appoint(local, chair, "2010-01-01", "t1")
    for number, day in ((2, "2015-01-01"), (3, "2020-01-01")):
        previous = {"tenure": f"t{number}", "previous": f"t{number - 1}", "term_no": number}
        administration.say(f"/appointment/{local}", "appointment.reappointed", day, **previous)
    found = administration.items("/conflicts", place=ward, as_of="2024-01-01")
    assert [(line["rule"], line["subject"]) for line in found] == [
        ("MAX_CONSECUTIVE_TERMS", local),
        ("NOT_LOCAL", local),
    ]
    assert rules(administration.items("/conflicts", place=ward, as_of="2019-01-01")) == ["NOT_LOCAL"]
    quota = {"quota": "DEPUTIES", "amount": 1, "overage_allowed": 1, "overage_until": "2030-07-01"}
    administration.say(f"/organization/{office['unit']}", "organization.quota-set", "2025-07-01", **quota)
    administration.appoint(office["Bình"], office["deputy"], "2024-01-01", "b")
    administration.appoint(office["Chi"], office["deputy"], "2024-01-01", "c")
    asked = {"rule": "QUOTA_DEPUTIES_OVERAGE", "place": office["city"]}
    (legal,) = administration.items("/conflicts", as_of="2026-01-01", **asked)
    (late,) = administration.items("/conflicts", as_of="2030-07-01", **asked)
    assert (legal["severity"], late["severity"]) == ("INFO", "WARN")
    assert "2 where DEPUTIES is 1, allowed until 2030-07-01" in legal["detail"]


def test_a_revoked_paper_leaves_tasks_and_takes_nothing_back(
    administration: LedgerClient, office: dict[str, str]
) -> None:
    signed = {"issuer": "UBND", "signed_on": "2024-01-01", "kind": "DECISION", "title": "Bổ nhiệm"}
    first = administration.say(
        "/regulation", "regulation.decision-registered", "2024-01-01", number="1/QĐ", **signed
    )
    second = administration.say(
        "/regulation", "regulation.decision-registered", "2024-01-01", number="2/QĐ", **signed
    )
    administration.appoint(office["An"], office["head"], "2024-02-01", "t1", decision=first)
    administration.grade(office["An"], "2024", "GOOD", decision=first)
    assert {line["what"] for line in administration.items(f"/decisions/{first}/facts")} == {
        "tenures",
        "evaluations",
    }
    assert administration.items("/tasks") == []
    administration.say(
        f"/regulation/{first}", "regulation.decision-revoked", "2025-01-01", reason="wrong authority"
    )
    tasks = administration.items("/tasks")
    assert [(task["what"], task["person"], task["state"]) for task in tasks] == [
        ("evaluations", office["An"], "OPEN"),
        ("tenures", office["An"], "OPEN"),
    ]
    assert tasks[0]["decision"]["number"] == "1/QĐ"
    assert [line["tenure"] for line in administration.items("/holders", post=office["head"])] == ["t1"], (
        "nothing is taken back"
    )
    event = tasks[1]["fact"].rsplit("/", 1)[1]
    correction = {
        "target": event,
        "mode": "AMEND",
        "reason": "decided anew",
        "new_values": {"decision": second},
    }
    url = f"/appointment/{office['An']}/corrections"
    assert administration.client.post(url, json=correction, headers={"If-Match": "*"}).status_code == 201
    assert [(task["what"], task["state"]) for task in administration.items("/tasks", decision=first)] == [
        ("evaluations", "OPEN"),
        ("tenures", "DONE"),
    ]
    assert [task["what"] for task in administration.items("/tasks", state="OPEN")] == ["evaluations"]
    gaps = administration.items("/decision-gaps")
    assert {gap["what"] for gap in gaps} == {"units", "posts"}


def test_what_falls_due_in_a_unit(administration: LedgerClient, office: dict[str, str]) -> None:
    administration.appoint(office["An"], office["head"], "2022-07-01", "t1", term_months=60)
    administration.grade(office["An"], "2025", "GOOD")
    asked = {"place": office["city"], "as_of": "2027-01-01"}
    lines = administration.items("/due", months="18", **asked)
    assert [(line["kind"], line["due_on"], line["days_left"]) for line in lines] == [
        ("EVALUATION_MISSING", "2026-12-31", -1),
        ("REAPPOINT_DUE", "2027-07-01", 181),
        ("RETIRE_NOTICE", "2027-10-31", 303),
        ("EVALUATION_MISSING", "2027-12-31", 364),
        ("RETIREMENT", "2028-04-30", 485),
    ]
    assert {line["name"] for line in lines} == {"Nguyễn An"}
    assert [line["kind"] for line in administration.items("/due", months="3", **asked)] == [
        "EVALUATION_MISSING"
    ]
    assert [
        line["kind"] for line in administration.items("/due", months="6", kind="REAPPOINT_DUE", **asked)
    ] == ["REAPPOINT_DUE"]
    assert lines[-1]["rule"] == "RETIRE_AGE/1"
    elsewhere = administration.unit("Sở khác", office["city"])
    assert administration.items("/due", months="18", place=elsewhere, as_of="2027-01-01") == []


def test_the_share_of_those_appointed_who_were_planned(
    administration: LedgerClient, office: dict[str, str]
) -> None:
    year = {"place": office["city"], "from": "2019-01-01", "to": "2019-12-31"}
    assert administration.ask("/planned-share", **year)["total"] is None
    key = {"owner": office["city"], "title_set": "KEY", "term": "2015-2020"}
    titles = [{"post": office["head"]}]
    list_ = administration.say("/planning", "planning.round-opened", "2016-01-01", **key, titles=titles)
    entry = {"entry": "e1", "cadre": office["An"], "post": office["head"]}
    administration.say(f"/planning/{list_}", "planning.added-to-planning", "2016-01-01", **entry)
    administration.appoint(office["An"], office["head"], "2019-05-01", "t1")
    administration.appoint(office["Bình"], office["deputy"], "2019-06-01", "t2")
    found = administration.ask("/planned-share", **year)
    assert {each["key"]["planned"]: each["value"] for each in found["figures"]} == {"yes": 1, "no": 1}
    (exception,) = found["figures"][1]["facts"]
    assert office["Bình"] in exception["fact"]


def test_the_register_says_what_rests_on_each_document(
    administration: LedgerClient, office: dict[str, str]
) -> None:
    def signed(number: str, day: str, **more: Any) -> str:
        fields = {
            "number": number,
            "issuer": "BTCTW",
            "signed_on": day,
            "kind": "GUIDELINE",
            "title": "Hướng dẫn",
        }
        return administration.say("/regulation", "regulation.decision-registered", day, **{**fields, **more})

    old, new = signed("06-HD/BTCTW", "2017-02-24"), signed("06-HD/BTCTW", "2021-07-26", file_hash="sha256:1")
    double = signed("06-HD/BTCTW", "2021-07-26")
    after = signed("16-HD/BTCTW", "2022-02-15", supersedes=[old])
    administration.appoint(office["An"], office["head"], "2025-04-01", "t1", step="PROMOTION", decision=new)
    lines = {line["document"]["id"]: line for line in administration.items("/decision-register")}
    shown = lines[new]
    assert (shown["facts"], shown["persons"], shown["open_findings"], shown["missing_file"]) == (
        1,
        1,
        1,
        False,
    )
    assert (shown["same_number"], shown["doubles"]) == ([old], [double])
    assert (lines[old]["superseded_by"], lines[old]["facts"], lines[old]["missing_file"]) == (
        [after],
        0,
        True,
    )
    assert [line["document"]["id"] for line in administration.items("/decision-register", q="16-hd")] == [
        after
    ]
