"""Reading one's own writes: the header Cadre-Position of receipts and requests, in one process."""

from typing import Any

import pytest

from tests.integrity.conftest import Office

UNIT = {
    "type": "organization.unit-established",
    "name": "Sở",
    "kind": "DEPARTMENT",
    "effective_from": "2000-01-01",
}
PERSON = {"type": "personnel.registered", "effective_from": "2000", "name": "An"}


def send(office: Office, path: str, body: dict[str, Any], **headers: str) -> Any:
    return office.client.post(
        path, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def test_a_receipt_says_where_its_fact_stands(office: Office) -> None:
    receipt = send(office, "/organization", UNIT)
    head = office.ledger.logs["organization"].position()
    assert receipt.headers["Cadre-Position"] == f"organization:{head}"
    stream = receipt.json()["stream"]
    same = send(office, f"/organization/{stream}", UNIT, If_Match="*")
    assert (same.status_code, same.headers["Cadre-Position"]) == (201, f"organization:{head}"), (
        "recorded already"
    )
    facts = office.client.get(f"/organization/{stream}/facts").json()
    corrected = {
        "target": facts[0]["event_id"],
        "mode": "AMEND",
        "reason": "sai",
        "new_values": {"name": "Sở X"},
    }
    answer = send(office, f"/organization/{stream}/corrections", corrected, If_Match="*")
    assert answer.headers["Cadre-Position"] == f"organization:{head + 1}"


def test_a_repeated_request_is_told_a_position_that_includes_its_facts(office: Office) -> None:
    first, again = (send(office, "/personnel", PERSON, Idempotency_Key="once") for _ in range(2))
    assert first.json() == again.json()
    topic, _, position = again.headers["Cadre-Position"].partition(":")
    assert (topic, int(position)) >= ("personnel", int(first.headers["Cadre-Position"].partition(":")[2]))


def test_a_receipt_has_the_positions_that_were_sent_too(office: Office) -> None:
    seen = send(office, "/organization", UNIT).headers["Cadre-Position"]
    both = send(office, "/personnel", PERSON, Cadre_Position=seen).headers["Cadre-Position"]
    assert both == f"{seen},personnel:{office.ledger.logs['personnel'].position()}"
    more = send(office, "/organization", UNIT, Cadre_Position=both).headers["Cadre-Position"]
    assert more.partition(",")[0] == f"organization:{office.ledger.logs['organization'].position()}"
    assert office.client.get("/units", headers={"Cadre-Position": more}).status_code == 200


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        ("organization:999999999", "UnknownPosition"),
        ("nowhere:1", "UnknownPosition"),
        ("organization", "BadPosition"),
        ("organization:1;personnel:1", "BadPosition"),
        ("organization:-1", "BadPosition"),
        ("17", "BadPosition"),
        ("organization:" + "9" * 30, "BadPosition"),
    ],
)
def test_a_position_that_no_receipt_said_is_refused(office: Office, sent: str, rule: str) -> None:
    before = office.ledger.logs["organization"].position()
    for answer in (
        office.client.get("/units", headers={"Cadre-Position": sent}),
        send(office, "/organization", UNIT, Cadre_Position=sent),
    ):
        problem = answer.json()
        assert (answer.status_code, problem["rule"], problem["field"]) == (422, rule, "Cadre-Position")
        assert problem["title_vi"]
    assert office.ledger.logs["organization"].position() == before
