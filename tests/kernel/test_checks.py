"""What is proposed is put into one form before it is judged, or refused by the name of the field."""

import unicodedata
from typing import Any

import pytest
from msgspec.structs import replace

from services.organization.events import (
    Edge,
    Kind,
    OversightSet,
    Portion,
    QuotaKind,
    QuotaSet,
    ReorganisationApproved,
    ReorganisationExecuted,
    Target,
    UnitEstablished,
)
from shared.core.decider import Rejected
from shared.core.facts import Code, Fact, Finding
from shared.core.normalization import (
    BadDate,
    BadText,
    Missing,
    TooLarge,
    TooLong,
    normalize_fact,
    require_fields,
)
from shared.core.partial_dates import Day, PDate
from shared.testing import on

HOA = unicodedata.normalize("NFD", "Hoà Bình")
ward = UnitEstablished(name="Hoà Bình", kind=Kind.WARD, effective_from=on("2025-07-01"))
quota = QuotaSet(quota=QuotaKind.HEADS, amount=1)
merger = ReorganisationExecuted(title="merger", edges=(Edge(source="a", target="b", portion=Portion.WHOLE),))


def test_a_clean_fact_is_the_same_fact() -> None:
    assert normalize_fact(ward) is ward
    assert normalize_fact(merger) is merger


def test_text_is_composed_and_stripped() -> None:
    assert normalize_fact(replace(ward, name=f"  {HOA}\n")) == ward


def test_text_inside_is_composed_too() -> None:
    dirty = replace(ward, codes=(Code("name", HOA),), findings=(Finding(rule="r", reason=f" {HOA}"),))
    clean = normalize_fact(dirty)
    assert (clean.codes, clean.findings[0].reason) == ((Code("name", "Hoà Bình"),), "Hoà Bình")
    shared = OversightSet(vertical="v", territorial="t", shares={"appoint": HOA})
    assert normalize_fact(shared).shares == {"appoint": "Hoà Bình"}


def test_dates_as_people_write_them_are_stored_as_they_sort() -> None:
    assert normalize_fact(replace(ward, effective_from="1/7/2025", decided_on="30/6/2025")) == replace(
        ward, decided_on=on("2025-06-30")
    )


@pytest.mark.parametrize(
    ("fact", "field"),
    [
        (replace(ward, effective_from=on("2025")), ""),
        (replace(ward, effective_from="2025-02-30"), "effective_from"),
        (replace(ward, decided_on="2025"), "decided_on"),
        (replace(ward, decided_on=""), "decided_on"),
        (replace(quota, overage_until="soon"), "overage_until"),
        (
            ReorganisationApproved(
                title="p",
                targets=(Target(kind=Kind.WARD, from_count=2, to_count=1, due_on=Day(PDate("2025-13-01"))),),
            ),
            "due_on",
        ),
    ],
    ids=str,
)
def test_a_date_that_never_was_is_refused_by_the_name_of_its_field(fact: Fact, field: str) -> None:
    assert refused(fact, BadDate) == field


@pytest.mark.parametrize(
    ("fact", "field"),
    [
        (replace(quota, amount=10**9), ""),
        (replace(quota, amount=2**63), "amount"),
        (replace(quota, amount=-(10**30)), "amount"),
        (replace(quota, same_day_order=10**18), "same_day_order"),
        (replace(merger, edges=(replace(merger.edges[0], clause_no=2**70),)), "clause_no"),
        (replace(ward, findings=(Finding(rule="r", version=10**10),)), "version"),
    ],
    ids=[
        "a billion",
        "more than a database holds",
        "less than it holds",
        "an order",
        "inside a clause",
        "inside a finding",
    ],
)
def test_a_number_no_database_holds_is_refused(fact: Fact, field: str) -> None:
    assert refused(fact, TooLarge) == field


def test_a_text_longer_than_any_real_one_is_refused() -> None:
    assert normalize_fact(replace(ward, note="x" * 10_000))
    assert refused(replace(ward, note="x" * 10_001), TooLong) == "note"
    assert refused(replace(ward, codes=(Code("s", "x" * 10_001),)), TooLong) == "value"


def test_a_zero_character_is_refused_wherever_it_hides() -> None:
    assert refused(replace(ward, name="Hoà\0Bình"), BadText) == "name"
    assert refused(replace(ward, codes=(Code("s", "\0"),)), BadText) == "value"
    assert normalize_fact(replace(ward, note="two\nlines\tof text")).note == "two\nlines\tof text"


def test_what_may_not_be_empty_is_named() -> None:
    require_fields(name="x", title="y")
    with pytest.raises(Missing) as refused_:
        require_fields(name="x", title=" ")
    assert refused_.value.case == {"field": "title"}


def test_a_rejection_reads_as_a_sentence_with_the_case() -> None:
    error = TooLong(field="note", length=3)
    assert (error.rule, error.title) == ("TooLong", "This text is longer than any real one.")
    assert str(error) == "This text is longer than any real one. (field: note, length: 3)"
    assert str(TooLong()) == error.title


def refused(fact: Any, rule: type[Rejected]) -> str:
    """The field at fault; empty when the fact is fine."""
    try:
        normalize_fact(fact)
    except rule as error:
        return str(error.case["field"])
    return ""
