"""Imports are judged by what others have recorded, and appended on condition that nobody records more: an import makes
no circle, and gives no code and no tenure id that somebody else has (integrity §1)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.importing.batches import derive_id
from services.importing.result import ImportReport
from services.importing.terms import import_terms
from shared.commands.command_handler import Origin
from shared.runtime.ledger import no_progress
from tests.importing_law import write_source
from tests.integrity.conftest import Answer, Office, new_id, rules

Lines = dict[str, list[dict[str, str]]]


def take(office: Office, folder: Path, scheme: str, lines: Lines) -> ImportReport:
    empty: Lines = {"persons.csv": [], "posts.csv": [], "terms.csv": []}
    write_source(folder, empty | lines)
    origin = Origin(actor=f"import:{scheme}", correlation=new_id())
    return import_terms(office.ledger, folder, scheme, write=True, origin=origin, progress=no_progress)


def refused(report: ImportReport) -> set[tuple[str, str, str]]:
    return {(each.file, each.id, each.rule) for each in report.set_aside}


def twice(office: Office, kind: str, scheme: str) -> list[Any]:
    items = office.client.get("/contradictions", params={"kind": kind}).json()["items"]
    return [item for item in items if any(scheme in each["id"] for each in item["concerns"])]


def term(number: str) -> dict[str, str]:
    named = {"term_id": f"t{number}", "person_id": f"p{number}", "post_id": "q"}
    return named | {"start": "2010-01-01", "end": "", "end_status": "ongoing"}


def people(*numbers: str) -> Lines:
    return {
        "persons.csv": [{"person_id": f"p{number}", "name": f"Người {number}"} for number in numbers],
        "posts.csv": [{"post_id": "q", "title": "Ủy viên"}],
        "terms.csv": [term(number) for number in numbers],
    }


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_code_of_another_cadre_is_not_given_again(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    scheme = f"x{new_id()[:8]}"

    def rival() -> Answer:
        code = {"scheme": scheme, "value": "p1"}
        return office.post("/personnel", "registered", name="A", effective_from="~", codes=[code])

    _record_rival(office, monkeypatch, "personnel", rival, when)
    report = take(office, tmp_path, scheme, people("1", "2"))
    assert refused(report) == {("persons.csv", "p1", "CodeTaken"), ("terms.csv", "t1", "NotTaken")}
    assert "column" in {each.column and "column" for each in report.set_aside}
    assert twice(office, "CODE_TWICE", scheme) == []
    held = office.client.get("/holders", params={"post": derive_id(scheme, "post", "q")}).json()["items"]
    assert [each["cadre"] for each in held] == [derive_id(scheme, "person", "p2")]
    assert take(office, tmp_path, scheme, people("1", "2")).facts == 0, "importing again changes nothing"


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_code_of_another_unit_is_not_given_again(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    scheme = f"x{new_id()[:8]}"

    def rival() -> Answer:
        fields = {"name": "Sở", "kind": "DIVISION", "effective_from": "1980-01-01"}
        return office.post(
            "/organization", "unit-established", codes=[{"scheme": scheme, "value": "u1"}], **fields
        )

    _record_rival(office, monkeypatch, "organization", rival, when)
    lines = {
        **people("1"),
        "units.csv": [{"unit_id": "u1", "parent_id": "", "name": "Sở", "valid_from": "1990-01-01"}],
        "posts.csv": [{"post_id": "q", "title": "Giám đốc", "unit_id": "u1"}],
    }
    rejected = refused(take(office, tmp_path, scheme, lines))
    assert ("units.csv", "u1", "CodeTaken") in rejected
    assert {each[0] for each in rejected} == {"units.csv", "posts.csv", "terms.csv"}
    assert twice(office, "CODE_TWICE", scheme) == []


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_tenure_id_of_another_cadre_is_not_given_again(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    scheme = f"x{new_id()[:8]}"
    id_, cadre, seat = derive_id(scheme, "term", "t1"), office.cadre(), office.seat()
    lines = people("1", "2")
    take(office, tmp_path, scheme, {**lines, "terms.csv": [term("2")]})
    held = office.client.get("/term-history", params={"cadre": derive_id(scheme, "person", "p2")}).json()[
        "items"
    ]
    assert held[0]["tenure"] == derive_id(scheme, "term", "t2"), "the id is made so"

    def rival() -> Answer:
        fields = {"tenure": id_, "post": seat, "effective_from": "2010-01-01"}
        return office.post(f"/appointment/{cadre}", "appointed", **fields)

    _record_rival(office, monkeypatch, "appointment", rival, when)
    assert refused(take(office, tmp_path, scheme, lines)) == {("terms.csv", "t1", "TenureIdTaken")}
    assert twice(office, "TENURE_ID_TWICE", id_) == []


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_corrected_parent_makes_no_circle_with_what_was_moved(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    scheme = f"x{new_id()[:8]}"

    def lines(parent: str) -> Lines:
        named = {"name": "Phòng", "valid_from": "1990-01-01"}
        above = {"u1": "", "u2": parent, "u3": "u2"}
        return {"units.csv": [{"unit_id": id_, "parent_id": up, **named} for id_, up in above.items()]}

    assert refused(take(office, tmp_path, scheme, lines(""))) == set()
    one, three = (derive_id(scheme, "unit", id_) for id_ in ("u1", "u3"))

    def rival() -> Answer:
        fields = {"parent": three, "effective_from": "2000-01-01"}
        return office.post(f"/organization/{one}", "unit-reparented", **fields)

    _record_rival(office, monkeypatch, "organization", rival, when)
    assert refused(take(office, tmp_path, scheme, lines("u1"))) == {("units.csv", "u2", "UnderItself")}
    assert twice(office, "UNIT_CIRCLE", one) == []
    away = {"parent": "", "effective_from": "2000-01-01", "same_day_order": 1}
    assert rules([office.post(f"/organization/{one}", "unit-reparented", **away)]) == ["recorded"]
    assert refused(take(office, tmp_path, scheme, lines("u1"))) == set(), "it is tried again"


def _record_rival(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    topic: str,
    rival: Callable[[], Answer],
    when: str,
) -> None:
    """Record it now, or once the next import has decided and before it is stored."""
    if when == "before":
        assert rules([rival()]) == ["recorded"]
        return
    log = office.ledger.logs[topic]
    append_all = log.append_all

    def late(requests: Any) -> None:
        monkeypatch.setattr(log, "append_all", append_all)
        assert rules([rival()]) == ["recorded"]
        append_all(requests)

    monkeypatch.setattr(log, "append_all", late)
