"""What a caller chooses is checked at the door: ids, actor, keys, versions, fields (integrity 5; case 23-id-newline
over HTTP, case 27-actor, repro location500, actor_import, hostile)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from starlette.testclient import TestClient

from services.appointment.events import Appointed
from services.bootstrap.http_app import create_http_app
from services.organization.events import Kind, PostCreated, UnitEstablished
from services.personnel.events import Registered
from shared.commands.command_handler import Origin
from shared.core.facts import Code
from shared.core.partial_dates import PDate
from shared.runtime.embedded import EmbeddedLedger
from tests.web.conftest import GUARD, serving

UNIT = {
    "type": "organization.unit-established",
    "name": "Xã",
    "kind": "COMMUNE",
    "effective_from": "2000-01-01",
}
PERSON = {"type": "personnel.registered", "name": "Người Một", "effective_from": "2010-01-01"}
ODD_IDS = (
    "hội-nong-dan", "a\nb", "a\tb", "a\0b", "a/b", "a b", " a", "a\u202eb", "\U0001f600", "a?b", "a#b", "a;b", "a,b",
    "..", ".", "x" * 65, "'", '"', "\\", "\x7f", "²", "é", "a\u2028b",
)  # fmt: skip
TENURE = {"type": "appointment.appointed", "tenure": "t", "post": "p", "effective_from": "2000-01-01"}


@pytest.fixture(scope="module")
def served(ledger: EmbeddedLedger) -> Iterator[str]:
    """The address of a real server: the client of the tests encodes headers anew."""
    with serving(create_http_app(ledger, guard=GUARD)) as port:
        yield f"http://127.0.0.1:{port}"


def refused(answer: Any, rule: str, field: str | None = None, status: int = 422) -> None:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found = answer.json()
    assert (answer.status_code, found["rule"]) == (status, rule), found
    assert found["title_vi"]
    if field is not None:
        assert found["field"] == field, found


@pytest.mark.parametrize("id_", ODD_IDS)
def test_an_id_in_the_path_is_refused_by_name_of_the_rule_and_again_when_repeated(
    client: TestClient, id_: str
) -> None:
    before = client.get("/feeds/organization").headers["cadre-cursor"]
    for service, fact in (("organization", UNIT), ("personnel", PERSON), ("appointment", TENURE)):
        path = quote(id_, safe="").replace(".", "%2e")
        for _ in (1, 2):
            answer = client.post(f"/{service}/{path}", json=fact, headers={"Idempotency-Key": "again"})
            assert answer.status_code == 422, answer.text
            assert answer.json()["rule"] in ("BadId", "BadParameter")
        correction = {"type": "ledger.corrected", "target": "x", "mode": "VOID", "reason": "r"}
        answer = client.post(f"/{service}/{path}/corrections", json=correction, headers={"If-Match": "*"})
        assert answer.status_code == 422, answer.text
        assert client.get(f"/{service}/{path}/facts").status_code == 422
    assert client.get("/units", params={"as_of": "2020-01-01"}).status_code == 200
    assert client.get("/feeds/organization").headers["cadre-cursor"] == before


@pytest.mark.parametrize("id_", ["a", "A.b_c~d-9", "x" * 64, "...", "0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e8f"])
def test_an_id_of_the_rule_is_taken_and_read_back(client: TestClient, id_: str) -> None:
    made = client.post(f"/personnel/{id_}", json=PERSON)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/personnel/{id_}/facts"
    assert client.get(made.headers["location"]).status_code == 200


@pytest.mark.parametrize("id_", [each for each in ODD_IDS if each.strip() == each])
def test_an_id_in_a_body_is_refused_with_its_field(client: TestClient, id_: str) -> None:
    post, round_ = (
        {"type": "organization.post-created", "unit": "u", "title": "T"},
        {"type": "planning.round-opened"},
    )
    added = {"type": "planning.added-to-planning", "entry": "e", "cadre": "c", "post": "p"}
    round_ |= {"owner": "u", "title_set": "BCH", "term": "2025-2030"}
    for path, fact, field in (
        ("/organization", UNIT, "parent"),
        ("/organization", UNIT, "decision"),
        ("/organization", UNIT, "managed_by"),
        ("/organization", post, "unit"),
        ("/appointment/c1", TENURE, "tenure"),
        ("/appointment/c1", TENURE, "post"),
        ("/planning", round_, "owner"),
        ("/planning/r1", added, "cadre"),
        ("/planning/r1", added, "entry"),
        ("/personnel/c2", {"type": "personnel.records-merged", "reason": "r"}, "merged"),
    ):
        answer = client.post(path, json={"effective_from": "2024-01-01", **fact, field: id_})
        assert answer.status_code == 422, answer.text
        assert answer.json()["rule"] in ("BadId", "BadText"), answer.text
        assert answer.json()["field"] == field


def test_ids_inside_of_lists_are_checked_too(client: TestClient) -> None:
    edges = [{"source": "a b", "target": "b", "portion": "WHOLE", "clause_no": 1}]
    fact = {
        "type": "organization.reorganisation-executed",
        "title": "x",
        "effective_from": "2024",
        "edges": edges,
    }
    refused(client.post("/organization", json=fact), "BadId", "edges")
    paper = {
        "type": "regulation.decision-registered",
        "number": "1",
        "issuer": "x",
        "signed_on": "2024-01-01",
    }
    paper |= {"kind": "PLAN", "title": "x", "effective_from": "2024-01-01"}
    named = {**paper, "supersedes": ["ok", "not ok"]}
    refused(client.post("/regulation", json=named), "BadId", "supersedes")


@pytest.mark.parametrize("character", ["\n", "\t", "\r", "\0", "\x1b", "\x85", "\u2028"])
def test_a_name_or_a_code_stands_in_one_line_and_a_note_in_several(
    client: TestClient, character: str
) -> None:
    """Case 23-id-newline: a line break in a code made `/units` answer 500 for everybody."""
    text, query = f"U1{character}U2", {"as_of": "2020-01-01", "limit": "200"}
    before = client.get("/units", params=query).json()["items"]
    for field, value in (
        ("name", text),
        ("short_name", text),
        ("codes", [{"scheme": "mine", "value": text}]),
        ("codes", [{"scheme": text, "value": "1"}]),
    ):
        answer = client.post("/organization", json={**UNIT, field: value})
        refused(answer, "BadText")
    assert client.get("/units", params=query).json()["items"] == before
    answer = client.post("/personnel", json={**PERSON, "note": f"một{character}hai"})
    assert answer.status_code == (201 if character in ("\n", "\t", "\r", "\u2028") else 422)
    code = {"scheme": "GSO", "value": f"Mã số {ord(character)}/ĐB"}
    assert client.post("/personnel", json={**PERSON, "codes": [code]}).status_code == 201


def test_what_was_recorded_under_odd_ids_before_is_read_and_goes_on(
    client: TestClient, ledger: EmbeddedLedger
) -> None:
    """Old logs hold ids with letters, blanks and slashes: nothing answers 500, and their facts can be ended."""
    odd, old = "hội nông dân", Origin(actor="local", cause="an earlier version")
    day = PDate("2000-01-01")
    unit = UnitEstablished(name="Hội", kind=Kind.OTHER, effective_from=day, codes=(Code("mine", "a"),))
    ledger.apps["organization"].handle(odd, unit, old)
    ledger.project_pending()
    ledger.apps["organization"].handle("old-post", PostCreated(unit=odd, title="T", effective_from=day), old)
    ledger.apps["personnel"].handle("old-cadre", Registered(name="N", effective_from=day), old)
    ledger.project_pending()
    appointed = Appointed(tenure="T 1/2000", post="old-post", effective_from=day)
    ledger.apps["appointment"].handle("old-cadre", appointed, old)
    ledger.project_pending()
    path = f"/organization/{quote(odd, safe='')}"
    assert client.get(f"{path}/facts").json()[0]["stream"] == odd
    rename = {"type": "organization.unit-renamed", "name": "Hội mới", "effective_from": "2010-01-01"}
    renamed = client.post(path, json=rename, headers={"If-Match": '"1"', "Idempotency-Key": "k"})
    assert (renamed.status_code, renamed.headers["location"]) == (201, f"{path}/facts")
    again = client.post(path, json=rename, headers={"If-Match": '"1"', "Idempotency-Key": "k"})
    assert again.json() == renamed.json()
    assert client.get("/org-chart", params={"unit": odd, "as_of": "2020-01-01"}).status_code == 200
    end = {"type": "appointment.tenure-ended", "tenure": "T 1/2000", "effective_from": "2020-01-01"}
    assert client.post("/appointment/old-cadre", json=end, headers={"If-Match": "*"}).status_code == 201
    new = {**TENURE, "tenure": "T 2/2000", "post": "old-post", "effective_from": "2021-01-01"}
    refused(client.post("/appointment/old-cadre", json=new, headers={"If-Match": "*"}), "BadId", "tenure")
    target = client.get("/appointment/old-cadre/facts").json()[0]["event_id"]
    amend = {"type": "ledger.corrected", "target": target, "mode": "AMEND", "reason": "r"}
    bad = {**amend, "new_values": {"evaluation": "a b"}}
    answer = client.post("/appointment/old-cadre/corrections", json=bad, headers={"If-Match": "*"})
    refused(answer, "BadId", "evaluation")


@pytest.mark.parametrize(
    "given", ["²", "٣", "9" * 5000, "9" * 19, "-1", '"1","2"', 'W/"1"', '"', '""', "+1", "1.0", "0x1"]
)
def test_if_match_is_a_version_in_plain_digits(client: TestClient, given: str) -> None:
    url = "/organization/versions"
    client.post(url, json=UNIT)
    sent = {b"If-Match": given.encode()}
    refused(client.post(url, json=UNIT, headers=sent), "BadIfMatch", "If-Match")


@pytest.mark.parametrize("given", ["", " ", "k" * 201, "a\tb", "é" * 201])
def test_an_idempotency_key_is_never_cut(client: TestClient, given: str) -> None:
    refused(
        client.post("/personnel", json=PERSON, headers={b"Idempotency-Key": given.encode()}),
        "BadIdempotencyKey",
    )


def test_two_long_keys_that_begin_alike_are_two(client: TestClient) -> None:
    keys = ["k" * 199 + end for end in "ab"]
    made = [
        client.post("/personnel", json=PERSON, headers={"Idempotency-Key": key}).json()["stream"]
        for key in keys
    ]
    assert made[0] != made[1]


def actor_of(client: TestClient, **headers: bytes) -> str:
    answer = client.post(
        "/personnel", json=PERSON, headers={name.replace("_", "-").encode(): v for name, v in headers.items()}
    )
    assert answer.status_code == 201, answer.text
    actor: str = client.get(answer.headers["location"]).json()[0]["actor"]
    return actor


def test_an_actor_is_utf8_and_stays_what_it_is(client: TestClient) -> None:
    """Case 27-actor: `Nguyễn Văn A` was stored as mojibake with control characters, for ever."""
    assert actor_of(client, Cadre_Actor="Nguyễn Văn A".encode()) == "Nguyễn Văn A"
    assert actor_of(client, Cadre_Actor="Nguye\u0302\u0303n".encode()) == "Nguyễn"
    assert actor_of(client) == "local"


@pytest.mark.parametrize("given", [b"Nguy\xff", b"\xe9", b"a" * 201, b"", b"a\tb", b"a\xc2\x85b"])
def test_an_actor_that_is_no_text_is_refused(served: str, given: bytes) -> None:
    sent = {b"Cadre-Actor": given}
    refused(httpx2.post(f"{served}/personnel", json=PERSON, headers=sent), "BadActor", "Cadre-Actor")


def test_an_actor_of_bytes_comes_through_a_real_server(served: str) -> None:
    sent = {b"Cadre-Actor": "Nguyễn Văn A".encode()}
    made = httpx2.post(f"{served}/personnel", json=PERSON, headers=sent)
    feed = httpx2.get(f"{served}/personnel/{made.json()['stream']}/facts")
    assert feed.json()[0]["actor"] == "Nguyễn Văn A"
    version = {b"If-Match": b"\xb2"}
    refused(httpx2.post(f"{served}/personnel/x1", json=PERSON, headers=version), "BadIfMatch")


@pytest.mark.parametrize("actor", ["import:anything", "reaction:end_tenures", "IMPORT:x", " import:x"])
def test_nobody_outside_is_an_import_or_a_reaction(client: TestClient, actor: str) -> None:
    """Repro actor_import: such an actor switched the reactions off, and a person stayed in a post of a dead unit."""
    before = client.get("/personnel/x/facts").status_code
    refused(
        client.post("/personnel", json=PERSON, headers={"Cadre-Actor": actor}), "ReservedActor", "Cadre-Actor"
    )
    assert before == 404


def test_a_field_that_is_not_known_is_named_with_the_one_it_resembles(client: TestClient) -> None:
    answer = client.post("/personnel", json={**PERSON, "birht": "1970"})
    refused(answer, "UnknownField", "birht")
    assert answer.json()["nearest"] == "birth"
    inner = {**UNIT, "codes": [{"scheme": "a", "value": "b"}, {"scheme": "a", "value": "c", "vlaue": "d"}]}
    refused(client.post("/organization", json=inner), "UnknownField", "codes[1].vlaue")
    target = {"target": "x", "mode": "VOID", "reason": "r", "reasons": "s"}
    answer = client.post("/personnel/somebody/corrections", json=target, headers={"If-Match": "*"})
    refused(answer, "UnknownField", "reasons")
    answer = client.post("/personnel/registered", json={"name": "x", "effective_from": "2000", "zz": [{}]})
    refused(answer, "UnknownField", "zz")


def test_a_field_that_stands_twice_is_refused(client: TestClient) -> None:
    for body in (
        b'{"type":"personnel.registered","name":"A","name":"B","effective_from":"2000"}',
        b'{"type":"personnel.registered","type":"personnel.service-ended","name":"A","effective_from":"2000"}',
    ):
        answer = client.post("/personnel", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["rule"] in ("RepeatedField", "BadBody")


def test_registering_needs_a_date_and_says_how_to_write_that_none_is_known(client: TestClient) -> None:
    for given in ({}, {"effective_from": ""}, {"effective_from": " "}):
        answer = client.post("/personnel/registered", json={"name": "Người Một", **given})
        refused(answer, "Missing", "effective_from")
    assert (
        client.post("/personnel/registered", json={"name": "Người Một", "effective_from": "~"}).status_code
        == 201
    )


def test_every_405_names_the_methods_that_are(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path, ways in document["paths"].items():
        url = path.replace("{", "").replace("}", "")
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST", "TRACE"):
            if method.lower() in ways or path.endswith("/live"):
                continue
            answer = client.request(method, url)
            if answer.status_code == 405:
                allowed = set(answer.headers["allow"].split(", "))
                assert {way.upper() for way in ways} <= allowed, (method, path, allowed)
