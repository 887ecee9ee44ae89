"""What rules found about stored facts, and who answered for it."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.tenures.holders import Posts, scope
from shared.core.facts import Finding
from shared.core.partial_dates import FIRST_DAY, day_after
from shared.database.sql import Statement, known_condition

SOURCES = {
    "tenures": ("appointment", "cadre_id", "cadre_id"),
    "planning_entries": ("planning", "list_id", "cadre_id"),
    "rotations": ("rotation", "cadre_id", "cadre_id"),
    "evaluations": ("evaluation", "subject_id", "subject_id"),
    "ballots": ("evaluation", "stream", "cadre_id"),
    "disciplines": ("personnel", "cadre_id", "cadre_id"),
}
"""Tables that keep findings: topic, column of the stream, column of whoever it is about."""

FOUND = Statement(
    "\nUNION ALL ".join(
        f"SELECT '{topic}', f.{stream}, f.{subject}, f.valid_from, f.decision, f.findings FROM {table} f "
        f"WHERE f.findings <> '' AND {known_condition('f')} AND f.valid_from <= :day"
        for table, (topic, stream, subject) in SOURCES.items()
    )
)


class FindingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One finding about one fact. `open`: nobody has answered for it."""

    rule: str
    version: int
    severity: str
    subject: str
    topic: str
    detail: str
    inputs: dict[str, str]
    since: str
    open: bool
    overridden_by: str
    reason: str
    document: str
    proof: Proof


def findings(
    connection: Connection, when: AsOf, *, unit: str = "", rule: str = "", open_only: bool = False
) -> list[FindingLine]:
    """About facts that had taken effect by the day asked for, of those who then served in the unit or below it (empty:
    everywhere); of one rule, or only those nobody has answered for. By date."""
    rows = FOUND(connection, day=when.as_of, known=when.known_at)
    units = scope(connection, unit, when, FIRST_DAY, day_after(when.as_of))
    if units is not None:
        posts = Posts(connection, when, (row[2] for row in rows))
        rows = [row for row in rows if posts.unit(row[2], row[3]) in units]
    documents = Documents(connection, when, (row[4] for row in rows))
    lines = {
        (line.proof.opened, line.rule, line.detail): line for row in rows for line in _lines(row, documents)
    }
    chosen = (
        line for line in lines.values() if (not rule or line.rule == rule) and (line.open or not open_only)
    )
    return sorted(chosen, key=lambda line: (line.since, line.rule, line.proof.opened))


def _lines(row: Any, documents: Documents) -> Iterator[FindingLine]:
    topic, stream, subject, since, decision, text = row
    for line in text.split("\n"):
        event, _, json = line.partition("\t")
        for finding in msgspec.json.decode(json, type=list[Finding]):
            yield FindingLine(
                rule=finding.rule,
                version=finding.version,
                severity=finding.severity,
                subject=subject,
                topic=topic,
                detail=finding.detail,
                inputs=finding.inputs,
                since=since,
                open=not finding.overridden_by,
                overridden_by=finding.overridden_by,
                reason=finding.reason,
                document=finding.document,
                proof=Proof(link(topic, stream, event), documents.get(decision)),
            )
