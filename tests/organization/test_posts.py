"""The life of a post, and of a reorganisation."""

from functools import partial

import pytest
from msgspec.structs import replace

from services.organization.domain.decider import organization
from services.organization.domain.rejections import (
    AlreadyEnded,
    AlreadyExists,
    EdgesDoNotAddUp,
    EndsBeforeStart,
    NotFound,
    NotInExistence,
    OutOfRange,
)
from services.organization.events import (
    Edge,
    Kind,
    OrganizationFact,
    Portion,
    ReorganisationApproved,
    ReorganisationExecuted,
    Target,
)
from shared.core.normalization import Missing
from shared.testing import Given, on
from tests.organization.facts import AUTUMN, NEW_YEAR, REFORM, abolished, chair, revised, ward

given = partial(Given, organization)

WHOLE, PART, REMAINDER = Portion.WHOLE, Portion.PART, Portion.REMAINDER
plan = ReorganisationApproved(
    title="54 wards into 12",
    effective_from=NEW_YEAR,
    targets=(Target(kind=Kind.WARD, from_count=54, to_count=12),),
)
merger = ReorganisationExecuted(
    title="merger",
    effective_from=REFORM,
    edges=(Edge(source="a", target="c", portion=WHOLE), Edge(source="b", target="c", portion=WHOLE)),
)


def test_a_post_is_created_once() -> None:
    given().when(chair).then(chair)
    given(chair).when(chair).then()
    given(chair).when(replace(chair, title="Another")).rejected(AlreadyExists, id="post")
    given(ward).when(chair).rejected(AlreadyExists, id="unit")


def test_a_post_has_a_title() -> None:
    given().when(replace(chair, title="")).rejected(Missing, field="title")
    given(chair).when(replace(revised, title="")).rejected(Missing, field="title")


@pytest.mark.parametrize(("field", "value"), [("seats", -1), ("term_months", -60)])
def test_seats_and_terms_are_not_negative(field: str, value: int) -> None:
    given().when(replace(chair, **{field: value})).rejected(OutOfRange, field=field, value=value)
    given(chair).when(replace(revised, **{field: value})).rejected(OutOfRange, field=field, value=value)


def test_a_term_that_is_negative_is_named_where_the_seats_are_free() -> None:
    given().when(replace(chair, seats=0, term_months=-60)).rejected(
        OutOfRange, field="term_months", value=-60
    )


def test_as_many_seats_as_are_appointed_and_no_fixed_term_are_fine() -> None:
    free = replace(chair, seats=0, term_months=0)
    given().when(free).then(free)


@pytest.mark.parametrize("fact", [revised, abolished], ids=lambda fact: type(fact).__name__)
def test_a_post_changes_and_ends_but_only_a_post(fact: OrganizationFact) -> None:
    given(chair).when(fact).then(fact)
    given().when(fact).rejected(NotFound, expected="post")
    given(ward).when(fact).rejected(NotFound, expected="post")


def test_a_post_changes_only_while_it_exists() -> None:
    given(chair).when(replace(revised, effective_from=on("2024-12-31"))).rejected(
        NotInExistence, since=NEW_YEAR, field="effective_from", until=""
    )
    given(chair, abolished).when(replace(revised, effective_from=AUTUMN)).rejected(
        NotInExistence, until=AUTUMN, field="effective_from", since="2025-01-01"
    )
    last_day = replace(revised, effective_from=on("2025-09-30"))
    given(chair, abolished).when(last_day).then(last_day)


def test_a_post_ends_once_and_after_it_began() -> None:
    given(chair, abolished).when(replace(abolished, reason="again")).rejected(AlreadyEnded, ended=AUTUMN)
    given(chair).when(replace(abolished, effective_from=NEW_YEAR)).rejected(
        EndsBeforeStart, field="effective_from", start="2025-01-01", end="2025-01-01"
    )


def test_a_reorganisation_is_planned_amended_and_executed_once() -> None:
    given().when(plan).then(plan)
    second = replace(plan, plan_version=2)
    given(plan).when(second).then(second)
    given(plan).when(merger).then(merger)
    given().when(merger).then(merger)
    given(merger).when(merger).then()
    given(merger).when(replace(merger, title="again")).rejected(AlreadyEnded, reorganisation="executed")


def test_a_reorganisation_is_neither_a_unit_nor_a_post() -> None:
    given(ward).when(plan).rejected(AlreadyExists, id="unit")
    given(chair).when(merger).rejected(AlreadyExists, id="post")


def test_a_reorganisation_that_moves_nothing_is_none() -> None:
    given(plan).when(replace(merger, edges=())).rejected(
        EdgesDoNotAddUp, field="edges", reason="there are none"
    )


def edge(portion: Portion, clause: int = 1, target: str = "c", **shares: float) -> Edge:
    return Edge(source="a", target=target, portion=portion, clause_no=clause, **shares)


ADD_UP = {
    "the whole": (edge(WHOLE),),
    "two parts": (edge(PART, 1, "b"), edge(PART, 2, "c")),
    "a part and the remainder": (edge(PART, 1), edge(REMAINDER, 2, "b")),
    "shares that make one": (
        edge(PART, 1, "b", area_share=0.1),
        edge(PART, 2, area_share=0.2),
        edge(PART, 3, area_share=0.7),
    ),
}
WHOLE_AND_PART = {"field": "edges", "reason": "the whole of it goes one way, a part another"}
NO_EARLIER_PART = {"field": "edges", "reason": "a remainder needs an earlier part"}
DO_NOT = {
    "the whole and a part": ((edge(WHOLE), edge(PART, 2, "b")), WHOLE_AND_PART),
    "the whole twice": ((edge(WHOLE), edge(WHOLE, 2, "b")), WHOLE_AND_PART),
    "a remainder of nothing": ((edge(REMAINDER),), NO_EARLIER_PART),
    "a remainder before its part": ((edge(REMAINDER, 1), edge(PART, 2, "b")), NO_EARLIER_PART),
    "a remainder in the clause of its part": ((edge(PART, 1), edge(REMAINDER, 1, "b")), NO_EARLIER_PART),
    "more than all the land": (
        (edge(PART, 1, "b", area_share=0.6), edge(PART, 2, area_share=0.5)),
        {"field": "area_share", "total": 1.1},
    ),
    "more than all the people": (
        (edge(PART, 1, "b", population_share=0.6), edge(PART, 2, population_share=0.5)),
        {"field": "population_share", "total": 1.1},
    ),
}


@pytest.mark.parametrize("edges", ADD_UP.values(), ids=ADD_UP)
def test_clauses_that_add_up_are_accepted(edges: tuple[Edge, ...]) -> None:
    fact = replace(merger, edges=edges)
    given(plan).when(fact).then(fact)


@pytest.mark.parametrize(("edges", "case"), DO_NOT.values(), ids=DO_NOT)
def test_clauses_that_contradict_each_other_are_not_even_planned(
    edges: tuple[Edge, ...], case: dict[str, object]
) -> None:
    given(plan).when(replace(merger, edges=edges)).rejected(EdgesDoNotAddUp, source="a", **case)
    given().when(replace(plan, edges=edges)).rejected(EdgesDoNotAddUp, source="a", **case)
