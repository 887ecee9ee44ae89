"""Whoever holds a post is on file, once."""

from functools import partial

import pytest
from msgspec.structs import replace

from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.people import cadres
from services.personnel.domain.cross_stream import check
from services.personnel.domain.decider import personnel
from services.personnel.domain.rejections import AlreadyRegistered, BornInTheFuture, SamePerson
from services.personnel.events import Category, Registered
from shared.core.normalization import BadDate, Missing
from shared.testing import FakeReadModel, Given, history, on, rejects, void

given = partial(Given, personnel)

an = Registered(
    name="Nguyễn Văn An", birth="1980-02-29", category=Category.CADRE, effective_from=on("2020-01-01")
)


def test_a_cadre_is_put_on_file_once() -> None:
    given().when(an).then(an)
    given(an).when(an).then()
    given(an).when(replace(an, name="Nguyễn Văn Ân")).rejected(AlreadyRegistered)


def test_a_file_opened_by_mistake_may_be_opened_again() -> None:
    other = replace(an, name="Nguyễn Văn Ân")
    given(an, void("here/1")).when(other).then(other)


def test_a_cadre_has_a_name() -> None:
    given().when(replace(an, name="  ")).rejected(Missing, field="name")


@pytest.mark.parametrize("birth", ["1980", "1980-02", "29/2/1980", "2/1980", "", "~1980"])
def test_a_birth_may_be_known_roughly_or_not_at_all(birth: str) -> None:
    fact = replace(an, birth=birth)
    given().when(fact).then(fact)


@pytest.mark.parametrize("birth", ["1981-02-29", "1980-13", "yesterday"])
def test_a_birth_is_a_date_of_the_calendar(birth: str) -> None:
    given().when(replace(an, birth=birth)).rejected(BadDate, field="birth")


@pytest.mark.parametrize(
    ("birth", "opened"), [("2020-01-02", "2020-01-01"), ("2021", "2020"), ("2020-02", "..2020-01-31")]
)
def test_nobody_is_born_after_their_file_was_opened(birth: str, opened: str) -> None:
    given().when(replace(an, birth=birth, effective_from=on(opened))).rejected(BornInTheFuture, field="birth")


@pytest.mark.parametrize(
    ("birth", "opened"),
    [("1980", "..2025-06-30"), ("2020-12-31", "2020"), ("1980", ""), ("", "2020"), ("1980-01-01", "~")],
)
def test_dates_that_may_be_in_order_are_given_the_benefit_of_the_doubt(birth: str, opened: str) -> None:
    fact = replace(an, birth=birth, effective_from=on(opened))
    given().when(fact).then(fact)


def test_one_national_id_belongs_to_one_cadre() -> None:
    with_identity = replace(an, identity="keyed hash")
    known = FakeReadModel(PROJECTIONS, cadres=cadres.fold(history(with_identity, stream="an")).values())
    check("an", with_identity, known)
    check("binh", an, known)
    with rejects(SamePerson, field="national_id", cadre="an"):
        check("binh", with_identity, known)
    check("binh", replace(an, identity="another hash"), known)
