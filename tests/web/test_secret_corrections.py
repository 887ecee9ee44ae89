"""What a SECRET correction says is as secret as it is: nothing that follows from it is shown below its class."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.projections import PROJECTIONS
from services.organization.events import Kind, UnitEstablished
from shared.core.bitemporal import fold_periods, fold_periods_by_definition
from shared.core.timeline import timeline
from shared.http.auth import BearerTokens, PersonToken
from shared.http.token_classes import TokenClass
from shared.operations.settings import load
from shared.testing.given import amend, history, on

READ, WRITE, MINH = "r" * 40, "w" * 40, "m" * 40


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    ledger = open_embedded_ledger(load(tmp_path))
    minh = PersonToken("Minh", MINH, writes=True, token_class=TokenClass.PERSONAL)
    tokens = BearerTokens(read=READ, write=WRITE, persons=(minh,))
    with TestClient(create_http_app(ledger, tokens=tokens)) as client:
        yield client
    ledger.close()


def post(client: TestClient, path: str, **fact: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {MINH}", "If-Match": "*"}
    made = client.post(path, json=fact, headers={} | headers)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def get(client: TestClient, token: str, path: str) -> Any:
    return client.get(path, headers={"Authorization": f"Bearer {token}"}).json()


def test_what_a_secret_correction_says_is_hidden_from_an_internal_token(client: TestClient) -> None:
    """integrity §5 and §6: secret by class."""
    unit = post(client, "/organization/unit-established", name="U", kind="DIVISION", effective_from="2000")[
        "stream"
    ]
    posts = [
        post(client, "/organization/post-created", unit=unit, title=title, effective_from="2000")["stream"]
        for title in ("A", "B")
    ]
    cadre = post(client, "/personnel/registered", name="An", effective_from="2000")["stream"]
    seat = {"tenure": "t1", "post": posts[0], "effective_from": "2010-01-01"}
    fact = post(client, f"/appointment/{cadre}/appointed", **seat)["facts"][-1].rpartition("/")[2]
    holders = [f"/holders?post={each}&as_of=2020-01-01" for each in posts]
    assert [len(get(client, READ, each)["items"]) for each in holders] == [1, 0]
    correction = {"target": fact, "mode": "AMEND", "reason": "mật", "new_values": {"post": posts[1]}}
    post(client, f"/appointment/{cadre}/corrections", **correction, confidentiality="SECRET")
    assert [len(get(client, MINH, each)["items"]) for each in holders] == [0, 1]
    assert [len(get(client, READ, each)["items"]) for each in holders] == [0, 0]
    for path in (f"/appointment/{cadre}/facts", f"/cadres/{cadre}/life", f"/posts/{posts[1]}/history"):
        answer = client.get(path, headers={"Authorization": f"Bearer {READ}"}).text
        assert fact not in answer, path
        assert "t1" not in answer, path


def test_a_fact_is_secret_once_a_secret_correction_amends_it() -> None:
    """On both time axes; a later correction may say that it is not."""
    secret = amend("here/1", name="B")
    unit = UnitEstablished(effective_from=on("2000-01-01"), name="A", kind=Kind.DIVISION)
    events = history(
        unit, replace(secret, confidentiality="SECRET"), amend("here/1", confidentiality="INTERNAL")
    )
    levels = [timeline(events[:upto])[0].fact.confidentiality for upto in (1, 2, 3)]
    assert levels == ["INTERNAL", "SECRET", "INTERNAL"]
    for projection in (each for each in PROJECTIONS if each.name == "secret_subjects"):
        periods = fold_periods(projection, events)
        assert len(periods) == 1
        assert periods == fold_periods_by_definition(projection, events)
