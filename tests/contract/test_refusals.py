"""Every refusal that the OpenAPI document names is met here, and has the form that it promises."""

import gzip
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.identity.access.identity_access import IdentityAccess
from services.identity.routes.requests import FORM
from services.personnel.events import PersonnelFact, Registered, Trained, TrainingField, TrainingStatus
from shared.commands.command_handler import AnyApplication, Application, Origin
from shared.core.clock import new_id, system_clock
from shared.core.decider import ReadModel
from shared.http.auth import BearerTokens
from shared.http.authentication import SIGN_IN_PATHS
from shared.http.openapi import RESPONSE_NAMES
from shared.http.principal import Role
from shared.http.request_body import MAX_BODY_BYTES
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.contract.completeness import list_operations
from tests.contract.test_openapi import DOCUMENT
from tests.identity.office import ADDRESS, PASSWORD, open_access, sign_in

READ, WRITE = "r" * 40, "w" * 40
OPERATIONS = list(list_operations(DOCUMENT))
WRITES = [
    (path, operation)
    for path, method, operation in OPERATIONS
    if method == "post" and operation["tags"] != ["identity"]
]
OF_THE_PAGE = {f"/session{path}" for path in ("", "/code", "/link", "/password", "/codes/confirm")}
"""Paths to which forms of the sign-in page may be posted, too."""
BODIES = [(path, method, operation) for path, method, operation in OPERATIONS if "requestBody" in operation]
PERSON = {"name": "Nguyễn Văn An", "effective_from": "2000"}
VOID = {"target": "nothing", "mode": "VOID", "reason": "nhập nhầm"}
RETIRED = {"kind": "RETIRED", "effective_from": "2025-07-01"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[EmbeddedLedger]:
    ledger = open_embedded_ledger(load(tmp_path))
    yield ledger
    ledger.close()


@pytest.fixture
def access(ledger: EmbeddedLedger) -> Iterator[IdentityAccess]:
    """A place for accounts, of which there are none."""
    access = open_access(ledger, system_clock)
    yield access
    access.store.close()


@pytest.fixture
def client(ledger: EmbeddedLedger, access: IdentityAccess) -> Iterator[TestClient]:
    app = create_http_app(ledger, identity=access)
    with TestClient(app, base_url=ADDRESS, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def guarded(ledger: EmbeddedLedger, access: IdentityAccess) -> Iterator[TestClient]:
    app = create_http_app(ledger, tokens=BearerTokens(read=READ, write=WRITE), identity=access)
    with TestClient(app) as client:
        yield client


@pytest.fixture
def cadre(client: TestClient) -> str:
    return str(client.post("/personnel/registered", json=PERSON).json()["stream"])


def sign_in_with_every_role(client: TestClient, access: IdentityAccess) -> None:
    account, link = access.administration.add_account("lan", "Lan", "test", role=Role.ADMINISTRATOR)
    access.administration.grant(account, Role.HEAD, "test")
    access.sign_in.set_password_by_link(link, PASSWORD)
    client.headers["origin"] = ADDRESS
    assert sign_in(client, "lan").status_code == 200


def filled(path: str) -> str:
    """The path with some id in every place."""
    return re.sub(r"\{\w+\}", "somebody", path)


def refused(answer: httpx2.Response, status: int, rule: str, **headers: str) -> None:
    """A problem of this status and rule, with these headers, and documented where there is an operation."""
    assert (answer.status_code, answer.json().get("rule")) == (status, rule), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(DOCUMENT["components"]["schemas"]["Problem"]["required"]) <= answer.json().keys()
    assert {name: answer.headers.get(name) for name in headers} == headers
    documented = DOCUMENT["components"]["responses"][RESPONSE_NAMES[status]]
    assert answer.headers.keys() >= {header.lower() for header in documented.get("headers", ())}


def test_every_documented_refusal_is_met_below() -> None:
    assert set(RESPONSE_NAMES.values()) == set(DOCUMENT["components"]["responses"])
    named = {int(status) for _, _, each in OPERATIONS for status in each["responses"] if int(status) >= 400}
    assert named == set(RESPONSE_NAMES) - {405}, "a method that does not exist is no operation"


def test_without_a_known_token_every_operation_but_the_open_ones_is_refused(guarded: TestClient) -> None:
    for path, method, operation in OPERATIONS:
        for sent in ({}, {"Authorization": f"Bearer {'x' * 40}"}, {"Authorization": READ}):
            answer = guarded.request(method, filled(path), headers=sent)
            if operation["security"]:
                rule = "NotSignedIn" if path in SIGN_IN_PATHS else "Unauthorised"
                refused(answer, 401, rule, **{"www-authenticate": "Bearer"})
            else:
                assert answer.status_code in (200, 404, 415), path


def test_the_reading_token_reads_and_writes_nothing(guarded: TestClient) -> None:
    guarded.headers["Authorization"] = f"Bearer {READ}"
    for path, _ in WRITES:
        refused(guarded.post(filled(path), json={}), 403, "ReadsOnly")
    refused(guarded.get("/personnel/nobody/facts"), 404, "NotFound")
    guarded.headers["Authorization"] = f"Bearer {WRITE}"
    assert guarded.post("/personnel/registered", json=PERSON).status_code == 201


def test_who_guesses_a_password_waits(client: TestClient, access: IdentityAccess) -> None:
    access.administration.add_account("lan", "Lan", "test")
    for _ in range(5):
        refused(sign_in(client, "lan", "wrong horse"), 401, "WrongCredentials")
    answer = sign_in(client, "lan", "wrong horse")
    refused(answer, 429, "TooManyAttempts")
    assert 0 < int(answer.headers["retry-after"]) <= 31


def test_what_is_not_there_is_not_found(client: TestClient, cadre: str) -> None:
    refused(client.get("/personnel/nobody/facts"), 404, "NotFound")
    refused(client.get("/feeds/nothing"), 404, "NotFound")
    refused(client.get("/schemas/nothing.at-all"), 404, "NotFound")
    sent = {"If-Match": "*"}
    refused(client.post(f"/personnel/{cadre}/corrections", json=VOID, headers=sent), 404, "UnknownFact")


def test_a_method_that_a_path_has_not_is_told_which_it_has(client: TestClient) -> None:
    refused(client.put("/personnel/registered", json=PERSON), 405, "Http", allow="POST")
    refused(client.delete("/appointment/somebody/appointed"), 405, "Http", allow="POST")
    refused(client.get("/appointment/somebody/appointed"), 405, "Http", allow="POST")
    refused(client.post("/personnel/somebody/facts", json={}), 405, "Http", allow="GET")
    refused(client.delete("/feeds/personnel"), 405, "Http", allow="GET")


def overtake(app: AnyApplication, fact: Callable[[], PersonnelFact]) -> None:
    """From now on a rival appends such a fact to the stream each time between our reading and our writing."""
    rival = Application(app.service, app.log)

    def check(stream: str, proposed: Any, known: ReadModel) -> None:
        rival.handle(stream, fact(), Origin(actor="rival"))

    app.service = replace(app.service, check=check)


def trained() -> Trained:
    return Trained(training=new_id(), field=TrainingField.LANGUAGE, status=TrainingStatus.SENT)


def test_who_is_overtaken_by_others_is_told_to_try_again(
    client: TestClient, ledger: EmbeddedLedger, cadre: str
) -> None:
    overtake(ledger.apps["personnel"], trained)
    url = f"/personnel/{cadre}/service-ended"
    answer = client.post(url, json=RETIRED, headers={"If-Match": "*"})
    refused(answer, 409, "Conflict", **{"retry-after": "1"})
    seen = client.get(f"/personnel/{cadre}/facts").headers["etag"]
    refused(client.post(url, json=RETIRED, headers={"If-Match": seen}), 412, "VersionMismatch")


def test_two_who_start_the_same_thing_at_once_make_one(client: TestClient, ledger: EmbeddedLedger) -> None:
    overtake(ledger.apps["personnel"], lambda: Registered(name="Ai đó"))
    refused(client.post("/personnel/registered", json=PERSON), 412, "VersionMismatch")


def test_a_cursor_of_another_log_is_a_conflict(client: TestClient, cadre: str) -> None:
    for path in ("/feeds/personnel", "/feeds/personnel/live"):
        refused(client.get(path, params={"after": "1-0000000000000000"}), 409, "CursorOfAnotherLog")


def test_what_has_changed_since_it_was_read_is_refused(client: TestClient, cadre: str) -> None:
    for path in (
        f"/personnel/{cadre}",
        f"/personnel/{cadre}/service-ended",
        f"/personnel/{cadre}/corrections",
    ):
        body = VOID if path.endswith("corrections") else {"type": "personnel.service-ended", **RETIRED}
        refused(client.post(path, json=body, headers={"If-Match": '"7"'}), 412, "VersionMismatch")
        refused(client.post(path, json=body), 428, "VersionNeeded")
        refused(client.post(path, json=body, headers={"If-Match": "seven"}), 422, "BadIfMatch")


def test_every_body_is_refused_that_is_too_large_or_of_another_type_or_no_json(
    client: TestClient, access: IdentityAccess
) -> None:
    """Also a body of somebody who has signed in, where that comes first."""
    sign_in_with_every_role(client, access)
    for path, method, operation in BODIES:
        url, sent = filled(path), {"Content-Type": "application/json"}
        large = b" " * (MAX_BODY_BYTES + 1)
        refused(client.request(method, url, content=large, headers=sent), 413, "TooLarge")
        kinds = [*operation["requestBody"]["content"], *([FORM] if path in OF_THE_PAGE else [])]
        for kind in {"text/plain", FORM, "application/xml"} - {*kinds}:
            answer = client.request(method, url, content=b"{}", headers={"Content-Type": kind})
            refused(answer, 415, "NotJson", **{"accept-post": ", ".join(kinds)})
        refused(client.request(method, url, content=b"{", headers=sent), 422, "BadBody")
        assert {"413", "415", "422"} <= operation["responses"].keys(), path


def test_json_may_say_its_character_set_and_must_say_that_it_is_json(client: TestClient) -> None:
    body = '{"name": "Nguyễn Văn An", "effective_from": "2000"}'.encode()
    url = "/personnel/registered"
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        assert client.post(url, content=body, headers={"Content-Type": kind}).status_code == 201
    for sent in ({}, {"Content-Type": ""}, {"Content-Type": "application/json; charset=utf-16"}):
        refused(client.post(url, content=body, headers=sent), 415, "NotJson")
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    refused(client.post(url, content=gzip.compress(body), headers=packed), 415, "NotJson")


def test_a_store_that_cannot_be_read_or_written_is_away(
    client: TestClient, tmp_path: Path, cadre: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "personnel.db")) as database:
        database.execute("DROP TABLE stored_events")
    away = {"retry-after": "1"}
    refused(client.post("/personnel/registered", json=PERSON), 503, "StoreUnavailable", **away)
    refused(client.post(f"/personnel/{cadre}/service-ended", json=RETIRED), 503, "StoreUnavailable", **away)
    refused(
        client.post("/personnel", json={"type": "personnel.registered", **PERSON}), 503, "StoreUnavailable"
    )
    refused(client.get(f"/personnel/{cadre}/facts"), 503, "StoreUnavailable", **away)
    refused(client.get("/feeds/personnel"), 503, "StoreUnavailable", **away)


def test_a_fact_goes_the_same_way_by_its_own_route_and_by_the_common_one(client: TestClient) -> None:
    """The tag may be left out where the route says it, and is refused where it says another."""
    url, sent = "/personnel/registered", {"Idempotency-Key": "k"}
    first = client.post(url, json=PERSON, headers=sent)
    assert first.status_code == 201
    tagged = {"type": "personnel.registered", **PERSON}
    assert client.post(url, json=tagged, headers=sent).json() == first.json()
    assert client.post("/personnel", json=tagged, headers=sent).json() == first.json()
    assert client.get(first.headers["location"]).headers["etag"] == first.headers["etag"]
    refused(client.post("/personnel", json=PERSON), 422, "BadBody")
    other = client.post(url, json={**PERSON, "type": "personnel.trained"})
    refused(other, 422, "BadBody")
    assert other.json()["field"] == "type"
    cadre, ended = first.json()["stream"], f"/personnel/{first.json()['stream']}/service-ended"
    assert client.post(ended, json=RETIRED, headers={"If-Match": '"1"'}).json()["version"] == 2
    facts = client.get(f"/personnel/{cadre}/facts").json()
    assert [each["fact"]["type"] for each in facts] == ["personnel.registered", "personnel.service-ended"]
