"""Every route that records asks the policies first (issue 13): whoever has no role for it is refused, and so is whoever
has one elsewhere, whether what they name exists or not."""

from typing import Any

import httpx2
import msgspec
import pytest

from services.bootstrap.services import SERVICES
from services.bootstrap.write_guard import ACTION_OF
from services.identity.policy import Policy
from shared.core.facts import Corrected, Fact
from shared.http.principal import LAPTOP, set_principal
from shared.http.problems import Problem
from tests.access.two_wards import TwoWards
from tests.contract.completeness import Document, list_operations
from tests.contract.test_openapi import DOCUMENT

NOBODY = "0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e8f"
WRITES = [
    (path, operation)
    for path, method, operation in list_operations(DOCUMENT)
    if method != "get" and path.split("/")[1] in ACTION_OF
]
SAY_THEMSELVES = {"sign-in", "session", "sessions", "accounts", "grants", "delegations", "api-tokens"}
"""First parts of the paths about accounts and sessions, whose routes say themselves who may."""
FOR_EVERY_RECORDER = {"DecisionRegistered"}
"""Facts that concern no unit: an officer of any unit registers documents."""


def some_fact(topic: str) -> Fact:
    """The example of the contract of the first fact of a topic."""
    kind = next(kind for kind in SERVICES[topic].topic.kinds.values() if kind is not Corrected)
    [found] = [each for _, each in WRITES if each["operationId"] == f"record{kind.__name__}"]
    fact: Fact = msgspec.convert(example(found), type=kind)
    return fact


def send(wards: TwoWards, who: str, path: str, body: Any) -> httpx2.Response:
    return wards.client.post(path, json=body, headers={"who": who, "If-Match": "*"})


def example(operation: Document) -> Any:
    [content] = operation["requestBody"]["content"].values()
    return content["example"]


def versions(wards: TwoWards) -> list[str]:
    """The end of the log of each service."""
    return [wards.client.get(f"/feeds/{topic}?limit=1").headers["Cadre-Left"] for topic in sorted(ACTION_OF)]


def test_every_route_that_changes_something_is_guarded() -> None:
    changing = {path for path, method, _ in list_operations(DOCUMENT) if method != "get"}
    others = changing - {path for path, _ in WRITES}
    assert {path.split("/")[1] for path in others} <= SAY_THEMSELVES
    assert len(WRITES) > 60


def test_whoever_has_no_role_for_it_is_refused_by_every_route(wards: TwoWards) -> None:
    before = versions(wards)
    for who, routes in (("viewer", WRITES), ("auditor", WRITES[::6]), ("administrator", WRITES[3::6])):
        for path, operation in routes:
            address = (
                path.partition("{")[0] + (f"{wards.anh}" if "{" in path else "") + path.partition("}")[2]
            )
            answer = send(wards, who, address, example(operation))
            assert (answer.status_code, answer.json()["rule"]) == (403, "ReadsOnly"), (address, answer.text)
            assert answer.json()["title_vi"]
    assert versions(wards) == before
    lines = wards.denied("viewer")
    assert {question for line in lines for question in line.questions} == {path for path, _ in WRITES}
    assert {line.of for line in lines} == {wards.anh, ""}, "about whom, where the address says it"


@pytest.mark.parametrize("who", ["viewer", "auditor", "administrator"])
def test_the_guard_refuses_by_itself_what_no_route_has_stopped(wards: TwoWards, who: str) -> None:
    """As a route that forgets to ask who may record, or whatever else records for somebody."""
    principal = wards.access.principals.by_session(wards.client.sessions[who])
    assert principal
    set_principal(principal)
    try:
        for topic in ACTION_OF:
            guard = wards.ledger.apps[topic].guard
            assert guard
            with pytest.raises(Problem) as refused:
                guard(topic, wards.anh, some_fact(topic), ())
            assert refused.value.body["rule"] == "RoleMayNot", topic
    finally:
        set_principal(LAPTOP)


def test_whoever_has_a_role_elsewhere_is_refused_by_every_route(wards: TwoWards) -> None:
    """The examples of the contract name units and posts that are nowhere, which are refused alike."""
    before, refused = versions(wards), 0
    for path, operation in WRITES:
        about = (wards.binh, wards.posts[wards.other][0], NOBODY)
        answers = []
        for id_ in about if "{" in path else about[:1]:
            address = path.partition("{")[0] + (id_ if "{" in path else "") + path.partition("}")[2]
            answer = send(wards, "officer", address, example(operation))
            answers.append((answer.status_code, answer.text))
        if any(each in operation["operationId"] for each in FOR_EVERY_RECORDER):
            continue
        if "Regulation" in operation["operationId"] and answers[0][0] == 201:
            continue  # its example is a document
        assert len(set(answers)) == 1, (path, answers)
        assert answers[0][0] == 403, (path, answers)
        assert '"OutOfScope"' in answers[0][1]
        refused += 1
    assert refused > 55
    after = versions(wards)
    topics = sorted(ACTION_OF)
    assert [topic for topic, old, new in zip(topics, before, after, strict=True) if old != new] == [
        "regulation"
    ]


def record(wards: TwoWards, who: str, path: str, body: Any) -> Any:
    answer = send(wards, who, path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def refuse(wards: TwoWards, who: str, path: str, body: Any) -> str:
    answer = send(wards, who, path, body)
    assert answer.status_code == 403, answer.text
    return str(answer.json()["rule"])


def appointed(post: str, tenure: str, **fields: Any) -> dict[str, Any]:
    return {"post": post, "tenure": tenure, "effective_from": "2021-01-01", "holding": "CONCURRENT"} | fields


def test_an_officer_keeps_the_records_of_their_own_ward(wards: TwoWards) -> None:
    registered = {"name": "Nguyễn Mai", "effective_from": "2021-01-01"}
    assert refuse(wards, "officer", "/personnel/registered", registered) == "OutOfScope"
    assert (
        refuse(wards, "officer", "/personnel/registered", registered | {"managed_by": wards.other})
        == "OutOfScope"
    )
    mai = record(wards, "officer", "/personnel/registered", registered | {"managed_by": wards.ward})["stream"]
    found = wards.client.get("/search?q=mai", headers={"who": "officer"}).json()["items"]
    assert [each["id"] for each in found] == [mai], (
        "who registered somebody finds them before they have a post"
    )
    path = f"/appointment/{mai}/appointed"
    assert refuse(wards, "officer", path, appointed(wards.posts[wards.other][1], "mai-0")) == "OutOfScope"
    record(wards, "officer", path, appointed(wards.posts[wards.team][1], "mai-1"))
    post = {"unit": wards.team, "title": "Tổ phó", "effective_from": "2021-01-01"}
    record(wards, "officer", "/organization/post-created", post)
    assert (
        refuse(wards, "officer", "/organization/post-created", post | {"unit": wards.other}) == "OutOfScope"
    )
    below = {"name": "Tổ Mới", "kind": "WARD", "effective_from": "2021-01-01"}
    assert refuse(wards, "officer", "/organization/unit-established", below) == "OutOfScope"
    record(wards, "officer", "/organization/unit-established", below | {"parent": wards.ward})
    removed = {"entry": "e-anh", "effective_from": "2025-01-01"}
    elsewhere = f"/planning/{wards.other_list}/removed-from-planning"
    assert refuse(wards, "officer", elsewhere, removed | {"entry": "e-binh"}) == "OutOfScope"


def test_a_move_concerns_both_ends(wards: TwoWards) -> None:
    body = {
        "rotation": "r-dung", "to_post": wards.posts[wards.other][1], "from_tenure": "dung-1",
        "from_post": wards.posts[wards.team][0], "effective_from": "2024-01-01",
    }  # fmt: skip
    path = f"/rotation/{wards.dung}/rotated"
    assert refuse(wards, "officer", path, body) == "OutOfScope"
    assert send(wards, "head", path, body).status_code != 403, "the city has both wards"


def test_only_a_head_goes_on_in_spite_of_a_finding(wards: TwoWards) -> None:
    finding = {"rule": "AGE", "overridden_by": "Ban Thường vụ", "reason": "cần thiết"}
    body = appointed(wards.posts[wards.ward][1], "anh-3", findings=[finding])
    path = f"/appointment/{wards.anh}/appointed"
    assert refuse(wards, "officer", path, body) == "RoleMayNot"
    [line] = [each for each in wards.denied("officer") if each.rule == "RoleMayNot"]
    assert (line.of, line.questions) == (wards.anh, ("/appointment/{cadre_id}/appointed",))
    record(wards, "head", path, body)


@pytest.mark.parametrize(("who", "permitted"), [("all", False), ("head", True)])
def test_the_envelope_says_by_which_policies_it_was_permitted(
    wards: TwoWards, who: str, permitted: bool
) -> None:
    post = {"unit": wards.ward, "title": f"Phó {who}", "effective_from": "2021-01-01"}
    stream = record(wards, who, "/organization/post-created", post)["stream"]
    [event] = wards.client.get(f"/organization/{stream}/facts").json()
    assert event.get("policy", "") == (Policy.load().hash if permitted else "")


def test_a_correction_concerns_what_it_corrects_and_what_it_says_instead(wards: TwoWards) -> None:
    facts = wards.client.get(f"/appointment/{wards.dung}/facts").json()
    target = next(each["event_id"] for each in facts if each["fact"].get("tenure") == "dung-1")
    path = f"/appointment/{wards.dung}/corrections"
    body = {"target": target, "mode": "AMEND", "reason": "nhầm", "consequences": "apply"}
    away = body | {"new_values": {"post": wards.posts[wards.other][1]}}
    assert refuse(wards, "officer", path, away) == "OutOfScope"
    assert send(wards, "officer", path, body | {"new_values": {"note": "x"}}).status_code != 403
