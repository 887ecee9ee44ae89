"""The register of decision documents, each with the facts, persons and open findings that cite it, and its doubles."""

from collections import Counter, defaultdict
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.decisions.citations import count_citations
from services.chronicle.queries.decisions.documents import DecisionLine, list_decisions
from services.chronicle.queries.rules.findings import list_findings
from services.chronicle.rows import list_from_text
from shared.database.sql import Query, known_condition


class RegisterLine(msgspec.Struct, frozen=True, kw_only=True):
    """A document and what rests on it. `same_number`: others of this number and issuer, which is no mistake where they
    were signed on other days; `doubles`: others signed on the same day too, which is one."""

    document: DecisionLine
    """The document."""
    facts: int
    """How many facts rest on it."""
    persons: int
    """How many cadres those are about."""
    open_findings: int
    """How many findings of theirs nobody answers for."""
    missing_file: bool
    """Whether its file is not on record."""
    superseded_by: list[str]
    """Ids of the documents that replace it."""
    same_number: list[str]
    """Ids of others of this number and issuer."""
    doubles: list[str]
    """Ids of those of them signed on the same day."""


class _DecisionRow(NamedTuple):
    """A document; `supersedes` is one id a line."""

    decision_id: str
    number: str
    issuer: str
    signed_on: str
    supersedes: str
    file_hash: str


_DECISIONS = Query(
    _DecisionRow,
    f"""
SELECT d.decision_id, d.number, d.issuer, d.signed_on, d.supersedes, d.file_hash FROM decisions d WHERE {known_condition("d")}""",
)


def list_register(
    connection: Connection, when: AsOf, *, q: str = "", first: int = 0, limit: int = 200
) -> list[RegisterLine]:
    """So many from the `first`-th on, newest first. Facts whose document is pending are the gaps: see /decision-gaps."""
    documents = list_decisions(connection, when, q=q, first=first, limit=limit)
    ids = [document.id for document in documents]
    weights = count_citations(connection, when, ids)
    open_findings = Counter(
        line.proof.decision.id
        for line in list_findings(connection, when, open_only=True)
        if line.proof.decision is not None
    )
    by_number: dict[tuple[str, str], list[_DecisionRow]] = defaultdict(list)
    successors: dict[str, list[str]] = defaultdict(list)
    with_file = set()
    for row in _DECISIONS(connection, known=when.known_at):
        by_number[row.number, row.issuer].append(row)
        for superseded in list_from_text(row.supersedes, str):
            successors[superseded].append(row.decision_id)
        if row.file_hash:
            with_file.add(row.decision_id)
    lines = []
    for document in documents:
        same_number = [
            row for row in by_number[document.number, document.issuer] if row.decision_id != document.id
        ]
        lines.append(
            RegisterLine(
                document=document,
                facts=weights[document.id].facts,
                persons=weights[document.id].persons,
                open_findings=open_findings[document.id],
                missing_file=document.id not in with_file,
                superseded_by=sorted(successors[document.id]),
                same_number=sorted(
                    row.decision_id for row in same_number if row.signed_on != document.signed_on
                ),
                doubles=sorted(row.decision_id for row in same_number if row.signed_on == document.signed_on),
            )
        )
    return lines
