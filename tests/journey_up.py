"""A second story over HTTP, the same in every way of running: planned, rotated, returned to the planned title."""

from typing import Any

import httpx2

from tests.journey import known, say, seen

Client = httpx2.Client


def made(system: Client, fact: str, **fields: str) -> str:
    """A unit or a post, once everybody knows it."""
    id_ = say(system, "/organization", f"organization.{fact}", "2000-01-01", **fields)
    known(system, id_, fields.get("name") or fields["title"])
    return id_


def on_file(system: Client, **fields: str) -> str:
    id_ = say(system, "/personnel", "personnel.registered", "2010-01-01", **fields)
    known(system, id_, fields["name"])
    return id_


def refused(system: Client, url: str, fact: str, when: str, **fields: Any) -> str:
    body = {"type": fact, "effective_from": when, **fields}
    answer = system.post(url, json=body, headers={"If-Match": "*"})
    assert answer.status_code == 422, answer.text
    return str(answer.json()["rule"])


def read(system: Client, url: str, **params: str) -> Any:
    answer = system.get(url, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def figures(counts: Any) -> dict[str, int | None]:
    return {" ".join(each["key"].values()): each["value"] for each in counts["figures"]}


def a_cadre_is_planned_rotated_and_comes_back_to_the_planned_title(system: Client) -> None:
    city = made(system, "unit-established", name="Thành phố Z", kind="PROVINCIAL_CITY")
    board = made(system, "unit-established", name="Ban Tổ chức Z", kind="PARTY_BOARD", parent=city)
    ward = made(system, "unit-established", name="Phường Z", kind="WARD", parent=city)
    head = made(system, "post-created", title="Trưởng ban Z", unit=board)
    secretary = made(system, "post-created", title="Bí thư phường Z", unit=ward)
    deputy = made(system, "post-created", title="Phó Bí thư Z", unit=city)
    an = on_file(system, name="Lê Thị Ân", sex="F", birth="1980-03")
    binh = on_file(system, name="Vũ Văn Bính")
    say(system, f"/appointment/{an}", "appointment.appointed", "2015-01-01", tenure="home", post=head)
    seen(system, "/term-history", lambda items: len(items) == 1, cadre=an)

    key: dict[str, Any] = {"owner": city, "title_set": "KEY", "term": "2015-2020"}
    titles = [{"post": deputy}, {"post": head}]
    list_ = say(system, "/planning", "planning.round-opened", "2016-01-01", **key, titles=titles)
    url, added = f"/planning/{list_}", "planning.added-to-planning"
    ballot = {"step": "KEY_CADRES", "votes_for": 41, "cast": 45, "present": 40}
    entry: dict[str, Any] = {"entry": "e1", "cadre": an, "post": deputy, "source": "INTERNAL"}
    assert refused(system, url, added, "2016-01-01", **entry, votes=[ballot]) == "VotesDoNotAddUp"
    say(system, url, added, "2016-01-01", **entry, votes=[{**ballot, "present": 45}])
    say(system, url, added, "2016-01-01", entry="e2", cadre=binh, post=deputy, source="EXTERNAL")
    assert refused(system, url, added, "2016-02-01", **{**entry, "entry": "e3"}) == "AlreadyPlanned"
    removed = "planning.removed-from-planning"
    assert refused(system, url, removed, "2017-06-01", entry="e9") == "NotOnTheList"
    say(system, url, removed, "2017-06-01", entry="e2", reason="POLITICAL_STANDARD", review=2017)
    closed: dict[str, Any] = {"year": 2017, "in_count": 0, "out_count": 1}
    assert (
        refused(system, url, "planning.review-closed", "2017-12-01", **{**closed, "out_count": 2})
        == "CountsDoNotMatch"
    )
    say(system, url, "planning.review-closed", "2017-12-01", **closed)
    of_an: dict[str, str] = {"cadre": an}
    gone = {"cadre": binh}
    seen(system, "/planning-entries", lambda items: [line["live"] for line in items] == [False], **gone)
    before = read(system, "/planning-pool", place=city, as_of="2017-01-01", by="source")
    assert (before["total"], figures(before)) == (2, {"EXTERNAL": 1, "INTERNAL": 1})
    (made_of,) = read(system, "/planning-structure", place=city, as_of="2017-01-01")["items"]
    assert made_of["women"] == {"value": 1, "known": 1, "share": 1.0}
    assert made_of["minority"] == {"value": None, "known": 0, "share": None}
    assert (made_of["titles"], made_of["empty_titles"], made_of["most"]) == (2, [head], 2)

    items = [
        {"item": "down", "count": 19, "direction": "DOWN"},
        {"item": "up", "count": 3, "direction": "UP"},
    ]
    planned = {"owner": city, "term": "2015-2020", "items": items}
    plan = say(system, "/rotation", "rotation.plan-approved", "2016-03-01", **planned)
    seen(system, "/rotation-plans", lambda items: len(items) == 2, place=city)
    year: dict[str, str] = {"place": city, "from": "2016-01-01", "to": "2020-12-31"}
    assert figures(read(system, "/rotation-flows", basis="plan", **year)) == {
        "DOWN": 19,
        "UP": 3,
        "LATERAL": 0,
    }
    assert read(system, "/rotation-flows", **year)["total"] is None
    rotated: dict[str, Any] = {
        "rotation": "r1",
        "to_post": secretary,
        "from_tenure": "home",
        "direction": "DOWN",
    }
    url = f"/rotation/{an}"
    say(
        system,
        url,
        "rotation.rotated",
        "2017-05-01",
        **rotated,
        plan=plan,
        plan_item="down",
        planned_entry="e1",
    )
    history = seen(
        system, "/term-history", lambda items: [line["ended"] for line in items] == ["MOVED", ""], cadre=an
    )
    assert [(line["post"], line["start"], line["end"], line["route"]) for line in history] == [
        (head, "2015-01-01", "2017-05-01", "DIRECT"),
        (secretary, "2017-05-01", "", "ROTATED"),
    ]
    again = {**rotated, "rotation": "r2", "from_tenure": history[1]["tenure"], "to_post": head}
    assert refused(system, url, "rotation.rotated", "2018-05-01", **again) == "RotationIsOpen"
    (out,) = seen(system, "/rotations/open", lambda items: len(items) == 1, place=city, as_of="2020-04-01")
    assert (out["due"], out["days_left"], out["months"], out["to_unit"]) == ("2020-05-01", 30, 35, ward)

    ended: dict[str, Any] = {"outcome": "RETURNED", "next_post": deputy, "approach": True}
    say(system, url, "rotation.rotation-ended", "2020-06-01", rotation="r1", **ended)
    (chain,) = seen(
        system, "/planning-entries", lambda items: bool(items) and items[0]["outcome"] != "", **of_an
    )
    assert (chain["outcome"], chain["mode"], chain["end"]) == ("APPOINTED", "AUTOMATIC", "2020-06-01")
    history = seen(system, "/term-history", lambda items: len(items) == 3, cadre=an)
    assert [(line["post"], line["ended"], line["route"]) for line in history] == [
        (head, "MOVED", "DIRECT"),
        (secretary, "MOVED", "ROTATED"),
        (deputy, "", "AFTER_ROTATION"),
    ]
    (move,) = read(system, "/rotations", **of_an)["items"]
    assert (move["outcome"], move["months"], move["under_min"], move["next_title"], move["approach"]) == (
        "RETURNED",
        37,
        False,
        "Phó Bí thư Z",
        True,
    )
    flows = read(system, "/rotation-flows", **year)
    assert (flows["total"], figures(flows)["DOWN"], figures(flows)["UP"]) == (1, 1, 0)
    done = read(system, "/rotation-plans", place=city)["items"]
    assert [(line["item"], line["planned"], line["done"]) for line in done] == [("down", 19, 1), ("up", 3, 0)]
    left = read(system, "/planning-changes", place=city, by="title_set,reason", **{"from": "2017-01-01"})
    assert figures(left)["REMOVED KEY POLITICAL_STANDARD"] == 1
    topic, stream, event = flows["figures"][1]["facts"][0]["fact"].split("/")
    assert read(system, f"/facts/{topic}/{stream}/{event}")["fact"]["type"] == "rotation.rotated"
