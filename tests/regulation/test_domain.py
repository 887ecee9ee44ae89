"""A document enters the register once, and may be revoked once."""

from functools import partial

import pytest
from msgspec.structs import replace

from services.regulation.domain.decider import regulation
from services.regulation.domain.rejections import (
    AlreadyRegistered,
    AlreadyRevoked,
    NotInRegister,
    RevokedBeforeInForce,
)
from services.regulation.events import DecisionRegistered, DecisionRevoked, DocumentKind
from shared.core.normalization import Missing
from shared.testing import Given, on, void

given = partial(Given, regulation)

decision = DecisionRegistered(
    number="12/QĐ-UBND",
    issuer="UBND tỉnh",
    signed_on=on("2025-04-20"),
    kind=DocumentKind.DECISION,
    title="On personnel",
    effective_from=on("2025-05-01"),
)
revoked = DecisionRevoked(reason="superseded", effective_from=on("2025-09-01"))


def test_a_document_is_registered_once() -> None:
    given().when(decision).then(decision)
    given(decision).when(decision).then()
    given(decision).when(replace(decision, title="Other")).rejected(AlreadyRegistered, number="12/QĐ-UBND")


@pytest.mark.parametrize("field", ["number", "issuer", "title"])
def test_a_document_has_a_number_an_issuer_and_a_title(field: str) -> None:
    given().when(replace(decision, **{field: " "})).rejected(Missing, field=field)


def test_a_document_is_revoked_once() -> None:
    given(decision).when(revoked).then(revoked)
    given(decision, revoked).when(revoked).then()
    given(decision, revoked).when(replace(revoked, reason="again")).rejected(AlreadyRevoked)


def test_only_a_document_in_the_register_is_revoked() -> None:
    given().when(revoked).rejected(NotInRegister)
    given(decision, void("here/1")).when(revoked).rejected(NotInRegister)


@pytest.mark.parametrize("date", ["2025-05-01", "2025-04", "2024", "..2025-05-01"])
def test_a_document_is_not_revoked_before_it_is_in_force(date: str) -> None:
    given(decision).when(replace(revoked, effective_from=on(date))).rejected(
        RevokedBeforeInForce, field="effective_from", in_force="2025-05-01"
    )


@pytest.mark.parametrize("date", ["2025-05-02", "2025-05", "2025", "", "~"])
def test_a_revocation_that_may_have_come_in_time_is_accepted(date: str) -> None:
    fact = replace(revoked, effective_from=on(date))
    given(decision).when(fact).then(fact)
