"""Who is planned for what: on a day, of a cadre, or entering and leaving between two days."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup, list_units_below
from services.chronicle.queries.common.responses import AsOf, Documents
from services.chronicle.queries.planning.entries import (
    EntryLine,
    ListRow,
    make_entry_line,
)
from services.chronicle.rows import EntryRow
from shared.core.partial_dates import Day, day_after
from shared.database.sql import BatchQuery, Query, as_of_condition, known_condition


class OwnerRow(NamedTuple):
    list_id: str
    owner_id: str


class _TermRow(NamedTuple):
    """A cadre's primary post over [valid_from, valid_to)."""

    cadre_id: str
    post_id: str
    valid_from: str
    valid_to: str


class VerticalRow(NamedTuple):
    unit_id: str
    vertical: str


_ENTRIES = f"""
SELECT {", ".join("e." + name for name in EntryRow.__struct_fields__)} FROM planning_entries e WHERE {known_condition("e")}"""
_OF_LISTS = f"{_ENTRIES} AND e.list_id IN :ids"
_LIVE = BatchQuery(EntryRow, f"{_OF_LISTS} AND {as_of_condition('e')}")
EVER = BatchQuery(EntryRow, f"{_OF_LISTS} AND e.valid_from <= :day")
ADDED = BatchQuery(EntryRow, f"{_OF_LISTS} AND e.valid_from >= :since AND e.valid_from < :until")
REMOVED = BatchQuery(
    EntryRow, f"{_OF_LISTS} AND e.ended <> '' AND e.valid_to >= :since AND e.valid_to < :until"
)
_OF_CADRE = Query(EntryRow, f"{_ENTRIES} AND e.cadre_id = :cadre")
OWNERS = Query(OwnerRow, f"SELECT l.list_id, l.owner_id FROM planning_lists l WHERE {known_condition('l')}")
LIVE_OWNERS = Query(
    OwnerRow, f"SELECT l.list_id, l.owner_id FROM planning_lists l WHERE {as_of_condition('l')}"
)
LISTS = BatchQuery(
    ListRow,
    f"""
SELECT l.list_id, l.owner_id, l.title_set, l.term, l.name, l.bloc, l.age_reference, l.valid_to FROM planning_lists l
WHERE l.list_id IN :ids AND {known_condition("l")}""",
)
PRIMARY_POSTS = BatchQuery(
    _TermRow,
    f"""
SELECT t.cadre_id, t.post_id, t.valid_from, t.valid_to FROM tenures t
WHERE t.cadre_id IN :ids AND t.holding = 'PRIMARY' AND {known_condition("t")} ORDER BY t.valid_from""",
)
VERTICALS = BatchQuery(
    VerticalRow,
    f"SELECT o.unit_id, o.vertical FROM oversight o WHERE o.unit_id IN :ids AND {as_of_condition('o')}",
)


class PrimaryPosts:
    """The primary posts of some cadres by day."""

    def __init__(self, connection: Connection, when: AsOf, cadres: Collection[str]) -> None:
        self._terms: dict[str, list[_TermRow]] = defaultdict(list)
        for row in PRIMARY_POSTS(connection, ids=sorted(cadres), known=when.known_at):
            self._terms[row.cadre_id].append(row)

    def ids(self) -> list[str]:
        return [row.post_id for rows in self._terms.values() for row in rows]

    def on(self, cadre: str, day: str) -> str:
        """The first where there are several; empty where there is none."""
        rows = self._terms.get(cadre, [])
        return next((row.post_id for row in rows if row.valid_from <= day < row.valid_to), "")


def list_live_entries(connection: Connection, when: AsOf, unit: str = "") -> list[EntryLine]:
    """Entries that are live on the day asked for, in lists whose owner is the unit or below it; by list and name."""
    owners = LIVE_OWNERS(connection, day=when.as_of, known=when.known_at)
    lists = _within(connection, owners, unit, when, when.as_of, day_after(when.as_of))
    return _lines(connection, _LIVE(connection, ids=lists, day=when.as_of, known=when.known_at), when)


def list_entries_of_cadre(connection: Connection, when: AsOf, cadre: str) -> list[EntryLine]:
    """Every entry of a cadre, in every list and term, as of the day asked for; by date."""
    rows = _OF_CADRE(connection, known=when.known_at, cadre=cadre)
    return sorted(_lines(connection, rows, when), key=lambda line: (line.start, line.entry))


def list_entries_of_lists(connection: Connection, when: AsOf, lists: Sequence[str]) -> list[EntryLine]:
    """All entries that some lists have had up to the day asked for."""
    return _lines(connection, EVER(connection, ids=lists, day=when.as_of, known=when.known_at), when)


def list_added_entries(
    connection: Connection, when: AsOf, since: Day, until: Day, unit: str = ""
) -> list[EntryLine]:
    """Entries that begin in [since, until)."""
    owners = OWNERS(connection, known=when.known_at)
    lists = _within(connection, owners, unit, when, since, until)
    rows = ADDED(connection, ids=lists, known=when.known_at, since=since, until=until)
    return _lines(connection, rows, when)


def list_removed_entries(
    connection: Connection, when: AsOf, since: Day, until: Day, unit: str = ""
) -> list[EntryLine]:
    """Entries that end in [since, until): decided or automatic."""
    owners = OWNERS(connection, known=when.known_at)
    lists = _within(connection, owners, unit, when, since, until)
    rows = REMOVED(connection, ids=lists, known=when.known_at, since=since, until=until)
    return _lines(connection, rows, when)


def _within(
    connection: Connection, lists: list[OwnerRow], unit: str, when: AsOf, since: Day, until: Day
) -> list[str]:
    """The lists whose owner is the unit or was below it at some time of [since, until); no unit: all."""
    owners = list_units_below(connection, unit, when, since, until) if unit else None
    return [row.list_id for row in lists if owners is None or row.owner_id in owners]


def _lines(connection: Connection, entries: list[EntryRow], when: AsOf) -> list[EntryLine]:
    """With the names of the day asked for; by term, list and name."""
    list_ids = list(dict.fromkeys(entry.list_id for entry in entries))
    lists = {row.list_id: row for row in LISTS(connection, ids=list_ids, known=when.known_at)}
    entries = [entry for entry in entries if entry.list_id in lists]
    posts = PrimaryPosts(connection, when, {entry.cadre_id for entry in entries})
    lookup = DatedLookup(connection, when)
    lookup.read(
        units=[
            *(row.owner_id for row in lists.values()),
            *(unit for entry in entries for unit in (entry.source_unit, entry.title_unit)),
        ],
        posts=[*(entry.post_id for entry in entries), *posts.ids()],
        people=[entry.cadre_id for entry in entries],
    )
    sources = [_source(entry, posts, lookup) for entry in entries]
    verticals = {
        row.unit_id: row.vertical
        for row in VERTICALS(connection, ids=sorted({*sources}), day=when.as_of, known=when.known_at)
    }
    lookup.read(units=verticals.values())
    cited = (id_ for entry in entries for id_ in (entry.decision, entry.closing_decision))
    documents = Documents(connection, when, cited)
    lines = [
        make_entry_line(
            lists[entry.list_id],
            entry,
            source,
            verticals.get(source, ""),
            posts.on(entry.cadre_id, when.as_of),
            lookup,
            documents,
            when,
        )
        for entry, source in zip(entries, sources, strict=True)
    ]
    return sorted(
        lines,
        key=lambda line: (line.term, line.planning_list, lookup.person(line.cadre).name_key, line.entry),
    )


def _source(entry: EntryRow, posts: PrimaryPosts, lookup: DatedLookup) -> str:
    """The unit that the entry names, else that of the primary post on its first day."""
    if entry.source_unit:
        return entry.source_unit
    return lookup.post(posts.on(entry.cadre_id, entry.valid_from), entry.valid_from).unit
