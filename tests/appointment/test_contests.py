"""Competitions for a post: who may compete, and who may win."""

from functools import partial

from msgspec.structs import replace

from services.appointment.domain.cross_stream import check
from services.appointment.domain.decider import appointment
from services.appointment.domain.rejections import (
    ContestClosed,
    ContestExists,
    EndsBeforeStart,
    NoSuchContest,
    NotACandidate,
    UnknownReference,
)
from services.appointment.events import Candidate, ContestConcluded, ContestOpened
from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.people import cadres
from services.chronicle.projections.posts import posts
from services.organization.events import PostCreated
from services.personnel.events import Registered
from shared.core.decider import EmptyReadModel
from shared.core.partial_dates import PDate
from shared.testing import FakeReadModel, Given, history, rejects

given = partial(Given, appointment)
MAY, JUNE = PDate("2022-05-04"), PDate("2022-06-13")
TWO = (Candidate(cadre="an", post="deputy-1"), Candidate(cadre="binh", post="deputy-2"))
opened = ContestOpened(effective_from=MAY, title="Thi tuyển Hiệu trưởng", post="head", candidates=TWO)
concluded = ContestConcluded(effective_from=JUNE, winner="an", scores={"an": 91.5, "binh": 88.0})


def test_a_contest_is_opened_and_concluded_once() -> None:
    given().when(opened).then(opened)
    given(opened).when(concluded).then(concluded)
    given(opened).when(opened.__class__(effective_from=JUNE, title="Lần nữa")).rejected(ContestExists)
    given(opened, concluded).when(ContestConcluded(effective_from=JUNE)).rejected(ContestClosed)


def test_nobody_may_be_chosen() -> None:
    given(opened).when(ContestConcluded(effective_from=JUNE)).then(ContestConcluded(effective_from=JUNE))


def test_only_candidates_win_or_have_scores() -> None:
    given(opened).when(ContestConcluded(effective_from=JUNE, winner="chi")).rejected(
        NotACandidate, field="winner", cadre="chi"
    )
    given(opened).when(ContestConcluded(effective_from=JUNE, scores={"chi": 5.0})).rejected(
        NotACandidate, field="scores", cadre="chi"
    )


def test_each_candidate_is_named_once() -> None:
    twice = ContestOpened(effective_from=MAY, title="Thi tuyển", candidates=(TWO[0], TWO[0]))
    given().when(twice).rejected(NotACandidate, field="candidates", named=2, different=1)


def test_what_was_not_opened_is_not_concluded_nor_before_it_was() -> None:
    given().when(concluded).rejected(NoSuchContest)
    given(opened).when(ContestConcluded(effective_from=PDate("2022-05-01"))).rejected(
        EndsBeforeStart, field="effective_from", start="2022-05-04", end="2022-05-01"
    )


def test_candidates_are_on_file_and_the_post_is_known() -> None:
    an, binh = (
        next(iter(cadres.fold(history(Registered(name=name), stream=name)).values()))
        for name in ("an", "binh")
    )
    head = posts.fold(history(PostCreated(unit="school", title="Hiệu trưởng"), stream="head")).values()
    known = FakeReadModel(PROJECTIONS, cadres=[an, binh], posts=head)
    check("contest", opened, known)
    check("contest", replace(opened, post=""), FakeReadModel(PROJECTIONS, cadres=[an, binh]))
    with rejects(UnknownReference, field="post", id="other"):
        check("contest", replace(opened, post="other"), known)
    with rejects(UnknownReference, field="candidates", id="binh"):
        check("contest", opened, FakeReadModel(PROJECTIONS, cadres=[an], posts=head))


def test_a_contest_is_concluded_without_a_look_elsewhere() -> None:
    check("contest", concluded, EmptyReadModel())
