"""A cadre's file: the files merged into it, relatives from both sides, discipline, training, time out of service."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from shared.core.partial_dates import LAST_DAY
from shared.database.sql import Statement, as_of_condition, known_condition


class KinLine(msgspec.Struct, frozen=True, kw_only=True):
    """A relative of the cadre: `relation` is what the relative is to the cadre, whoever declared it."""

    kinship: str
    cadre: str
    relation: str
    relative: str
    name: str
    declared_by: str
    since: str
    until: str
    proof: Proof


class DisciplineLine(msgspec.Struct, frozen=True, kw_only=True):
    """A disciplinary decision and whether it stands on the day asked for. `until` empty: no end is known."""

    case: str
    cadre: str
    name: str
    side: str
    form: str
    decided_on: str
    since: str
    until: str
    in_force: bool
    tenure: str
    proof: Proof


class AwayLine(msgspec.Struct, frozen=True, kw_only=True):
    """A time out of service; `until` empty: not come back."""

    cadre: str
    kind: str
    since: str
    until: str
    proof: Proof


MERGED = Statement(
    f"SELECT m.merged_id FROM merged_records m WHERE m.cadre_id = :id AND {known_condition('m')}"
)
KEPT = Statement(
    f"SELECT m.cadre_id FROM merged_records m WHERE m.merged_id = :id AND {known_condition('m')}"
)
DUPLICATES = Statement(
    f"SELECT m.duplicates FROM merged_records m WHERE m.cadre_id = :id AND {known_condition('m')}"
)
KIN = Statement(f"""
SELECT k.kinship_id, k.cadre_id, k.relation, k.relative_id, coalesce(c.name, k.relative_name), k.valid_from, k.valid_to,
       k.opened_by, k.decision, d.name
FROM kinship k LEFT JOIN cadres c ON c.cadre_id = k.relative_id AND {known_condition("c")}
LEFT JOIN cadres d ON d.cadre_id = k.cadre_id AND {known_condition("d")}
WHERE {as_of_condition("k")} AND (k.cadre_id = :id OR (k.relative_id = :id AND k.relative_id <> ''))""")
DISCIPLINES = f"""
SELECT d.case_id, d.cadre_id, c.name, d.side, d.form, d.decided_on, d.valid_from, d.valid_to, d.tenure_id, d.opened_by,
       d.decision
FROM disciplines d LEFT JOIN cadres c ON c.cadre_id = d.cadre_id AND {known_condition("c")} WHERE {known_condition("d")}"""
OF_CADRE = Statement(f"{DISCIPLINES} AND d.cadre_id = :id")
IN_FORCE = Statement(f"{DISCIPLINES} AND d.valid_from <= :day AND d.valid_to > :day")
AWAY = Statement(f"""
SELECT a.cadre_id, a.kind, a.valid_from, a.valid_to, a.opened_by, a.decision, a.closed_by FROM away a
WHERE a.cadre_id = :id AND {known_condition("a")}""")

INVERSE = {
    "PARENT": "CHILD",
    "CHILD": "PARENT",
    "PARENT_IN_LAW": "CHILD_IN_LAW",
    "CHILD_IN_LAW": "PARENT_IN_LAW",
}
"""What the cadre is to the relative; every other relation is the same from both sides."""


def files_of(connection: Connection, cadre: str, when: AsOf) -> list[str]:
    """The file that is kept first, then those merged into it, as known then; asked by any of them."""
    kept, seen = cadre, {cadre}
    while (rows := KEPT(connection, id=kept, known=when.known_at)) and rows[0][0] not in seen:
        kept = rows[0][0]
        seen.add(kept)
    found = [kept]
    for file in found:
        merged = [row[0] for row in MERGED(connection, id=file, known=when.known_at)]
        found += [each for each in merged if each not in found]
    return found


def duplicates_of(connection: Connection, files: Iterable[str], when: AsOf) -> set[str]:
    """Tenures that were declared to be told twice when files were merged."""
    rows = [row for file in files for row in DUPLICATES(connection, id=file, known=when.known_at)]
    return {tenure for row in rows for tenure in row[0].split("\n") if tenure}


def kin(connection: Connection, cadre: str, when: AsOf) -> list[KinLine]:
    """Relatives on that day; those that are cadres are shown on both sides."""
    files = files_of(connection, cadre, when)
    asked = {"day": when.as_of, "known": when.known_at}
    rows = {row[0]: row for file in files for row in KIN(connection, id=file, **asked)}.values()
    documents = Documents(connection, when, (row[8] for row in rows))
    lines = []
    for row in rows:
        mirrored = row[1] not in files
        lines.append(
            KinLine(
                kinship=row[0],
                cadre=files[0],
                relation=INVERSE.get(row[2], row[2]) if mirrored else row[2],
                relative=row[1] if mirrored else row[3],
                name=(row[9] if mirrored else row[4]) or "",
                declared_by=row[1],
                since=row[5],
                until=_open(row[6]),
                proof=Proof(link("personnel", row[1], row[7]), documents.get(row[8])),
            )
        )
    return sorted(lines, key=lambda line: (line.since, line.kinship))


def disciplines(connection: Connection, when: AsOf, cadre: str = "") -> list[DisciplineLine]:
    """All of a cadre; or everybody's that stand on that day."""
    if cadre:
        files = files_of(connection, cadre, when)
        rows = [row for file in files for row in OF_CADRE(connection, id=file, known=when.known_at)]
    else:
        rows = IN_FORCE(connection, day=when.as_of, known=when.known_at)
    documents = Documents(connection, when, (row[10] for row in rows))
    lines = [
        DisciplineLine(
            case=row[0],
            cadre=row[1],
            name=row[2] or "",
            side=row[3],
            form=row[4],
            decided_on=row[5],
            since=row[6],
            until=_open(row[7]),
            in_force=row[6] <= when.as_of < row[7],
            tenure=row[8],
            proof=Proof(link("personnel", row[1], row[9]), documents.get(row[10])),
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (line.since, line.case))


def away(connection: Connection, cadre: str, when: AsOf) -> list[AwayLine]:
    """Every time out of service, by date."""
    files = files_of(connection, cadre, when)
    rows = [row for file in files for row in AWAY(connection, id=file, known=when.known_at)]
    documents = Documents(connection, when, (row[5] for row in rows))
    return [
        AwayLine(
            cadre=row[0],
            kind=row[1],
            since=row[2],
            until=_open(row[3]),
            proof=Proof(
                link("personnel", row[0], row[4]), documents.get(row[5]), link("personnel", row[0], row[6])
            ),
        )
        for row in sorted(rows, key=lambda row: str(row[2]))
    ]


def _open(day: str) -> str:
    return "" if day == LAST_DAY else day
