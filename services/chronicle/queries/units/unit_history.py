"""Units through time: lists, versions, and lineage over reorganisations."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link, read_codes
from shared.core.facts import Code
from shared.core.partial_dates import FIRST_DAY, LAST_DAY
from shared.core.text import fold
from shared.database.sql import (
    Query,
    as_of_condition,
    certain_condition,
    contains,
    known_condition,
    optional,
    pattern,
)


class UnitLine(msgspec.Struct, frozen=True, kw_only=True):
    """A unit under one name, kind and parent over [valid_from, valid_to)."""

    unit: str
    """Id of the unit."""
    parent: str
    """Id of the unit above it; empty: none."""
    name: str
    """Its name then."""
    kind: str
    """What kind of unit it is."""
    kind_label: str
    """The type in the words of the source."""
    level: str
    """CENTRAL, PROVINCE, DISTRICT or COMMUNE; empty: none of them."""
    valid_from: str
    """First day."""
    valid_to: str
    """First day after."""
    certain: bool
    """False where partial dates leave open whether it is so on that day."""
    children: int
    """How many units are directly below it."""
    opening: str
    """How this line began: established, renamed and so on."""
    closing: str
    """How it ended, likewise; empty: it has not."""
    codes: list[Code]
    """Its codes in other schemes."""
    proof: Proof
    """The facts it comes from."""


class LineageLine(msgspec.Struct, frozen=True, kw_only=True):
    """One clause on the way from an ancestor to a descendant, under the names of that day."""

    source: str
    """Id of the unit that gave."""
    source_name: str
    """Its name then."""
    source_kind: str
    """Its kind then."""
    source_parent_name: str
    """Name of the unit above it then."""
    target: str
    """Id of the unit that received."""
    target_name: str
    """Its name then."""
    target_kind: str
    """Its kind then."""
    portion: str
    """WHOLE, PART or REMAINDER."""
    clause_no: int
    """Number of the clause in the resolution."""
    date: str
    """The day of the reorganisation."""
    hops: int
    """Number of the reorganisation, counted from the unit asked for: 1 is the nearest."""
    title: str
    """What the reorganisation is called."""
    proof: Proof
    """The facts it comes from."""


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit's territory and tasks came from, and where they went, through any number of reorganisations."""

    as_of: str
    """The day that the answer is about."""
    known_at: str
    """The moment up to which facts count."""
    unit: str
    """Id of the unit."""
    predecessors: list[LineageLine]
    """What it came from."""
    successors: list[LineageLine]
    """What came of it."""


class _UnitRow(NamedTuple):
    """A unit under one name, kind and parent."""

    unit_id: str
    parent_id: str
    name: str
    kind: str
    kind_label: str
    level: str
    valid_from: str
    valid_to: str
    certain: bool
    children: int
    opening: str
    closing: str
    codes: str
    opened_by: str
    decision: str
    closed_by: str
    closing_decision: str


class _LastChildRow(NamedTuple):
    """A unit that was under another one when that ended."""

    unit_id: str
    ended: str


class _EdgeRow(NamedTuple):
    """One clause of a reorganisation, with the names of that day; None: the unit is not on record."""

    source_id: str
    source_name: str | None
    source_kind: str | None
    source_parent_name: str | None
    target_id: str
    target_name: str | None
    target_kind: str | None
    portion: str
    clause_no: int
    valid_from: str
    certain_from: str
    title: str
    reorganisation: str
    opened_by: str
    decision: str


_COLUMNS = f"""
SELECT u.unit_id, u.parent_id, u.name, u.kind, u.kind_label, u.level, u.valid_from, u.valid_to,
       {certain_condition("u")} AS certain,
       (SELECT count(*) FROM units k WHERE k.parent_id = u.unit_id AND {as_of_condition("k")}) AS children,
       u.opening, u.closing, u.codes, u.opened_by, u.decision, u.closed_by, u.closing_decision
FROM units u"""
LIST = Query(
    _UnitRow,
    f"{_COLUMNS} WHERE {as_of_condition('u')} AND {contains('u.search', 'q')} "
    f"AND {optional('u.level', 'level')} AND (:parent = '' OR u.parent_id = :parent_id) "
    "AND (:scheme = '' OR u.unit_id IN (SELECT k.subject FROM unit_codes k "
    f"WHERE k.scheme = :scheme AND {as_of_condition('k')})) AND (u.name, u.unit_id) > (:after_name, :after_id) "
    "ORDER BY u.name, u.unit_id LIMIT :limit",
)
VERSIONS = Query(
    _UnitRow, f"{_COLUMNS} WHERE u.unit_id = :unit AND {known_condition('u')} ORDER BY u.valid_from"
)


def _on_that_day(column: str, end: str, when: str) -> str:
    """A column of the unit at one end of an edge."""
    condition = f"n.unit_id = e.{end} AND {known_condition('n')} AND {when}"
    return f"(SELECT max(n.{column}) FROM units n WHERE {condition})"


_BEFORE = "n.valid_from < e.valid_from AND n.valid_to >= e.valid_from"
_AFTER = "n.valid_from <= e.valid_from AND n.valid_to > e.valid_from"
_PARENT = f"""(SELECT max(m.name) FROM units n JOIN units m ON m.unit_id = n.parent_id AND {known_condition("m")}
  AND m.valid_from < e.valid_from AND m.valid_to >= e.valid_from
  WHERE n.unit_id = e.source_id AND {known_condition("n")} AND {_BEFORE})"""
_EDGES = f"""
SELECT e.source_id, {_on_that_day("name", "source_id", _BEFORE)} AS source_name,
       {_on_that_day("kind", "source_id", _BEFORE)} AS source_kind, {_PARENT} AS source_parent_name,
       e.target_id, {_on_that_day("name", "target_id", _AFTER)} AS target_name,
       {_on_that_day("kind", "target_id", _AFTER)} AS target_kind,
       e.portion, e.clause_no, e.valid_from, e.certain_from, e.title, e.reorganisation, e.opened_by, e.decision
FROM edges e WHERE {known_condition("e")} AND """
INTO = Query(_EdgeRow, f"{_EDGES} e.target_id = :unit")
OUT_OF = Query(_EdgeRow, f"{_EDGES} e.source_id = :unit")
LAST_CHILDREN = Query(
    _LastChildRow,
    f"""
SELECT DISTINCT k.unit_id, u.valid_to AS ended FROM units u JOIN units k ON k.parent_id = u.unit_id AND {known_condition("k")}
  AND k.valid_from < u.valid_to AND k.valid_to >= u.valid_to
WHERE u.unit_id = :unit AND u.closing <> '' AND {known_condition("u")} ORDER BY k.unit_id""",
)


def list_units(
    connection: Connection,
    when: AsOf,
    *,
    parent: str = "",
    q: str = "",
    level: str = "",
    scheme: str = "",
    after: tuple[str, str] = ("", ""),
    limit: int = 200,
) -> list[UnitLine]:
    """Units as of a day by name, one page. `parent="root"` asks for those under none."""
    rows = LIST(
        connection,
        day=when.as_of,
        known=when.known_at,
        q=pattern(fold(q)),
        level=level,
        parent=parent,
        parent_id="" if parent == "root" else parent,
        scheme=scheme,
        after_name=after[0],
        after_id=after[1],
        limit=limit,
    )
    return _unit_lines(connection, rows, when)


def list_unit_versions(connection: Connection, unit: str, when: AsOf) -> list[UnitLine]:
    """Every name, kind and parent the unit has had, in effective order."""
    rows = VERSIONS(connection, unit=unit, day=when.as_of, known=when.known_at)
    return _unit_lines(connection, rows, when)


def _unit_lines(connection: Connection, rows: list[_UnitRow], when: AsOf) -> list[UnitLine]:
    documents = Documents(
        connection, when, (id_ for row in rows for id_ in (row.decision, row.closing_decision))
    )
    return [
        UnitLine(
            unit=row.unit_id,
            parent=row.parent_id,
            name=row.name,
            kind=row.kind,
            kind_label=row.kind_label,
            level=row.level,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            certain=row.certain,
            children=row.children,
            opening=row.opening,
            closing=row.closing,
            codes=read_codes(row.codes),
            proof=Proof(
                link("organization", row.unit_id, row.opened_by),
                documents.get(row.decision),
                link("organization", row.unit_id, row.closed_by),
                documents.get(row.closing_decision),
            ),
        )
        for row in rows
    ]


def trace_lineage(connection: Connection, unit: str, when: AsOf) -> Lineage:
    """A unit without a clause of its own, as a level that is abolished, is followed through its last children."""
    return Lineage(
        as_of=when.as_of,
        known_at=when.known_at,
        unit=unit,
        predecessors=_predecessors(connection, unit, when),
        successors=_successors(connection, {unit: FIRST_DAY}, when)
        or _successors(connection, _last_children(connection, unit, when), when),
    )


def _last_children(connection: Connection, unit: str, when: AsOf) -> dict[str, str]:
    """The units under a unit when it ended, and the day on which it did."""
    return {row.unit_id: row.ended for row in LAST_CHILDREN(connection, unit=unit, known=when.known_at)}


def _predecessors(connection: Connection, unit: str, when: AsOf) -> list[LineageLine]:
    """Where it came from. What joined a unit after it gave something away is no origin of what it gave."""

    def follow(edge: _EdgeRow, until: str) -> tuple[str, str] | None:
        return (edge.source_id, edge.certain_from) if edge.valid_from <= until else None

    return _walk(connection, INTO, {unit: LAST_DAY}, follow, max, when)


def _successors(connection: Connection, units: Mapping[str, str], when: AsOf) -> list[LineageLine]:
    """Where it went, from the day given with each unit on. What a unit gave away before it received something is not
    what came of that."""

    def follow(edge: _EdgeRow, since: str) -> tuple[str, str] | None:
        return (edge.target_id, edge.valid_from) if edge.certain_from >= since else None

    return _walk(connection, OUT_OF, units, follow, min, when)


def _walk(
    connection: Connection,
    query: Query[_EdgeRow],
    units: Mapping[str, str],
    follow: Callable[[_EdgeRow, str], tuple[str, str] | None],
    widest: Callable[[str, str], str],
    when: AsOf,
) -> list[LineageLine]:
    """Breadth first over the clauses, in the order of time. `follow` gives the unit at the far end of a clause and the
    day that bounds its own clauses; None: the clause is on the wrong side of the day of the unit.

    A unit met again is walked again only where its day is wider, so a circle in the data ends.
    """
    documents = Documents(connection, when)
    lines: list[LineageLine] = []
    walked: set[_EdgeRow] = set()
    days, frontier, hops = dict(units), dict(units), 0
    while frontier:
        hops += 1
        following: dict[str, str] = {}
        edges = set()
        for unit, day in frontier.items():
            for edge in query(connection, unit=unit, known=when.known_at):
                if (end := follow(edge, day)) is None:
                    continue
                edges.add(edge)
                far, bound = end
                if far not in days or widest(days[far], bound) != days[far]:
                    days[far] = following[far] = bound
        lines += [_lineage_line(edge, hops, documents) for edge in sorted(edges - walked, key=_clause_order)]
        walked |= edges
        frontier = dict(sorted(following.items()))
    return lines


def _clause_order(edge: _EdgeRow) -> tuple[str, int, str, str]:
    return edge.valid_from, edge.clause_no, edge.source_name or "", edge.target_name or ""


def _lineage_line(edge: _EdgeRow, hops: int, documents: Documents) -> LineageLine:
    return LineageLine(
        source=edge.source_id,
        source_name=edge.source_name or "",
        source_kind=edge.source_kind or "",
        source_parent_name=edge.source_parent_name or "",
        target=edge.target_id,
        target_name=edge.target_name or "",
        target_kind=edge.target_kind or "",
        portion=edge.portion,
        clause_no=edge.clause_no,
        date=edge.valid_from,
        hops=hops,
        title=edge.title,
        proof=Proof(link("organization", edge.reorganisation, edge.opened_by), documents.get(edge.decision)),
    )
