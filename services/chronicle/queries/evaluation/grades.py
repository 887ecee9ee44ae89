"""Grades of a subject, and how the grades of a unit and period are spread, with the cap on the excellent."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.projections.evaluations import NO_SCORE
from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, count_items
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.evaluation.reviews import list_reviews
from services.chronicle.queries.people.files import files_of
from services.chronicle.queries.tenures.holders import PrimaryUnits, list_serving_cadres, list_units_in_scope
from shared.core.partial_dates import LAST_DAY, Day, PDate, day_before
from shared.core.rulebook import Rulebook
from shared.database.sql import Query, as_of_condition, known_condition

GRADES = ("EXCELLENT", "GOOD", "COMPLETED", "FAILED")


class EvaluationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One grade. `unit` is where the subject served; `final` is false once another evaluation replaces it."""

    evaluation: str
    """Id of the evaluation."""
    subject: str
    """Id of the cadre or unit it is about."""
    subject_kind: str
    """INDIVIDUAL or COLLECTIVE."""
    name: str
    """Name of the cadre or unit."""
    unit: str
    """Id of the unit where the subject served; empty: not stated."""
    period: str
    """2024, 2024-H1, 2024-Q3, 2024-11 or TERM-2020-2025."""
    occasion: str
    """ANNUAL, QUARTER, TERM …"""
    grade: str
    """EXCELLENT, GOOD, COMPLETED, COMPLETED_LIMITED or FAILED."""
    score: float | None
    """Score; null: none was given."""
    self_grade: str
    """The grade the subject gave itself; empty: none."""
    authority: str
    """Who is competent to grade."""
    evaluator: str
    """Who graded: MANAGING_AUTHORITY, OWN_COLLECTIVE …"""
    peer_group: str
    """The group it is compared in."""
    conference_on: str
    """The day of the conference; empty: not stated."""
    ballot: str
    """Id of the ballot taken."""
    published_on: str
    """The day it was published; empty: not published."""
    decided: str
    """The day of the decision."""
    final: bool
    """Whether no other evaluation has replaced it."""
    proof: Proof
    """The facts and documents behind it."""


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit's grades of a period are spread. None: no data, or no rule in force.

    `expected` are those who held a primary post in the unit or below it on the last day of the period (individuals).
    `excellent_share` is the share of the excellent among those graded good or better; `cap` what a rule allows.
    """

    grades: Counts
    """How many have each grade."""
    evaluated: int | None
    """How many were graded; null: no data."""
    expected: int | None
    """How many served in the unit on the last day of the period; null: no data."""
    missing: list[str] | None
    """Ids of those of them who have no grade; null: no data."""
    excellent_share: float | None
    """Share of the excellent among those graded good or better; null: no data."""
    cap: float | None
    """The share that a rule allows; null: no rule is in force."""
    over_cap: bool | None
    """Whether the share is above it; null: not known."""
    average_score: float | None
    """Average of the scores; null: no score."""
    published: int | None
    """How many grades are published; null: no data."""
    reviews_ordered: int | None
    """Deep reviews ordered in the period; null: none."""
    reviews_closed: int | None
    """How many of them are closed; null: none was ordered."""
    remedies_overdue: int | None
    """How many remedies are overdue; null: none was ordered."""


class GradeRow(NamedTuple):
    """A grade and the name of its subject: see rows.EvaluationRow."""

    evaluation_id: str
    subject_id: str
    subject: str
    unit_id: str
    period: str
    occasion: str
    grade: str
    score: float
    self_grade: str
    authority: str
    evaluator: str
    peer_group: str
    conference_on: str
    ballot: str
    published_on: str
    valid_from: str
    replaced_by: str
    opened_by: str
    decision: str
    name: str


_COLUMNS = """
SELECT e.evaluation_id, e.subject_id, e.subject, e.unit_id, e.period, e.occasion, e.grade, e.score, e.self_grade,
       e.authority, e.evaluator, e.peer_group, e.conference_on, e.ballot, e.published_on, e.valid_from, e.replaced_by,
       e.opened_by, e.decision,"""
_NAMES = f"""
  coalesce((SELECT max(c.name) FROM cadres c WHERE c.cadre_id = e.subject_id AND {known_condition("c")}),
           (SELECT max(u.name) FROM units u WHERE u.unit_id = e.subject_id AND {known_condition("u")} AND u.valid_to = (
              SELECT max(v.valid_to) FROM units v WHERE v.unit_id = e.subject_id AND {known_condition("v")})), '') AS name"""
OF_SUBJECT = Query(
    GradeRow, f"{_COLUMNS}{_NAMES} FROM evaluations e WHERE e.subject_id = :id AND {known_condition('e')}"
)
OF_PERIOD = Query(
    GradeRow,
    f"{_COLUMNS}{_NAMES} FROM evaluations e WHERE e.period = :period AND e.occasion = :occasion "
    f"AND e.subject = :subject AND {as_of_condition('e')}",
)


def list_grades_of(connection: Connection, subject: str, when: AsOf) -> list[EvaluationLine]:
    """Every grade of a cadre (of all files that are one person) or a collective, by date; wherever it was given."""
    files = files_of(connection, subject, when)
    rows = [row for file in files for row in OF_SUBJECT(connection, id=file, known=when.known_at)]
    return _lines(connection, rows, when)


def list_grades_in(
    connection: Connection, when: AsOf, *, unit: str, period: str, occasion: str, subject: str
) -> list[EvaluationLine]:
    """The grades that count on that day, of subjects in a unit or below it (empty: everywhere)."""
    rows = OF_PERIOD(
        connection,
        day=when.as_of,
        known=when.known_at,
        period=period,
        occasion=occasion,
        subject=subject,
    )
    primary_units = PrimaryUnits(connection, when, (row.subject_id for row in rows if not row.unit_id))
    units = list_units_in_scope(connection, unit, when, *period_bounds(period))
    return _lines(
        connection, [row for row in rows if units is None or _unit_of(row, primary_units) in units], when
    )


def _unit_of(row: GradeRow, primary_units: PrimaryUnits) -> str:
    """The unit that the fact names, else where the cadre served; a collective is its own unit."""
    own = (
        row.subject_id if row.subject == "COLLECTIVE" else primary_units.unit(row.subject_id, row.valid_from)
    )
    return row.unit_id or own


def period_bounds(period: str) -> tuple[Day, Day]:
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
    if len(until) > len(LAST_DAY):  # the year after 9999
        until = LAST_DAY
    return Day(PDate(f"{year}-{first:02d}-01")), Day(PDate(until))


def summarise_grades(
    connection: Connection,
    when: AsOf,
    book: Rulebook,
    *,
    unit: str,
    period: str,
    occasion: str = "ANNUAL",
    subject: str = "INDIVIDUAL",
    counted: CountingUnit = "case",
    by: Sequence[str] = (),
) -> Distribution:
    """Grades of the unit and all below it; `by` adds `peer_group` or `unit` to the keys. NotCountable, see counts."""
    lines = list_grades_in(connection, when, unit=unit, period=period, occasion=occasion, subject=subject)
    items = [
        Item(
            key=(line.grade, *(str(getattr(line, name)) for name in by)),
            ids={"case": line.evaluation, "person": line.subject, "unit": line.subject},
            fact=line.proof.opened,
            decision=line.proof.decision.id if line.proof.decision else "",
        )
        for line in lines
    ]
    since, until = period_bounds(period)
    rule = book.version("EVAL_EXCELLENT_CAP", min(when.as_of, until))
    figures = count_items(
        ("grade", *by),
        items,
        Documents(connection, when),
        when,
        counted=counted,
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
    ungraded = (
        _find_ungraded(connection, when, unit, until, lines) if subject == "INDIVIDUAL" and unit else None
    )
    reviewed = list_reviews(connection, when, unit, since, until, subject)
    return Distribution(
        grades=figures,
        evaluated=len({line.subject for line in lines}) or None,
        expected=None if ungraded is None else len(ungraded.expected) or None,
        missing=None if ungraded is None or not ungraded.expected else ungraded.missing,
        excellent_share=share,
        cap=cap,
        over_cap=None if share is None or cap is None else share > cap,
        average_score=sum(scores) / len(scores) if scores else None,
        published=sum(bool(line.published_on) for line in lines) if lines else None,
        reviews_ordered=len(reviewed) or None,
        reviews_closed=sum(bool(line.closed_on) for line in reviewed) if reviewed else None,
        remedies_overdue=sum(line.overdue for line in reviewed) if reviewed else None,
    )


class Ungraded(NamedTuple):
    """Who is expected to have a grade, and who of them has none."""

    expected: list[str]
    missing: list[str]


def _find_ungraded(
    connection: Connection, when: AsOf, unit: str, until: Day, lines: Iterable[EvaluationLine]
) -> Ungraded:
    """Who served there on the last day of the period (or on the day asked for, where that is earlier), and who of them
    has no grade."""
    last = min(when.as_of, day_before(until))
    expected = sorted(list_serving_cadres(connection, unit, AsOf(last, when.known_at)))
    graded = {line.subject for line in lines}
    return Ungraded(expected, [cadre for cadre in expected if cadre not in graded])


def _lines(connection: Connection, rows: Iterable[GradeRow], when: AsOf) -> list[EvaluationLine]:
    ordered = sorted(rows, key=lambda row: (row.valid_from, row.evaluation_id))
    documents = Documents(connection, when, (row.decision for row in ordered))
    return [
        EvaluationLine(
            evaluation=row.evaluation_id,
            subject=row.subject_id,
            subject_kind=row.subject,
            name=row.name,
            unit=row.unit_id,
            period=row.period,
            occasion=row.occasion,
            grade=row.grade,
            score=None if row.score == NO_SCORE else row.score,
            self_grade=row.self_grade,
            authority=row.authority,
            evaluator=row.evaluator,
            peer_group=row.peer_group,
            conference_on=row.conference_on,
            ballot=row.ballot,
            published_on=row.published_on,
            decided=row.valid_from,
            final=not row.replaced_by,
            proof=Proof(link("evaluation", row.subject_id, row.opened_by), documents.get(row.decision)),
        )
        for row in ordered
    ]
