"""Between the decision and the commit of one request, another request is recorded: the first is decided again."""

from collections.abc import Callable
from typing import Any

import pytest

from services.appointment.events import Appointed
from shared.commands.command_handler import Origin
from shared.core.partial_dates import PDate
from shared.eventlog.group_commit import AppendRequest
from tests.integrity.conftest import Answer, Office, new_id


def overtaken(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    rival: Callable[[], Answer],
    call: Callable[[], Answer],
) -> Answer:
    """The answer to a call whose decision is made before `rival` is recorded, and whose append comes after."""
    log = office.ledger.logs[service]
    append = log.append

    def late(request: AppendRequest[Any]) -> Any:
        monkeypatch.setattr(log, "append", append)
        answer = rival()
        assert answer.status_code == 201, answer.text
        return append(request)

    monkeypatch.setattr(log, "append", late)
    return call()


def refused(answer: Answer, rule: str) -> None:
    assert (answer.status_code, answer.json()["rule"]) == (422, rule), answer.text


def test_repro_concur_g_a_unit_is_dissolved_while_a_post_is_created(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = office.unit()
    ends = {"reason": "ENDED", "effective_from": "2020-01-01"}
    made = {"unit": unit, "title": "Trưởng phòng", "effective_from": "2021-01-01"}
    answer = overtaken(
        office,
        monkeypatch,
        "organization",
        lambda: office.post(f"/organization/{unit}", "unit-dissolved", **ends),
        lambda: office.post("/organization", "post-created", **made),
    )
    refused(answer, "NotInExistence")


@pytest.mark.parametrize("type_", ["unit-established", "unit-reparented"])
def test_a_parent_is_dissolved_while_a_child_comes_under_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, type_: str
) -> None:
    parent, child = office.unit(), office.unit()
    ends = {"reason": "ENDED", "effective_from": "2020-01-01"}
    fields: dict[str, Any] = {"parent": parent, "effective_from": "2021-01-01"}
    if type_ == "unit-established":
        fields |= {"name": "Tổ", "kind": "DIVISION"}
    path = "/organization" if type_ == "unit-established" else f"/organization/{child}"
    answer = overtaken(
        office,
        monkeypatch,
        "organization",
        lambda: office.post(f"/organization/{parent}", "unit-dissolved", **ends),
        lambda: office.post(path, type_, **fields),
    )
    refused(answer, "NotInExistence")


def correction(office: Office, path: str, number: int, **new_values: Any) -> Answer:
    """Void the nth fact of a stream, or amend it where values are given."""
    facts = office.client.get(f"{path}/facts").json()
    mode = "AMEND" if new_values else "VOID"
    body = {"type": "ledger.corrected", "target": facts[number]["event_id"], "mode": mode, "reason": "nhầm"}
    if new_values:
        body["new_values"] = new_values
    return office.client.post(f"{path}/corrections", json=body, headers={"If-Match": "*"})


def test_a_parent_is_voided_while_a_child_is_established(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = office.unit()
    made = {"name": "Tổ", "kind": "DIVISION", "effective_from": "2021-01-01", "parent": parent}
    answer = overtaken(
        office,
        monkeypatch,
        "organization",
        lambda: correction(office, f"/organization/{parent}", 0),
        lambda: office.post("/organization", "unit-established", **made),
    )
    refused(answer, "NotFound")


def test_a_child_is_established_while_its_parent_is_voided(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = office.unit()
    made = {"name": "Tổ", "kind": "DIVISION", "effective_from": "2021-01-01", "parent": parent}
    answer = overtaken(
        office,
        monkeypatch,
        "organization",
        lambda: office.post("/organization", "unit-established", **made),
        lambda: correction(office, f"/organization/{parent}", 0),
    )
    refused(answer, "InTheWay")


def test_a_move_is_amended_while_another_unit_is_moved(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Amended, the first move leads under the unit that the second one moves under it."""
    one, two, other = office.unit(), office.unit(), office.unit()
    moved = {"parent": other, "effective_from": "2010-01-01"}
    assert office.post(f"/organization/{one}", "unit-reparented", **moved).status_code == 201
    answer = overtaken(
        office,
        monkeypatch,
        "organization",
        lambda: correction(office, f"/organization/{one}", 1, parent=two),
        lambda: office.post(f"/organization/{two}", "unit-reparented", **moved | {"parent": one}),
    )
    refused(answer, "UnderItself")


def test_a_unit_is_moved_while_an_earlier_move_is_amended(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, other = office.unit(), office.unit(), office.unit()
    moved = {"parent": other, "effective_from": "2010-01-01"}
    assert office.post(f"/organization/{one}", "unit-reparented", **moved).status_code == 201
    answer = overtaken(
        office,
        monkeypatch,
        "organization",
        lambda: office.post(f"/organization/{two}", "unit-reparented", **moved | {"parent": one}),
        lambda: correction(office, f"/organization/{one}", 1, parent=two),
    )
    refused(answer, "UnderItself")


def test_two_files_are_merged_into_each_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = office.cadre(), office.cadre()

    def merge(kept: str, merged: str) -> Answer:
        fields = {"merged": merged, "reason": "một người", "effective_from": "2020-01-01"}
        return office.post(f"/personnel/{kept}", "records-merged", **fields)

    answer = overtaken(office, monkeypatch, "personnel", lambda: merge(one, two), lambda: merge(two, one))
    refused(answer, "MergedAway")


def test_a_file_is_merged_while_something_is_recorded_in_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, merged = office.cadre(), office.cadre()
    merger = {"merged": merged, "reason": "một người", "effective_from": "2020-01-01"}
    answer = overtaken(
        office,
        monkeypatch,
        "personnel",
        lambda: office.post(f"/personnel/{kept}", "records-merged", **merger),
        lambda: office.post(
            f"/personnel/{merged}", "profile-amended", degree="Thạc sĩ", effective_from="2021-01-01"
        ),
    )
    refused(answer, "MergedAway")


def test_a_national_id_is_recorded_by_an_import_meanwhile(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Imports append without a condition of their own, and their facts have tags all the same."""
    national_id = new_id()
    log = office.ledger.logs["personnel"]
    known = {"name": "Hoa", "effective_from": "1990-01-01", "national_id": national_id}
    append = log.append

    def late(request: AppendRequest[Any]) -> Any:
        monkeypatch.setattr(log, "append", append)
        stream = new_id()
        log.keys.create_keys([stream])
        log.append_all([AppendRequest(stream, 0, request.facts, "import:test")])
        return append(request)

    monkeypatch.setattr(log, "append", late)
    refused(office.post("/personnel", "registered", **known), "SamePerson")


def test_what_a_reaction_records_is_decided_again_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reaction runs while this thread projects, so it cannot wait for anybody else's projection."""
    cadre, other, post = office.cadre(), office.cadre(), office.seat(title_code="TP")
    app = office.ledger.apps["appointment"]
    append = app.log.append

    def late(request: AppendRequest[Any]) -> Any:
        monkeypatch.setattr(app.log, "append", append)
        start = Appointed(tenure=new_id(), post=post, effective_from=PDate("2019-01-01"))
        app.handle(other, start, Origin(actor="rival"))
        return append(request)

    monkeypatch.setattr(app.log, "append", late)
    moved = {"rotation": new_id(), "to_post": post, "effective_from": "2020-01-01"}
    assert office.post(f"/rotation/{cadre}", "rotated", **moved).status_code == 201
    (started,) = app.log.load_stream(cadre)
    assert started.actor == "reaction:follow_move"
    assert "SEATS" in [finding.rule for finding in started.fact.findings], "it knows who came first"
    held = office.client.get("/holders", params={"post": post, "as_of": "2021-01-01"}).json()["items"]
    assert len(held) == 2, "the rows have both"


def test_a_tenure_id_of_another_cadre_is_refused_later_too(office: Office) -> None:
    tenure = new_id()
    held = {"tenure": tenure, "effective_from": "2010-01-01"}
    office.add(f"/appointment/{office.cadre()}", "appointed", post=office.seat(), **held)
    answer = office.post(f"/appointment/{office.cadre()}", "appointed", post=office.seat(), **held)
    refused(answer, "TenureIdTaken")


def test_a_code_may_be_given_again_once_it_is_free(office: Office) -> None:
    code = {"scheme": "GSO", "value": new_id()}
    ward = office.unit(codes=[code])
    taken = office.post(
        "/organization", "unit-established", name="X", kind="WARD", effective_from="2020-01-01", codes=[code]
    )
    refused(taken, "CodeTaken")
    renamed = {"name": "Y", "codes": [code], "effective_from": "2020-01-01"}
    refused(office.post(f"/organization/{office.unit()}", "unit-renamed", **renamed), "CodeTaken")
    office.seat(codes=[code])  # of a post, not of a unit
    office.unit(since="1990-01-01", codes=[code])  # the earlier unit, recorded after the later one
    office.add(f"/organization/{ward}", "unit-dissolved", reason="MERGED", effective_from="2025-07-01")
