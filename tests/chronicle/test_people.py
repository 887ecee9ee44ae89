"""Cadres on file and the register of documents."""

from msgspec.structs import replace

from services.chronicle.projections.people import cadres, decisions
from services.chronicle.rows import CadreRow
from services.personnel.events import (
    Category,
    ProfileAmended,
    Registered,
    Trained,
    TrainingField,
    TrainingStatus,
)
from services.regulation.events import DecisionRegistered, DecisionRevoked, DocumentKind
from shared.core.bitemporal import fold_periods
from shared.core.facts import Code
from shared.testing import amend, as_known, history, moment, on, void
from tests.chronicle.shown import certain, possible, rows

an = Registered(
    name="Nguyễn Văn An",
    sex="M",
    birth="1980-02",
    category=Category.CADRE,
    cadre_no="7",
    identity="hash",
    codes=(Code("hr", "42"),),
    effective_from=on("2020-01-01"),
)
decision = DecisionRegistered(
    number="12/QĐ-UBND",
    issuer="UBND tỉnh",
    signed_on=on("2025-04-20"),
    kind=DocumentKind.DECISION,
    title="On personnel",
    effective_from=on("2025-05-01"),
)
revoked = DecisionRevoked(reason="superseded", effective_from=on("2025-09-01"))


def test_a_cadre_on_file_is_shown_with_what_lists_need() -> None:
    (row,) = rows(cadres, an, stream="an")
    assert row == CadreRow(
        cadre_id="an",
        name="Nguyễn Văn An",
        name_key=row.name_key,
        search="nguyen van an",
        sex="M",
        birth="1980-02",
        category="CADRE",
        cadre_no="7",
        identity="hash",
        codes='[{"scheme":"hr","value":"42"}]',
        opened_by="here/1",
        valid_from=on("2020-01-01"),
        certain_from=on("2020-01-01"),
    )
    assert row.name_key


def test_the_first_registration_stands() -> None:
    assert [row.name for row in rows(cadres, an, replace(an, name="Twin"))] == ["Nguyễn Văn An"]
    assert [row.name for row in rows(cadres, an, replace(an, name="Twin"), void("here/1"))] == ["Twin"]


def test_a_corrected_name_is_shown_from_then_on() -> None:
    found = fold_periods(cadres, history(an, amend("here/1", name="Nguyễn Văn Ân"), stream="an"))
    assert as_known(found, moment(1))["an"].search == "nguyen van an"
    assert as_known(found)["an"].name == "Nguyễn Văn Ân"


def test_a_document_is_shown_while_it_is_in_force() -> None:
    (row,) = rows(decisions, decision, stream="d")
    assert (row.decision_id, row.number, row.issuer, row.signed_on) == (
        "d",
        "12/QĐ-UBND",
        "UBND tỉnh",
        "2025-04-20",
    )
    assert (row.kind, row.title, row.revoked, row.valid_to) == (
        "DECISION",
        "On personnel",
        False,
        "9999-12-31",
    )
    (row,) = rows(decisions, replace(decision, effective_to=on("2026-01-01")))
    assert (row.valid_to, row.certain_to) == ("2026-01-01", "2026-01-01")


def test_a_revoked_document_ends_and_says_so() -> None:
    found = rows(decisions, decision, revoked)
    assert possible(found, "2025-08-31")
    assert not possible(found, "2025-09-01")
    assert (found[0].revoked, found[0].closed_by) == (True, "here/2")


def test_a_document_revoked_on_an_unknown_day_may_still_be_in_force() -> None:
    found = rows(decisions, decision, replace(revoked, effective_from=on("")))
    assert possible(found, "2025-09-01")
    assert not certain(found, "2025-06-01")


def test_only_a_document_in_the_register_is_revoked_and_only_one_is_registered() -> None:
    assert rows(decisions, revoked) == []
    assert [row.title for row in rows(decisions, decision, replace(decision, title="Twin"))] == [
        "On personnel"
    ]


def test_codes_are_amended_as_they_are_told() -> None:
    later = ProfileAmended(codes=(Code("hr", "43"), Code("tax", "9")), effective_from=on("2021-01-01"))
    (row,) = rows(cadres, an, later)
    assert row.codes == '[{"scheme":"hr","value":"43"},{"scheme":"tax","value":"9"}]'


def test_a_training_raises_its_own_column_and_never_lowers_it() -> None:
    done = Trained(
        training="t1",
        field=TrainingField.STATE_MGMT,
        status=TrainingStatus.COMPLETED,
        level="SPECIALIST",
        effective_from=on("2021-01-01"),
    )
    (row,) = rows(cadres, an, done)
    assert (row.state_management, row.theory) == ("SPECIALIST", "")
    unheard = replace(done, training="t2", level="SOMETHING ELSE", effective_from=on("2022-01-01"))
    (row,) = rows(cadres, an, done, unheard)
    assert row.state_management == "SPECIALIST"
    (row,) = rows(cadres, an, unheard)
    assert row.state_management == ""


def test_a_document_names_those_it_supersedes() -> None:
    (row,) = rows(decisions, replace(decision, supersedes=("1/QĐ", "2/QĐ")))
    assert row.supersedes == '["1/QĐ","2/QĐ"]'


def test_what_is_told_when_a_file_is_opened_is_shown() -> None:
    (row,) = rows(cadres, replace(an, ethnicity="Tày", home_unit="ward", degree="MASTER", theory="ADVANCED"))
    assert (row.ethnicity, row.home_unit, row.degree, row.theory) == ("Tày", "ward", "MASTER", "ADVANCED")
