"""A fact that rests on a document which nobody registered is a finding until somebody does (issue 11)."""

from typing import Any

from tests.questions.conftest import LedgerClient


def unknown(administration: LedgerClient, **params: str) -> list[dict[str, Any]]:
    query = {"as_of": "2026-01-01", "rule": "DECISION_UNKNOWN", **params}
    return administration.items("/findings", **query)


def test_an_unknown_document_is_a_finding_until_it_is_registered(
    administration: LedgerClient,
) -> None:
    unit, cadre = administration.unit("Sở Nội vụ"), administration.cadre("An")
    before = unknown(administration)
    head = administration.seat(unit, "Giám đốc")
    tenure = administration.appoint(cadre, head, "2022-07-01", decision="nowhere")
    (found,) = [each for each in unknown(administration) if each not in before]
    assert (found["subject"], found["inputs"]) == (cadre, {"decision": "nowhere"})
    assert (found["topic"], found["since"], found["open"]) == ("appointment", "2022-07-01", True)
    fact = administration.ask("/facts/" + found["proof"]["opened"])
    assert fact["fact"]["tenure"] == tenure
    assert found in unknown(administration, place=unit)
    assert unknown(administration, as_of="2022-06-30") == before
    paper = {"number": "9", "issuer": "x", "signed_on": "2022-06-01", "kind": "DECISION", "title": "x"}
    administration.say("/regulation/nowhere", "regulation.decision-registered", "2022-06-01", **paper)
    assert unknown(administration) == before
