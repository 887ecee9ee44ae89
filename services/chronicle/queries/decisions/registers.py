"""The register of decision documents with what rests on each: facts, persons, open findings, doubles, successors."""

from collections import Counter, defaultdict

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.decisions.citations import weight
from services.chronicle.queries.decisions.documents import DecisionLine, register
from services.chronicle.queries.rules.findings import findings
from shared.database.sql import Statement, known_condition


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


BESIDE = Statement(f"""
SELECT d.decision_id, d.number, d.issuer, d.signed_on, d.supersedes, d.file_hash FROM decisions d WHERE {known_condition("d")}""")


def decision_register(
    connection: Connection, when: AsOf, *, q: str = "", limit: int = 200
) -> list[RegisterLine]:
    """Newest first. Facts whose document is pending are the gaps: see /decision-gaps."""
    documents = register(connection, when, q=q, limit=limit)
    ids = [document.id for document in documents]
    rests = weight(connection, when, ids)
    found = Counter(
        line.proof.decision.id
        for line in findings(connection, when, open_only=True)
        if line.proof.decision is not None
    )
    numbered: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    successors: dict[str, list[str]] = defaultdict(list)
    filed = set()
    for id_, number, issuer, signed_on, supersedes, file_hash in BESIDE(connection, known=when.known_at):
        numbered[number, issuer].append((id_, signed_on))
        for old in supersedes.split("\n") if supersedes else ():
            successors[old].append(id_)
        if file_hash:
            filed.add(id_)
    lines = []
    for document in documents:
        others = [each for each in numbered[document.number, document.issuer] if each[0] != document.id]
        lines.append(
            RegisterLine(
                document=document,
                facts=rests[document.id][0],
                persons=rests[document.id][1],
                open_findings=found[document.id],
                missing_file=document.id not in filed,
                superseded_by=sorted(successors[document.id]),
                same_number=sorted(id_ for id_, signed_on in others if signed_on != document.signed_on),
                doubles=sorted(id_ for id_, signed_on in others if signed_on == document.signed_on),
            )
        )
    return lines
