"""Findings through the whole system: stored with the fact, answered for by an authority, refusing nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger)) as client:
        yield client
    ledger.close()


def say(client: TestClient, url: str, type_: str, when: str, **fields: Any) -> Any:
    known = {"If-Match": "*"} if url.count("/") == 2 else {}
    return client.post(url, json={"type": type_, "effective_from": when, **fields}, headers=known)


def new(client: TestClient, url: str, type_: str, when: str, **fields: Any) -> str:
    answer = say(client, url, type_, when, **fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["stream"])


@pytest.fixture
def world(client: TestClient) -> dict[str, str]:
    """Two cadres with the same reprimand, and two posts."""
    unit = new(
        client, "/organization", "organization.unit-established", "2000-01-01", name="Sở", kind="DEPARTMENT"
    )
    found = {}
    for name in ("one", "two"):
        post = {"unit": unit, "title": f"Giám đốc {name}"}
        found[f"post {name}"] = new(
            client, "/organization", "organization.post-created", "2000-01-01", **post
        )
        found[name] = new(client, "/personnel", "personnel.registered", "2000-01-01", name="Nguyễn Văn An")
        case = {"case": "k", "side": "PARTY", "form": "REPRIMAND"}
        new(client, f"/personnel/{found[name]}", "personnel.disciplined", "2025-03-01", **case)
    return found


def promotion(world: dict[str, str], name: str, decided: str, **more: Any) -> dict[str, Any]:
    return {
        "tenure": f"t-{name}".replace(" ", "-"),
        "post": world[f"post {name}"],
        "step": "PROMOTION",
        "decided_on": decided,
        **more,
    }


def stored(client: TestClient, answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 201, answer.text
    fact = client.get("/facts/" + answer.json()["facts"][0]).json()["fact"]
    found: list[dict[str, Any]] = fact.get("findings", [])
    return [each for each in found if each["rule"] == "APPT_BAR_AFTER_DISCIPLINE"]


def test_one_reprimand_two_days_two_versions(client: TestClient, world: dict[str, str]) -> None:
    appointed = "appointment.appointed"
    (before,) = stored(
        client,
        say(
            client,
            f"/appointment/{world['one']}",
            appointed,
            "2025-11-01",
            **promotion(world, "one", "2025-10-07"),
        ),
    )
    (after,) = stored(
        client,
        say(
            client,
            f"/appointment/{world['two']}",
            appointed,
            "2025-11-01",
            **promotion(world, "two", "2025-10-09"),
        ),
    )
    assert (before.get("version", 1), after.get("version", 1)) == (1, 2)
    assert before["severity"] == "BLOCK_UNLESS_OVERRIDDEN"
    assert "overridden_by" not in before


def test_an_override_keeps_its_authority_reason_and_document(
    client: TestClient, world: dict[str, str]
) -> None:
    answer = {
        "rule": "APPT_BAR_AFTER_DISCIPLINE",
        "overridden_by": "BTV Thành ủy",
        "reason": "đặc biệt",
        "document": "d1",
    }
    fact = promotion(world, "one", "2025-10-09", findings=[answer])
    first = say(client, f"/appointment/{world['one']}", "appointment.appointed", "2025-11-01", **fact)
    (found,) = stored(client, first)
    assert (found["version"], found["overridden_by"], found["reason"], found["document"]) == (
        *(2, "BTV Thành ủy", "đặc biệt"),
        "d1",
    )
    again = say(client, f"/appointment/{world['one']}", "appointment.appointed", "2025-11-01", **fact)
    assert (again.status_code, again.json()["facts"]) == (201, []), "what is said again is not stored again"


def test_somebody_answers_for_a_finding_later_by_a_correction(
    client: TestClient, world: dict[str, str]
) -> None:
    fact = promotion(world, "one", "2025-10-09")
    said = say(client, f"/appointment/{world['one']}", "appointment.appointed", "2025-11-01", **fact)
    (found,) = stored(client, said)
    event = said.json()["facts"][0].rsplit("/", 1)[1]
    correction = {
        "target": event,
        "mode": "AMEND",
        "reason": "the authority has decided",
        "new_values": {"findings": [{**found, "overridden_by": "BTV Thành ủy", "reason": "đặc biệt"}]},
    }
    url = f"/appointment/{world['one']}/corrections"
    assert client.post(url, json=correction, headers={"If-Match": "*"}).status_code == 201
