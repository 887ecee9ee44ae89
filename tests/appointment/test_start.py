"""Taking up a post: by appointment, by election, by designation."""

from functools import partial

import pytest
from msgspec.structs import replace

from services.appointment.domain.decider import appointment
from services.appointment.domain.rejections import (
    SamePostTwice,
    TenureIdTaken,
    TwoPrimaryPosts,
    VotesDoNotAddUp,
)
from services.appointment.events import Appointed, Designated, Elected, Holding
from shared.core.facts import Finding
from shared.core.normalization import Missing
from shared.testing import Given, on
from tests.appointment.facts import JULY, JUNE, MAY, beside, chair, left, secretary

given = partial(Given, appointment)

elected = Elected(
    tenure="t2", post="deputy", election="term X", effective_from=JULY, votes_for=40, votes_cast=50
)
designated = Designated(
    tenure="t2", post="chair", authority="city", legal_basis="Law 72", effective_from=JULY
)


@pytest.mark.parametrize("fact", [chair, elected, designated], ids=lambda fact: type(fact).__name__)
def test_someone_without_a_post_may_take_one_up(fact: Appointed) -> None:
    given().when(fact).then(fact)


def test_what_was_said_already_is_not_said_again() -> None:
    given(chair).when(chair).then()


def test_a_tenure_id_belongs_to_one_tenure() -> None:
    given(chair).when(replace(chair, post="other")).rejected(TenureIdTaken, tenure="t1", field="tenure")


@pytest.mark.parametrize("field", ["tenure", "post"])
def test_a_tenure_needs_an_id_and_a_post(field: str) -> None:
    given().when(replace(chair, **{field: " "})).rejected(Missing, field=field)


def test_nobody_holds_two_primary_posts_at_once() -> None:
    given(chair).when(secretary).rejected(
        TwoPrimaryPosts, tenure="t1", post="chair", field="holding", since="2025-05-01"
    )


def test_a_second_post_may_be_held_concurrently() -> None:
    given(chair).when(beside).then(beside)


def test_an_acting_post_beside_a_primary_one_is_no_breach() -> None:
    acting = replace(secretary, holding=Holding.ACTING)
    given(chair).when(acting).then(acting)


def test_nobody_holds_the_same_post_twice_at_once() -> None:
    again = replace(beside, post="chair")
    given(chair).when(again).rejected(SamePostTwice, tenure="t1", field="post", since="2025-05-01", until="")


def test_nobody_takes_up_the_same_post_twice_on_one_day() -> None:
    again = replace(beside, post="chair", effective_from=MAY)
    given(chair).when(again).rejected(SamePostTwice, tenure="t1")


def test_the_same_post_twice_is_recorded_where_somebody_answers_for_it() -> None:
    answered = replace(
        beside, post="chair", findings=(Finding("SamePostTwice", overridden_by="head of board"),)
    )
    given(chair).when(answered).then(answered)


def test_an_earlier_term_in_the_same_post_may_be_learnt_later() -> None:
    earlier = replace(beside, post="chair", effective_from=on("2010-01-01"))
    given(chair).when(earlier).then(earlier)


def test_the_next_post_may_start_on_the_day_the_last_one_ends() -> None:
    next_day = replace(secretary, effective_from=JULY)
    given(chair, left).when(next_day).then(next_day)


def test_the_next_post_may_not_start_the_day_before_the_last_one_ends() -> None:
    given(chair, left).when(replace(secretary, effective_from=on("2025-06-30"))).rejected(
        TwoPrimaryPosts, field="holding", tenure="t1", post="chair", since="2025-05-01"
    )


def test_a_post_learnt_of_late_must_fit_between_the_others() -> None:
    before = replace(secretary, effective_from=on("2024-01-01"))
    given(chair).when(before).rejected(
        TwoPrimaryPosts, field="holding", tenure="t1", post="chair", since="2025-05-01"
    )


def test_dates_that_only_may_overlap_are_given_the_benefit_of_the_doubt() -> None:
    some_day = replace(secretary, effective_from=on("2025"))
    given(chair, left).when(some_day).then(some_day)


def test_two_starts_of_unknown_date_overlap_for_certain_only_at_the_end_of_time() -> None:
    unknown = replace(secretary, effective_from=on(""))
    given(chair).when(unknown).then(unknown)


def test_an_overlap_that_somebody_answers_for_is_recorded() -> None:
    answered = replace(
        secretary,
        findings=(Finding("TwoPrimaryPosts", overridden_by="head of board", reason="so in the source"),),
    )
    given(chair).when(answered).then(answered)


def test_a_finding_that_nobody_answers_for_excuses_nothing() -> None:
    unanswered = replace(secretary, findings=(Finding("TwoPrimaryPosts"),))
    given(chair).when(unanswered).rejected(
        TwoPrimaryPosts, field="holding", tenure="t1", post="chair", since="2025-05-01"
    )


@pytest.mark.parametrize(("won", "cast"), [(51, 50), (1, 0)])
def test_nobody_wins_more_votes_than_were_cast(won: int, cast: int) -> None:
    given().when(replace(elected, votes_for=won, votes_cast=cast)).rejected(
        VotesDoNotAddUp, votes_for=won, votes_cast=cast, field="votes_for"
    )


@pytest.mark.parametrize(("won", "cast"), [(50, 50), (None, 50), (40, None), (None, None)])
def test_votes_may_be_unknown_or_unanimous(won: int | None, cast: int | None) -> None:
    fact = replace(elected, votes_for=won, votes_cast=cast)
    given().when(fact).then(fact)


def test_someone_who_left_may_return_to_the_same_post() -> None:
    back = replace(chair, tenure="t9", effective_from=on("2026-01-01"))
    given(chair, left).when(back).then(back)


def test_months_of_a_year_are_compared_as_intervals() -> None:
    fact = replace(secretary, effective_from=on("2025-07"))
    given(replace(chair, effective_from=MAY), replace(left, effective_from=on("2025-07"))).when(fact).then(
        fact
    )
    given(chair).when(replace(fact, effective_from=JUNE)).rejected(
        TwoPrimaryPosts, field="holding", tenure="t1", post="chair", since="2025-05-01"
    )


def test_a_fact_is_the_same_whatever_rules_found_about_it() -> None:
    found = replace(chair, findings=(Finding("SEATS"),))
    given(found).when(chair).then()
    given(found).when(replace(chair, findings=(Finding("NOT_LOCAL"),))).then()
    given(found).when(replace(chair, post="other")).rejected(TenureIdTaken, tenure="t1")
