"""A cadre's file: the files merged into it, relatives from both sides, discipline, training, time out of service."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.rows import list_from_text
from shared.core.partial_dates import LAST_DAY
from shared.database.sql import Query, as_of_condition, known_condition


class KinLine(msgspec.Struct, frozen=True, kw_only=True):
    """A relative of the cadre: `relation` is what the relative is to the cadre, whoever declared it."""

    kinship: str
    """Id of the kinship."""
    cadre: str
    """Id of the cadre."""
    relation: str
    """What the relative is to the cadre: SPOUSE, PARENT …"""
    relative: str
    """Id of the relative, where that is a cadre."""
    name: str
    """Name of the relative."""
    declared_by: str
    """Id of the cadre who declared it."""
    since: str
    """First day."""
    until: str
    """First day on which it no longer holds; empty: no end is known."""
    proof: Proof
    """The facts and documents behind it."""


class DisciplineLine(msgspec.Struct, frozen=True, kw_only=True):
    """A disciplinary decision and whether it is in force on the day asked for. `until` empty: no end is known."""

    case: str
    """Id of the case."""
    cadre: str
    """Id of the cadre."""
    name: str
    """Name of the person."""
    side: str
    """PARTY or STATE."""
    form: str
    """REPRIMAND, WARNING, REMOVAL …"""
    decided_on: str
    """The day of the decision."""
    since: str
    """First day on which it is in force."""
    until: str
    """First day on which it no longer holds; empty: no end is known."""
    in_force: bool
    """Whether it is in force on the day asked about."""
    tenure: str
    """Id of the tenure it concerns; empty: none."""
    proof: Proof
    """The facts and documents behind it."""


class AwayLine(msgspec.Struct, frozen=True, kw_only=True):
    """A time out of service; `until` empty: not come back."""

    cadre: str
    """Id of the cadre."""
    kind: str
    """RETIRED, LEFT, DIED …"""
    since: str
    """First day."""
    until: str
    """The day of coming back; empty: not come back."""
    proof: Proof
    """The facts and documents behind it."""


class _MergedRow(NamedTuple):
    """Two files that are one person: the one that is kept, the other, and tenures recorded in both (one a line)."""

    cadre_id: str
    merged_id: str
    duplicates: str


class _KinRow(NamedTuple):
    """A relative as one cadre declared it; `declarer_name` is that cadre's, None where no profile is known."""

    kinship_id: str
    cadre_id: str
    relation: str
    relative_id: str
    relative_name: str | None
    valid_from: str
    valid_to: str
    opened_by: str
    decision: str
    declarer_name: str | None


class _DisciplineRow(NamedTuple):
    """A disciplinary decision, in force over [valid_from, valid_to)."""

    case_id: str
    cadre_id: str
    name: str | None
    side: str
    form: str
    decided_on: str
    valid_from: str
    valid_to: str
    tenure_id: str
    opened_by: str
    decision: str


class _AwayRow(NamedTuple):
    """A time out of service, over [valid_from, valid_to)."""

    cadre_id: str
    kind: str
    valid_from: str
    valid_to: str
    opened_by: str
    decision: str
    closed_by: str


_MERGED = "SELECT m.cadre_id, m.merged_id, m.duplicates FROM merged_records m"
MERGED = Query(_MergedRow, f"{_MERGED} WHERE m.cadre_id = :id AND {known_condition('m')}")
KEPT = Query(_MergedRow, f"{_MERGED} WHERE m.merged_id = :id AND {known_condition('m')}")
_KIN = Query(
    _KinRow,
    f"""
SELECT k.kinship_id, k.cadre_id, k.relation, k.relative_id, coalesce(c.name, k.relative_name) AS relative_name,
       k.valid_from, k.valid_to, k.opened_by, k.decision, d.name AS declarer_name
FROM kinship k LEFT JOIN cadres c ON c.cadre_id = k.relative_id AND {known_condition("c")}
LEFT JOIN cadres d ON d.cadre_id = k.cadre_id AND {known_condition("d")}
WHERE {as_of_condition("k")} AND (k.cadre_id = :id OR (k.relative_id = :id AND k.relative_id <> ''))""",
)
_DISCIPLINES = f"""
SELECT d.case_id, d.cadre_id, c.name, d.side, d.form, d.decided_on, d.valid_from, d.valid_to, d.tenure_id, d.opened_by,
       d.decision
FROM disciplines d LEFT JOIN cadres c ON c.cadre_id = d.cadre_id AND {known_condition("c")} WHERE {known_condition("d")}"""
_OF_CADRE = Query(_DisciplineRow, f"{_DISCIPLINES} AND d.cadre_id = :id")
IN_FORCE = Query(_DisciplineRow, f"{_DISCIPLINES} AND d.valid_from <= :day AND d.valid_to > :day")
_AWAY = Query(
    _AwayRow,
    f"""
SELECT a.cadre_id, a.kind, a.valid_from, a.valid_to, a.opened_by, a.decision, a.closed_by FROM away a
WHERE a.cadre_id = :id AND {known_condition("a")}""",
)

INVERSE = {
    "PARENT": "CHILD",
    "CHILD": "PARENT",
    "PARENT_IN_LAW": "CHILD_IN_LAW",
    "CHILD_IN_LAW": "PARENT_IN_LAW",
}
"""What the cadre is to the relative; every other relation is the same from both sides."""


def files_of(connection: Connection, cadre: str, when: AsOf) -> list[str]:
    """The kept file of a person, then those merged into it, as known then. `cadre` is any of them."""
    kept, seen = cadre, {cadre}
    while (rows := KEPT(connection, id=kept, known=when.known_at)) and rows[0].cadre_id not in seen:
        kept = rows[0].cadre_id
        seen.add(kept)
    files = [kept]
    for file in files:
        merged = [row.merged_id for row in MERGED(connection, id=file, known=when.known_at)]
        files += [each for each in merged if each not in files]
    return files


def duplicates_of(connection: Connection, files: Iterable[str], when: AsOf) -> set[str]:
    """Tenures that a merger of files declared to be recorded twice."""
    rows = [row for file in files for row in MERGED(connection, id=file, known=when.known_at)]
    return {tenure for row in rows for tenure in list_from_text(row.duplicates, str)}


def list_kin(connection: Connection, cadre: str, when: AsOf) -> list[KinLine]:
    """Relatives on that day; those that are cadres are shown on both sides."""
    files = files_of(connection, cadre, when)
    rows = {
        row.kinship_id: row
        for file in files
        for row in _KIN(connection, id=file, day=when.as_of, known=when.known_at)
    }.values()
    documents = Documents(connection, when, (row.decision for row in rows))
    lines = []
    for row in rows:
        mirrored = row.cadre_id not in files
        lines.append(
            KinLine(
                kinship=row.kinship_id,
                cadre=files[0],
                relation=INVERSE.get(row.relation, row.relation) if mirrored else row.relation,
                relative=row.cadre_id if mirrored else row.relative_id,
                name=(row.declarer_name if mirrored else row.relative_name) or "",
                declared_by=row.cadre_id,
                since=row.valid_from,
                until=_end(row.valid_to),
                proof=Proof(link("personnel", row.cadre_id, row.opened_by), documents.get(row.decision)),
            )
        )
    return sorted(lines, key=lambda line: (line.since, line.kinship))


def list_disciplines(connection: Connection, when: AsOf, cadre: str = "") -> list[DisciplineLine]:
    """All of a cadre; or everybody's that are in force on that day."""
    if cadre:
        files = files_of(connection, cadre, when)
        rows = [row for file in files for row in _OF_CADRE(connection, id=file, known=when.known_at)]
    else:
        rows = IN_FORCE(connection, day=when.as_of, known=when.known_at)
    documents = Documents(connection, when, (row.decision for row in rows))
    lines = [
        DisciplineLine(
            case=row.case_id,
            cadre=row.cadre_id,
            name=row.name or "",
            side=row.side,
            form=row.form,
            decided_on=row.decided_on,
            since=row.valid_from,
            until=_end(row.valid_to),
            in_force=row.valid_from <= when.as_of < row.valid_to,
            tenure=row.tenure_id,
            proof=Proof(link("personnel", row.cadre_id, row.opened_by), documents.get(row.decision)),
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (line.since, line.case))


def list_service_breaks(connection: Connection, cadre: str, when: AsOf) -> list[AwayLine]:
    """Every time out of service, by date."""
    files = files_of(connection, cadre, when)
    rows = [row for file in files for row in _AWAY(connection, id=file, known=when.known_at)]
    documents = Documents(connection, when, (row.decision for row in rows))
    return [
        AwayLine(
            cadre=row.cadre_id,
            kind=row.kind,
            since=row.valid_from,
            until=_end(row.valid_to),
            proof=Proof(
                link("personnel", row.cadre_id, row.opened_by),
                documents.get(row.decision),
                link("personnel", row.cadre_id, row.closed_by),
            ),
        )
        for row in sorted(rows, key=lambda row: row.valid_from)
    ]


def _end(day: str) -> str:
    """Empty where no end is known."""
    return "" if day == LAST_DAY else day
