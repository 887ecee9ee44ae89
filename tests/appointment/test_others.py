"""What appointment must know of others, and what it answers them."""

import pytest
from msgspec.structs import replace

from services.appointment.domain.cross_stream import check
from services.appointment.domain.rejections import PostNotInExistence, UnknownReference
from services.appointment.events import EndReason, TenureEnded
from services.appointment.reactions import end_tenures
from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.people import cadres
from services.chronicle.projections.posts import posts
from services.chronicle.projections.tenures import tenures
from services.organization.events import (
    DissolutionReason,
    OrganizationFact,
    PostAbolished,
    PostCreated,
    PostRevised,
    UnitDissolved,
)
from services.personnel.events import Registered
from shared.core.decider import EmptyReadModel
from shared.testing import FakeReadModel, history, on, recorded, rejects
from tests.appointment.facts import JUNE, beside, chair, left, suspended

created = PostCreated(unit="ward", title="Chair", effective_from=on("2025-01-01"))
revised = PostRevised(title="Chairman", effective_from=JUNE)
abolished = PostAbolished(reason="merger", effective_from=on("2025-12-01"), decision="d7")
dissolved = UnitDissolved(reason=DissolutionReason.MERGED, effective_from=on("2025-12-01"), decision="d8")
ON_FILE = list(cadres.fold(history(Registered(name="An"), stream="an")).values())


def knows_post(*facts: OrganizationFact) -> FakeReadModel:
    return FakeReadModel(
        PROJECTIONS, cadres=ON_FILE, posts=posts.fold(history(*facts, stream="chair")).values()
    )


def test_a_cadre_on_file_may_take_up_a_post_that_exists() -> None:
    check("an", chair, knows_post(created))
    check("an", chair, knows_post(created, revised))


def test_the_cadre_must_be_on_file() -> None:
    with rejects(UnknownReference, field="cadre", id="binh"):
        check("binh", chair, knows_post(created))
    with rejects(UnknownReference, field="cadre", id="an"):
        check("an", left, EmptyReadModel())


def test_the_post_must_be_known() -> None:
    with rejects(UnknownReference, field="post", id="chair"):
        check("an", chair, FakeReadModel(PROJECTIONS, cadres=ON_FILE))
    with rejects(UnknownReference, field="post", id="other"):
        check("an", replace(chair, post="other"), knows_post(created))


@pytest.mark.parametrize("day", ["2024-12-31", "2025-12-01", "2024", "2026"])
def test_the_post_must_exist_on_the_day_it_is_taken_up(day: str) -> None:
    with rejects(PostNotInExistence, field="post", id="chair", when=day):
        check("an", replace(chair, effective_from=on(day)), knows_post(created, abolished))


@pytest.mark.parametrize("day", ["2025-01-01", "2025-11-30", "2025", "", "~2024"])
def test_a_date_on_which_the_post_may_exist_is_good_enough(day: str) -> None:
    check("an", replace(chair, effective_from=on(day)), knows_post(created, abolished))


def knows_holders(*facts: object, post_facts: tuple[OrganizationFact, ...] = (created,)) -> FakeReadModel:
    return FakeReadModel(
        PROJECTIONS,
        tenures=tenures.fold(history(*facts, stream="an")).values(),
        posts=posts.fold(history(*post_facts, stream="chair")).values(),
    )


def test_an_abolished_post_ends_the_tenure_of_whoever_holds_it() -> None:
    ended = TenureEnded(
        tenure="t1", effective_from=abolished.effective_from, reason=EndReason.POST_ABOLISHED, decision="d7"
    )
    assert end_tenures(recorded(abolished, 2, stream="chair"), knows_holders(chair, beside)) == (
        ("an", ended),
    )


def test_a_post_abolished_by_a_reorganisation_ends_with_its_unit() -> None:
    event = recorded(replace(abolished, reorganisation="r1"), 2, stream="chair")
    ((_, ended),) = end_tenures(event, knows_holders(chair))
    assert isinstance(ended, TenureEnded)
    assert ended.reason is EndReason.UNIT_ABOLISHED


def test_a_dissolved_unit_ends_the_tenures_in_all_its_posts_once() -> None:
    event = recorded(dissolved, 2, stream="ward")
    answers = end_tenures(event, knows_holders(chair, suspended, post_facts=(created, revised)))
    ended = TenureEnded(
        tenure="t1", effective_from=dissolved.effective_from, reason=EndReason.UNIT_ABOLISHED, decision="d8"
    )
    assert answers == (("an", ended),)


def test_who_has_left_or_not_come_yet_is_left_alone() -> None:
    event = recorded(abolished, 2, stream="chair")
    assert end_tenures(event, knows_holders(chair, left)) == ()
    assert end_tenures(event, knows_holders(replace(chair, effective_from=on("2026-01-01")))) == ()


def test_other_facts_are_not_answered() -> None:
    assert end_tenures(recorded(created, 1, stream="chair"), knows_holders(chair)) == ()
