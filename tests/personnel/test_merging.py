"""Two files of one person become one without losing a tenure; files that cannot be one person stay two."""

from msgspec.structs import replace

from services.appointment.events import Appointed, Holding, TenureEnded
from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.files import merged_records
from services.chronicle.projections.people import cadres
from services.chronicle.projections.tenures import tenures
from services.personnel.domain.cross_stream import check
from services.personnel.domain.rejections import (
    AlreadyMerged,
    MergedWithItself,
    TenuresOverlap,
    UnknownReference,
)
from services.personnel.events import RecordsMerged, Registered
from shared.testing import FakeReadModel, history, on, rejects

merger = RecordsMerged(merged="two", reason="one person", effective_from=on("2025-01-01"))
chair = Appointed(tenure="t1", post="chair", effective_from=on("2015-01-01"))
left = TenureEnded(tenure="t1", effective_from=on("2020-01-01"))
director = Appointed(tenure="t2", post="director", effective_from=on("2020-01-01"))


def known(
    one: tuple[object, ...] = (), two: tuple[object, ...] = (), *mergers: tuple[str, RecordsMerged]
) -> FakeReadModel:
    return FakeReadModel(
        PROJECTIONS,
        cadres=[
            row
            for file in ("one", "two", "three", "four")
            for row in cadres.fold(history(Registered(name="An"), stream=file)).values()
        ],
        tenures=[
            *tenures.fold(history(*one, stream="one")).values(),
            *tenures.fold(history(*two, stream="two")).values(),
        ],
        merged_records=[
            row for kept, fact in mergers for row in merged_records.fold(history(fact, stream=kept)).values()
        ],
    )


def test_files_whose_tenures_follow_each_other_are_merged() -> None:
    check("one", merger, known((chair, left), (director,)))


def test_primary_posts_at_one_time_keep_files_apart() -> None:
    with rejects(TenuresOverlap, field="merged", tenure="t1", other="t2", since="2020-01-01"):
        check("one", merger, known((chair,), (director,)))
    check("one", merger, known((chair,), (replace(director, holding=Holding.CONCURRENT),)))


def test_the_same_post_at_one_time_keeps_files_apart() -> None:
    same = replace(chair, tenure="t9", holding=Holding.CONCURRENT)
    with rejects(TenuresOverlap, field="merged", tenure="t1", other="t9", since="2015-01-01"):
        check("one", merger, known((chair, left), (same,)))


def test_a_tenure_told_twice_is_named_and_counts_once() -> None:
    twice = replace(chair, tenure="t9")
    both = known((chair, left), (twice,))
    check("one", replace(merger, duplicates=("t9",)), both)
    with rejects(UnknownReference, field="duplicates", id="t0"):
        check("one", replace(merger, duplicates=("t9", "t0")), both)


def test_partial_dates_are_given_the_benefit_of_the_doubt() -> None:
    check("one", merger, known((chair, replace(left, effective_from=on("2020"))), (director,)))


def test_a_file_is_merged_once_into_another_on_file() -> None:
    with rejects(MergedWithItself, field="merged"):
        check("two", merger, known())
    with rejects(UnknownReference, field="merged", id="five"):
        check("one", replace(merger, merged="five"), known())
    with rejects(AlreadyMerged, field="merged", kept="three"):
        check("one", merger, known((), (), ("three", merger)))


def test_files_merged_before_are_looked_at_too() -> None:
    before = known((chair,), (director,), ("three", merger))
    with rejects(TenuresOverlap, field="merged", tenure="t2", other="t1", since="2020-01-01"):
        check("three", replace(merger, merged="one"), before)
    with rejects(TenuresOverlap, field="merged", tenure="t1", other="t2", since="2020-01-01"):
        check("one", replace(merger, merged="three"), before)


def test_what_others_merged_before_keeps_no_files_apart() -> None:
    check("one", replace(merger, merged="four"), known((chair,), (director,), ("three", merger)))
