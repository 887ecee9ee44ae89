"""What each principal is answered over HTTP (issue 13): every question of the contract about somebody out of scope is
answered as about nobody, and lists, counts, feeds and search know of no more than the reader may open."""

import re
from collections.abc import Iterator
from typing import Any

from shared.core.facts import MASKED
from tests.access.two_wards import PERSONAL, SENSITIVE, TwoWards
from tests.contract.completeness import list_operations
from tests.contract.test_openapi import DOCUMENT

QUESTIONS = [
    (path, operation)
    for path, method, operation in list_operations(DOCUMENT)
    if method == "get" and operation["security"] and not path.endswith("/live")
]
NOBODY = "0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e8f"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
TAKEN_BY = {
    "cadre": ("cadre", "subject", "stream", "ids"),
    "unit": ("unit", "place", "parent", "stream", "ids"),
    "post": ("post", "stream", "ids"),
    "list": ("list", "stream", "ids"),
}
"""By kind of an id, the parameters that take it."""
PARAMETERS = {
    "from": "1990-01-01", "to": "2026-01-01", "title": "chu tich", "period": "2025", "q": "nguyen", "place": "",
    "parent": "", "topic": "personnel", "tag": "personnel.registered", "name": "x", "number": "1",
}  # fmt: skip


def ask(wards: TwoWards, who: str, path: str, **query: str) -> Any:
    answer = wards.client.get(path, params=query, headers={"who": who})
    assert answer.status_code == 200, answer.text
    return answer.json()


def questions_about(kind: str, id_: str) -> Iterator[str]:
    """Every question of the contract that takes an id of this kind, with this one."""
    for path, operation in QUESTIONS:
        parameters = operation.get("parameters", ())
        required = {each["name"] for each in parameters if each.get("required")}
        for name in [each["name"] for each in parameters if each["name"] in TAKEN_BY[kind]]:
            values = {each: PARAMETERS.get(each) or id_ for each in {*required, name}} | {name: id_}
            address = path.format_map(values)
            query = "&".join(f"{each}={values[each]}" for each in sorted(values) if f"{{{each}}}" not in path)
            yield f"{address}?{query}"


def test_what_is_out_of_scope_is_answered_like_what_does_not_exist(wards: TwoWards) -> None:
    asked, told = 0, 0
    for kind, id_ in (
        ("cadre", wards.binh),
        ("unit", wards.other),
        ("post", wards.posts[wards.other][0]),
        ("list", wards.other_list),
    ):
        for address, nothing in zip(questions_about(kind, id_), questions_about(kind, NOBODY), strict=True):
            out = wards.client.get(address, headers={"who": "viewer"})
            none = wards.client.get(nothing, headers={"who": "viewer"})
            assert out.status_code == none.status_code, (address, out.text, none.text)
            expected = MOMENT.sub("", none.text.replace(NOBODY, id_))
            assert MOMENT.sub("", out.text) == expected, address
            everything = wards.client.get(address)
            told += MOMENT.sub("", everything.text) != expected
            asked += 1
    assert asked > 80
    assert told > 20, "to whoever may read all they are answered otherwise"


def test_nobody_out_of_scope_is_in_any_answer(wards: TwoWards) -> None:
    ids = {"unit": wards.ward, "cadre": wards.anh, "post": wards.posts[wards.ward][0], "list": wards.list}
    hidden = {wards.binh, wards.chi, wards.hoa, "Nguyễn Bình", "Nguyễn Chi", "Nguyễn Hoa", "binh-1", "chi-1"}
    hidden |= {"e-binh", wards.other_list, *SENSITIVE.values()}
    seen = set[str]()
    for address in [
        *(address for kind, id_ in ids.items() for address in questions_about(kind, id_)),
        *(
            "/search?q=nguyen",
            "/units",
            "/org-chart?depth=5&unit=" + wards.ward,
            "/holders?unit=" + wards.ward,
        ),
        *("/planning-entries", "/planning-pool", "/planning-structure", "/appointments", "/contradictions"),
        *(f"/feeds/{each}" for each in ("organization", "personnel", "appointment", "planning")),
        *("/findings", "/reports/cadre-work"),
    ]:
        who = "officer" if address.startswith("/feeds/") else "viewer"  # who only reads takes nothing out
        answer = wards.client.get(address, headers={"who": who})
        assert answer.status_code != 403, address
        assert not (found := {each for each in hidden if each in answer.text}), (address, found)
        assert answer.headers["Cache-Control"] == "no-store", address
        seen |= {each for each in hidden if each in wards.client.get(address).text}
    assert seen >= {wards.binh, "Nguyễn Bình", "binh-1", "e-binh", wards.other_list, SENSITIVE["religion"]}


def names(wards: TwoWards, who: str) -> set[str]:
    return {each["name"].removeprefix("Nguyễn ") for each in ask(wards, who, "/search", q="nguyen")["items"]}


def test_each_role_finds_whom_its_scope_has(wards: TwoWards) -> None:
    everybody = {"Anh", "Bình", "Chi", "Dũng", "Hoa"}
    assert names(wards, "all") == names(wards, "auditor") == everybody
    assert names(wards, "officer") == names(wards, "viewer") == {"Anh", "Dũng"}
    assert names(wards, "head") == everybody - {"Hoa"}, "Hoa belongs nowhere"
    assert names(wards, "integration") == {"Bình"}
    assert names(wards, "manager") == {"Anh", "Bình", "Chi", "Dũng"}
    assert names(wards, "administrator") == set()


def test_lists_and_counts_say_of_which_part_they_are(wards: TwoWards) -> None:
    units = ask(wards, "viewer", "/units")
    assert {each["unit"] for each in units["items"]} == {wards.ward, wards.team}
    assert units["within"] == [wards.ward]
    assert "within" not in ask(wards, "auditor", "/units")
    assert "within" not in ask(wards, "all", "/units")
    for who, number in (("all", 2), ("viewer", 1), ("head", 2), ("integration", 1)):
        assert ask(wards, who, "/planning-pool")["total"] == number, who
    refused = wards.client.get("/planning-pool", headers={"who": "administrator"})
    assert (refused.status_code, refused.json()["rule"]) == (403, "NotPublic")
    manager = ask(wards, "manager", "/planning-pool")
    assert (manager["within"], manager["within_managed_by"]) == ([], [wards.city])


def test_the_history_of_a_person_in_scope_is_whole(wards: TwoWards) -> None:
    terms = ask(wards, "viewer", "/term-history", cadre=wards.anh)["items"]
    assert [(each["tenure"], each["unit_name"]) for each in terms] == [
        ("anh-1", "Phường Ngoài"),
        ("anh-2", "Phường Trong"),
    ]
    assert ask(wards, "integration", "/term-history", cadre=wards.anh)["items"] == []


def test_facts_and_feeds_are_of_the_scope(wards: TwoWards) -> None:
    assert len(ask(wards, "viewer", f"/appointment/{wards.anh}/facts")) == 3
    answer = wards.client.get(f"/appointment/{wards.binh}/facts", headers={"who": "viewer"})
    assert (answer.status_code, answer.json()["rule"]) == (404, "NotFound")
    events = ask(wards, "officer", "/feeds/planning")
    assert {each["data"]["stream"] for each in events} == {wards.list}
    assert len(events) == 2
    assert len(ask(wards, "all", "/feeds/planning")) == 4


def test_a_moved_unit_is_in_scope_at_once_where_that_is_found_quickly(wards: TwoWards) -> None:
    """Scope follows the tree of now; a person follows their unit."""
    moved = wards.unit("Tổ Dời", wards.other)
    cadre = wards.person("Lan")
    wards.appoint(cadre, "lan-1", wards.post(moved, "Tổ trưởng", ""), "2020-01-01")
    assert "Lan" not in names(wards, "viewer")
    wards.record("organization", moved, "unit-reparented", parent=wards.ward, effective_from="2024-01-01")
    assert "Lan" in names(wards, "viewer")
    assert "Lan" not in names(wards, "integration")


def test_what_is_sensitive_is_for_roles_that_are_cleared_for_it(wards: TwoWards) -> None:
    """Both see names and birthdays; only who keeps the records sees ethnicity, religion and national ids."""
    path = f"/personnel/{wards.anh}/facts"
    [fact] = [each["fact"] for each in ask(wards, "viewer", path)]
    assert {name: fact[name] for name in PERSONAL} == PERSONAL | dict.fromkeys(SENSITIVE, MASKED)
    [fact] = [each["fact"] for each in ask(wards, "officer", path)]
    assert {name: fact[name] for name in PERSONAL} == PERSONAL
    target = ask(wards, "all", path)[0]["event_id"]
    body = {"target": target, "mode": "AMEND", "reason": "nhầm", "new_values": {"religion": "Tôn giáo sửa"}}
    corrected = wards.client.post(f"/personnel/{wards.anh}/corrections", json=body, headers={"If-Match": "*"})
    assert corrected.status_code == 201, corrected.text
    values = [each["fact"].get("new_values") for each in ask(wards, "viewer", path)]
    assert values[-1] == {"religion": MASKED}
    assert ask(wards, "officer", path)[-1]["fact"]["new_values"] == {"religion": "Tôn giáo sửa"}
