"""Grades and deep reviews through time."""

from msgspec.structs import replace

from services.chronicle.projections.evaluations import evaluations, reviews
from services.chronicle.rows import DeepReviewRow
from services.evaluation.events import (
    DeepReviewClosed,
    DeepReviewOrdered,
    Evaluated,
    Grade,
    Occasion,
    Remedied,
    SubjectKind,
)
from shared.core.partial_dates import LAST_DAY
from shared.testing import on
from tests.chronicle.shown import rows

good = Evaluated(
    evaluation="g1",
    period="2025",
    occasion=Occasion.ANNUAL,
    grade=Grade.GOOD,
    effective_from=on("2025-12-20"),
)
ordered = DeepReviewOrdered(
    review="r1",
    subject=SubjectKind.COLLECTIVE,
    unit="office",
    grounds="weak results",
    authority="BTV",
    due_on=on("2025-11-30"),
    decision="d1",
    effective_from=on("2025-10-01"),
)
closed = DeepReviewClosed(
    review="r1",
    remedy_plan="train the staff",
    remedy_due=on("2026-06-30"),
    result="partly at fault",
    decision="d2",
    effective_from=on("2025-12"),
)
remedied = Remedied(review="r1", effective_from=on("2026-05-01"))


def test_a_grade_holds_until_another_one_replaces_it() -> None:
    better = replace(
        good, evaluation="g2", grade=Grade.EXCELLENT, replaces="g1", effective_from=on("2026-02")
    )
    third = replace(better, evaluation="g3", effective_from=on("2026-03-01"))
    found = {row.evaluation_id: row for row in rows(evaluations, good, better, third)}
    first = found["g1"]
    assert (first.grade, first.replaced_by) == ("GOOD", "here/2"), "the first replacement stands"
    assert (first.valid_to, first.certain_to) == ("2026-02-28", "2026-02-01")
    assert [(row.replaced_by, row.valid_to) for row in (found["g2"], found["g3"])] == [("", LAST_DAY)] * 2


def test_a_review_is_shown_from_its_order_to_its_remedy() -> None:
    open_review = DeepReviewRow(
        review_id="r1",
        subject_id="office",
        subject="COLLECTIVE",
        unit_id="office",
        grounds="weak results",
        authority="BTV",
        due_on="2025-11-30",
        opened_by="here/1",
        decision="d1",
        valid_from=on("2025-10-01"),
        certain_from=on("2025-10-01"),
    )
    assert rows(reviews, ordered, stream="office") == [open_review]
    closed_review = replace(
        open_review,
        closed_on="2025-12",
        remedy_plan="train the staff",
        remedy_due="2026-06-30",
        result="partly at fault",
        closed_by="here/2",
        closing_decision="d2",
        valid_to=on("2025-12-31"),
        certain_to=on("2025-12-01"),
    )
    assert rows(reviews, ordered, closed, stream="office") == [closed_review]
    assert rows(reviews, ordered, closed, remedied, stream="office") == [
        replace(closed_review, remedied_on="2026-05-01")
    ]


def test_each_step_of_a_review_stands_as_it_was_first_told() -> None:
    again = (
        replace(closed, result="other", effective_from=on("2027-01-01")),
        replace(remedied, effective_from=on("2027-06-01")),
        replace(ordered, grounds="other", effective_from=on("2027-07-01")),
    )
    (row,) = rows(reviews, ordered, replace(closed, remedy_due=None), remedied, *again)
    assert (row.grounds, row.result, row.remedy_due, row.remedied_on) == (
        *("weak results", "partly at fault", "", "2026-05-01"),
    )
    assert rows(reviews, closed, remedied) == []
