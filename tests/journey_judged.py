"""A third story over HTTP, the same in every way of running: trained, graded, disciplined, found, retired."""

from typing import Any

import httpx2

from tests.journey import say, seen
from tests.journey_up import made, on_file, read, refused

Client = httpx2.Client


def a_cadre_is_judged_and_leaves_service(system: Client) -> None:
    office = made(system, "unit-established", name="Sở Tư pháp W", kind="DEPARTMENT")
    post = made(system, "post-created", title="Phó Giám đốc W", unit=office)
    higher = made(system, "post-created", title="Giám đốc W", unit=office)
    an = on_file(system, name="Hồ Thị Yên", sex="F", birth="1975-05-20")
    son = on_file(system, name="Hồ Văn Tứ")
    say(system, f"/appointment/{an}", "appointment.appointed", "2018-01-01", tenure="w1", post=post)
    seen(system, "/term-history", lambda items: len(items) == 1, cadre=an)

    kin = {"kinship": "wk", "relation": "CHILD", "relative": son}
    say(system, f"/personnel/{an}", "personnel.kinship-declared", "2018-01-01", **kin)
    (mirrored,) = seen(system, "/kinship", lambda items: len(items) == 1, cadre=son)
    assert (mirrored["relation"], mirrored["name"]) == ("PARENT", "Hồ Thị Yên")
    training = {"training": "wt", "field": "POL_THEORY", "level": "ADVANCED"}
    for status, day in (("SENT", "2019-02-01"), ("COMPLETED", "2020-02-01")):
        say(system, f"/personnel/{an}", "personnel.trained", day, status=status, **training)

    grade: dict[str, Any] = {"evaluation": "wg", "period": "2023", "occasion": "ANNUAL", "unit": office}
    evaluated, url = "evaluation.evaluated", f"/evaluation/{an}"
    worse = {**grade, "grade": "EXCELLENT", "score": 71}
    assert refused(system, url, evaluated, "2023-12-20", **worse) == "GradeAboveScore"
    say(system, url, evaluated, "2023-12-20", grade="GOOD", score=81, **grade)
    seen(system, "/evaluations", lambda items: [line["grade"] for line in items] == ["GOOD"], subject=an)
    spread = read(system, "/evaluation-distribution", period="2023", place=office, as_of="2024-01-31")
    assert [(each["key"]["grade"], each["value"]) for each in spread["grades"]["figures"]] == [
        ("EXCELLENT", 0),
        ("GOOD", 1),
        ("COMPLETED", 0),
        ("FAILED", 0),
    ]
    ballot = {
        "vote": "wv",
        "kind": "RATING",
        "called": 9,
        "present": 9,
        "results": [{"cadre": an, "high": 10}],
    }
    assert refused(
        system, f"/evaluation/{office}", "evaluation.confidence-voted", "2024-01-01", **ballot
    ) == ("VotesAbovePresent")

    case = {"case": "wc", "side": "PARTY", "form": "REPRIMAND"}
    say(system, f"/personnel/{an}", "personnel.disciplined", "2025-03-01", **case)
    seen(system, "/disciplines", lambda items: len(items) == 1, cadre=an)
    promotion = {"tenure": "w2", "post": higher, "step": "PROMOTION", "decided_on": "2025-10-09"}
    concurrent = {**promotion, "holding": "CONCURRENT"}
    say(system, f"/appointment/{an}", "appointment.appointed", "2025-11-01", **concurrent)
    bar = {"rule": "APPT_BAR_AFTER_DISCIPLINE", "place": office}
    (found,) = seen(system, "/findings", lambda items: len(items) == 1, **bar)
    assert (found["version"], found["subject"], found["open"]) == (2, an, True)

    say(system, f"/personnel/{an}", "personnel.service-ended", "2026-01-01", kind="LEFT")
    ended = seen(system, "/term-history", lambda items: all(line["ended"] for line in items), cadre=an)
    assert {(line["tenure"], line["end"], line["ended"]) for line in ended} == {
        ("w1", "2026-01-01", "LEFT_SERVICE"),
        ("w2", "2026-01-01", "LEFT_SERVICE"),
    }
    seen(system, "/service", lambda items: [line["kind"] for line in items] == ["LEFT"], cadre=an)
