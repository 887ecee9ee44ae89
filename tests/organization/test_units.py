"""The life of a unit."""

from functools import partial

import pytest
from msgspec.structs import replace

from services.organization.domain.decider import organization
from services.organization.domain.rejections import (
    AlreadyEnded,
    AlreadyExists,
    EndsBeforeStart,
    KindNotInForce,
    NotFound,
    NotInExistence,
    OutOfRange,
    OverageWithoutDeadline,
)
from services.organization.events import (
    Kind,
    OrganizationFact,
    OversightSet,
    QuotaKind,
    QuotaSet,
    ReorganisationApproved,
    UnitRenamed,
)
from shared.core.normalization import Missing
from shared.testing import Given, on
from tests.organization.facts import (
    AUTUMN,
    MAY,
    NEW_YEAR,
    REFORM,
    chair,
    dissolved,
    reclassified,
    renamed,
    reparented,
    ward,
)

given = partial(Given, organization)

oversight = OversightSet(vertical="ministry", territorial="city", effective_from=MAY)
quota = QuotaSet(quota=QuotaKind.DEPUTIES, amount=2, effective_from=MAY)
CHANGES = [renamed, reparented, reclassified, dissolved, oversight, quota]
every_change = pytest.mark.parametrize("change", CHANGES, ids=lambda fact: type(fact).__name__)


def test_a_unit_is_established_once() -> None:
    given().when(ward).then(ward)
    given(ward).when(ward).then()
    given(ward).when(replace(ward, name="Another")).rejected(AlreadyExists, id="unit")


def test_an_id_is_not_shared_by_different_things() -> None:
    given(chair).when(ward).rejected(AlreadyExists, id="post")
    given(ReorganisationApproved(title="plan")).when(ward).rejected(AlreadyExists, id="reorganisation")


def test_a_unit_has_a_name() -> None:
    given().when(replace(ward, name=" ")).rejected(Missing, field="name")


@every_change
def test_a_unit_changes_and_ends(change: OrganizationFact) -> None:
    given(ward).when(change).then(change)


def test_a_unit_that_changed_still_ends() -> None:
    changes = (renamed, reparented, reclassified, oversight, quota)
    given(ward, *changes).when(dissolved).then(dissolved)


@every_change
def test_only_a_unit_changes_as_a_unit(change: OrganizationFact) -> None:
    given().when(change).rejected(NotFound, expected="unit")
    given(chair).when(change).rejected(NotFound, expected="unit")


@every_change
def test_nothing_changes_before_it_exists(change: OrganizationFact) -> None:
    rule = EndsBeforeStart if change is dissolved else NotInExistence
    given(ward).when(replace(change, effective_from=on("2024-12-31"))).rejected(rule, field="effective_from")


@pytest.mark.parametrize(
    "change", [renamed, reparented, reclassified, oversight, quota], ids=lambda fact: type(fact).__name__
)
def test_nothing_changes_once_it_has_ended(change: OrganizationFact) -> None:
    given(ward, dissolved).when(replace(change, effective_from=AUTUMN)).rejected(
        NotInExistence, until=AUTUMN, field="effective_from", since="2025-01-01"
    )
    learnt_late = replace(change, effective_from=on("2025-09-30"))
    given(ward, dissolved).when(learnt_late).then(learnt_late)


@pytest.mark.parametrize("date", ["", "~2025", "..2025-12-31"])
def test_a_change_that_could_stand_before_the_beginning_is_asked_for_more_precisely(date: str) -> None:
    since = replace(ward, effective_from=on("2025"))
    given(since).when(replace(renamed, effective_from=on(date))).rejected(
        NotInExistence, field="effective_from", since="2025", until=""
    )


@pytest.mark.parametrize("date", ["2025", "2025-10"])
def test_a_change_that_may_have_been_in_time_is_accepted(date: str) -> None:
    fact = replace(renamed, effective_from=on(date))
    given(replace(ward, effective_from=on("2025")), replace(dissolved, effective_from=on("2026"))).when(
        fact
    ).then(fact)


def test_a_unit_ends_once_and_after_it_began() -> None:
    given(ward, dissolved).when(replace(dissolved, effective_from=on("2026-01-01"))).rejected(
        AlreadyEnded, ended=AUTUMN
    )
    given(ward).when(replace(dissolved, effective_from=NEW_YEAR)).rejected(
        EndsBeforeStart, start=NEW_YEAR, field="effective_from", end="2025-01-01"
    )
    given(ward).when(replace(dissolved, effective_from=on("2025"))).then(
        replace(dissolved, effective_from=on("2025"))
    )


DISTRICTS = (
    Kind.URBAN_DISTRICT,
    Kind.RURAL_DISTRICT,
    Kind.DISTRICT_TOWN,
    Kind.PROVINCIAL_CITY,
    Kind.SUB_CITY,
    Kind.TOWNSHIP,
)


@pytest.mark.parametrize("kind", DISTRICTS)
def test_districts_and_townships_ended_with_the_reform(kind: Kind) -> None:
    last_day = replace(ward, kind=kind, effective_from=on("2025-06-30"))
    given().when(last_day).then(last_day)
    given().when(replace(last_day, effective_from=REFORM)).rejected(
        KindNotInForce, kind=kind.value, field="kind", from_="0001-01-01", until="2025-07-01"
    )
    given(ward).when(replace(reclassified, kind=kind)).rejected(
        KindNotInForce, field="kind", from_="0001-01-01", until="2025-07-01"
    )


@pytest.mark.parametrize("day", ["1979-05-30", "1991-08-11"])
def test_special_zones_existed_until_1991(day: str) -> None:
    zone = replace(ward, kind=Kind.SPECIAL_ZONE, effective_from=on(day))
    given().when(zone).then(zone)


@pytest.mark.parametrize("day", ["1991-08-12", "2020-01-01", "2025-06-30"])
def test_special_zones_began_again_with_the_reform(day: str) -> None:
    zone = replace(ward, kind=Kind.SPECIAL_ZONE, effective_from=REFORM)
    given().when(zone).then(zone)
    given().when(replace(zone, effective_from=on(day))).rejected(
        KindNotInForce,
        kind="SPECIAL_ZONE",
        field="kind",
        vi="đặc khu",
        from_="2025-07-01",
        until="9999-12-31",
    )


@pytest.mark.parametrize("kind", [Kind.TOWNSHIP, Kind.SPECIAL_ZONE])
@pytest.mark.parametrize("date", ["2025", "", "~"])
def test_a_kind_is_refused_only_where_no_reading_of_the_date_allows_it(kind: Kind, date: str) -> None:
    fact = replace(ward, kind=kind, effective_from=on(date))
    given().when(fact).then(fact)


def test_a_renaming_may_correct_the_spelling() -> None:
    spelling = UnitRenamed(name="Phường Cốc Lếu", change="SPELLING", effective_from=NEW_YEAR)
    given(ward).when(spelling).then(spelling)


def test_two_parents_are_both_named() -> None:
    given(ward).when(replace(oversight, vertical="")).rejected(Missing, field="vertical")
    given(ward).when(replace(oversight, territorial="")).rejected(Missing, field="territorial")


def test_a_quota_is_not_negative_and_an_overage_has_a_deadline() -> None:
    given(ward).when(replace(quota, amount=-1)).rejected(OutOfRange, value=-1, field="amount")
    given(ward).when(replace(quota, overage_allowed=-2)).rejected(OutOfRange, value=-2, field="amount")
    given(ward).when(replace(quota, overage_allowed=1)).rejected(
        OverageWithoutDeadline, field="overage_until"
    )
    none = replace(quota, amount=0)
    given(ward).when(none).then(none)
    for_a_while = replace(quota, overage_allowed=1, overage_until=on("2030-07-01"))
    given(ward).when(for_a_while).then(for_a_while)
