"""A correction gives nobody a code or a national id that another one has meanwhile: codes of one scheme (integrity §1,
§2). What is twice in an old log stays readable, and mending it is not refused."""

from typing import Any

import pytest

from services.organization.events import Kind, UnitEstablished
from services.personnel.events import ProfileAmended, Registered
from shared.commands.command_handler import Origin
from shared.core.facts import Code
from shared.core.partial_dates import PDate
from shared.eventlog.group_commit import AppendRequest
from tests.corrections.office import Office, accepted, refused

CODE, OTHER = {"scheme": "hr", "value": "42"}, {"scheme": "hr", "value": "43"}


def file(office: Office, **fields: Any) -> str:
    return office.record("/personnel", "personnel.registered", "1990-01-01", name="An", **fields)


def amend(office: Office, cadre: str, day: str, **fields: Any) -> str:
    return office.record(f"/personnel/{cadre.split('/')[1]}", "personnel.profile-amended", day, **fields)


@pytest.mark.parametrize(
    ("first", "second"),
    [({"codes": [CODE]}, {"codes": [OTHER]}), ({"national_id": "1"}, {"national_id": "2"})],
    ids=["code", "national id"],
)
def test_a_void_amendment_brings_nothing_back_that_another_file_has(
    office: Office, first: dict[str, Any], second: dict[str, Any]
) -> None:
    an = file(office, **first)
    amended = amend(office, an, "2000-01-01", **second)
    binh = amend(office, file(office), "2001-01-01", **first)
    giver = binh if "codes" in first else office.first("personnel", binh.split("/")[1])
    refused(office.correct(amended), "InTheWay", giver)
    accepted(office.correct(binh))
    accepted(office.correct(amended))


def test_an_amended_code_is_of_no_other_file(office: Office) -> None:
    an, binh = file(office, codes=[CODE]), file(office, codes=[OTHER])
    refused(office.amend(binh, {"codes": [CODE]}), "CodeTaken", binh)
    accepted(office.amend(an, {"codes": []}))
    accepted(office.amend(binh, {"codes": [CODE]}))


def test_a_unit_that_lives_again_has_no_code_of_another(office: Office) -> None:
    ward = office.unit(codes=[CODE])
    dissolved = office.dissolve(ward, "2010-01-01")
    heir = office.unit("2010-01-01", codes=[CODE])
    refused(office.correct(dissolved), "InTheWay", office.first("organization", heir))
    accepted(office.correct(office.first("organization", heir)))
    accepted(office.correct(dissolved))


def test_a_file_that_was_merged_is_no_other_one(office: Office) -> None:
    an, twin = file(office), file(office, codes=[CODE], national_id="7")
    merged = twin.split("/")[1]
    office.record(
        f"/personnel/{an.split('/')[1]}", "personnel.records-merged", "2020-01-01", merged=merged, reason="r"
    )
    amend(office, an, "2021-01-01", codes=[CODE], national_id="7")


def test_doubles_of_an_old_log_are_shown_and_may_be_mended(office: Office) -> None:
    day, code = PDate("2000-01-01"), Code("hr", "9")
    files = [Registered(name="An", codes=(code,), effective_from=day)] * 2
    units = [UnitEstablished(name="X", kind=Kind.COMMUNE, codes=(code,), effective_from=day)] * 2
    for topic, facts in (("personnel", files), ("organization", units)):
        log = office.ledger.logs[topic]
        if topic == "personnel":
            log.keys.create_keys(["a", "b"])
        log.append_all([AppendRequest(id_, 0, [fact], "old") for id_, fact in zip("ab", facts, strict=True)])
    office.ledger.project_pending()
    office.ledger.apps["personnel"].handle(
        "a", ProfileAmended(effective_from=PDate("2001-01-01"), degree="Thạc sĩ"), Origin(actor="x")
    )
    listed = office.client.get("/contradictions", params={"kind": "CODE_TWICE"}).json()["items"]
    assert len(listed) == 2, listed
    accepted(office.amend(office.first("personnel", "a"), {"name": "Ân"}))
    accepted(office.correct(office.fact("personnel", "a", 1)))
    accepted(office.amend(office.first("organization", "a"), {"name": "Y"}))
    accepted(office.amend(office.first("personnel", "a"), {"codes": []}))
    accepted(office.amend(office.first("organization", "a"), {"codes": []}))
    assert office.client.get("/contradictions", params={"kind": "CODE_TWICE"}).json()["items"] == []
