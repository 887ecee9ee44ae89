"""A cadre's file over HTTP: relatives on both sides, files that were one person, training in numbers, leaving."""

from typing import Any

from tests.questions.conftest import LedgerClient


def test_a_relative_is_shown_on_both_sides_until_a_correction_takes_both_away(
    administration: LedgerClient,
) -> None:
    mother, son = administration.cadre("Trần Thị Mẹ"), administration.cadre("Nguyễn Văn Con")
    kin = {"kinship": "q1", "relation": "CHILD", "relative": son}
    administration.say(f"/personnel/{mother}", "personnel.kinship-declared", "2010-01-01", **kin)
    (of_mother,) = administration.items("/kinship", cadre=mother)
    (of_son,) = administration.items("/kinship", cadre=son)
    assert (of_mother["relation"], of_mother["name"]) == ("CHILD", "Nguyễn Văn Con")
    assert (of_son["relation"], of_son["name"], of_son["declared_by"]) == ("PARENT", "Trần Thị Mẹ", mother)
    assert administration.items("/kinship", cadre=son, as_of="2009-12-31") == []
    event = of_son["proof"]["opened"].rsplit("/", 1)[1]
    administration.client.post(
        f"/personnel/{mother}/corrections",
        json={"target": event, "mode": "VOID", "reason": "not related"},
        headers={"If-Match": "*"},
    )
    assert administration.items("/kinship", cadre=mother) == administration.items("/kinship", cadre=son) == []


def test_files_that_were_one_person_are_read_as_one(administration: LedgerClient) -> None:
    unit = administration.unit("Sở")
    posts = [administration.seat(unit, f"Chức vụ {number}") for number in range(3)]
    kept, merged = administration.cadre("Nguyễn Văn An"), administration.cadre("Nguyễn Văn An (2)")
    administration.appoint(kept, posts[0], "2020-01-01", "t1")
    administration.appoint(merged, posts[1], "2010-01-01", "t2")
    ended = {"tenure": "t2", "reason": "MOVED"}
    administration.say(f"/appointment/{merged}", "appointment.tenure-ended", "2015-01-01", **ended)
    administration.grade(merged, "2012", "GOOD")
    merger = {"merged": merged, "reason": "one person"}
    administration.say(f"/personnel/{kept}", "personnel.records-merged", "2024-01-01", **merger)
    for asked in (kept, merged):
        assert [line["tenure"] for line in administration.items("/term-history", cadre=asked)] == ["t2", "t1"]
        assert [line["period"] for line in administration.items("/evaluations", subject=asked)] == ["2012"]
    away = administration.post(
        f"/appointment/{merged}", "appointment.appointed", "2024-02-01", tenure="t3", post=posts[2]
    )
    assert (away.status_code, away.json()["rule"]) == (422, "MergedAway")


def test_files_whose_posts_exclude_each_other_stay_two_and_nothing_is_stored(
    administration: LedgerClient,
) -> None:
    unit = administration.unit("Sở")
    one, two = administration.cadre("An"), administration.cadre("An")
    for cadre, title in ((one, "A"), (two, "B")):
        administration.appoint(cadre, administration.seat(unit, title), "2020-01-01")
    before = [administration.client.get(f"/personnel/{cadre}/facts").json() for cadre in (one, two)]
    refused = administration.post(
        f"/personnel/{one}", "personnel.records-merged", "2024-01-01", merged=two, reason="same"
    )
    assert (refused.status_code, refused.json()["rule"]) == (422, "TenuresOverlap")
    assert [administration.client.get(f"/personnel/{cadre}/facts").json() for cadre in (one, two)] == before


def figures(counts: Any) -> dict[tuple[str, ...], Any]:
    return {tuple(figure["key"].values()): figure["value"] for figure in counts["figures"]}


def test_trainings_are_counted_by_what_they_had_reached(administration: LedgerClient) -> None:
    city = administration.unit("Thành phố", kind="PROVINCIAL_CITY", bloc="TERRITORY")
    people = [administration.cadre(f"Cán bộ {number}") for number in range(4)]
    for number, cadre in enumerate(people):
        field = {
            "training": f"t{number}",
            "field": "POL_THEORY",
            "level": "ADVANCED" if number < 3 else "INTERMEDIATE",
        }
        administration.say(
            f"/personnel/{cadre}", "personnel.trained", "2019-03-01", status="SENT", sent_by=city, **field
        )
    overseas = {"training": "o", "field": "OVERSEAS", "status": "REGISTERED", "managed_by": "PROVINCE"}
    administration.say(f"/personnel/{people[0]}", "personnel.trained", "2019-05-01", sent_by=city, **overseas)
    done = {"training": "t0", "field": "POL_THEORY", "level": "ADVANCED", "status": "COMPLETED"}
    administration.say(f"/personnel/{people[0]}", "personnel.trained", "2020-06-01", sent_by=city, **done)
    year = {"place": city, "from": "2019-01-01", "to": "2019-12-31"}
    assert figures(administration.ask("/training-summary", **year)) == {
        ("POL_THEORY", "ADVANCED", "SENT"): 3,
        ("POL_THEORY", "INTERMEDIATE", "SENT"): 1,
        ("OVERSEAS", "", "REGISTERED"): 1,
    }
    by_status = administration.ask("/training-summary", by="status", unit="person", **year)
    assert (figures(by_status), by_status["total"]) == ({("SENT",): 4, ("REGISTERED",): 1}, 4)
    assert (
        administration.ask("/training-summary", **{**year, "from": "2018-01-01", "to": "2018-12-31"})["total"]
        is None
    )
    assert [line["status"] for line in administration.items("/trainings", cadre=people[0])] == [
        "SENT",
        "REGISTERED",
        "COMPLETED",
    ]


def test_whoever_retires_leaves_every_post_and_may_come_back(administration: LedgerClient) -> None:
    unit = administration.unit("Sở")
    an = administration.cadre("An")
    administration.appoint(an, administration.seat(unit, "Giám đốc"), "2020-01-01", "t1")
    administration.say(f"/personnel/{an}", "personnel.service-ended", "2025-07-01", kind="RETIRED")
    (line,) = administration.items("/term-history", cadre=an)
    assert (line["end"], line["ended"]) == ("2025-07-01", "RETIRED")
    late = administration.post(
        f"/appointment/{an}", "appointment.appointed", "2025-08-01", tenure="t2", post=line["post"]
    )
    assert (late.status_code, late.json()["rule"]) == (422, "OutOfService")
    administration.say(f"/personnel/{an}", "personnel.service-resumed", "2025-08-01")
    administration.appoint(an, line["post"], "2025-08-01", "t2")
    (out,) = administration.items("/service", cadre=an)
    assert (out["kind"], out["since"], out["until"]) == ("RETIRED", "2025-07-01", "2025-08-01")


def test_discipline_stands_until_it_expires(administration: LedgerClient) -> None:
    an = administration.cadre("An")
    case = {"case": "k1", "side": "PARTY", "form": "WARNING", "expires_on": "2025-03-01"}
    administration.say(f"/personnel/{an}", "personnel.disciplined", "2024-03-01", **case)
    assert [line["case"] for line in administration.items("/disciplines", as_of="2025-02-28")] == ["k1"]
    assert administration.items("/disciplines", as_of="2025-03-01") == []
    (line,) = administration.items("/disciplines", cadre=an, as_of="2025-03-01")
    assert line["in_force"] is False
    due = administration.items("/due", as_of="2025-02-01", months="36")
    assert [(duty["kind"], duty["due_on"], duty["rule"]) for duty in due] == [
        ("DISCIPLINE_EXPIRES", "2025-03-01", ""),
        ("APPOINTMENT_BAR_ENDS", "2026-09-01", "APPT_BAR_AFTER_DISCIPLINE/1"),
    ]
    refused = administration.post(
        f"/personnel/{an}", "personnel.disciplined", "2025-08-01", case="k2", side="STATE", form="DEMOTION"
    )
    assert (refused.status_code, refused.json()["rule"]) == (422, "FormNotInForce")
