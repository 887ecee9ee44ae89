"""No page of another origin and no foreign host reaches a ledger on this machine (repro csrf; integrity 6)."""

from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from shared.http.browser_guard import LOOPBACK_HOSTS, BrowserGuard, split_authority
from shared.runtime.embedded import EmbeddedLedger
from tests.web.conftest import ADDRESS, GUARD, TOKEN, client_of

UNIT = {
    "type": "organization.unit-established",
    "name": "Xã",
    "kind": "COMMUNE",
    "effective_from": "2000-01-01",
}
COOKIE = {"Cookie": f"other=1; cadre-token-8000={TOKEN}"}
PAGE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FOREIGN = (
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1:9599"},
    {"Origin": "http://localhost:8000"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": ADDRESS},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
)


def rule(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.json()["title_vi"]
    return answer.status_code, answer.json()["rule"]


def units(client: TestClient) -> int:
    return len(client.get("/units", params={"limit": 100, "as_of": "2020-01-01"}).json()["items"])


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example:8000", "127.0.0.1.evil.example", "localhost@evil.example", "[::2]", "x y"),
        *("EVIL.example.", "evil.example..", "127.0.0.1:8000.evil.example", "127.0.0.1:8000@evil.example"),
        *(
            "0.0.0.0:8000",
            "127.1:8000",
            "2130706433",
            "0x7f.1",
            "[::ffff:127.0.0.1]",
            "[::1%25lo]",
            "localhost.evil.example",
        ),
    ],
)
def test_a_foreign_host_is_neither_read_nor_written(client: TestClient, host: str) -> None:
    for path in ("/units", "/", "/feeds/personnel", f"/?token={TOKEN}"):
        assert rule(client.get(path, headers={"Host": host})) == (421, "HostNotAllowed")
    before = units(client)
    answer = client.post("/organization", json=UNIT, headers={"Host": host})
    assert rule(answer) == (421, "HostNotAllowed")
    assert units(client) == before


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost:8000", "LOCALHOST", "[::1]:8000", "localhost.", "127.0.0.1.:8000"]
)
def test_a_name_of_this_machine_is_served_at_any_port(client: TestClient, host: str) -> None:
    assert client.get("/units", headers={"Host": host}).status_code == 200


def test_a_setting_adds_names_and_there_even_programs_need_the_token(ledger: EmbeddedLedger) -> None:
    guard = BrowserGuard(hosts=LOOPBACK_HOSTS | {"so.example"}, token=TOKEN)
    with client_of(ledger, guard) as client:
        named = {"Host": "so.example"}
        assert rule(client.get("/units", headers=named)) == (401, "Unauthorised")
        assert client.get("/units", headers={**named, "Authorization": f"Bearer {TOKEN}"}).status_code == 200
        behind = {"Origin": "https://so.example", "Authorization": f"Bearer {TOKEN}"}
        assert client.post("/organization", json=UNIT, headers=behind).status_code == 201


@pytest.mark.parametrize("sent", FOREIGN)
def test_a_page_of_another_origin_neither_writes_nor_reads_even_with_the_cookie(
    client: TestClient, sent: dict[str, str]
) -> None:
    before = units(client)
    for more in ({}, COOKIE, {"Authorization": f"Bearer {TOKEN}"}):
        answer = client.post("/organization", json=UNIT, headers={**sent, **more})
        assert rule(answer) == (403, "ForeignOrigin")
        read = client.get("/units", headers={**sent, **more})
        assert rule(read) == (403, "ForeignOrigin")
        assert "access-control-allow-origin" not in read.headers
    preflight = {**sent, "Access-Control-Request-Method": "POST"}
    assert rule(client.options("/organization", headers=preflight))[0] == 403
    assert units(client) == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_only_json_is_taken(client: TestClient, kind: str) -> None:
    before = units(client)
    body = b'{"type":"organization.unit-established","name":"x","kind":"COMMUNE","effective_from":"2000"}'
    assert rule(client.post("/organization", content=body, headers={"Content-Type": kind})) == (
        415,
        "NotJson",
    )
    assert rule(client.post("/organization", content=body)) == (415, "NotJson")
    assert units(client) == before


def test_a_program_of_this_machine_needs_no_token_and_a_browser_does(client: TestClient) -> None:
    before = units(client)
    assert client.post("/organization", json=UNIT).status_code == 201
    assert units(client) == before + 1
    for sign in (
        PAGE,
        {"Sec-Fetch-Mode": "navigate"},
        {"Cookie": "a=b"},
        {"Referer": ADDRESS},
        {"Origin": ADDRESS},
    ):
        assert rule(client.get("/units", headers=sign)) == (401, "Unauthorised")
        assert rule(client.post("/organization", json=UNIT, headers=sign)) == (401, "Unauthorised")
        assert client.get("/units", headers={**sign, **COOKIE}).status_code == 200
        assert client.get("/units", headers={**sign, "Authorization": f"bearer {TOKEN}"}).status_code == 200
    wrong = {
        **PAGE,
        "Cookie": f"cadre-token-8001={TOKEN}; cadre-token-8000=wrong",
        "Authorization": "Bearer é",
    }
    assert rule(client.get("/units", headers={k.encode(): v.encode() for k, v in wrong.items()})) == (
        401,
        "Unauthorised",
    )


def test_where_others_use_the_machine_programs_need_the_token_too(ledger: EmbeddedLedger) -> None:
    with client_of(ledger, BrowserGuard(hosts=LOOPBACK_HOSTS, token=TOKEN, everybody=True)) as client:
        assert rule(client.get("/units")) == (401, "Unauthorised")
        assert rule(client.post("/organization", json=UNIT)) == (401, "Unauthorised")
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert client.post("/organization", json=UNIT, headers=bearer).status_code == 201
        for path in ("/health", "/ready", "/", "/docs", "/openapi.json"):
            assert client.get(path).status_code == 200, path


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address(client: TestClient) -> None:
    answer = client.get(f"/?as_of=2020-12-31&token={TOKEN}&unit=a%20b", headers=LINK)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?as_of=2020-12-31&unit=a+b")
    assert answer.headers["set-cookie"] == f"cadre-token-8000={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert client.get(f"{ADDRESS}//evil.example/?token={TOKEN}").headers["location"] == "/evil.example/"
    for path in ("/\\evil.example/", "/\\/evil.example/", "\\\\evil.example/"):
        told = GUARD.exchange("GET", path, f"token={TOKEN}", Headers({"host": "127.0.0.1:8000"}))
        assert told is not None
        assert told.headers["location"].startswith("/evil.example/"), "browsers read a backslash as a slash"
    client.cookies.clear()
    wrong = client.get("/?token=wrong")
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (200, False)


def test_a_link_from_elsewhere_opens_the_page_and_no_facts(client: TestClient) -> None:
    assert client.get("/?as_of=2020-12-31", headers=LINK).status_code == 200
    assert rule(client.get("/units", headers=LINK)) == (401, "Unauthorised")


def test_no_answer_is_guessed_at_framed_or_kept(client: TestClient) -> None:
    made = client.post("/organization", json=UNIT)
    paths = (
        "/units",
        f"/organization/{made.json()['stream']}/facts",
        "/feeds/organization",
        "/search?q=xa",
        "/tour",
    )
    answers = [
        made,
        client.get("/nothing"),
        client.get("/units", headers={"Host": "x"}),
        *map(client.get, paths),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store", answer.url
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert client.get("/").headers["cache-control"] == "no-cache", "the page itself is about nobody"


def test_an_authority_is_read_as_a_browser_reads_it() -> None:
    assert split_authority("LocalHost:8000") == ("localhost", 8000)
    assert split_authority("[::1]:80") == ("::1", 0)
    for odd in ("a@127.0.0.1", "127.0.0.1/x", "127.0.0.1:x", "127.0.0.1:99999", "#", ""):
        assert split_authority(odd)[0] in ("",), odd
    assert GUARD.hosts == LOOPBACK_HOSTS
