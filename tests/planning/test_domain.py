"""Who may enter and leave a planning list, and what a review counts."""

from functools import partial

import pytest
from msgspec.structs import replace

from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.people import cadres
from services.chronicle.projections.planning import planning_lists
from services.chronicle.projections.posts import posts
from services.chronicle.projections.units import units
from services.organization.events import Kind, PostCreated, UnitEstablished
from services.personnel.events import Registered
from services.planning.domain.cross_stream import check
from services.planning.domain.decider import planning
from services.planning.domain.rejections import (
    AlreadyOpened,
    AlreadyPlanned,
    AlreadyRemoved,
    CountsDoNotMatch,
    EndsBeforeStart,
    EntryIdTaken,
    ListExists,
    NotInItsTime,
    NotOnTheList,
    NotOpened,
    NoYear,
    OneTitleOnly,
    RemovedBeforeAdded,
    ReviewIsClosed,
    StepsOutOfOrder,
    UnknownReference,
    VotesDoNotAddUp,
)
from services.planning.events import (
    PlannedTitle,
    PlanningFact,
    RemovalMode,
    Structure,
    Vote,
    VotingStep,
)
from shared.core.normalization import Missing
from shared.testing import FakeReadModel, Given, history, on, rejects, void
from tests.planning.facts import DECEMBER, JULY, JUNE, OPENED, an, an_out, binh, opened, reviewed

given = partial(Given, planning)


def test_a_list_is_opened_once_for_an_owner_a_title_set_and_a_term() -> None:
    given().when(opened).then(opened)
    given(opened).when(opened).then()
    given(opened).when(replace(opened, term="2020-2025")).rejected(AlreadyOpened)


@pytest.mark.parametrize("field", ["owner", "title_set", "term"])
def test_a_list_says_whose_it_is_and_for_what(field: str) -> None:
    given().when(replace(opened, **{field: " "})).rejected(Missing, field=field)


def test_a_list_ends_after_it_is_opened() -> None:
    given().when(replace(opened, until=OPENED)).rejected(EndsBeforeStart, field="until", start="2019-01-15")


@pytest.mark.parametrize("title", [PlannedTitle(), PlannedTitle(post="chair", title_code="CHAIR")])
def test_a_planned_title_is_a_post_or_a_code(title: PlannedTitle) -> None:
    given().when(replace(opened, titles=(title,))).rejected(OneTitleOnly, field="post")


def test_nobody_enters_a_list_that_is_not_open() -> None:
    for fact in (an, an_out, reviewed):
        given().when(fact).rejected(NotOpened)


def test_cadres_enter_the_list_with_their_votes() -> None:
    given(opened).when(an).then(an)
    given(opened, an).when(binh).then(binh)


def test_a_second_live_entry_for_one_title_is_refused() -> None:
    given(opened, an).when(replace(an, entry="e9", effective_from=JUNE)).rejected(
        AlreadyPlanned, entry="e1", field="cadre", since="2019-01-15"
    )


def test_one_cadre_may_be_planned_for_several_titles() -> None:
    also = replace(an, entry="e9", post="secretary")
    given(opened, an).when(also).then(also)
    by_code = replace(an, entry="e9", post="", title_code="HEAD", unit="ward")
    given(opened, an).when(by_code).then(by_code)


def test_whoever_left_the_list_may_enter_again_from_that_day() -> None:
    again = replace(an, entry="e9", effective_from=JULY)
    given(opened, an, an_out).when(again).then(again)
    given(opened, an, an_out).when(replace(again, effective_from=JUNE)).rejected(
        AlreadyPlanned, field="cadre", entry="e1", since="2019-01-15"
    )


def test_an_entry_id_belongs_to_one_entry() -> None:
    given(opened, an).when(replace(an, cadre="binh")).rejected(EntryIdTaken, entry="e1", field="entry")


@pytest.mark.parametrize("field", ["entry", "cadre"])
def test_an_entry_names_itself_and_its_cadre(field: str) -> None:
    given(opened).when(replace(an, **{field: ""})).rejected(Missing, field=field)


@pytest.mark.parametrize(("post", "code"), [("", ""), ("chair", "CHAIR")])
def test_an_entry_is_for_one_title(post: str, code: str) -> None:
    given(opened).when(replace(an, post=post, title_code=code)).rejected(OneTitleOnly, field="post")


def test_a_list_takes_nobody_before_it_opens_or_after_it_ends() -> None:
    given(opened).when(replace(an, effective_from=on("2019-01-14"))).rejected(
        NotInItsTime, opened=OPENED, field="effective_from", until=""
    )
    ending = replace(opened, until=JULY)
    given(ending).when(replace(an, effective_from=JULY)).rejected(
        NotInItsTime, until=JULY, field="effective_from", opened="2019-01-15"
    )
    last_day = replace(an, effective_from=on("2019-06-30"))
    given(ending).when(last_day).then(last_day)


@pytest.mark.parametrize(
    ("votes_for", "cast", "present"), [(11, 10, 12), (9, 13, 12), (13, None, 12), (-1, 10, 12)]
)
def test_votes_above_those_present_are_refused(votes_for: int, cast: int | None, present: int) -> None:
    vote = Vote(step=VotingStep.KEY_CADRES, votes_for=votes_for, cast=cast, present=present)
    given(opened).when(replace(an, votes=(vote,))).rejected(
        VotesDoNotAddUp, step="KEY_CADRES", field="votes", votes_for=votes_for, cast=cast, present=12
    )


@pytest.mark.parametrize("count", [None, 0, 12])
def test_votes_may_be_unknown_none_or_unanimous(count: int | None) -> None:
    votes = tuple(Vote(step=step, votes_for=count, cast=count, present=count) for step in VotingStep)
    given(opened).when(replace(an, votes=votes)).then(replace(an, votes=votes))


@pytest.mark.parametrize(
    "steps",
    [
        (VotingStep.KEY_CADRES, VotingStep.LEADERS_FIRST),
        (VotingStep.KEY_CADRES, VotingStep.KEY_CADRES),
    ],
)
def test_the_five_steps_follow_one_another(steps: tuple[VotingStep, ...]) -> None:
    votes = tuple(Vote(step=step) for step in steps)
    given(opened).when(replace(an, votes=votes)).rejected(StepsOutOfOrder, field="votes", step=steps[1].value)


def test_a_cadre_leaves_the_list_once() -> None:
    given(opened, an).when(an_out).then(an_out)
    given(opened, an, an_out).when(replace(an_out, note="again")).then()
    given(opened, an, an_out).when(replace(an_out, effective_from=DECEMBER)).rejected(
        AlreadyRemoved, field="entry", entry="e1", ended="2019-07-01"
    )
    given(opened, an, an_out, void("here/3")).when(an_out).then(an_out)


def test_nobody_leaves_a_list_who_is_not_on_it() -> None:
    given(opened).when(an_out).rejected(NotOnTheList, entry="e1", field="entry")


def test_nobody_leaves_before_or_on_the_day_of_entering() -> None:
    given(opened, an).when(replace(an_out, effective_from=OPENED)).rejected(
        RemovedBeforeAdded, field="effective_from", start="2019-01-15"
    )


def test_an_automatic_removal_names_what_it_answers() -> None:
    automatic = replace(an_out, mode=RemovalMode.AUTOMATIC)
    given(opened, an).when(automatic).rejected(Missing, field="trigger")
    answered = replace(automatic, trigger="event-7")
    given(opened, an).when(answered).then(answered)


def test_the_counts_of_a_review_are_those_of_its_own_facts() -> None:
    earlier = (opened, an, binh, an_out)
    given(*earlier).when(reviewed).then(reviewed)
    given(*earlier).when(replace(reviewed, in_count=2)).rejected(
        CountsDoNotMatch, field="in_count", counted=1, stated=2
    )
    given(*earlier).when(replace(reviewed, out_count=0)).rejected(
        CountsDoNotMatch, field="out_count", counted=1, stated=0
    )
    other = replace(reviewed, year=2018, in_count=0)
    given(*earlier).when(other).rejected(CountsDoNotMatch, field="out_count", counted=0, stated=1)


def test_the_structure_of_a_review_is_that_of_the_list() -> None:
    also = replace(an, entry="e9", post="secretary")
    right = replace(reviewed, structure=Structure(entries=2, persons=2, women=1))
    given(opened, an, binh, an_out, also).when(right).then(right)
    wrong = replace(reviewed, structure=Structure(entries=3))
    given(opened, an, binh, an_out, also).when(wrong).rejected(
        CountsDoNotMatch, stated=3, counted=2, field="structure.entries"
    )
    wrong = replace(reviewed, structure=Structure(persons=3))
    given(opened, an, binh, an_out, also).when(wrong).rejected(
        CountsDoNotMatch, stated=3, counted=2, field="structure.persons"
    )


def test_who_enters_on_the_day_of_a_review_counts_and_who_leaves_does_not() -> None:
    that_day = replace(
        reviewed, in_count=None, out_count=None, structure=Structure(entries=1), effective_from=JULY
    )
    enters = replace(binh, effective_from=JULY)
    given(opened, an, an_out, enters).when(that_day).then(that_day)


def test_a_review_is_of_a_year_and_closes_once() -> None:
    first = replace(reviewed, year=1, in_count=0, out_count=0)
    given(opened).when(first).then(first)
    given(opened).when(replace(reviewed, year=0, in_count=0, out_count=0)).rejected(
        NoYear, field="year", year=0
    )
    given(opened, an, binh, an_out, reviewed).when(replace(reviewed, note="again")).rejected(
        ReviewIsClosed, year=2019, field="review"
    )


def test_nothing_is_added_to_a_review_that_is_closed() -> None:
    earlier = (opened, an, binh, an_out, reviewed)
    late = replace(binh, entry="e3", cadre="cuc")
    given(*earlier).when(late).rejected(ReviewIsClosed, field="review", year=2019)
    out = replace(an_out, entry="e2")
    given(*earlier).when(out).rejected(ReviewIsClosed, field="review", year=2019)
    given(*earlier).when(replace(out, review=0)).then(replace(out, review=0))


def read_model() -> FakeReadModel:
    city = UnitEstablished(name="City", kind=Kind.PROVINCIAL_CITY, effective_from=OPENED)
    chair = PostCreated(unit="city", title="Chair", effective_from=OPENED)
    return FakeReadModel(
        PROJECTIONS,
        units=units.fold(history(city, stream="city")).values(),
        posts=posts.fold(history(chair, stream="chair")).values(),
        cadres=cadres.fold(history(Registered(name="An"), stream="an")).values(),
        planning_lists=planning_lists.fold(history(opened, stream="first")).values(),
    )


def test_owner_cadre_and_post_are_known_here() -> None:
    check("first", opened, read_model())
    check("first", an, read_model())
    check("first", replace(an, post="", title_code="CHAIR"), read_model())
    check("first", an_out, read_model())
    unknown: dict[str, PlanningFact] = {
        "owner": replace(opened, owner="x"),
        "cadre": replace(an, cadre="x"),
        "post": replace(an, post="x"),
    }
    for field, fact in unknown.items():
        with rejects(UnknownReference, field=field, id="x"):
            check("first", fact, read_model())


def test_there_is_one_list_for_an_owner_a_title_set_and_a_term() -> None:
    with rejects(ListExists, field="title_set", list="first"):
        check("second", opened, read_model())
    check("second", replace(opened, term="2020-2025"), read_model())
    check("second", replace(opened, title_set="BCH"), read_model())
    elsewhere = UnitEstablished(name="Ward", kind=Kind.WARD, effective_from=OPENED)
    known = FakeReadModel(
        PROJECTIONS,
        units=units.fold(history(elsewhere, stream="ward")).values(),
        planning_lists=planning_lists.fold(history(opened, stream="first")).values(),
    )
    check("second", replace(opened, owner="ward"), known)
