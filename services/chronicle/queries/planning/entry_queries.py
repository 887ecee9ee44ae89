"""Who is planned for what: on a day, of a cadre, or entering and leaving between two days."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup, units_below
from services.chronicle.queries.common.responses import AsOf, Documents
from services.chronicle.queries.planning.entries import EntryLine, ListOf, entry_line
from services.chronicle.rows import EntryRow
from shared.core.partial_dates import Day, day_after
from shared.database.sql import Lookup, Statement, as_of_condition, known_condition

_FIELDS = EntryRow.__struct_fields__
_LIST = ListOf._fields
_ENTRIES = f"""
SELECT {", ".join("l." + name for name in _LIST)}, {", ".join("e." + name for name in _FIELDS)}
FROM planning_entries e JOIN planning_lists l ON l.list_id = e.list_id AND {known_condition("l")} WHERE {known_condition("e")}"""
LISTS = Statement(f"SELECT l.list_id, l.owner_id FROM planning_lists l WHERE {known_condition('l')}")
OF_CADRE = Statement(f"{_ENTRIES} AND e.cadre_id = :cadre")
_OF_LISTS = f"{_ENTRIES} AND e.list_id IN :ids"
LIVE = Lookup(f"{_OF_LISTS} AND {as_of_condition('e')} AND {as_of_condition('l')}")
EVER = Lookup(f"{_OF_LISTS} AND e.valid_from <= :day")
ADDED = Lookup(f"{_OF_LISTS} AND e.valid_from >= :since AND e.valid_from < :until")
REMOVED = Lookup(f"{_OF_LISTS} AND e.ended <> '' AND e.valid_to >= :since AND e.valid_to < :until")
_HELD = Lookup(f"""
SELECT t.cadre_id, t.post_id, t.valid_from, t.valid_to FROM tenures t
WHERE t.cadre_id IN :ids AND t.holding = 'PRIMARY' AND {known_condition("t")} ORDER BY t.valid_from""")
_VERTICAL = Lookup(
    f"SELECT o.unit_id, o.vertical FROM oversight o WHERE o.unit_id IN :ids AND {as_of_condition('o')}"
)


def live(connection: Connection, when: AsOf, place: str = "") -> list[EntryLine]:
    """Entries that are live on the day asked for, in lists whose owner is the place or below it; by list and name."""
    lists = _lists(connection, place, when, when.as_of, day_after(when.as_of))
    return _lines(connection, LIVE(connection, ids=lists, day=when.as_of, known=when.known_at), when)


def of_cadre(connection: Connection, when: AsOf, cadre: str) -> list[EntryLine]:
    """Every entry of a cadre, in every list and term, as it stands on the day asked for; by date."""
    rows = OF_CADRE(connection, known=when.known_at, cadre=cadre)
    return sorted(_lines(connection, rows, when), key=lambda line: (line.start, line.entry))


def of_lists(connection: Connection, when: AsOf, lists: Sequence[str]) -> list[EntryLine]:
    """All entries that some lists have had up to the day asked for."""
    return _lines(connection, EVER(connection, ids=lists, day=when.as_of, known=when.known_at), when)


def added(connection: Connection, when: AsOf, since: Day, until: Day, place: str = "") -> list[EntryLine]:
    """Entries that begin in [since, until)."""
    lists = _lists(connection, place, when, since, until)
    rows = ADDED(connection, ids=lists, known=when.known_at, since=since, until=until)
    return _lines(connection, rows, when)


def removed(connection: Connection, when: AsOf, since: Day, until: Day, place: str = "") -> list[EntryLine]:
    """Entries that end in [since, until): decided or automatic."""
    lists = _lists(connection, place, when, since, until)
    rows = REMOVED(connection, ids=lists, known=when.known_at, since=since, until=until)
    return _lines(connection, rows, when)


def _lists(connection: Connection, place: str, when: AsOf, since: Day, until: Day) -> list[str]:
    """Those whose owner is the place or stood below it at some time of [since, until)."""
    lists = LISTS(connection, known=when.known_at)
    owners = units_below(connection, place, when, since, until) if place else None
    return [list_ for list_, owner in lists if owners is None or owner in owners]


def _lines(connection: Connection, rows: list[Any], when: AsOf) -> list[EntryLine]:
    found = [
        (row[: len(_LIST)], EntryRow(**dict(zip(_FIELDS, row[len(_LIST) :], strict=True)))) for row in rows
    ]
    entries = [entry for _, entry in found]
    people = list({entry.cadre_id for entry in entries})
    held = _HELD(connection, ids=people, known=when.known_at)
    then = DatedLookup(connection, when)
    then.read(
        units=[
            *(list_[0] for list_, _ in found),
            *(id_ for entry in entries for id_ in (entry.source_unit, entry.title_unit)),
        ],
        posts=[*(entry.post_id for entry in entries), *(row[1] for row in held)],
        people=people,
    )
    posts = defaultdict(list)
    for cadre, *term in held:
        posts[cadre].append(term)
    sources = [
        entry.source_unit or then.post(_held(posts, entry, entry.valid_from), entry.valid_from).unit
        for entry in entries
    ]
    verticals = dict(_VERTICAL(connection, ids=list({*sources}), day=when.as_of, known=when.known_at))
    then.read(units=verticals.values())
    cited = (id_ for entry in entries for id_ in (entry.decision, entry.closing_decision))
    documents = Documents(connection, when, cited)
    lines = [
        entry_line(
            ListOf(*of),
            entry,
            source,
            verticals.get(source, ""),
            _held(posts, entry, when.as_of),
            then,
            documents,
            when,
        )
        for (of, entry), source in zip(found, sources, strict=True)
    ]
    return sorted(
        lines, key=lambda line: (line.term, line.planning_list, then.person(line.cadre).name_key, line.entry)
    )


def _held(posts: Mapping[str, list[Any]], entry: EntryRow, day: str) -> str:
    """The primary post of the cadre on a day."""
    return next((post for post, since, until in posts.get(entry.cadre_id, ()) if since <= day < until), "")
