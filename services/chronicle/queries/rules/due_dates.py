"""What falls due: within a time from the day asked for, each with its rule and its fact."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup
from services.chronicle.queries.common.dimensions import sex_of
from services.chronicle.queries.common.responses import AsOf, link
from services.chronicle.queries.tenures.holders import (
    PrimaryUnits,
    list_serving_cadres,
    list_units_in_scope,
)
from services.regulation.domain.ages import RisingAge, first_day_after
from shared.core.partial_dates import Day, PDate, add_months, day_after, day_before, days_between, earliest
from shared.core.rulebook import Rulebook, RuleVersion
from shared.database.sql import Query, as_of_condition, known_condition

Row = TypeVar("Row", bound=NamedTuple)


class DutyLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is due on a day: about whom or which unit, by which rule, because of which fact.

    `days_left` is negative where it is overdue.
    """

    due_on: str
    """The day it is due."""
    days_left: int
    """Days until then; negative: overdue."""
    kind: str
    """One of KINDS: RETIREMENT, REAPPOINT_DUE, ROTATION_RETURN, PLANNING_REVIEW …"""
    subject: str
    """Id of the cadre or unit it is about."""
    name: str
    """Name of the cadre or unit."""
    unit: str
    """Id of the unit it concerns."""
    unit_name: str = ""
    """Name of that unit on the day that is asked about."""
    post: str = ""
    """Id of the post."""
    title: str = ""
    """Title of that post on the day that is asked about."""
    rule: str = ""
    """The version of the rule it follows from, as `RULE/number`."""
    detail: str = ""
    """The particulars, in words."""
    basis: str = ""
    """The fact it follows from: `topic/stream/event`."""


class Ahead(msgspec.Struct, frozen=True):
    """What a source is given: the day, the last day looked at, and the rules in force."""

    connection: Connection
    when: AsOf
    until: Day
    book: Rulebook

    def rows(self, query: Query[Row]) -> list[Row]:
        return query(self.connection, day=self.when.as_of, known=self.when.known_at, until=self.until)

    def rule(self, name: str) -> RuleVersion | None:
        return self.book.version(name, self.when.as_of)


class _ServingRow(NamedTuple):
    """Somebody in a primary post, with what the retirement age depends on."""

    cadre_id: str
    sex: str
    birth: str
    opened_by: str


class _TermRow(NamedTuple):
    """A tenure that is planned to end."""

    cadre_id: str
    post_id: str
    planned_end: str
    opened_by: str


class _DisciplineRow(NamedTuple):
    """A disciplinary decision, in force until `valid_to`."""

    cadre_id: str
    form: str
    decided_on: str
    valid_to: str
    opened_by: str
    case_id: str


class RemedyRow(NamedTuple):
    """A deep review whose remedy is not recorded as done."""

    subject_id: str
    remedy_due: str
    closed_by: str
    review_id: str


class OverageRow(NamedTuple):
    """A quota that a unit may exceed for a time."""

    unit_id: str
    quota: str
    amount: int
    overage_allowed: int
    overage_until: str
    opened_by: str


class PostingRow(NamedTuple):
    """A move that lasts and is expected to end."""

    cadre_id: str
    kind: str
    valid_from: str
    certain_from: str
    due: str
    min_months: int
    to_post: str
    to_unit: str
    opened_by: str


class UnreviewedRow(NamedTuple):
    """A planning list whose review of a year is not closed."""

    list_id: str
    owner_id: str
    name: str
    opened_by: str


class GradedRow(NamedTuple):
    """Who has an annual grade."""

    subject_id: str


_PEOPLE = Query(
    _ServingRow,
    f"""
SELECT DISTINCT c.cadre_id, c.sex, c.birth, c.opened_by FROM cadres c
JOIN tenures t ON t.cadre_id = c.cadre_id AND {as_of_condition("t")} AND t.holding = 'PRIMARY'
WHERE {known_condition("c")} AND c.birth <> '' AND substr(c.birth, 1, 4) < :youngest""",
)
_TERMS = Query(
    _TermRow,
    f"""
SELECT t.cadre_id, t.post_id, t.planned_end, t.opened_by FROM tenures t
WHERE {as_of_condition("t")} AND t.planned_end <> '' AND t.planned_end < :until AND t.ended = ''""",
)
ENDING = Query(
    _DisciplineRow,
    f"""
SELECT d.cadre_id, d.form, d.decided_on, d.valid_to, d.opened_by, d.case_id FROM disciplines d
WHERE {known_condition("d")} AND d.valid_from <= :day""",
)
REMEDIES = Query(
    RemedyRow,
    f"""
SELECT r.subject_id, r.remedy_due, r.closed_by, r.review_id FROM reviews r WHERE {known_condition("r")}
AND r.remedy_due <> '' AND r.remedy_due < :until AND (r.remedied_on = '' OR r.remedied_on > :day)""",
)
OVERAGES = Query(
    OverageRow,
    f"""
SELECT q.unit_id, q.quota, q.amount, q.overage_allowed, q.overage_until, q.opened_by FROM quotas q
WHERE {as_of_condition("q")} AND q.overage_allowed > 0 AND q.overage_until <> '' AND q.overage_until >= :day
AND q.overage_until < :until""",
)
GRADED = Query(
    GradedRow,
    f"""
SELECT e.subject_id FROM evaluations e WHERE e.period = :period AND e.occasion = 'ANNUAL' AND {known_condition("e")}""",
)

POSTINGS = Query(
    PostingRow,
    f"""
SELECT r.cadre_id, r.kind, r.valid_from, r.certain_from, r.due, r.min_months, r.to_post, r.to_unit, r.opened_by
FROM rotations r WHERE {as_of_condition("r")} AND r.posting = :yes""",
)
UNREVIEWED = Query(
    UnreviewedRow,
    f"""
SELECT l.list_id, l.owner_id, l.name, l.opened_by FROM planning_lists l
WHERE {as_of_condition("l")} AND l.valid_from <= :end AND l.list_id NOT IN (
  SELECT v.list_id FROM planning_reviews v WHERE v.year = :year AND {known_condition("v")} AND v.valid_from <= :day)""",
)

_Source = Callable[[Ahead], Iterator[DutyLine]]


def build_duty(
    ahead: Ahead,
    on: str,
    kind: str,
    subject: str,
    fact: str = "",
    *,
    unit: str = "",
    post: str = "",
    rule: str = "",
    detail: str = "",
) -> DutyLine:
    """A duty; its name, and its unit unless given, are filled in later for all duties together."""
    return DutyLine(
        due_on=on,
        days_left=days_between(ahead.when.as_of, Day(PDate(on))),
        kind=kind,
        subject=subject,
        name="",
        unit=unit,
        post=post,
        rule=rule,
        detail=detail,
        basis=fact,
    )


def list_retirements(ahead: Ahead) -> Iterator[DutyLine]:
    """The last day of service by the table of the Labour Code, and the notice some months before it."""
    age, notice = ahead.rule("RETIRE_AGE"), ahead.rule("RETIRE_NOTICE_MONTHS")
    if age is None:
        return
    before = notice.integer("months") if notice else 0
    schedules = {"M": read_schedule(age, "men"), "F": read_schedule(age, "women")}
    youngest = str(int(ahead.until[:4]) - min(each.first for each in schedules.values()) // 12 + 1)
    people = _PEOPLE(ahead.connection, day=ahead.when.as_of, known=ahead.when.known_at, youngest=youngest)
    for person in people:
        schedule = schedules.get(sex_of(person.sex))
        last = first_day_after(PDate(person.birth), schedule) if schedule else None
        if last is None:
            continue
        fact = link("personnel", person.cadre_id, person.opened_by)
        yield build_duty(ahead, day_before(last), "RETIREMENT", person.cadre_id, fact, rule=age.label())
        if notice:
            on = day_before(add_months(last, -before))
            yield build_duty(ahead, on, "RETIRE_NOTICE", person.cadre_id, fact, rule=notice.label())


def read_schedule(version: RuleVersion, who: str) -> RisingAge:
    first, step, most, before = (
        version.integer(f"{who}_{part}") for part in ("first", "step", "most", "before")
    )
    return RisingAge(version.integer("year"), first, step, most, before)


def list_reappointments(ahead: Ahead) -> Iterator[DutyLine]:
    """The end of a term, from which the procedure counts back."""
    notice = ahead.rule("REAPPT_NOTICE_DAYS")
    rule = notice.label() if notice else ""
    detail = f"procedure starts {notice.integer('days')} days before" if notice else ""
    for row in ahead.rows(_TERMS):
        fact = link("appointment", row.cadre_id, row.opened_by)
        yield build_duty(
            ahead,
            row.planned_end,
            "REAPPOINT_DUE",
            row.cadre_id,
            fact,
            post=row.post_id,
            rule=rule,
            detail=detail,
        )


def list_discipline_ends(ahead: Ahead) -> Iterator[DutyLine]:
    """When discipline is no longer in force, and when it no longer bars a higher post."""
    bar = ahead.rule("APPT_BAR_AFTER_DISCIPLINE")
    for row in ahead.rows(ENDING):
        detail = f"{row.form} ({row.case_id})"
        fact = link("personnel", row.cadre_id, row.opened_by)
        if row.valid_to[:4] != "9999":
            yield build_duty(ahead, row.valid_to, "DISCIPLINE_EXPIRES", row.cadre_id, fact, detail=detail)
        months = bar.parameters.get(row.form) if bar else None
        if bar and isinstance(months, int):
            on = add_months(earliest(PDate(row.decided_on)), months)
            rule = bar.label()
            yield build_duty(ahead, on, "APPOINTMENT_BAR_ENDS", row.cadre_id, fact, rule=rule, detail=detail)


def list_remedies(ahead: Ahead) -> Iterator[DutyLine]:
    """The day by which what a deep review found is to be remedied."""
    for row in ahead.rows(REMEDIES):
        fact = link("evaluation", row.subject_id, row.closed_by)
        yield build_duty(ahead, row.remedy_due, "REMEDY_DUE", row.subject_id, fact, detail=row.review_id)


def list_overages(ahead: Ahead) -> Iterator[DutyLine]:
    """The day on which a unit must be back within its quota."""
    for row in ahead.rows(OVERAGES):
        detail = f"{row.quota}: {row.amount}, {row.overage_allowed} more until then"
        fact = link("organization", row.unit_id, row.opened_by)
        yield build_duty(
            ahead, row.overage_until, "OVERAGE_ENDS", row.unit_id, fact, unit=row.unit_id, detail=detail
        )


def list_missing_grades(ahead: Ahead, unit: str) -> Iterator[DutyLine]:
    """The year that is over and the one that runs: who serves in the unit then, without an annual grade. Only for one
    unit: for all units the list would be everybody."""
    year = int(ahead.when.as_of[:4])
    for period in range(max(year - 1, 1), year + 1):
        end = Day(PDate(f"{period:04d}-12-31"))
        last = AsOf(min(end, ahead.when.as_of), ahead.when.known_at)
        if end >= ahead.until:
            continue
        rows = GRADED(ahead.connection, period=f"{period:04d}", known=ahead.when.known_at)
        graded = {row.subject_id for row in rows}
        for cadre, where in list_serving_cadres(ahead.connection, unit, last).items():
            if cadre not in graded:
                yield build_duty(ahead, end, "EVALUATION_MISSING", cadre, unit=where, detail=str(period))


def list_returns(ahead: Ahead) -> Iterator[DutyLine]:
    """When a posting is expected to end, and when a rotation has lasted its least time."""
    when = ahead.when
    for row in POSTINGS(ahead.connection, day=when.as_of, known=when.known_at, yes=True):
        fact = link("rotation", row.cadre_id, row.opened_by)
        rotation = row.kind == "ROTATION"
        if row.due:
            kind = "ROTATION_RETURN" if rotation else "SECONDMENT_END"
            yield build_duty(
                ahead, row.due, kind, row.cadre_id, fact, unit=row.to_unit, post=row.to_post, detail=row.kind
            )
        if rotation and row.min_months and row.valid_from == row.certain_from:
            on = add_months(Day(PDate(row.valid_from)), row.min_months)
            yield build_duty(
                ahead,
                on,
                "ROTATION_MIN_REACHED",
                row.cadre_id,
                fact,
                unit=row.to_unit,
                post=row.to_post,
                detail=f"{row.min_months} months",
            )


def list_planning_reviews(ahead: Ahead) -> Iterator[DutyLine]:
    """The end of each year by which a planning list is to be reviewed: of the year that is over, and those that end in
    time."""
    when = ahead.when
    for year in range(max(int(when.as_of[:4]) - 1, 1), int(ahead.until[:4]) + 1):
        end = f"{year:04d}-12-31"
        if end >= ahead.until:
            continue
        rows = UNREVIEWED(ahead.connection, day=when.as_of, known=when.known_at, year=year, end=end)
        for row in rows:
            fact = link("planning", row.list_id, row.opened_by)
            yield build_duty(
                ahead,
                end,
                "PLANNING_REVIEW",
                row.owner_id,
                fact,
                unit=row.owner_id,
                detail=f"{row.name} {year}",
            )


_SOURCES: tuple[_Source, ...] = (
    list_retirements,
    list_reappointments,
    list_discipline_ends,
    list_remedies,
    list_overages,
    list_returns,
    list_planning_reviews,
)
"""Add a source to show another kind of duty, and its kinds to KINDS."""
KINDS = (
    *("RETIREMENT", "RETIRE_NOTICE", "REAPPOINT_DUE", "DISCIPLINE_EXPIRES", "APPOINTMENT_BAR_ENDS"),
    *("REMEDY_DUE", "OVERAGE_ENDS", "ROTATION_RETURN", "ROTATION_MIN_REACHED", "SECONDMENT_END"),
    *("PLANNING_REVIEW", "EVALUATION_MISSING"),
)
"""The kinds of duty."""
PAST = (
    *("REMEDY_DUE", "EVALUATION_MISSING", "REAPPOINT_DUE"),
    *("ROTATION_RETURN", "SECONDMENT_END", "PLANNING_REVIEW"),
)
"""What is still shown when it is overdue."""


def list_duties(
    connection: Connection, when: AsOf, book: Rulebook, *, unit: str, months: int, kind: str = ""
) -> list[DutyLine]:
    """What falls due within so many months from the day asked for, in a unit or below it (empty: everywhere); overdue
    duties that still wait come first. `kind` is one of KINDS; empty: every kind."""
    until = day_after(add_months(when.as_of, months))
    ahead = Ahead(connection, when, until, book)
    lines = [line for source in _SOURCES for line in source(ahead)]
    lines += list_missing_grades(ahead, unit) if unit else []
    shown = [
        line
        for line in lines
        if line.due_on < until
        and (line.due_on >= when.as_of or line.kind in PAST)
        and (not kind or line.kind == kind)
    ]
    return _fill_in_names(connection, when, unit, shown)


def _fill_in_names(connection: Connection, when: AsOf, unit: str, lines: list[DutyLine]) -> list[DutyLine]:
    """With names and units, of those in the unit or below it (empty: everywhere)."""
    units = list_units_in_scope(connection, unit, when, when.as_of, day_after(when.as_of))
    posts = PrimaryUnits(connection, when, (line.subject for line in lines if not line.unit))
    named: list[DutyLine] = []
    lookup = DatedLookup(connection, when)
    subjects, day = [line.subject for line in lines], when.as_of
    where = {line.subject: posts.unit(line.subject, day) for line in lines if not line.unit}
    lookup.read(
        units=[*subjects, *(line.unit or where[line.subject] for line in lines)],
        posts=[line.post for line in lines],
        people=subjects,
    )
    for line in lines:
        unit_id = line.unit or lookup.post(line.post, day).unit or where[line.subject] or line.subject
        if units is None or unit_id in units:
            named.append(
                msgspec.structs.replace(
                    line,
                    unit=unit_id,
                    unit_name=lookup.unit(unit_id, day).name,
                    title=lookup.post(line.post, day).title,
                    name=lookup.person(line.subject).name or lookup.unit(line.subject, day).name,
                )
            )
    return sorted(named, key=lambda line: (line.due_on, line.kind, line.subject))
