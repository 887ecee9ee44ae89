"""Accounts, delegations and API tokens over HTTP: who may change what, and when it ends."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from services.identity.events import TokenScope
from shared.core.partial_dates import Day, PDate
from shared.http.principal import Role
from tests.identity.office import PASSWORD, PERSON, Office, rule, sign_in

UNTIL = "2026-12-31"
UNIT = {
    "type": "organization.unit-established",
    "name": "Xã Một",
    "kind": "COMMUNE",
    "effective_from": "2000-01-01",
}


def renew(client: TestClient) -> None:
    """Prove once more who one is."""
    assert client.post("/session/code", json={"password": PASSWORD}).status_code == 200


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def account_of(office: Office, login: str) -> str:
    found = office.access.administration.directory().find_login(login)
    assert found
    return found.id


def test_an_administrator_adds_an_account_that_signs_in(office: Office) -> None:
    with office.signed_in("administrator") as client:
        made = client.post(
            "/accounts", json={"login": "hoa", "name": "Lê Hoa", "role": "officer", "units": ["u1"]}
        )
        assert made.status_code == 201, made.text
        link = made.json()["link"].partition("link=")[2]
        assert client.post("/session/link", json={"link": link, "password": PASSWORD}).status_code == 204
        [line] = [each for each in client.get("/accounts").json() if each["login"] == "hoa"]
        assert (line["roles"], line["grants"][0]["units"]) == (["officer"], ["u1"])
        again = client.post("/accounts", json={"login": "HOA", "name": "Lê Hoa Khác"})
        assert rule(again, 422) == "LoginTaken"
    with office.signed_in("hoa") as client:
        assert client.get("/session").json()["name"] == "Lê Hoa"


@pytest.mark.parametrize("login", ["officer", "viewer", "auditor"])
def test_nobody_else_touches_accounts(office: Office, login: str) -> None:
    other = account_of(office, "administrator")
    own = account_of(office, login)
    with office.signed_in(login) as client:
        for method, path, body in (
            ("GET", "/accounts", None),
            ("POST", "/accounts", {"login": "x", "name": "X", "role": "administrator"}),
            ("POST", f"/accounts/{own}/grants", {"role": "administrator"}),
            ("POST", f"/accounts/{other}/disable", None),
            ("POST", f"/accounts/{other}/enable", None),
            ("POST", f"/accounts/{other}/reset", None),
            ("POST", "/api-tokens", {"label": "x", "ends": UNTIL, "owner": other}),
        ):
            assert rule(client.request(method, path, json=body), 403) == "RoleNeeded", path


def test_nobody_grants_to_themselves(office: Office) -> None:
    own = account_of(office, "administrator")
    with office.signed_in("administrator") as client:
        assert rule(client.post(f"/accounts/{own}/grants", json={"role": "head"}), 422) == "OwnGrant"
        assert rule(client.post(f"/accounts/{own}/disable"), 422) == "LastAdministrator"


def test_a_change_of_accounts_asks_for_a_recent_proof(office: Office) -> None:
    with office.signed_in("administrator") as client:
        office.wait(5 * 60 + 1)
        body = {"login": "late", "name": "Người muộn"}
        assert rule(client.post("/accounts", json=body), 403) == "SignInAgain"
        assert client.get("/accounts").status_code == 200, "reading does not"
        renew(client)
        assert client.post("/accounts", json=body).status_code == 201


def test_a_disabled_account_is_out_at_once(office: Office) -> None:
    account = office.add("gone", Role.OFFICER)
    with office.signed_in("gone") as client, office.signed_in("administrator") as boss:
        made = client.post("/api-tokens", json={"label": "x", "ends": UNTIL, "scopes": ["READ"]}).json()
        assert boss.get("/units", headers=bearer(made["token"])).status_code == 200
        assert boss.post(f"/accounts/{account}/disable").status_code == 204
        assert client.get("/units").status_code == 401
        with office.browser() as program:
            assert program.get("/units", headers=bearer(made["token"])).status_code == 401
            assert rule(sign_in(program, "gone"), 401) == "WrongCredentials"
        assert boss.post(f"/accounts/{account}/enable").status_code == 204
        assert client.get("/units").status_code == 401, "its sessions do not come back"


def test_a_grant_that_ends_is_felt_by_the_sessions_there_are(office: Office) -> None:
    account = office.add("timed")
    grant = office.access.administration.grant(
        account, Role.OFFICER, "test", ends=Day(PDate(office.clock.now[:10]))
    )
    with office.signed_in("timed") as client:
        assert client.post("/personnel", json=PERSON).status_code == 201
        office.access.administration.end_grant(grant, "test")
        assert rule(client.post("/personnel", json=PERSON), 403) == "ReadsOnly"
    office.access.administration.grant(account, Role.OFFICER, "test", ends=Day(PDate(office.clock.now[:10])))
    with office.signed_in("timed") as client:
        assert client.post("/personnel", json=PERSON).status_code == 201
    office.wait(24 * 3600)
    with office.signed_in("timed") as client:
        assert rule(client.post("/personnel", json=PERSON), 403) == "ReadsOnly", "its last day is over"


def test_a_delegation_over_http_ends_with_what_it_is_a_part_of(office: Office) -> None:
    """An ended delegation is worth nothing, whoever ended it."""
    head, deputy = office.add("chief", Role.HEAD), office.add("deputy")
    [own] = [
        each.granted.grant
        for each in office.access.administration.directory().grants.values()
        if each.granted.account == head
    ]
    asked: dict[str, Any] = {"account": deputy, "grant": own, "role": "head", "units": ["u1"], "ends": UNTIL}
    person = PERSON | {"managed_by": "u1"}
    with office.signed_in("chief") as chief, office.signed_in("deputy") as there:
        assert rule(there.post("/delegations", json=asked | {"account": head}), 422) == "NotYourGrant"
        assert rule(chief.post("/delegations", json=asked | {"ends": None}), 422) == "DelegationWithoutEnd"
        assert rule(chief.post("/delegations", json=asked | {"role": "officer"}), 422) == "BeyondOwnGrant"
        part = chief.post("/delegations", json=asked).json()["grant"]
        assert there.get("/session").json()["roles"] == ["head"]
        assert chief.post("/organization/u1", json=UNIT, headers={"If-Match": "*"}).status_code == 201
        assert there.post("/personnel", json=person).status_code == 201
        assert rule(there.post("/personnel", json=PERSON), 403) == "OutOfScope"
        assert rule(there.delete(f"/grants/{own}"), 403) == "RoleNeeded"
        assert chief.delete(f"/grants/{part}").status_code == 204
        assert rule(there.post("/personnel", json=person), 403) == "ReadsOnly"
        chief.post("/delegations", json=asked)
        assert there.get("/session").json()["roles"] == ["head"]
        office.access.administration.end_grant(own, "test")
        assert there.get("/session").json()["roles"] == []


def test_a_token_does_what_its_scopes_say_and_its_owner_may(office: Office) -> None:
    with office.signed_in("officer") as client, office.browser() as program:
        reads = client.post("/api-tokens", json={"label": "đọc", "ends": UNTIL}).json()
        scopes = ["READ", "RECORD"]
        records = client.post("/api-tokens", json={"label": "ghi", "ends": UNTIL, "scopes": scopes}).json()
        assert program.get("/units", headers=bearer(reads["token"])).status_code == 200
        refused = program.post("/personnel", json=PERSON, headers=bearer(reads["token"]))
        assert rule(refused, 403) == "ReadsOnly"
        made = program.post("/personnel", json=PERSON, headers=bearer(records["token"]))
        assert made.status_code == 201
        facts = program.get(made.headers["location"], headers=bearer(records["token"])).json()
        assert facts[0]["actor"] == "Người officer"
        listed = {each["id"]: each for each in client.get("/api-tokens").json()}
        assert listed[records["id"]]["used_at"]
        assert records["token"] not in str(listed), "shown once"
        stored = (office.ledger.home / "credentials.db").read_bytes()
        stored += (office.ledger.home / "credentials.db-wal").read_bytes()
        assert records["token"].encode() not in stored
        for path in ("/accounts", "/api-tokens", "/delegations"):
            answer = program.post(path, json={}, headers=bearer(records["token"]))
            assert answer.status_code in (403, 422), "a program does nothing with accounts"
        assert client.delete(f"/api-tokens/{records['id']}").status_code == 204
        assert program.get("/units", headers=bearer(records["token"])).status_code == 401


def test_a_token_ends_after_its_last_day_and_no_other_is_believed(office: Office) -> None:
    _, token = office.access.administration.issue_token(
        account_of(office, "viewer"), "x", (TokenScope.READ,), Day(PDate(office.clock.now[:10])), "test"
    )
    with office.browser() as program:
        assert program.get("/units", headers=bearer(token)).status_code == 200
        for forged in (token[:-1], token + "A", token.lower(), "cadre_", "", "null"):
            assert program.get("/units", headers=bearer(forged)).status_code == 401
        office.wait(24 * 3600)
        assert program.get("/units", headers=bearer(token)).status_code == 401


def test_nobody_revokes_a_token_of_somebody_else(office: Office) -> None:
    id_, _ = office.access.administration.issue_token(
        account_of(office, "viewer"), "y", (TokenScope.READ,), Day(PDate(UNTIL)), "test"
    )
    with office.signed_in("officer") as client, office.signed_in("administrator") as boss:
        assert rule(client.delete(f"/api-tokens/{id_}"), 403) == "RoleNeeded"
        assert id_ not in {each["id"] for each in client.get("/api-tokens").json()}
        assert boss.delete(f"/api-tokens/{id_}").status_code == 204
