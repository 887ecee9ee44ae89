"""Vacancies to come against the planning pool: for every title who leaves when and why, and who could follow."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup
from services.chronicle.queries.common.responses import AsOf, link
from services.chronicle.queries.planning import entry_queries
from services.chronicle.queries.planning.entries import EntryLine
from services.chronicle.queries.rotation.moves import open_postings
from services.chronicle.queries.rules import due_dates
from shared.core.partial_dates import Day, add_months, day_after
from shared.core.rulebook import Rulebook
from shared.database.sql import Statement, as_of_condition

CAUSES = ("VACANT", "RETIREMENT", "TERM_END", "ROTATION_RETURN")


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """A seat that becomes free: on which day, why, and whose it is. VACANT: nobody sits there today."""

    day: str
    cause: str
    cadre: str = ""
    name: str = ""
    fact: str = ""


class Successor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody planned for the title. `in_time`: still in service when the first seat becomes free."""

    cadre: str
    name: str
    term: str
    current_title: str
    in_time: bool
    fact: str


class SuccessionOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """One title. `bench`: how many are planned for it and in time; `uncovered`: seats that become free beyond them."""

    post: str
    title: str
    role: str
    key_title: bool
    unit: str
    unit_name: str
    seats: int
    leaving: list[Leaving]
    successors: list[Successor]
    bench: int
    uncovered: int


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Titles that lose somebody within so many years; the first day comes first. Numbers count seats and titles.

    `by_year` and `by_cause`: seats that become free. `no_successor`: titles nobody in time is planned for.
    `pool`: live entries of the place; None: there is no planning list, so nothing is known of successors.
    """

    as_of: str
    known_at: str
    until: str
    titles: int
    vacancies: int
    by_year: dict[str, int]
    by_cause: dict[str, int]
    pool: int | None
    no_successor: int
    average_bench: float | None
    rules: list[str]
    items: list[SuccessionOutlook]


SEATS = Statement(f"""
WITH RECURSIVE sub(unit_id) AS (
  SELECT u.unit_id FROM units u WHERE u.unit_id = :place AND {as_of_condition("u")}
  UNION SELECT u.unit_id FROM sub JOIN units u ON u.parent_id = sub.unit_id WHERE {as_of_condition("u")}
)
SELECT p.post_id, p.title, p.title_code, p.role, p.key_title, p.unit_id, p.seats, p.opened_by,
       t.cadre_id, t.planned_end, t.opened_by
FROM sub CROSS JOIN posts p LEFT JOIN tenures t ON t.post_id = p.post_id AND {as_of_condition("t")}
WHERE p.unit_id = sub.unit_id AND {as_of_condition("p")} AND p.role IN ('HEAD', 'DEPUTY')""")


def forecast(connection: Connection, when: AsOf, book: Rulebook, place: str, years: int) -> Forecast:
    """Heads and deputies of a unit and all below it, as things stand on the day asked for."""
    until = add_months(when.as_of, 12 * years)
    rows = SEATS(connection, place=place, day=when.as_of, known=when.known_at)
    retires = _retirements(connection, when, until, book)
    back = {
        (move.cadre, move.to_post): (move.due, move.proof.opened)
        for move in open_postings(connection, when, place)
        if move.due
    }
    entries = entry_queries.live(connection, when, place)
    planned: dict[str, list[EntryLine]] = defaultdict(list)
    for entry in entries:
        planned[entry.post or f"{entry.title_code}@{entry.target_unit}"].append(entry)
    then = DatedLookup(connection, when)
    then.read(units=[row[5] for row in rows], people=[row[8] for row in rows if row[8]])
    by_post: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_post[row[0]].append(row)
    items = []
    for post, sits in by_post.items():
        leaving = sorted(_leaving(sits, then, when, until, retires, back), key=lambda each: each.day)
        code = f"{sits[0][2]}@{sits[0][5]}"
        if leaving:
            items.append(_outlook(sits[0], leaving, [*planned[post], *planned[code]], then, when, retires))
    age = book.version("RETIRE_AGE", when.as_of)
    seats = [each for item in items for each in item.leaving]
    return Forecast(
        as_of=when.as_of,
        known_at=when.known_at,
        until=until,
        titles=len(items),
        vacancies=len(seats),
        by_year=dict(sorted(Counter(each.day[:4] for each in seats).items())),
        by_cause={cause: sum(each.cause == cause for each in seats) for cause in CAUSES},
        pool=len(entries) or None,
        no_successor=sum(not item.bench for item in items),
        average_bench=sum(item.bench for item in items) / len(items) if items else None,
        rules=[age.label()] if age else [],
        items=sorted(items, key=lambda item: (item.leaving[0].day, item.unit_name, item.title, item.post)),
    )


def _retirements(
    connection: Connection, when: AsOf, until: Day, book: Rulebook
) -> dict[str, tuple[str, str]]:
    """Of everybody who retires until then: the first day out of service, and the fact that tells the birth."""
    ahead = due_dates.Ahead(connection, when, day_after(until), book)
    found = (each for each in due_dates.retirements(ahead) if each.kind == "RETIREMENT")
    return {each.subject: (day_after(Day(each.due_on)), each.basis) for each in found}  # type: ignore[arg-type]


def _leaving(
    sits: list[Any],
    then: DatedLookup,
    when: AsOf,
    until: Day,
    retires: dict[str, tuple[str, str]],
    back: dict[tuple[str, str], tuple[str, str]],
) -> Iterable[Leaving]:
    """Of each seat the first cause within the time; a duty that is overdue is due today."""
    held = [row for row in sits if row[8]]
    for _ in range(max(0, sits[0][6] - len(held))):
        yield Leaving(day=when.as_of, cause="VACANT", fact=link("organization", sits[0][0], sits[0][7]))
    for row in held:
        post, cadre = row[0], row[8]
        ways = [
            ("RETIREMENT", *retires.get(cadre, ("", ""))),
            ("ROTATION_RETURN", *back.get((cadre, post), ("", ""))),
            ("TERM_END", row[9], link("appointment", cadre, row[10])),
        ]
        first = min(((max(day, when.as_of), cause, fact) for cause, day, fact in ways if day), default=None)
        if first and first[0] < until:
            day, cause, fact = first
            yield Leaving(day=day, cause=cause, cadre=cadre, name=then.person(cadre).name, fact=fact)


def _outlook(
    row: Any,
    leaving: list[Leaving],
    planned: list[EntryLine],
    then: DatedLookup,
    when: AsOf,
    retires: dict[str, tuple[str, str]],
) -> SuccessionOutlook:
    first = leaving[0].day
    successors = [
        Successor(
            cadre=entry.cadre,
            name=entry.name,
            term=entry.term,
            current_title=entry.current_title,
            in_time=retires.get(entry.cadre, ("9999", ""))[0] > first,
            fact=entry.proof.opened,
        )
        for entry in {entry.cadre: entry for entry in planned}.values()
    ]
    bench = sum(each.in_time for each in successors)
    return SuccessionOutlook(
        post=row[0],
        title=row[1],
        role=row[3],
        key_title=bool(row[4]),
        unit=row[5],
        unit_name=then.unit(row[5], when.as_of).name,
        seats=row[6],
        leaving=leaving,
        successors=successors,
        bench=bench,
        uncovered=max(0, len(leaving) - bench),
    )
