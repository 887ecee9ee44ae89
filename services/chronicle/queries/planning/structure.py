"""The make-up of planning lists: ages, women, young, minority, people from outside, and titles without anybody."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup, list_units_below
from services.chronicle.queries.common.dimensions import BANDS, YOUNG, age_band, is_young, title_key
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.planning.entries import EntryLine
from services.chronicle.queries.planning.entry_queries import list_entries_of_lists
from services.chronicle.queries.planning.pool_counts import title_of
from services.planning.events import RemovalReason
from shared.core.partial_dates import day_after
from shared.database.sql import BatchQuery, Query, as_of_condition, known_condition


class Part(msgspec.Struct, frozen=True):
    """How many of those of whom it is known (`known`). `value` and `share` None: it is known of nobody."""

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
    """Women among them."""
    young: Part
    """Those under the age asked for."""
    minority: Part
    """Those of an ethnic minority."""
    outside: Part
    """Entries of people from another unit."""
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
    """Of all entries ever, those appointed to the planned title."""
    targets: dict[str, Any] | None
    """The shares that it aims at; null: none."""
    stated: dict[str, Any] | None
    """The list as its owner stated it in the last review; null: not stated."""
    proof: Proof
    """The facts and documents behind it."""


class _ListRow(NamedTuple):
    """A planning list; `targets` is JSON, empty where the list states none."""

    list_id: str
    name: str
    owner_id: str
    title_set: str
    term: str
    bloc: str
    targets: str
    opened_by: str
    decision: str


class _TitleRow(NamedTuple):
    list_id: str
    post_id: str
    title_code: str
    title_unit: str


class _ReviewRow(NamedTuple):
    list_id: str
    stated: str


_LISTS = Query(
    _ListRow,
    f"""
SELECT l.list_id, l.name, l.owner_id, l.title_set, l.term, l.bloc, l.targets, l.opened_by, l.decision
FROM planning_lists l WHERE {as_of_condition("l")} ORDER BY l.term, l.owner_id, l.title_set, l.list_id""",
)
_TITLES = BatchQuery(
    _TitleRow,
    f"""
SELECT t.list_id, t.post_id, t.title_code, t.title_unit FROM planning_titles t
WHERE t.list_id IN :ids AND {known_condition("t")}""",
)
_REVIEWS = BatchQuery(
    _ReviewRow,
    f"""
SELECT r.list_id, r.stated FROM planning_reviews r
WHERE r.list_id IN :ids AND r.valid_from <= :day AND {known_condition("r")} ORDER BY r.valid_from""",
)


def describe_lists(
    connection: Connection,
    when: AsOf,
    *,
    unit: str = "",
    term: str = "",
    young: int = YOUNG,
    bands: Sequence[int] = BANDS,
) -> list[Structure]:
    """Every list that counts on the day asked for and whose owner is the unit or below it. Ages in full years."""
    lists = _LISTS(connection, day=when.as_of, known=when.known_at)
    if unit:
        owners = list_units_below(connection, unit, when, when.as_of, day_after(when.as_of))
        lists = [row for row in lists if row.owner_id in owners]
    lists = [row for row in lists if term in ("", row.term)]
    ids = [row.list_id for row in lists]
    lines: dict[str, list[EntryLine]] = defaultdict(list)
    for line in list_entries_of_lists(connection, when, ids):
        lines[line.planning_list].append(line)
    titles: dict[str, set[str]] = defaultdict(set)
    for title in _TITLES(connection, ids=ids, known=when.known_at):
        titles[title.list_id].add(title_key(title.post_id, title.title_code, title.title_unit))
    reviews = _REVIEWS(connection, ids=ids, day=when.as_of, known=when.known_at)
    stated = {review.list_id: review.stated for review in reviews}
    lookup = DatedLookup(connection, when)
    lookup.read(units=[row.owner_id for row in lists])
    documents = Documents(connection, when, (row.decision for row in lists))
    return [
        _structure(
            row,
            lookup.unit(row.owner_id, when.as_of).name,
            lines[row.list_id],
            sorted(titles[row.list_id]),
            stated.get(row.list_id, ""),
            Proof(link("planning", row.list_id, row.opened_by), documents.get(row.decision)),
            young,
            bands,
        )
        for row in lists
    ]


def _structure(
    row: _ListRow,
    owner_name: str,
    lines: Sequence[EntryLine],
    titles: Sequence[str],
    stated: str,
    proof: Proof,
    young: int,
    bands: Sequence[int],
) -> Structure:
    """Of all lines that the list ever had."""
    live = [line for line in lines if line.live]
    people = list({line.cadre: line for line in live}.values())
    per_title = Counter(title_of(line) for line in live)
    numbers = [per_title[title] for title in titles] if titles else list(per_title.values())
    return Structure(
        planning_list=row.list_id,
        name=row.name,
        owner=row.owner_id,
        owner_name=owner_name,
        title_set=row.title_set,
        term=row.term,
        bloc=row.bloc,
        entries=len(live),
        persons=len(people),
        women=_part(people, lambda line: line.woman),
        young=_part(people, lambda line: is_young(line.age, young)),
        minority=_part(people, lambda line: line.minority),
        outside=_part(live, lambda line: line.outside),
        bands={
            name: _part(people, _in_band(name, bands))
            for name in (age_band(age, bands) for age in (0, *bands))
        },
        titles=len(titles) or None,
        empty_titles=[title for title in titles if not per_title[title]] if titles else None,
        least=min(numbers, default=None),
        most=max(numbers, default=None),
        realised=_part(lines, _realised),
        targets=_read(row.targets),
        stated=_read(stated),
        proof=proof,
    )


def _realised(line: EntryLine) -> bool:
    return not line.live and line.outcome == RemovalReason.APPOINTED


def _in_band(name: str, bands: Sequence[int]) -> Callable[[EntryLine], bool | None]:
    return lambda line: None if line.age is None else age_band(line.age, bands) == name


def _part(lines: Iterable[EntryLine], holds: Callable[[EntryLine], bool | None]) -> Part:
    """Of those lines of which it is known, how many it holds for."""
    values = [holds(line) for line in lines]
    known_of = [value for value in values if value is not None]
    return (
        Part(sum(known_of), len(known_of), sum(known_of) / len(known_of)) if known_of else Part(None, 0, None)
    )


def _read(stated: str) -> dict[str, Any] | None:
    return msgspec.json.decode(stated) if stated else None
