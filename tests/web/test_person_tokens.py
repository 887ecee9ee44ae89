"""Tokens of persons in a cluster: whoever signs in is the actor, whatever a header says (integrity 5)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from shared.http.auth import BearerTokens, WeakToken
from shared.runtime.embedded import EmbeddedLedger
from tests.web.test_request_checks import PERSON, refused

READ, WRITE, LAN, MINH = "r" * 40, "w" * 40, "l" * 40, "m" * 40
FILE = {
    "read": READ,
    "write": WRITE,
    "persons": [{"name": "Nguyễn Thị Lan", "token": LAN, "writes": True}, {"name": "Minh", "token": MINH}],
}


def read(folder: Path, content: object) -> BearerTokens:
    file = folder / "tokens"
    file.write_bytes(msgspec.json.encode(content))
    return BearerTokens.read_file(file)


@pytest.fixture(scope="module")
def guarded(ledger: EmbeddedLedger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    tokens = read(tmp_path_factory.mktemp("tokens"), FILE)
    with TestClient(create_http_app(ledger, tokens=tokens), raise_server_exceptions=False) as client:
        yield client


def record(client: TestClient, token: str, actor: str = "") -> Any:
    sent = {"Authorization": f"Bearer {token}"} | ({"Cadre-Actor": actor} if actor else {})
    return client.post("/personnel", json=PERSON, headers={k.encode(): v.encode() for k, v in sent.items()})


def actor(client: TestClient, token: str, named: str = "") -> str:
    made = record(client, token, named)
    assert made.status_code == 201, made.text
    facts = client.get(made.headers["location"], headers={"Authorization": f"Bearer {token}"})
    return str(facts.json()[0]["actor"])


def test_who_signed_in_is_the_actor(guarded: TestClient) -> None:
    assert actor(guarded, LAN) == "Nguyễn Thị Lan"
    assert actor(guarded, LAN, "Nguyễn Thị Lan") == "Nguyễn Thị Lan"
    refused(record(guarded, LAN, "Minh"), "ActorNotSignedIn", "Cadre-Actor", status=403)
    assert actor(guarded, WRITE, "Minh") == "Minh", "a token of nobody leaves it to the header"


def test_a_person_may_be_one_who_only_reads(guarded: TestClient) -> None:
    assert guarded.get("/units", headers={"Authorization": f"Bearer {MINH}"}).status_code == 200
    refused(record(guarded, MINH), "ReadsOnly", status=403)
    refused(record(guarded, "x" * 40), "Unauthorised", status=401)


@pytest.mark.parametrize(
    "person",
    [
        {"name": "A", "token": "short"},
        {"name": "A", "token": READ},
        {"name": " ", "token": LAN},
        {"name": "A", "token": LAN, "write": True},
    ],
)
def test_a_weak_or_mistaken_token_is_refused_at_the_start(tmp_path: Path, person: dict[str, object]) -> None:
    with pytest.raises((WeakToken, msgspec.ValidationError)):
        read(tmp_path, {"read": READ, "write": WRITE, "persons": [person]})
    assert read(tmp_path, {"read": READ, "write": WRITE}).persons == ()
