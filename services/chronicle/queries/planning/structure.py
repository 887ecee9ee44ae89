"""What planning lists are made of: ages, women, young, minority, people from outside, and titles without anybody."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup, units_below
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.planning.entries import EntryLine
from services.chronicle.queries.planning.entry_queries import of_lists
from services.chronicle.queries.planning.pool_counts import BANDS, BY, YOUNG, band
from services.planning.events import RemovalReason
from shared.core.partial_dates import day_after
from shared.database.sql import Lookup, Statement, as_of_condition, known_condition


class Part(msgspec.Struct, frozen=True):
    """So many of those of whom it is known. `value` and `share` None: of nobody is it known."""

    value: int | None
    """How many; null: of nobody is it known."""
    known: int
    """Of how many it is known."""
    share: float | None
    """Share of those; null: of nobody is it known."""


class Structure(msgspec.Struct, frozen=True, kw_only=True):
    """One list on the day asked for; persons count once, `outside` counts entries.

    `titles`: how many the list plans for, `empty_titles` those nobody is planned for (None: the list names none);
    `least` and `most` are persons per title. `realised`: of all entries the list ever had, those appointed to the
    planned title. `targets` and `stated` (the last closed review) are the owner's own words, None: not stated.
    """

    planning_list: str
    """Id of the list."""
    name: str
    """What the list is called."""
    owner: str
    """Id of the body whose list it is."""
    owner_name: str
    """Its name."""
    title_set: str
    """Code of what the list plans for."""
    term: str
    """The term that it plans for."""
    bloc: str
    """Whose term that is."""
    entries: int
    """Entries that count on that day."""
    persons: int
    """Persons among them."""
    women: Part
    young: Part
    minority: Part
    outside: Part
    bands: dict[str, Part]
    """Persons by age band."""
    titles: int | None
    """How many titles the list plans for; null: it names none."""
    empty_titles: list[str] | None
    """Those that nobody is planned for; null: the list names none."""
    least: int | None
    """Fewest persons for one title; null: the list names none."""
    most: int | None
    """Most persons for one title; null: the list names none."""
    realised: Part
    targets: dict[str, Any] | None
    """The shares that it aims at; null: none."""
    stated: dict[str, Any] | None
    """The list as its owner stated it in the last review; null: not stated."""
    proof: Proof


_LISTS = Statement(f"""
SELECT l.list_id, l.name, l.owner_id, l.title_set, l.term, l.bloc, l.targets, l.opened_by, l.decision
FROM planning_lists l WHERE {as_of_condition("l")} ORDER BY l.term, l.owner_id, l.title_set, l.list_id""")
_TITLES = Lookup(f"""
SELECT t.list_id, t.post_id, t.title_code, t.title_unit FROM planning_titles t
WHERE t.list_id IN :ids AND {known_condition("t")}""")
_REVIEWS = Lookup(f"""
SELECT r.list_id, r.stated FROM planning_reviews r
WHERE r.list_id IN :ids AND r.valid_from <= :day AND {known_condition("r")} ORDER BY r.valid_from""")


def structures(
    connection: Connection,
    when: AsOf,
    *,
    place: str = "",
    term: str = "",
    young: int = YOUNG,
    bands: Sequence[int] = BANDS,
) -> list[Structure]:
    """Every list that counts on the day asked for and whose owner is the place or below it. Ages in full years."""
    lists = _LISTS(connection, day=when.as_of, known=when.known_at)
    if place:
        owners = units_below(connection, place, when, when.as_of, day_after(when.as_of))
        lists = [row for row in lists if row[2] in owners]
    lists = [row for row in lists if not term or row[4] == term]
    ids = [row[0] for row in lists]
    ever: dict[str, list[EntryLine]] = defaultdict(list)
    for line in of_lists(connection, when, ids):
        ever[line.planning_list].append(line)
    titles: dict[str, set[str]] = defaultdict(set)
    for list_, post, code, unit in _TITLES(connection, ids=ids, known=when.known_at):
        titles[list_].add(post or f"{code}@{unit}")
    stated = dict(_REVIEWS(connection, ids=ids, day=when.as_of, known=when.known_at))
    then = DatedLookup(connection, when)
    then.read(units=[row[2] for row in lists])
    documents = Documents(connection, when, (row[8] for row in lists))
    return [
        Structure(
            planning_list=row[0],
            name=row[1],
            owner=row[2],
            owner_name=then.unit(row[2], when.as_of).name,
            title_set=row[3],
            term=row[4],
            bloc=row[5],
            **_made_of([line for line in ever[row[0]] if line.live], titles[row[0]], young, bands),
            realised=_part(ever[row[0]], _realised),
            targets=_read(row[6]),
            stated=_read(stated.get(row[0], "")),
            proof=Proof(link("planning", row[0], row[7]), documents.get(row[8])),
        )
        for row in lists
    ]


def _made_of(
    lines: Sequence[EntryLine], titles: Iterable[str], young: int, bands: Sequence[int]
) -> dict[str, Any]:
    people = list({line.cadre: line for line in lines}.values())
    planned = Counter(BY["title"](line) for line in lines)
    wanted = sorted(titles)
    per_title = [planned[title] for title in wanted] if wanted else list(planned.values())
    names = [band(age, bands) for age in (0, *bands)]
    return {
        "entries": len(lines),
        "persons": len(people),
        "women": _part(people, lambda line: line.woman),
        "young": _part(people, lambda line: None if line.age is None else line.age < young),
        "minority": _part(people, lambda line: line.minority),
        "outside": _part(lines, lambda line: line.outside),
        "bands": {name: _part(people, _in_band(name, bands)) for name in names},
        "titles": len(wanted) or None,
        "empty_titles": [title for title in wanted if not planned[title]] if wanted else None,
        "least": min(per_title, default=None),
        "most": max(per_title, default=None),
    }


def _realised(line: EntryLine) -> bool:
    return not line.live and line.outcome == RemovalReason.APPOINTED


def _in_band(name: str, bands: Sequence[int]) -> Callable[[EntryLine], bool | None]:
    return lambda line: None if line.age is None else band(line.age, bands) == name


def _part(lines: Iterable[EntryLine], holds: Callable[[EntryLine], bool | None]) -> Part:
    said = [answer for line in lines if (answer := holds(line)) is not None]
    return Part(sum(said), len(said), sum(said) / len(said)) if said else Part(None, 0, None)


def _read(stated: str) -> dict[str, Any] | None:
    return msgspec.json.decode(stated) if stated else None
