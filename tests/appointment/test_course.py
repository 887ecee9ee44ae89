"""What may happen while a post is held: another term, suspension, the end, a nomination."""

from functools import partial

import pytest
from msgspec.structs import replace

from services.appointment.domain.decider import appointment
from services.appointment.domain.rejections import (
    AlreadyEnded,
    AlreadyNominated,
    AlreadySuspended,
    EndsBeforeStart,
    NoSuchTenure,
    NotHeldThen,
    NotSuspended,
    SamePostTwice,
    TenureIdTaken,
    TwoPrimaryPosts,
    WrongTermNumber,
)
from services.appointment.events import EndReason, Nominated, Reappointed, TenureEnded
from shared.core.normalization import Missing
from shared.testing import Given, on, void
from tests.appointment.facts import (
    IN_FIVE_YEARS,
    JULY,
    JUNE,
    MAY,
    chair,
    left,
    reinstated,
    secretary,
    suspended,
)

given = partial(Given, appointment)

again = Reappointed(
    tenure="t2", previous="t1", term_no=2, effective_from=IN_FIVE_YEARS, decision="d2", decided_on=JULY
)
expired = TenureEnded(
    tenure="t1",
    effective_from=IN_FIVE_YEARS,
    reason=EndReason.TERM_EXPIRED,
    next_tenure="t2",
    decision="d2",
    decided_on=JULY,
)
nominated = Nominated(nomination="n1", election="term X", effective_from=JUNE)


def test_a_second_term_ends_the_first_on_the_day_it_starts() -> None:
    given(chair).when(again).then(expired, again)


def test_a_second_term_after_an_ended_first_says_only_itself() -> None:
    given(chair, expired).when(again).then(again)


def test_a_second_term_is_said_once() -> None:
    given(chair, expired, again).when(again).then()


def test_only_a_tenure_on_record_is_renewed() -> None:
    given().when(again).rejected(NoSuchTenure, tenure="t1", field="tenure")


@pytest.mark.parametrize("number", [1, 3])
def test_terms_count_up_by_one(number: int) -> None:
    given(chair).when(replace(again, term_no=number)).rejected(WrongTermNumber, expected=2, field="term_no")


def test_a_third_term_follows_the_second() -> None:
    third = replace(again, tenure="t3", previous="t2", term_no=3, effective_from=on("2035-05-01"))
    given(chair, expired, again).when(third).then(
        replace(expired, tenure="t2", next_tenure="t3", effective_from=on("2035-05-01")), third
    )


def test_a_second_term_is_held_as_the_first_was() -> None:
    other = replace(secretary, tenure="t9", effective_from=on("2030-01-01"))
    given(chair, expired, again).when(replace(other, effective_from=on("2031-01-01"))).rejected(
        TwoPrimaryPosts, tenure="t2", post="chair"
    )
    given(chair, left, other).when(again).rejected(TwoPrimaryPosts, tenure="t9", post="secretary")


def test_a_second_term_needs_an_id_of_its_own() -> None:
    given(chair).when(replace(again, tenure="t1")).rejected(TenureIdTaken, field="tenure", tenure="t1")
    given(chair).when(replace(again, tenure="")).rejected(Missing, field="tenure")


def test_a_second_term_cannot_start_before_the_first() -> None:
    given(chair).when(replace(again, effective_from=MAY)).rejected(
        EndsBeforeStart, start=MAY, field="effective_from"
    )


def test_a_second_term_may_start_in_the_month_of_the_first() -> None:
    in_may = replace(again, effective_from=on("2025-05"))
    given(replace(chair, effective_from=on("2025-05"))).when(in_may).then(
        replace(expired, effective_from=on("2025-05")), in_may
    )


def test_a_second_term_cannot_start_inside_an_ended_first() -> None:
    given(chair, left).when(replace(again, effective_from=JUNE)).rejected(
        SamePostTwice, field="post", tenure="t1", since="2025-05-01", until="2025-07-01"
    )


def test_a_tenure_ends() -> None:
    given(chair).when(left).then(left)


def test_a_tenure_lasts_a_day_at_least() -> None:
    given(chair).when(replace(left, effective_from=MAY)).rejected(
        EndsBeforeStart, start=MAY, end=MAY, field="effective_from"
    )
    a_day = replace(left, effective_from=on("2025-05-02"))
    given(chair).when(a_day).then(a_day)


@pytest.mark.parametrize("end", ["2025", "2025-05", "", "~", "..2025-06-30"])
def test_an_end_that_may_come_after_the_start_is_accepted(end: str) -> None:
    fact = replace(left, effective_from=on(end))
    given(chair).when(fact).then(fact)


@pytest.mark.parametrize("end", ["2024", "2025-04", "..2025-05-01"])
def test_an_end_that_cannot_come_after_the_start_is_not(end: str) -> None:
    given(chair).when(replace(left, effective_from=on(end))).rejected(
        EndsBeforeStart, field="effective_from", start="2025-05-01"
    )


def test_only_a_tenure_on_record_ends() -> None:
    given().when(left).rejected(NoSuchTenure, field="tenure", tenure="t1")


def test_the_same_end_in_other_words_says_nothing_new() -> None:
    given(chair, left).when(replace(left, note="seen again")).then()


def test_a_tenure_ends_once() -> None:
    given(chair, left).when(replace(left, effective_from=on("2025-08-01"))).rejected(
        AlreadyEnded, ended=JULY, tenure="t1"
    )


def test_after_its_end_is_voided_a_tenure_may_end_otherwise() -> None:
    otherwise = replace(left, effective_from=on("2025-08-01"))
    given(chair, left, void("here/2")).when(otherwise).then(otherwise)


def test_a_cadre_is_suspended_and_reinstated() -> None:
    given(chair).when(suspended).then(suspended)
    given(chair, suspended).when(reinstated).then(reinstated)


def test_nobody_is_suspended_twice_or_reinstated_for_nothing() -> None:
    given(chair, suspended).when(replace(suspended, reason="again")).rejected(AlreadySuspended, tenure="t1")
    given(chair).when(reinstated).rejected(NotSuspended, tenure="t1")


def test_only_the_holder_is_suspended() -> None:
    given().when(suspended).rejected(NoSuchTenure, field="tenure", tenure="t1")
    given(chair).when(replace(suspended, effective_from=on("2025-04-30"))).rejected(
        NotHeldThen, start=MAY, field="effective_from", end=""
    )
    given(chair, left).when(replace(suspended, effective_from=JULY)).rejected(
        NotHeldThen, end=JULY, field="effective_from", start="2025-05-01"
    )
    first_day = replace(suspended, effective_from=MAY)
    given(chair).when(first_day).then(first_day)
    last_day = replace(suspended, effective_from=on("2025-06-30"))
    given(chair, left).when(last_day).then(last_day)


def test_a_nomination_is_recorded_once() -> None:
    given().when(nominated).then(nominated)
    given(nominated).when(replace(nominated, post="deputy")).rejected(AlreadyNominated)


@pytest.mark.parametrize("field", ["nomination", "election"])
def test_a_nomination_names_itself_and_its_election(field: str) -> None:
    given().when(replace(nominated, **{field: ""})).rejected(Missing, field=field)
