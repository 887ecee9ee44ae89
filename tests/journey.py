"""One story, told over HTTP only, with reads that may come a moment later: the same in every way of running."""

import time
from collections.abc import Callable
from typing import Any

import httpx2

Client = httpx2.Client


def say(system: Client, url: str, fact: str, when: str, **fields: Any) -> str:
    body = {"type": fact, "effective_from": when, **fields}
    answer = system.post(url, json=body, headers={"If-Match": "*"} if url.count("/") == 2 else {})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["stream"])


def seen(system: Client, url: str, check: Callable[[list[Any]], bool], **params: str) -> list[Any]:
    """The items once they are as they should be; a projection may be a moment behind."""
    for _ in range(600):
        items: list[Any] = system.get(url, params=params).json().get("items", [])
        if check(items):
            return items
        time.sleep(0.05)
    raise AssertionError(f"{url} {params} never came to it: {items}")


def known(system: Client, id_: str, name: str) -> None:
    seen(system, "/search", lambda items: id_ in {item["id"] for item in items}, q=name, limit="100")


def a_district_lives_and_ends_and_nobody_is_lost(system: Client) -> None:
    number = {
        "number": "1234/NQ-UBTVQH15",
        "issuer": "UBTVQH",
        "signed_on": "2025-06-16",
        "kind": "RESOLUTION",
    }
    paper = say(
        system, "/regulation", "regulation.decision-registered", "2025-07-01", title="Sắp xếp", **number
    )
    unit: dict[str, Any] = {"bloc": "TERRITORY"}
    established = "organization.unit-established"
    city = say(
        system, "/organization", established, "2004-08-31", name="Thành phố X", kind="MUNICIPALITY", **unit
    )
    known(system, city, "Thành phố X")
    below = {**unit, "parent": city}
    district = say(
        system, "/organization", established, "2004-08-31", name="Quận Y", kind="URBAN_DISTRICT", **below
    )
    known(system, district, "Quận Y")
    created = "organization.post-created"
    chair = say(
        system, "/organization", created, "2004-08-31", unit=district, title="Bí thư Quận ủy", role="HEAD"
    )
    deputy = say(
        system, "/organization", created, "2004-08-31", unit=district, title="Phó Bí thư", role="DEPUTY"
    )
    first = say(system, "/personnel", "personnel.registered", "2014-01-01", name="Nguyễn Thị Một")
    second = say(system, "/personnel", "personnel.registered", "2014-01-01", name="Trần Văn Hai")
    known(system, second, "tran van hai")
    appointed = "appointment.appointed"
    say(system, f"/appointment/{first}", appointed, "2015-06-01", tenure="one", post=chair, term_months=60)
    say(system, f"/appointment/{second}", appointed, "2016-03-01", tenure="two", post=deputy)
    again = {"tenure": "one-again", "previous": "one", "term_no": 2}
    say(system, f"/appointment/{first}", "appointment.reappointed", "2020-06-01", **again)
    history = seen(system, "/term-history", lambda items: len(items) == 2, cadre=first)
    assert [(line["start"], line["end"], line["term_no"]) for line in history] == [
        ("2015-06-01", "2020-06-01", 1),
        ("2020-06-01", "", 2),
    ]

    ward = say(system, "/organization", established, "2025-07-01", name="Phường Y", kind="WARD", parent=city)
    edges = [{"source": district, "target": ward, "portion": "WHOLE"}]
    executed = "organization.reorganisation-executed"
    say(system, "/organization", executed, "2025-07-01", title="Sắp xếp", edges=edges, decision=paper)
    dissolved = {"reason": "LEVEL_ABOLISHED", "decision": paper}
    say(system, f"/organization/{district}", "organization.unit-dissolved", "2025-07-01", **dissolved)

    ended = seen(system, "/term-history", lambda items: all(line["ended"] for line in items), unit=district)
    assert {(line["tenure"], line["ended"], line["end"]) for line in ended} == {
        ("one", "TERM_EXPIRED", "2020-06-01"),
        ("one-again", "UNIT_ABOLISHED", "2025-07-01"),
        ("two", "UNIT_ABOLISHED", "2025-07-01"),
    }
    assert {line["proof"]["closing_decision"]["number"] for line in ended if line["tenure"] != "one"} == {
        "1234/NQ-UBTVQH15"
    }
    day_before = seen(
        system, "/org-chart", lambda items: len(items) == 2, unit=city, as_of="2025-06-30", depth="2"
    )
    assert [box["name"] for box in day_before] == ["Thành phố X", "Quận Y"]
    assert [chair["holders"][0]["name"] for chair in day_before[1]["posts"]] == [
        "Nguyễn Thị Một",
        "Trần Văn Hai",
    ]
    day_after = seen(
        system, "/org-chart", lambda items: len(items) == 2, unit=city, as_of="2025-07-01", depth="2"
    )
    assert [box["name"] for box in day_after] == ["Thành phố X", "Phường Y"]
    gone = system.get("/org-chart", params={"unit": district, "as_of": "2025-07-01"})
    assert (gone.status_code, gone.json()["rule"]) == (404, "NotFound")
    lineage = system.get("/lineage", params={"unit": ward}).json()
    assert [(line["source_name"], line["portion"]) for line in lineage["predecessors"]] == [
        ("Quận Y", "WHOLE")
    ]
    changes = {
        (line["change"], line["unit_name"])
        for line in system.get(
            "/diff", params={"unit": city, "from": "2025-06-30", "to": "2025-07-01"}
        ).json()["items"]
    }
    assert {("unit-ended", "Quận Y"), ("unit-new", "Phường Y"), ("holder-out", "Quận Y")} <= changes
    held = system.get(
        "/who-held", params={"title": "bi thu quan uy", "place": "quan y", "date": "2018-01-01"}
    ).json()
    assert [line["name"] for line in held["items"]] == ["Nguyễn Thị Một"]
