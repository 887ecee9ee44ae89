"""What rules found about stored facts, and who answered for it."""

from collections.abc import Container, Iterator
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.decisions.citations import list_unregistered
from services.chronicle.queries.tenures.holders import PrimaryUnits, list_units_in_scope
from services.chronicle.rows import FindingsOfFact, list_from_text
from shared.core.partial_dates import FIRST_DAY, day_after
from shared.database.sql import Query, known_condition

DECISION_UNKNOWN = "DECISION_UNKNOWN"
"""Rule of a finding that is computed, not stored: the document of a fact is not in the register."""
_SOURCES = {
    "tenures": ("appointment", "cadre_id", "cadre_id"),
    "planning_entries": ("planning", "list_id", "cadre_id"),
    "rotations": ("rotation", "cadre_id", "cadre_id"),
    "evaluations": ("evaluation", "subject_id", "subject_id"),
    "ballots": ("evaluation", "stream", "cadre_id"),
    "disciplines": ("personnel", "cadre_id", "cadre_id"),
}
"""Tables that keep findings: topic, column of the stream, column of whoever it is about."""


class FindingsRow(NamedTuple):
    """A fact with what rules found about it: a line `event<TAB>JSON` for each event."""

    topic: str
    stream: str
    subject: str
    valid_from: str
    decision: str
    findings: str


STORED = Query(
    FindingsRow,
    "\nUNION ALL ".join(
        f"SELECT '{topic}' AS topic, f.{stream} AS stream, f.{subject} AS subject, f.valid_from, f.decision, "
        f"f.findings FROM {table} f WHERE f.findings <> '' AND {known_condition('f')} AND f.valid_from <= :day"
        for table, (topic, stream, subject) in _SOURCES.items()
    ),
)


class FindingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One finding about one fact. `open`: nobody has answered for it."""

    rule: str
    """Name of the rule."""
    version: int
    """Version of the rule."""
    severity: str
    """INFO, WARN or BLOCK_UNLESS_OVERRIDDEN."""
    subject: str
    """Id of the cadre it is about."""
    topic: str
    """The service whose fact it is about."""
    detail: str
    """The particulars, in words."""
    inputs: dict[str, str]
    """What the rule was given, by name."""
    since: str
    """The day on which the fact takes effect."""
    open: bool
    """Whether nobody has answered for it."""
    overridden_by: str
    """The authority that answered for it."""
    reason: str
    """Why it was decided all the same."""
    document: str
    """The document that says so."""
    proof: Proof
    """The facts and documents behind it."""


def list_findings(
    connection: Connection, when: AsOf, *, unit: str = "", rule: str = "", open_only: bool = False
) -> list[FindingLine]:
    """About facts that had taken effect by the day asked for, of those who then served in the unit or below it (empty:
    everywhere); of one rule, or only those nobody has answered for. By date."""
    rows = STORED(connection, day=when.as_of, known=when.known_at)
    units = list_units_in_scope(connection, unit, when, FIRST_DAY, day_after(when.as_of))
    if units is not None:
        primary_units = PrimaryUnits(connection, when, (row.subject for row in rows))
        rows = [row for row in rows if primary_units.unit(row.subject, row.valid_from) in units]
    documents = Documents(connection, when, (row.decision for row in rows))
    lines = {
        (line.proof.opened, line.rule, line.detail): line
        for row in rows
        for line in _read_lines(row, documents)
    }
    if rule in ("", DECISION_UNKNOWN):
        for line in _unregistered_documents(connection, when, units):
            lines[line.proof.opened, line.rule, line.detail] = line
    chosen = (
        line for line in lines.values() if (not rule or line.rule == rule) and (line.open or not open_only)
    )
    return sorted(chosen, key=lambda line: (line.since, line.rule, line.proof.opened))


def _unregistered_documents(
    connection: Connection, when: AsOf, units: Container[str] | None
) -> Iterator[FindingLine]:
    """A finding for each fact that cites a document which is not in the register, as it is known now. It is not stored
    with the fact, because a document that is registered later answers for it."""
    rows = list_unregistered(connection, when)
    if units is not None:
        primary_units = PrimaryUnits(connection, when, (row.person for row in rows if row.person))
        rows = [
            row
            for row in rows
            if row.stream in units or (row.person and primary_units.unit(row.person, row.since) in units)
        ]
    for row in rows:
        yield FindingLine(
            rule=DECISION_UNKNOWN,
            version=1,
            severity="WARN",
            subject=row.person,
            topic=row.topic,
            detail=f"the document {row.decision} that it rests on is not in the register",
            inputs={"decision": row.decision},
            since=row.since,
            open=True,
            overridden_by="",
            reason="",
            document="",
            proof=Proof(link(row.topic, row.stream, row.event)),
        )


def _read_lines(row: FindingsRow, documents: Documents) -> Iterator[FindingLine]:
    for event, findings in list_from_text(row.findings, FindingsOfFact):
        for finding in findings:
            yield FindingLine(
                rule=finding.rule,
                version=finding.version,
                severity=finding.severity,
                subject=row.subject,
                topic=row.topic,
                detail=finding.detail,
                inputs=finding.inputs,
                since=row.valid_from,
                open=not finding.overridden_by,
                overridden_by=finding.overridden_by,
                reason=finding.reason,
                document=finding.document,
                proof=Proof(link(row.topic, row.stream, event), documents.get(row.decision)),
            )
