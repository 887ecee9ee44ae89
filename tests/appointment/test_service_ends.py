"""Leaving service ends what is held; a merged file keeps its past and starts nothing new."""

import pytest
from msgspec.structs import replace

from services.appointment.domain.cross_stream import check
from services.appointment.domain.rejections import MergedAway, OutOfService, SamePostTwice, TwoPrimaryPosts
from services.appointment.events import EndReason, Holding, Reappointed, TenureEnded
from services.appointment.reactions import end_service
from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.files import away, merged_records
from services.chronicle.projections.people import cadres
from services.chronicle.projections.posts import posts
from services.chronicle.projections.tenures import tenures
from services.chronicle.rows import CADRES, POSTS
from services.organization.events import PostCreated
from services.personnel.events import (
    PersonnelFact,
    RecordsMerged,
    Registered,
    ServiceEnd,
    ServiceEnded,
    ServiceResumed,
)
from shared.core.facts import Finding
from shared.testing import FakeReadModel, history, on, recorded, rejects
from tests.appointment.facts import JULY, beside, chair, left, secretary, suspended

retired = ServiceEnded(kind=ServiceEnd.RETIRED, effective_from=JULY, decision="d9")
merged = RecordsMerged(merged="an-2", reason="one person, two files", effective_from=on("2026-01-01"))
created = PostCreated(unit="ward", title="Chair", effective_from=on("2025-01-01"))


def knows(*facts: PersonnelFact, merged_tenures: tuple[object, ...] = ()) -> FakeReadModel:
    said = history(Registered(name="An"), *facts, stream="an")
    both = [*cadres.fold(said).values(), *cadres.fold(history(Registered(name="An"), stream="an-2")).values()]
    held = [
        *tenures.fold(history(chair, beside, stream="an")).values(),
        *tenures.fold(history(*merged_tenures, stream="an-2")).values(),
    ]
    every = [
        row
        for post in ("chair", "secretary", "deputy")
        for row in posts.fold(history(created, stream=post)).values()
    ]
    return FakeReadModel(
        PROJECTIONS,
        cadres=both,
        away=away.fold(said).values(),
        merged_records=merged_records.fold(said).values(),
        tenures=held,
        posts=every,
    )


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (ServiceEnd.RETIRED, EndReason.RETIRED),
        (ServiceEnd.RETIRED_EARLY_REORG, EndReason.RETIRED),
        (ServiceEnd.DIED, EndReason.DIED),
        (ServiceEnd.DISCHARGED, EndReason.REMOVED_DISCIPLINE),
        (ServiceEnd.LEFT, EndReason.LEFT_SERVICE),
        (ServiceEnd.MOVED_OUT, EndReason.MOVED),
    ],
)
def test_every_tenure_ends_with_service_under_the_same_document(kind: ServiceEnd, reason: EndReason) -> None:
    answers = end_service(recorded(replace(retired, kind=kind), 2, stream="an"), knows())
    assert answers == tuple(
        ("an", TenureEnded(tenure=tenure, reason=reason, effective_from=JULY, decision="d9"))
        for tenure in ("t1", "t3")
    )


def test_tenures_told_of_a_merged_file_end_too_each_in_its_own_history() -> None:
    other = replace(secretary, tenure="t9", holding=Holding.CONCURRENT)
    answers = end_service(recorded(retired, 3, stream="an"), knows(merged, merged_tenures=(other,)))
    assert [(stream, fact.tenure) for stream, fact in answers if isinstance(fact, TenureEnded)] == [
        ("an", "t1"),
        ("an", "t3"),
        ("an-2", "t9"),
    ]


def test_nothing_ends_twice_or_before_it_starts() -> None:
    held = FakeReadModel(
        PROJECTIONS, tenures=tenures.fold(history(chair, left, secretary, stream="an")).values()
    )
    early = replace(retired, effective_from=on("2025-05-15"))
    assert end_service(recorded(early, 2, stream="an"), held) == ()
    (answer,) = end_service(recorded(retired, 2, stream="an"), held)
    assert isinstance(answer[1], TenureEnded)
    assert answer[1].tenure == "t2"
    assert end_service(recorded(ServiceResumed(effective_from=JULY), 3, stream="an"), held) == ()


def test_a_suspended_tenure_ends_once() -> None:
    held = FakeReadModel(PROJECTIONS, tenures=tenures.fold(history(chair, suspended, stream="an")).values())
    assert len(end_service(recorded(retired, 2, stream="an"), held)) == 1


def test_nobody_takes_up_a_post_while_out_of_service() -> None:
    after = replace(chair, effective_from=on("2025-08-01"))
    with rejects(OutOfService, field="effective_from", since="2025-07-01", kind="RETIRED"):
        check("an", after, knows(retired))
    with rejects(OutOfService, field="effective_from", since="2025-07-01", kind="RETIRED"):
        check("an", replace(chair, effective_from=JULY), knows(retired))
    check("an", replace(chair, effective_from=on("2025-06-30")), knows(retired))
    check("an", after, knows(retired, ServiceResumed(effective_from=on("2025-08-01"))))
    again = Reappointed(tenure="t4", previous="t1", term_no=2, effective_from=on("2025-08-01"))
    with rejects(OutOfService, field="effective_from", since="2025-07-01", kind="RETIRED"):
        check("an", again, knows(retired))


def test_what_starts_anew_is_told_of_the_file_that_is_kept() -> None:
    with rejects(MergedAway, field="cadre", kept="an"):
        check("an-2", chair, knows(merged))
    check("an-2", left, knows(merged))


def test_what_a_merged_file_holds_is_held() -> None:
    elsewhere = replace(secretary, tenure="t9", post="deputy")
    known = knows(merged, merged_tenures=(elsewhere,))
    with rejects(TwoPrimaryPosts, field="holding", tenure="t9", post="deputy", since="2025-06-01"):
        check("an", secretary, known)
    with rejects(SamePostTwice, field="post", tenure="t9", since="2025-06-01", until=""):
        check("an", replace(secretary, post="deputy", holding=Holding.CONCURRENT), known)
    check("an", replace(secretary, holding=Holding.CONCURRENT), known)


def test_what_a_merged_file_held_until_that_day_is_held_no_more() -> None:
    first = replace(secretary, tenure="t8", post="deputy", effective_from=on("2024-01-01"))
    first_end = TenureEnded(tenure="t8", effective_from=on("2025-06-01"), reason=EndReason.MOVED)
    check("an", secretary, knows(merged, merged_tenures=(first, first_end)))
    second = replace(secretary, tenure="t9", post="deputy")
    with rejects(TwoPrimaryPosts, tenure="t9"):
        check("an", secretary, knows(merged, merged_tenures=(first, first_end, second)))


def test_an_overlap_with_a_merged_file_that_somebody_answers_for_is_recorded() -> None:
    known = knows(merged, merged_tenures=(replace(secretary, tenure="t9", post="deputy"),))
    same, two = (
        Finding(rule, overridden_by="head of board") for rule in ("SamePostTwice", "TwoPrimaryPosts")
    )
    check("an", replace(secretary, findings=(two,)), known)
    check("an", replace(secretary, post="deputy", findings=(same, two)), known)
    with rejects(TwoPrimaryPosts, tenure="t9"):
        check("an", replace(secretary, post="deputy", findings=(same,)), known)


def test_what_is_on_the_file_of_somebody_else_is_theirs() -> None:
    known, theirs = knows(), history(retired, merged, stream="somebody-else")
    on_file, existing = known.rows(CADRES), known.rows(POSTS)
    elsewhere = FakeReadModel(
        PROJECTIONS,
        cadres=on_file,
        posts=existing,
        away=away.fold(theirs).values(),
        merged_records=merged_records.fold(theirs).values(),
        tenures=tenures.fold(history(replace(secretary, tenure="t9"), stream="an-2")).values(),
    )
    check("an", replace(secretary, effective_from=on("2025-08-01")), elsewhere)
