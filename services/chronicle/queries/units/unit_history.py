"""Units through time: lists, versions, and lineage over reorganisations."""

from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from shared.core.facts import Code
from shared.core.text import fold
from shared.database.sql import Statement, as_of_condition, certain_condition, known_condition


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


_COLUMNS = f"""
SELECT u.unit_id, u.parent_id, u.name, u.kind, u.kind_label, u.level, u.valid_from, u.valid_to, {certain_condition("u")},
       (SELECT count(*) FROM units k WHERE k.parent_id = u.unit_id AND {as_of_condition("k")}),
       u.opening, u.closing, u.codes, u.opened_by, u.decision, u.closed_by, u.closing_decision
FROM units u"""
LIST = Statement(
    f"{_COLUMNS} WHERE {as_of_condition('u')} AND u.search LIKE :q AND u.level LIKE :level AND u.parent_id LIKE :parent "
    "AND u.codes LIKE :codes AND (u.name, u.unit_id) > (:after_name, :after_id) ORDER BY u.name, u.unit_id LIMIT :limit"
)
VERSIONS = Statement(f"{_COLUMNS} WHERE u.unit_id = :unit AND {known_condition('u')} ORDER BY u.valid_from")
_NAME_THEN = """(SELECT max({column}) FROM units n WHERE n.unit_id = e.{end} AND {known} AND {when})"""


def _then(column: str, end: str, when: str) -> str:
    return _NAME_THEN.format(column=f"n.{column}", end=end, known=known_condition("n"), when=when)


_BEFORE = "n.valid_from < e.valid_from AND n.valid_to >= e.valid_from"
_AFTER = "n.valid_from <= e.valid_from AND n.valid_to > e.valid_from"
_PARENT = f"""(SELECT max(m.name) FROM units n JOIN units m ON m.unit_id = n.parent_id AND {known_condition("m")}
  AND m.valid_from < e.valid_from AND m.valid_to >= e.valid_from
  WHERE n.unit_id = e.source_id AND {known_condition("n")} AND {_BEFORE})"""
_EDGES = f"""
SELECT e.source_id, {_then("name", "source_id", _BEFORE)}, {_then("kind", "source_id", _BEFORE)}, {_PARENT},
       e.target_id, {_then("name", "target_id", _AFTER)}, {_then("kind", "target_id", _AFTER)},
       e.portion, e.clause_no, e.valid_from, e.title, e.reorganisation, e.opened_by, e.decision
FROM edges e WHERE {known_condition("e")} AND """
INTO = Statement(f"{_EDGES} e.target_id = :unit")
OUT_OF = Statement(f"{_EDGES} e.source_id = :unit")


LAST_CHILDREN = Statement(f"""
SELECT DISTINCT k.unit_id FROM units u JOIN units k ON k.parent_id = u.unit_id AND {known_condition("k")}
  AND k.valid_from < u.valid_to AND k.valid_to >= u.valid_to
WHERE u.unit_id = :unit AND u.closing <> '' AND {known_condition("u")} ORDER BY k.unit_id""")


def units(
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
        q=f"%{fold(q)}%",
        level=level or "%",
        parent="" if parent == "root" else parent or "%",
        codes=f"%{scheme}\t%" if scheme else "%",
        after_name=after[0],
        after_id=after[1],
        limit=limit,
    )
    return _unit_lines(connection, rows, when)


def versions(connection: Connection, unit: str, when: AsOf) -> list[UnitLine]:
    """Every name, kind and parent the unit has had, in effective order."""
    rows = VERSIONS(connection, unit=unit, day=when.as_of, known=when.known_at)
    return _unit_lines(connection, rows, when)


def _unit_lines(connection: Connection, rows: list[Any], when: AsOf) -> list[UnitLine]:
    documents = Documents(connection, when, (id_ for row in rows for id_ in (row[14], row[16])))
    return [
        UnitLine(
            **dict(zip(UnitLine.__struct_fields__[:8], row[:8], strict=True)),
            certain=bool(row[8]),
            children=row[9],
            opening=row[10],
            closing=row[11],
            codes=[Code(*line.split("\t")) for line in row[12].split("\n") if line],
            proof=Proof(
                link("organization", row[0], row[13]),
                documents.get(row[14]),
                link("organization", row[0], row[15]),
                documents.get(row[16]),
            ),
        )
        for row in rows
    ]


def lineage(connection: Connection, unit: str, when: AsOf) -> Lineage:
    return Lineage(
        as_of=when.as_of,
        known_at=when.known_at,
        unit=unit,
        predecessors=_walk(connection, INTO, [unit], 0, when),
        successors=_walk(connection, OUT_OF, [unit], 4, when)
        or _walk(connection, OUT_OF, _last_children(connection, unit, when), 4, when),
    )


def _last_children(connection: Connection, unit: str, when: AsOf) -> list[str]:
    """A level that is abolished has no clause of its own: its parts went where they went."""
    return [row[0] for row in LAST_CHILDREN(connection, unit=unit, known=when.known_at)]


def _walk(
    connection: Connection, ask: Statement, units: list[str], far_end: int, when: AsOf
) -> list[LineageLine]:
    """Breadth first over the clauses; a unit met again is not walked again, so a circle in the data ends."""
    documents = Documents(connection, when)
    lines: list[LineageLine] = []
    seen, frontier, hops = set(units), units, 0
    while frontier:
        hops += 1
        rows = [row for each in frontier for row in ask(connection, unit=each, known=when.known_at)]
        for row in sorted(rows, key=lambda row: (row[9], row[8], row[1] or "", row[5] or "")):
            proof = Proof(link("organization", row[11], row[12]), documents.get(row[13]))
            texts = dict(
                zip(LineageLine.__struct_fields__[:8], ["" if v is None else v for v in row[:8]], strict=True)
            )
            lines.append(
                LineageLine(**texts, clause_no=row[8], date=row[9], hops=hops, title=row[10], proof=proof)
            )
        frontier = sorted({row[far_end] for row in rows} - seen)
        seen.update(frontier)
    return lines
