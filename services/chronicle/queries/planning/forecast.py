"""Vacancies to come against the planning pool: for every title who leaves when and why, and who could follow."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup
from services.chronicle.queries.common.dimensions import title_key
from services.chronicle.queries.common.responses import AsOf, link
from services.chronicle.queries.common.subtree import SUBTREE_ON_DAY
from services.chronicle.queries.planning import entry_queries
from services.chronicle.queries.planning.entries import EntryLine
from services.chronicle.queries.rotation.moves import list_open_postings
from services.chronicle.queries.rules import due_dates
from shared.core.partial_dates import Day, PDate, add_months, day_after
from shared.core.rulebook import Rulebook
from shared.database.sql import Query, as_of_condition

CAUSES = ("VACANT", "RETIREMENT", "TERM_END", "ROTATION_RETURN")


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """A seat that becomes free: on which day, why, and whose it is. VACANT: nobody sits there today."""

    day: str
    """The day on which the seat becomes free."""
    cause: str
    """VACANT, RETIREMENT, TERM_END or ROTATION_RETURN."""
    cadre: str = ""
    """Id of the holder; empty: nobody sits there."""
    name: str = ""
    """Name of the holder."""
    fact: str = ""
    """The fact behind it: `topic/stream/event`, to be read at `/facts/`."""


class Successor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody planned for the title. `in_time`: still in service when the first seat becomes free."""

    cadre: str
    """Id of the cadre."""
    name: str
    """Name of the person planned for it."""
    term: str
    """Term, such as 2020-2025."""
    current_title: str
    """Title held now."""
    in_time: bool
    """Whether still in service when the first seat becomes free."""
    fact: str
    """The fact that put the person on the list: `topic/stream/event`."""


class SuccessionOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """One title. `bench`: how many are planned for it and in time; `uncovered`: seats that become free beyond them."""

    post: str
    """Id of the post."""
    title: str
    """Title of the post."""
    role: str
    """HEAD, DEPUTY, MEMBER or another role of the post."""
    key_title: bool
    """Whether it is one of the key titles."""
    unit: str
    """Id of the unit."""
    unit_name: str
    """Name of the unit on that day."""
    seats: int
    """How many people the post is for; 0: no limit is set."""
    leaving: list[Leaving]
    """Every seat that becomes free, by day."""
    successors: list[Successor]
    """Everybody who is planned for the title."""
    bench: int
    """How many are planned for it and in time."""
    uncovered: int
    """How many seats become free beyond those in time."""


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Titles that lose somebody within so many years; the first day comes first. Numbers count seats and titles.

    `by_year` and `by_cause`: seats that become free. `no_successor`: titles nobody in time is planned for.
    `pool`: live entries at or below the unit; None: there is no planning list, so nothing is known of successors.
    """

    as_of: str
    """The day that was asked about."""
    known_at: str
    """The moment up to which facts count."""
    until: str
    """First day after the time looked at."""
    titles: int
    """How many titles lose somebody."""
    vacancies: int
    """How many seats become free."""
    by_year: dict[str, int]
    """Seats that become free, by year."""
    by_cause: dict[str, int]
    """Seats that become free, by cause."""
    pool: int | None
    """Live planning entries at or below the unit; null: there is no planning list."""
    no_successor: int
    """How many titles have nobody in time."""
    average_bench: float | None
    """How many are planned and in time for a title, on average; null: no title."""
    rules: list[str]
    """Versions of rules that went into it, as `RULE/number`."""
    items: list[SuccessionOutlook]
    """The titles, the first day first."""
    next: str = ""
    """What `cursor` takes to see the titles after these; empty: there are none."""


class SeatRow(NamedTuple):
    """A post of a head or deputy, once for each holder; the last three columns are None where nobody holds it."""

    post_id: str
    title: str
    title_code: str
    role: str
    key_title: bool
    unit_id: str
    seats: int
    created_by: str
    cadre_id: str | None
    planned_end: str | None
    opened_by: str | None


class Departure(NamedTuple):
    """The day on which somebody is no longer in the post, and the fact behind it."""

    day: str
    fact: str


SEATS = Query(
    SeatRow,
    f"""{SUBTREE_ON_DAY}
SELECT p.post_id, p.title, p.title_code, p.role, p.key_title, p.unit_id, p.seats, p.opened_by AS created_by,
       t.cadre_id, t.planned_end, t.opened_by
FROM sub CROSS JOIN posts p LEFT JOIN tenures t ON t.post_id = p.post_id AND {as_of_condition("t")}
WHERE p.unit_id = sub.unit_id AND {as_of_condition("p")} AND p.role IN ('HEAD', 'DEPUTY')""",
)


def forecast(connection: Connection, when: AsOf, book: Rulebook, unit: str, years: int) -> Forecast:
    """Heads and deputies of a unit and all below it, as of the day asked for."""
    until = add_months(when.as_of, 12 * years)
    rows = SEATS(connection, unit=unit, day=when.as_of, known=when.known_at)
    retires = _retirements(connection, when, until, book)
    returns = {
        (move.cadre, move.to_post): Departure(move.due, move.proof.opened)
        for move in list_open_postings(connection, when, unit)
        if move.due
    }
    entries = entry_queries.list_live_entries(connection, when, unit)
    planned: dict[str, list[EntryLine]] = defaultdict(list)
    for entry in entries:
        planned[title_key(entry.post, entry.title_code, entry.target_unit)].append(entry)
    lookup = DatedLookup(connection, when)
    lookup.read(units=[row.unit_id for row in rows], people=[row.cadre_id for row in rows if row.cadre_id])
    by_post: dict[str, list[SeatRow]] = defaultdict(list)
    for row in rows:
        by_post[row.post_id].append(row)
    items = []
    for post, holders in by_post.items():
        leaving = sorted(
            _list_leaving(holders, lookup, when, until, retires, returns), key=lambda each: each.day
        )
        title = holders[0]
        code = title_key("", title.title_code, title.unit_id)
        if leaving:
            items.append(_outlook(title, leaving, [*planned[post], *planned[code]], lookup, when, retires))
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


def _retirements(connection: Connection, when: AsOf, until: Day, book: Rulebook) -> dict[str, Departure]:
    """Of everybody who retires until then, by cadre: the first day out of service, and the fact of the birth."""
    ahead = due_dates.Ahead(connection, when, day_after(until), book)
    retiring = (each for each in due_dates.list_retirements(ahead) if each.kind == "RETIREMENT")
    return {each.subject: Departure(day_after(Day(PDate(each.due_on))), each.basis) for each in retiring}


def _list_leaving(
    holders: list[SeatRow],
    lookup: DatedLookup,
    when: AsOf,
    until: Day,
    retires: dict[str, Departure],
    returns: dict[tuple[str, str], Departure],
) -> Iterable[Leaving]:
    """Of each seat the first cause within the time; a duty that is overdue is due today."""
    post = holders[0]
    held = [(row, row.cadre_id) for row in holders if row.cadre_id]
    for _ in range(max(0, post.seats - len(held))):
        fact = link("organization", post.post_id, post.created_by)
        yield Leaving(day=when.as_of, cause="VACANT", fact=fact)
    for row, cadre in held:
        term_end = Departure(row.planned_end or "", link("appointment", cadre, row.opened_by or ""))
        departures = {
            "RETIREMENT": retires.get(cadre),
            "ROTATION_RETURN": returns.get((cadre, row.post_id)),
            "TERM_END": term_end,
        }
        dated = [
            (max(departure.day, when.as_of), cause, departure.fact)
            for cause, departure in departures.items()
            if departure and departure.day
        ]
        day, cause, fact = min(dated, default=("", "", ""))
        if day and day < until:
            yield Leaving(day=day, cause=cause, cadre=cadre, name=lookup.person(cadre).name, fact=fact)


def _outlook(
    row: SeatRow,
    leaving: list[Leaving],
    planned: list[EntryLine],
    lookup: DatedLookup,
    when: AsOf,
    retires: dict[str, Departure],
) -> SuccessionOutlook:
    first = leaving[0].day
    successors = [
        Successor(
            cadre=entry.cadre,
            name=entry.name,
            term=entry.term,
            current_title=entry.current_title,
            in_time=entry.cadre not in retires or retires[entry.cadre].day > first,
            fact=entry.proof.opened,
        )
        for entry in {entry.cadre: entry for entry in planned}.values()
    ]
    bench = sum(each.in_time for each in successors)
    return SuccessionOutlook(
        post=row.post_id,
        title=row.title,
        role=row.role,
        key_title=row.key_title,
        unit=row.unit_id,
        unit_name=lookup.unit(row.unit_id, when.as_of).name,
        seats=row.seats,
        leaving=leaving,
        successors=successors,
        bench=bench,
        uncovered=max(0, len(leaving) - bench),
    )
