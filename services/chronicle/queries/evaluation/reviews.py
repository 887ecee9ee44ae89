"""Deep reviews: ordered, closed, and whether what they found is remedied in time."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, counts
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.tenures.holders import Posts, scope
from shared.core.partial_dates import Day
from shared.database.sql import Statement, known_condition


class ReviewLine(msgspec.Struct, frozen=True, kw_only=True):
    """One deep review. `overdue`: its remedy was due before the day asked for, and is not told to be done by then."""

    review: str
    subject: str
    subject_kind: str
    unit: str
    grounds: str
    ordered: str
    due_on: str
    closed_on: str
    remedy_plan: str
    remedy_due: str
    remedied_on: str
    overdue: bool
    proof: Proof


REVIEWS = Statement(f"""
SELECT r.review_id, r.subject_id, r.subject, r.unit_id, r.grounds, r.valid_from, r.due_on, r.closed_on, r.remedy_plan,
       r.remedy_due, r.remedied_on, r.opened_by, r.decision, r.closed_by, r.closing_decision
FROM reviews r WHERE {known_condition("r")} AND r.valid_from >= :since AND r.valid_from < :until ORDER BY r.valid_from, r.key""")


def ordered_in(
    connection: Connection, when: AsOf, unit: str, since: Day, until: Day, subject: str = ""
) -> list[ReviewLine]:
    """Those ordered in [since, until) of subjects in the unit or below it (empty: everywhere), of one kind or both."""
    rows = REVIEWS(connection, known=when.known_at, since=since, until=until)
    rows = [row for row in rows if not subject or row[2] == subject]
    units = scope(connection, unit, when, since, until)
    posts = Posts(connection, when, (row[1] for row in rows if not row[3] and row[2] == "INDIVIDUAL"))
    chosen = [row for row in rows if units is None or _where(row, posts) in units]
    documents = Documents(connection, when, (id_ for row in chosen for id_ in (row[12], row[14])))
    return [_line(row, when.as_of, documents) for row in chosen]


def counted(
    connection: Connection,
    when: AsOf,
    *,
    unit: str,
    since: Day,
    until: Day,
    counting: CountingUnit = "case",
    by: Sequence[str] = ("subject_kind",),
) -> Counts:
    """How many were ordered in [since, until): cases, or the persons and units reviewed. NotCountable, see counts."""
    lines = ordered_in(connection, when, unit, since, until)
    items = [
        Item(
            key=tuple(str(getattr(line, name)) for name in by),
            ids={"case": line.review, "person": line.subject, "unit": line.subject},
            fact=line.proof.opened,
            decision=line.proof.decision.id if line.proof.decision else "",
        )
        for line in lines
    ]
    return counts(
        by,
        items,
        Documents(connection, when),
        when,
        unit=counting,
        allowed=("case", "person", "unit"),
        expected=[("INDIVIDUAL",), ("COLLECTIVE",)] if tuple(by) == ("subject_kind",) else [],
        since=since,
        until=until,
    )


def _where(row: Any, posts: Posts) -> str:
    """Where the order says, else where the cadre served then; a collective is its own unit."""
    return str(row[3] or (row[1] if row[2] == "COLLECTIVE" else posts.unit(row[1], row[5])))


def _line(row: Any, day: str, documents: Documents) -> ReviewLine:
    remedied = row[10]
    return ReviewLine(
        review=row[0],
        subject=row[1],
        subject_kind=row[2],
        unit=row[3],
        grounds=row[4],
        ordered=row[5],
        due_on=row[6],
        closed_on=row[7],
        remedy_plan=row[8],
        remedy_due=row[9],
        remedied_on=remedied,
        overdue=bool(row[9]) and row[9] < day and (not remedied or remedied > day),
        proof=Proof(
            link("evaluation", row[1], row[11]),
            documents.get(row[12]),
            link("evaluation", row[1], row[13]),
            documents.get(row[14]),
        ),
    )
