"""What falls due: each source looks ahead from the day asked for, and says by which rule and which fact."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup
from services.chronicle.queries.common.responses import AsOf, link
from services.chronicle.queries.tenures.holders import Posts, scope, serving
from services.regulation.domain.ages import Rising, first_day_after
from shared.core.partial_dates import Day, PDate, add_months, day_after, day_before, days_between, earliest
from shared.core.rulebook import Rulebook, RuleVersion
from shared.database.sql import Statement, as_of_condition, known_condition


class DutyLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is due on a day: about whom or which unit, by which rule, because of which fact.

    `days_left` is negative where it is overdue.
    """

    due_on: str
    days_left: int
    kind: str
    subject: str
    name: str
    unit: str
    post: str = ""
    rule: str = ""
    detail: str = ""
    basis: str = ""


class Ahead(msgspec.Struct, frozen=True):
    """What a source is given: the day, the last day looked at, and the rules in force."""

    connection: Connection
    when: AsOf
    until: Day
    book: Rulebook

    def rule(self, name: str) -> RuleVersion | None:
        return self.book.version(name, self.when.as_of)


PEOPLE = Statement(f"""
SELECT DISTINCT c.cadre_id, c.sex, c.birth, c.opened_by FROM cadres c
JOIN tenures t ON t.cadre_id = c.cadre_id AND {as_of_condition("t")} AND t.holding = 'PRIMARY'
WHERE {known_condition("c")} AND c.birth <> '' AND substr(c.birth, 1, 4) < :youngest""")
TERMS = Statement(f"""
SELECT t.cadre_id, t.post_id, t.planned_end, t.opened_by FROM tenures t
WHERE {as_of_condition("t")} AND t.planned_end <> '' AND t.planned_end < :until AND t.ended = ''""")
ENDING = Statement(f"""
SELECT d.cadre_id, d.form, d.decided_on, d.valid_to, d.opened_by, d.case_id FROM disciplines d
WHERE {known_condition("d")} AND d.valid_from <= :day""")
REMEDIES = Statement(f"""
SELECT r.subject_id, r.remedy_due, r.opened_by, r.closed_by, r.review_id FROM reviews r WHERE {known_condition("r")}
AND r.remedy_due <> '' AND r.remedy_due < :until AND (r.remedied_on = '' OR r.remedied_on > :day)""")
OVERAGES = Statement(f"""
SELECT q.unit_id, q.quota, q.amount, q.overage_allowed, q.overage_until, q.opened_by FROM quotas q
WHERE {as_of_condition("q")} AND q.overage_allowed > 0 AND q.overage_until <> '' AND q.overage_until >= :day
AND q.overage_until < :until""")
GRADED = Statement(f"""
SELECT e.subject_id FROM evaluations e WHERE e.period = :period AND e.occasion = 'ANNUAL' AND {known_condition("e")}""")

Source = Callable[[Ahead], Iterator[DutyLine]]


def due(
    ahead: Ahead, on: str, kind: str, subject: str, topic: str = "", event: str = "", **more: str
) -> DutyLine:
    return DutyLine(
        due_on=on,
        days_left=days_between(ahead.when.as_of, Day(PDate(on))),
        kind=kind,
        subject=subject,
        name="",
        unit=more.pop("unit", ""),
        basis=link(topic, more.pop("stream", subject), event),
        **more,
    )


def retirements(ahead: Ahead) -> Iterator[DutyLine]:
    """The last day of service by the table of the Labour Code, and the notice some months before it."""
    age, notice = ahead.rule("RETIRE_AGE"), ahead.rule("RETIRE_NOTICE_MONTHS")
    if age is None:
        return
    before = notice.integer("months") if notice else 0
    schedules = {sex: rising(age, name) for name, letters in SEXES.items() for sex in letters}
    youngest = str(int(ahead.until[:4]) - min(each.first for each in schedules.values()) // 12 + 1)
    for cadre, sex, birth, event in PEOPLE(
        ahead.connection, day=ahead.when.as_of, known=ahead.when.known_at, youngest=youngest
    ):
        schedule = schedules.get(sex.strip().upper())
        last = first_day_after(PDate(birth), schedule) if schedule else None
        if last is None:
            continue
        yield due(ahead, day_before(last), "RETIREMENT", cadre, "personnel", event, rule=age.label())
        if notice:
            on = day_before(add_months(last, -before))
            yield due(ahead, on, "RETIRE_NOTICE", cadre, "personnel", event, rule=notice.label())


SEXES = {"men": ("M", "NAM"), "women": ("F", "NỮ")}


def rising(version: RuleVersion, who: str) -> Rising:
    first, step, most, before = (
        version.integer(f"{who}_{part}") for part in ("first", "step", "most", "before")
    )
    return Rising(version.integer("year"), first, step, most, before)


def reappointments(ahead: Ahead) -> Iterator[DutyLine]:
    """The end of a term, from which the procedure counts back."""
    notice = ahead.rule("REAPPT_NOTICE_DAYS")
    detail = f"procedure starts {notice.integer('days')} days before" if notice else ""
    for cadre, post, end, event in TERMS(
        ahead.connection, day=ahead.when.as_of, known=ahead.when.known_at, until=ahead.until
    ):
        rule = notice.label() if notice else ""
        yield due(
            ahead, end, "REAPPOINT_DUE", cadre, "appointment", event, post=post, rule=rule, detail=detail
        )


def discipline(ahead: Ahead) -> Iterator[DutyLine]:
    """When discipline stops standing, and when it stops barring a higher post."""
    bar = ahead.rule("APPT_BAR_AFTER_DISCIPLINE")
    for cadre, form, decided, until, event, case in ENDING(
        ahead.connection, day=ahead.when.as_of, known=ahead.when.known_at
    ):
        if until[:4] != "9999":
            yield due(
                ahead, until, "DISCIPLINE_EXPIRES", cadre, "personnel", event, detail=f"{form} ({case})"
            )
        months = bar.parameters.get(form) if bar else None
        if bar and isinstance(months, int):
            on = add_months(earliest(PDate(decided)), months)
            detail = f"{form} ({case})"
            yield due(
                ahead, on, "APPOINTMENT_BAR_ENDS", cadre, "personnel", event, rule=bar.label(), detail=detail
            )


def remedies(ahead: Ahead) -> Iterator[DutyLine]:
    for subject, on, _, closed, review in REMEDIES(
        ahead.connection, day=ahead.when.as_of, known=ahead.when.known_at, until=ahead.until
    ):
        yield due(ahead, on, "REMEDY_DUE", subject, "evaluation", closed, detail=review)


def overages(ahead: Ahead) -> Iterator[DutyLine]:
    """The day on which a unit must be back within its quota."""
    for unit, quota, amount, over, until, event in OVERAGES(
        ahead.connection, day=ahead.when.as_of, known=ahead.when.known_at, until=ahead.until
    ):
        detail = f"{quota}: {amount}, {over} more until then"
        yield due(ahead, until, "OVERAGE_ENDS", unit, "organization", event, unit=unit, detail=detail)


def missing_grades(ahead: Ahead, unit: str) -> Iterator[DutyLine]:
    """The year that is over and the one that runs: who serves in the unit then, without an annual grade. Asked only of
    a unit, for nobody grades everybody."""
    year = int(ahead.when.as_of[:4])
    for period in (year - 1, year):
        end = Day(PDate(f"{period}-12-31"))
        then = AsOf(min(end, ahead.when.as_of), ahead.when.known_at)
        if end >= ahead.until:
            continue
        graded = {row[0] for row in GRADED(ahead.connection, period=str(period), known=ahead.when.known_at)}
        for cadre, where in serving(ahead.connection, unit, then).items():
            if cadre not in graded:
                yield due(ahead, end, "EVALUATION_MISSING", cadre, unit=where, detail=str(period))


SOURCES: tuple[Source, ...] = (retirements, reappointments, discipline, remedies, overages)
"""Add a source to show another kind of duty."""
PAST = ("REMEDY_DUE", "EVALUATION_MISSING", "REAPPOINT_DUE")
"""What is still shown when it is overdue."""


def duties(
    connection: Connection, when: AsOf, book: Rulebook, *, unit: str, months: int, kind: str = ""
) -> list[DutyLine]:
    """What falls due within so many months from the day asked for, in a unit or below it (empty: everywhere); overdue
    duties that still wait come first."""
    until = day_after(add_months(when.as_of, months))
    ahead = Ahead(connection, when, until, book)
    lines = [line for source in SOURCES for line in source(ahead)]
    lines += missing_grades(ahead, unit) if unit else []
    shown = [
        line
        for line in lines
        if line.due_on < until
        and (line.due_on >= when.as_of or line.kind in PAST)
        and (not kind or line.kind == kind)
    ]
    return _named(connection, when, unit, shown)


def _named(connection: Connection, when: AsOf, unit: str, lines: list[DutyLine]) -> list[DutyLine]:
    units = scope(connection, unit, when, when.as_of, day_after(when.as_of))
    posts = Posts(connection, when, (line.subject for line in lines if not line.unit))
    named: list[Any] = []
    then = DatedLookup(connection, when)
    then.read(units=[line.subject for line in lines], people=[line.subject for line in lines])
    for line in lines:
        where = line.unit or posts.unit(line.subject, when.as_of) or line.subject
        if units is None or where in units:
            name = then.person(line.subject).name or then.unit(line.subject, when.as_of).name
            named.append(msgspec.structs.replace(line, unit=where, name=name))
    return sorted(named, key=lambda line: (line.due_on, line.kind, line.subject))
