"""An office with accounts whose people also sign in at a provider: sessions, tokens, limits, the record of access."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.identity.access.identity_access import IdentityAccess
from services.identity.access_control import AccessControl, open_access_control
from services.identity.oidc.configuration import read_configuration
from shared.core.clock import system_clock
from shared.http.browser_guard import BrowserGuard
from shared.http.principal import Role
from shared.operations.settings import load
from tests.identity.office import ADDRESS, PERSON, Office, open_access, rule, sign_in
from tests.oidc.conftest import HTTP, RemoteProvider


class SharedOffice(Office):
    """The same, with what stands around its routes."""

    control: AccessControl

    def open_app(self) -> FastAPI:
        guard = BrowserGuard(hosts=frozenset({"127.0.0.1"}))
        return create_http_app(
            self.ledger, system_clock, identity=self.access, control=self.control, guard=guard
        )


@pytest.fixture
def office(tmp_path: Path, configuration: Path) -> Iterator[SharedOffice]:
    """Accounts an@tinh.vn (officer) and so-can-bo@tinh.vn (a program's), an auditor and an administrator."""
    ledger = open_embedded_ledger(load(tmp_path / "home"))
    access = open_access(ledger, system_clock)
    control = open_access_control(
        ledger.logs["identity"], access.store, system_clock, read_configuration(configuration)
    )
    resolvers = (control.access_tokens(access.store).resolve,)
    access = IdentityAccess(access.app, access.store, access.clock, resolvers=resolvers)
    office = SharedOffice(ledger, access, None)  # type: ignore[arg-type]  # the clock is that of the system
    office.control = control
    office.app = office.open_app()
    for login, role in (("an@tinh.vn", Role.OFFICER), ("so-can-bo@tinh.vn", Role.INTEGRATION)):
        office.add(login, role)
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        office.add(role.value, role)
    yield office
    control.recorder.close()
    access.store.close()
    ledger.close()


@contextmanager
def arrived(office: SharedOffice, client: TestClient) -> Iterator[Any]:
    """A browser that comes back from the provider, as one does: by a link of another site, without strict cookies."""
    away = client.get("/session/oidc/tinh", headers=FOLLOWED)
    assert away.status_code == 303, away.text
    back = HTTP.get(away.headers["location"]).headers["location"]
    yield client.get(back, headers=FOLLOWED)


FOLLOWED = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def test_a_person_signs_in_elsewhere_and_is_the_actor_here(
    office: SharedOffice, provider: RemoteProvider
) -> None:
    with office.browser() as client, arrived(office, client) as answer:
        assert answer.status_code == 303, answer.text
        who = client.get("/session").json()
        assert (who["name"], who["roles"]) == ("Người an@tinh.vn", ["officer"])
        made = client.post("/personnel", json=PERSON)
        assert made.status_code == 201, made.text
        assert client.get(made.headers["location"]).json()[0]["actor"] == "Người an@tinh.vn"


def test_a_disabled_account_signs_in_nowhere(office: SharedOffice, provider: RemoteProvider) -> None:
    found = office.access.store.find_principal("an@tinh.vn")
    assert found
    token = provider.issue_access_token()
    program = {"Authorization": f"Bearer {token}"}
    with TestClient(office.app, base_url=ADDRESS) as client:
        assert client.get("/units", headers=program).status_code == 200
        office.access.administration.disable(found.id, "test")
        named = office.access.store.find_principal("so-can-bo@tinh.vn")
        assert named
        office.access.administration.disable(named.id, "test")
        assert client.get("/units", headers=program).status_code == 401
    with office.browser() as client, arrived(office, client) as answer:
        assert rule(answer, 403) == "NoAccount"


def test_an_old_sign_in_at_the_provider_is_no_recent_proof(
    office: SharedOffice, provider: RemoteProvider
) -> None:
    """An hour ago: the session begins, and what asks for a recent proof still asks."""
    provider.behave(claims={"auth_time": office.control.now() - 3600})
    with office.browser() as client, arrived(office, client) as answer:
        assert answer.status_code == 303
        assert client.get("/session").status_code == 200
        assert rule(client.post("/session/codes"), 403) == "SignInAgain"


def test_an_access_token_is_withdrawn_by_an_administrator(
    office: SharedOffice, provider: RemoteProvider
) -> None:
    provider.behave(token_claims={"jti": "stolen"})
    program = {"Authorization": f"Bearer {provider.issue_access_token()}"}
    with TestClient(office.app, base_url=ADDRESS) as client:
        assert client.get("/units", headers=program).status_code == 200
        withdrawn = {"issuer": provider.issuer, "jti": "stolen"}
        with office.signed_in("auditor") as auditor:
            assert rule(auditor.post("/api-tokens/revoked-access-tokens", json=withdrawn), 403)
        with office.signed_in("administrator") as administrator:
            answer = administrator.post("/api-tokens/revoked-access-tokens", json=withdrawn)
            assert answer.status_code == 200, answer.text
            assert rule(
                administrator.post("/api-tokens/revoked-access-tokens", json={"issuer": "", "jti": ""}), 422
            )
        assert client.get("/units", headers=program).status_code == 401


def test_the_auditor_sees_who_looked_and_everybody_what_they_did(
    office: SharedOffice, provider: RemoteProvider
) -> None:
    with office.signed_in("an@tinh.vn") as officer:
        person = officer.post("/personnel", json=PERSON).json()["stream"]
        assert officer.get(f"/cadres/{person}/life").status_code == 200
        own = officer.get("/session/access-record").json()["items"]
        assert [(line["what"], line["of"], line["name"]) for line in own] == [
            ("READ", person, "Người an@tinh.vn")
        ]
        assert rule(officer.get("/identity/access-record"), 403)
    with office.signed_in("auditor") as auditor:
        page = auditor.get("/identity/access-record", params={"of": person, "limit": 1}).json()
        assert page["items"] == own
        assert auditor.get(
            "/identity/access-record", params={"cursor": page["next"], "of": person}
        ).json() == {
            "items": [],
            "cursor": None,
            "next": "",
        }
        denied = auditor.get("/identity/access-record", params={"by": own[0]["by"]}).json()["items"]
        assert [(line["what"], line["rule"]) for line in denied] == [("READ", ""), ("DENIED", "RoleNeeded")]
    with office.browser() as nobody:
        assert nobody.get("/session/access-record").status_code == 401
        assert nobody.get("/identity/access-record").status_code == 401


def test_an_emergency_needs_a_reason_and_is_on_record(office: SharedOffice, provider: RemoteProvider) -> None:
    with office.signed_in("an@tinh.vn") as officer:
        assert officer.get("/session/emergency").json() == {"until": ""}
        assert rule(officer.post("/session/emergency", json={"reason": "cần"}), 422) == "EmergencyNeedsReason"
        reason = "Bão số 9: cần liên hệ người nhà cán bộ xã"
        until = officer.post("/session/emergency", json={"reason": reason}).json()["until"]
        assert officer.get("/session/emergency").json() == {"until": until}
        [line] = officer.get("/session/access-record").json()["items"]
        assert (line["what"], line["reason"], line["until"]) == ("EMERGENCY", reason, until)
    program = {"Authorization": f"Bearer {provider.issue_access_token()}"}
    with TestClient(office.app, base_url=ADDRESS) as client:
        answer = client.post("/session/emergency", json={"reason": reason}, headers=program)
        assert rule(answer, 403) == "PersonNeeded"


def test_guessing_is_limited_by_address(office: SharedOffice, provider: RemoteProvider) -> None:
    """One account after another, so that none of them is locked."""
    with office.browser() as client:
        answers = [sign_in(client, f"nobody-{number}", "wrong horse battery") for number in range(21)]
    assert {answer.status_code for answer in answers[:-1]} <= {401, 429}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
