"""Grades of a subject, and how the grades of a unit and period are spread, with the cap on the excellent."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.projections.evaluations import NO_SCORE
from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, counts
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.evaluation.reviews import ordered_in
from services.chronicle.queries.people.files import files_of
from services.chronicle.queries.tenures.holders import Posts, scope, serving
from shared.core.partial_dates import Day, PDate, day_before
from shared.core.rulebook import Rulebook
from shared.database.sql import Statement, as_of_condition, known_condition

GRADES = ("EXCELLENT", "GOOD", "COMPLETED", "FAILED")


class EvaluationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One grade. `unit` is where the subject served; `final` is false once another evaluation replaces it."""

    evaluation: str
    subject: str
    subject_kind: str
    name: str
    unit: str
    period: str
    occasion: str
    grade: str
    score: float | None
    self_grade: str
    authority: str
    evaluator: str
    peer_group: str
    conference_on: str
    ballot: str
    published_on: str
    decided: str
    final: bool
    proof: Proof


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit's grades of a period are spread. None: no data, or no rule in force.

    `expected` are those who held a primary post in the unit or below it on the last day of the period (individuals).
    `excellent_share` is the share of the excellent among those graded good or better; `cap` what a rule allows.
    """

    grades: Counts
    evaluated: int | None
    expected: int | None
    missing: list[str] | None
    excellent_share: float | None
    cap: float | None
    over_cap: bool | None
    average_score: float | None
    published: int | None
    reviews_ordered: int | None
    reviews_closed: int | None
    remedies_overdue: int | None


_COLUMNS = """
SELECT e.evaluation_id, e.subject_id, e.subject, e.unit_id, e.period, e.occasion, e.grade, e.score, e.self_grade,
       e.authority, e.evaluator, e.peer_group, e.conference_on, e.ballot, e.published_on, e.valid_from, e.replaced_by,
       e.opened_by, e.decision,"""
_NAMES = f"""
  coalesce((SELECT max(c.name) FROM cadres c WHERE c.cadre_id = e.subject_id AND {known_condition("c")}),
           (SELECT max(u.name) FROM units u WHERE u.unit_id = e.subject_id AND {known_condition("u")} AND u.valid_to = (
              SELECT max(v.valid_to) FROM units v WHERE v.unit_id = e.subject_id AND {known_condition("v")})), '')"""
OF_SUBJECT = Statement(
    f"{_COLUMNS}{_NAMES} FROM evaluations e WHERE e.subject_id = :id AND {known_condition('e')}"
)
OF_PERIOD = Statement(
    f"{_COLUMNS}{_NAMES} FROM evaluations e WHERE e.period = :period AND e.occasion = :occasion "
    f"AND e.subject = :subject AND {as_of_condition('e')}"
)


def of_subject(connection: Connection, subject: str, when: AsOf) -> list[EvaluationLine]:
    """Every grade of a cadre (of all files that are one person) or a collective, by date; wherever it was given."""
    files = files_of(connection, subject, when)
    rows = [row for file in files for row in OF_SUBJECT(connection, id=file, known=when.known_at)]
    return _lines(connection, rows, when)


def of_period(
    connection: Connection, when: AsOf, *, unit: str, period: str, occasion: str, subject: str
) -> list[EvaluationLine]:
    """The grades that count on that day, of subjects in a unit or below it (empty: everywhere)."""
    asked = {"period": period, "occasion": occasion, "subject": subject}
    rows = OF_PERIOD(connection, day=when.as_of, known=when.known_at, **asked)
    posts = Posts(connection, when, (row[1] for row in rows if not row[3]))
    units = scope(connection, unit, when, *span(period))
    return _lines(connection, [row for row in rows if units is None or _where(row, posts) in units], when)


def _where(row: Any, posts: Posts) -> str:
    """Where the fact says, else where the cadre served; a collective is its own unit."""
    return str(row[3] or (row[1] if row[2] == "COLLECTIVE" else posts.unit(row[1], row[15])))


def span(period: str) -> tuple[Day, Day]:
    """[first day, first day after] of a period such as 2024, 2024-H1, 2024-Q3, 2024-11, TERM-2020-2025."""
    if period.startswith("TERM-"):
        return Day(PDate(f"{period[5:9]}-01-01")), Day(PDate(f"{int(period[10:14]) + 1}-01-01"))
    year, part = period[:4], period[5:]
    first, months = 1, 12
    if part.startswith(("H", "Q")):
        months = 6 if part[0] == "H" else 3
        first = (int(part[1]) - 1) * months + 1
    elif part:
        first, months = int(part), 1
    after = first + months
    until = f"{int(year) + 1:04d}-01-01" if after > 12 else f"{year}-{after:02d}-01"
    return Day(PDate(f"{year}-{first:02d}-01")), Day(PDate(until))


def distribution(
    connection: Connection,
    when: AsOf,
    book: Rulebook,
    *,
    unit: str,
    period: str,
    occasion: str = "ANNUAL",
    subject: str = "INDIVIDUAL",
    counting: CountingUnit = "case",
    by: Sequence[str] = (),
) -> Distribution:
    """Grades of the unit and all below it; `by` adds `peer_group` or `unit` to the keys. NotCountable, see counts."""
    lines = of_period(connection, when, unit=unit, period=period, occasion=occasion, subject=subject)
    items = [
        Item(
            key=(line.grade, *(str(getattr(line, name)) for name in by)),
            ids={"case": line.evaluation, "person": line.subject, "unit": line.subject},
            fact=line.proof.opened,
            decision=line.proof.decision.id if line.proof.decision else "",
        )
        for line in lines
    ]
    since, until = span(period)
    rule = book.version("EVAL_EXCELLENT_CAP", min(when.as_of, until))
    figures = counts(
        ("grade", *by),
        items,
        Documents(connection, when),
        when,
        unit=counting,
        allowed=("case", "person") if subject == "INDIVIDUAL" else ("case", "unit"),
        expected=[] if by else [(grade,) for grade in GRADES],
        since=since,
        until=until,
        rules=[rule.label()] if rule else [],
    )
    number = {grade: sum(line.grade == grade for line in lines) for grade in GRADES}
    good = number["EXCELLENT"] + number["GOOD"]
    share = number["EXCELLENT"] / good if good else None
    cap = rule.share("most") if rule else None
    scores = [line.score for line in lines if line.score is not None]
    missing = _missing(connection, when, unit, until, lines) if subject == "INDIVIDUAL" and unit else None
    reviewed = ordered_in(connection, when, unit, since, until, subject)
    return Distribution(
        grades=figures,
        evaluated=len({line.subject for line in lines}) or None,
        expected=None if missing is None else len(missing[0]) or None,
        missing=None if missing is None or not missing[0] else missing[1],
        excellent_share=share,
        cap=cap,
        over_cap=None if share is None or cap is None else share > cap,
        average_score=sum(scores) / len(scores) if scores else None,
        published=sum(bool(line.published_on) for line in lines) if lines else None,
        reviews_ordered=len(reviewed) or None,
        reviews_closed=sum(bool(line.closed_on) for line in reviewed) if reviewed else None,
        remedies_overdue=sum(line.overdue for line in reviewed) if reviewed else None,
    )


def _missing(
    connection: Connection, when: AsOf, unit: str, until: Day, lines: Iterable[EvaluationLine]
) -> tuple[list[str], list[str]]:
    """Who served there on the last day of the period (or on the day asked for, where that is earlier), and who of them
    has no grade."""
    last = min(when.as_of, day_before(until))
    expected = sorted(serving(connection, unit, AsOf(last, when.known_at)))
    graded = {line.subject for line in lines}
    return expected, [cadre for cadre in expected if cadre not in graded]


def _lines(connection: Connection, rows: Iterable[Any], when: AsOf) -> list[EvaluationLine]:
    ordered = sorted(rows, key=lambda row: (row[15], row[0]))
    documents = Documents(connection, when, (row[18] for row in ordered))
    return [
        EvaluationLine(
            evaluation=row[0],
            subject=row[1],
            subject_kind=row[2],
            name=row[19],
            unit=row[3],
            period=row[4],
            occasion=row[5],
            grade=row[6],
            score=None if row[7] == NO_SCORE else row[7],
            self_grade=row[8],
            authority=row[9],
            evaluator=row[10],
            peer_group=row[11],
            conference_on=row[12],
            ballot=row[13],
            published_on=row[14],
            decided=row[15],
            final=not row[16],
            proof=Proof(link("evaluation", row[1], row[17]), documents.get(row[18])),
        )
        for row in ordered
    ]
