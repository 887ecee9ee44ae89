"""Bắc Giang province: reviews since 2021, and the evaluation of one agency in 2022."""

from services.demo.city.world import demo_id
from services.demo.published.acts import PlaceRecorder
from services.evaluation.events import (
    Ballot,
    ConfidenceVoted,
    DeepReviewClosed,
    DeepReviewOrdered,
    Evaluated,
    Evaluator,
    Grade,
    Occasion,
    SubjectKind,
    VoteKind,
)
from services.importing.vietnam import load_reform
from services.regulation.events import DocumentKind
from shared.core.partial_dates import Day, PDate

COLLECTIVES, INDIVIDUALS = 237, 487
_GRADES = {Grade.EXCELLENT: 4, Grade.GOOD: 15, Grade.COMPLETED: 5, Grade.FAILED: 1}


def record_reviews(
    recorder: PlaceRecorder, province: str, committee: str, people: list[str], agencies: list[str]
) -> None:
    record_review_round(recorder, province, committee, people, agencies)
    record_evaluations(recorder, committee, agencies[0], people[:25])


def record_review_round(
    recorder: PlaceRecorder, province: str, committee: str, people: list[str], agencies: list[str]
) -> None:
    """Every fourth review was closed with a plan of remedies."""
    tree = load_reform()
    communes = [
        tree.old_id(place)
        for place, unit in tree.old.items()
        if place[0] in "23"
        and tree.province(place)[1] == province
        and max(unit.since, tree.old[unit.above].since) < "2021"
    ]
    paper = recorder.paper(
        "65-CV/TU", "Tỉnh ủy Bắc Giang", "2021-12-06", "Gợi ý kiểm điểm sâu", DocumentKind.OTHER
    )
    subjects = [
        *((unit, SubjectKind.COLLECTIVE) for unit in [*agencies, *communes][:COLLECTIVES]),
        *((person, SubjectKind.INDIVIDUAL) for person in people[:INDIVIDUALS]),
    ]
    for n, (stream, kind) in enumerate(subjects):
        ordered, closed = (f"{2021 + n % 2}-12-06", f"{2022 + n % 2}-01-17")
        review = demo_id("review", f"{stream}/{ordered}")
        fact = DeepReviewOrdered(
            effective_from=PDate(ordered),
            review=review,
            grounds="có dấu hiệu hạn chế trong lãnh đạo, chỉ đạo",
            subject=kind,
            authority=committee,
            unit=stream if kind is SubjectKind.COLLECTIVE else agencies[n % len(agencies)],
            due_on=Day(PDate(closed)),
            decision=paper,
        )
        recorder.record(ordered, stream, fact)
        if n % 4 == 0:
            done = DeepReviewClosed(
                effective_from=PDate(closed),
                review=review,
                remedy_plan=f"Kế hoạch khắc phục số {n + 1}",
                remedy_due=Day(PDate(f"{closed[:4]}-06-30")),
            )
            recorder.record(closed, stream, done)


def record_evaluations(recorder: PlaceRecorder, committee: str, agency: str, people: list[str]) -> None:
    """One agency's year 2022: the mid-year evaluation, a ballot of its staff, and the grades, published inside."""
    ballot = demo_id("vote", f"{agency}/2022")
    vote = ConfidenceVoted(
        effective_from=PDate("2022-12-05"),
        vote=ballot,
        kind=VoteKind.STAFF_BALLOT,
        called=64,
        present=60,
        body=agency,
        results=tuple(Ballot(cadre=person, high=50, medium=8, low=2) for person in people[:3]),
    )
    recorder.record("2022-12-07", agency, vote)
    grades = [grade for grade, number in _GRADES.items() for _ in range(number)]
    for person, grade in zip(people, grades, strict=True):
        for period, occasion, day in (
            ("2022-H1", Occasion.MID_YEAR, "2022-06-27"),
            ("2022", Occasion.ANNUAL, "2022-12-19"),
        ):
            fact = Evaluated(
                effective_from=PDate(day),
                evaluation=demo_id("evaluation", f"{person}/{period}"),
                period=period,
                occasion=occasion,
                grade=grade,
                unit=agency,
                authority=committee,
                evaluator=Evaluator.MANAGING_AUTHORITY,
                peer_group="lãnh đạo, quản lý",
                conference_on=Day(PDate(day)),
                ballot=ballot if occasion is Occasion.ANNUAL and person in people[:3] else "",
                published_on=Day(PDate("2022-12-26")) if occasion is Occasion.ANNUAL else None,
                evidence="đề tài được nghiệm thu" if grade is Grade.EXCELLENT else "",
            )
            recorder.record(day, person, fact)
    for person in people[:2]:
        fact = Evaluated(
            effective_from=PDate("2023-03-06"),
            evaluation=demo_id("evaluation", f"{person}/bổ nhiệm lại"),
            period="2023",
            occasion=Occasion.PRE_REAPPOINT,
            grade=Grade.GOOD,
            unit=agency,
            authority=committee,
            evaluator=Evaluator.OWN_COLLECTIVE,
        )
        recorder.record("2023-03-06", person, fact)
