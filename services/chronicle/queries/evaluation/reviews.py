"""Deep reviews: ordered, closed, and whether what they found is remedied in time."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, count_items
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.tenures.holders import PrimaryUnits, list_units_in_scope
from shared.core.partial_dates import Day
from shared.database.sql import Query, known_condition


class ReviewLine(msgspec.Struct, frozen=True, kw_only=True):
    """One deep review. `overdue`: its remedy was due before the day asked for, and was not done by then."""

    review: str
    """Id of the deep review."""
    subject: str
    """Id of the cadre or unit it is about."""
    subject_kind: str
    """INDIVIDUAL or COLLECTIVE."""
    unit: str
    """Id of the unit that the order names; empty: none."""
    grounds: str
    """Why it was ordered."""
    ordered: str
    """The day it was ordered."""
    due_on: str
    """The day it is due; empty: not stated."""
    closed_on: str
    """The day it was closed; empty: it is open."""
    remedy_plan: str
    """What is to be remedied."""
    remedy_due: str
    """The day by which it is to be remedied; empty: not stated."""
    remedied_on: str
    """The day it was remedied; empty: it was not."""
    overdue: bool
    """Whether the remedy was due before the day asked about, and was not done by then."""
    proof: Proof
    """The facts and documents behind it."""


class _ReviewRow(NamedTuple):
    """A deep review: see rows.DeepReviewRow."""

    review_id: str
    subject_id: str
    subject: str
    unit_id: str
    grounds: str
    valid_from: str
    due_on: str
    closed_on: str
    remedy_plan: str
    remedy_due: str
    remedied_on: str
    opened_by: str
    decision: str
    closed_by: str
    closing_decision: str


_REVIEWS = Query(
    _ReviewRow,
    f"""
SELECT r.review_id, r.subject_id, r.subject, r.unit_id, r.grounds, r.valid_from, r.due_on, r.closed_on, r.remedy_plan,
       r.remedy_due, r.remedied_on, r.opened_by, r.decision, r.closed_by, r.closing_decision
FROM reviews r WHERE {known_condition("r")} AND r.valid_from >= :since AND r.valid_from < :until ORDER BY r.valid_from, r.key""",
)


def list_reviews(
    connection: Connection, when: AsOf, unit: str, since: Day, until: Day, subject: str = ""
) -> list[ReviewLine]:
    """Those ordered in [since, until) of subjects in the unit or below it (empty: everywhere), of one kind or both."""
    rows = _REVIEWS(connection, known=when.known_at, since=since, until=until)
    rows = [row for row in rows if not subject or row.subject == subject]
    units = list_units_in_scope(connection, unit, when, since, until)
    unplaced = (row.subject_id for row in rows if not row.unit_id and row.subject == "INDIVIDUAL")
    primary_units = PrimaryUnits(connection, when, unplaced)
    chosen = [row for row in rows if units is None or _unit_of(row, primary_units) in units]
    cited = (id_ for row in chosen for id_ in (row.decision, row.closing_decision))
    documents = Documents(connection, when, cited)
    return [_line(row, when.as_of, documents) for row in chosen]


def count_reviews(
    connection: Connection,
    when: AsOf,
    *,
    unit: str,
    since: Day,
    until: Day,
    counted: CountingUnit = "case",
    by: Sequence[str] = ("subject_kind",),
) -> Counts:
    """How many were ordered in [since, until): cases, or the persons and units reviewed. NotCountable, see counts."""
    lines = list_reviews(connection, when, unit, since, until)
    items = [
        Item(
            key=tuple(str(getattr(line, name)) for name in by),
            ids={"case": line.review, "person": line.subject, "unit": line.subject},
            fact=line.proof.opened,
            decision=line.proof.decision.id if line.proof.decision else "",
        )
        for line in lines
    ]
    return count_items(
        by,
        items,
        Documents(connection, when),
        when,
        counted=counted,
        allowed=("case", "person", "unit"),
        expected=[("INDIVIDUAL",), ("COLLECTIVE",)] if tuple(by) == ("subject_kind",) else [],
        since=since,
        until=until,
    )


def _unit_of(row: _ReviewRow, primary_units: PrimaryUnits) -> str:
    """The unit that the order names, else where the cadre served then; a collective is its own unit."""
    own = (
        row.subject_id if row.subject == "COLLECTIVE" else primary_units.unit(row.subject_id, row.valid_from)
    )
    return row.unit_id or own


def _line(row: _ReviewRow, day: str, documents: Documents) -> ReviewLine:
    remedied = row.remedied_on
    return ReviewLine(
        review=row.review_id,
        subject=row.subject_id,
        subject_kind=row.subject,
        unit=row.unit_id,
        grounds=row.grounds,
        ordered=row.valid_from,
        due_on=row.due_on,
        closed_on=row.closed_on,
        remedy_plan=row.remedy_plan,
        remedy_due=row.remedy_due,
        remedied_on=remedied,
        overdue=bool(row.remedy_due) and row.remedy_due < day and (not remedied or remedied > day),
        proof=Proof(
            link("evaluation", row.subject_id, row.opened_by),
            documents.get(row.decision),
            link("evaluation", row.subject_id, row.closed_by),
            documents.get(row.closing_decision),
        ),
    )
