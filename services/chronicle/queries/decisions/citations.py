"""Which facts cite which decision document: facts without one, and the tasks that a revocation opens."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Document, Documents, link
from shared.database.sql import BatchQuery, Query, known_condition


class _Source(NamedTuple):
    """A table whose rows cite documents: its topic, the stream of its facts, whom it is about (empty: nobody), and
    whether the fact that closes a row cites one of its own."""

    topic: str
    stream: str
    person: str = ""
    closes: bool = True


_SOURCES = {
    "units": _Source("organization", "unit_id"),
    "posts": _Source("organization", "post_id", closes=False),
    "edges": _Source("organization", "reorganisation", closes=False),
    "merged_records": _Source("personnel", "cadre_id", "cadre_id", closes=False),
    "kinship": _Source("personnel", "cadre_id", "cadre_id", closes=False),
    "away": _Source("personnel", "cadre_id", "cadre_id", closes=False),
    "trainings": _Source("personnel", "cadre_id", "cadre_id", closes=False),
    "disciplines": _Source("personnel", "cadre_id", "cadre_id", closes=False),
    "tenures": _Source("appointment", "cadre_id", "cadre_id"),
    "planning_lists": _Source("planning", "list_id", closes=False),
    "planning_entries": _Source("planning", "list_id", "cadre_id"),
    "rotations": _Source("rotation", "cadre_id", "cadre_id"),
    "rotation_plans": _Source("rotation", "plan_id", closes=False),
    "evaluations": _Source("evaluation", "subject_id", "subject_id", closes=False),
    "reviews": _Source("evaluation", "subject_id", "subject_id"),
    "rules": _Source("regulation", "stream_id", closes=False),
}


def _parts(table: str, source: _Source, condition: str) -> list[str]:
    """What opens a row rests on a document, and what closes it may rest on another."""

    def part(event: str, decision: str) -> str:
        person = f"r.{source.person}" if source.person else "''"
        return (
            f"SELECT DISTINCT '{table}' AS what, '{source.topic}' AS topic, r.{source.stream} AS stream, "
            f"r.{event} AS event, {person} AS person, r.{decision} AS decision "
            f"FROM {table} r WHERE {known_condition('r')} AND r.{event} <> '' AND r.{decision} {condition}"
        )

    return [
        part("opened_by", "decision"),
        *([part("closed_by", "closing_decision")] if source.closes else []),
    ]


def _all(condition: str) -> list[str]:
    return [part for table, source in _SOURCES.items() for part in _parts(table, source, condition)]


class CitingRow(NamedTuple):
    """A fact that cites a document; `what` is the table that it made a row of."""

    what: str
    topic: str
    stream: str
    event: str
    person: str
    decision: str


class RevokedRow(NamedTuple):
    decision_id: str
    valid_to: str
    closed_by: str


class InstantRow(NamedTuple):
    known_from: str


class Weight(NamedTuple):
    """How many facts cite a document, and how many persons those are about."""

    facts: int
    persons: int


CITING = Query(CitingRow, " UNION ".join(_all("= :decision")))
_PENDING = Query(
    CitingRow, f"{' UNION '.join(_all('= :decision'))} ORDER BY 1, 2, 3, 4, 5, 6 LIMIT :limit OFFSET :first"
)
CITING_MANY = [BatchQuery(CitingRow, part) for part in _all("IN :ids")]
REVOKED = Query(
    RevokedRow,
    f"""
SELECT d.decision_id, d.valid_to, d.closed_by FROM decisions d WHERE d.revoked AND {known_condition("d")}
ORDER BY d.valid_to, d.decision_id""",
)
FIRST_KNOWN = Query(
    InstantRow,
    "SELECT min(d.known_from) AS known_from FROM decisions d WHERE d.decision_id = :decision AND d.revoked",
)


class UnregisteredRow(NamedTuple):
    """A fact that cites a document which is not in the register, and the day on which it takes effect."""

    topic: str
    stream: str
    event: str
    person: str
    decision: str
    since: str


def _unregistered(table: str, source: _Source) -> list[str]:
    def part(event: str, decision: str, day: str) -> str:
        person = f"r.{source.person}" if source.person else "''"
        return (
            f"SELECT '{source.topic}' AS topic, r.{source.stream} AS stream, r.{event} AS event, "
            f"{person} AS person, r.{decision} AS decision, min(r.{day}) AS since FROM {table} r "
            f"WHERE {known_condition('r')} AND r.{event} <> '' AND r.{decision} <> '' AND r.{day} <= :day "
            f"AND r.{decision} NOT IN (SELECT d.decision_id FROM decisions d WHERE {known_condition('d')}) "
            "GROUP BY 1, 2, 3, 4, 5"
        )

    closing = [part("closed_by", "closing_decision", "valid_to")] if source.closes else []
    return [part("opened_by", "decision", "valid_from"), *closing]


_UNREGISTERED = [
    Query(UnregisteredRow, part)
    for table, source in _SOURCES.items()
    for part in _unregistered(table, source)
]


def list_unregistered(connection: Connection, when: AsOf) -> list[UnregisteredRow]:
    """Facts that had taken effect by the day asked for and cite a document that the register does not have, as known
    then: one that is registered later answers for them."""
    found = {row for query in _UNREGISTERED for row in query(connection, day=when.as_of, known=when.known_at)}
    return sorted(found)


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that rests on a document (None: pending), and whom it is about. `what` is the kind of row it made."""

    what: str
    """Kind of the row that the fact made."""
    person: str
    """Id of the cadre it is about; empty: of nobody."""
    name: str
    """Name of that cadre, or of the unit, post or list; empty: not named."""
    fact: str
    """The fact, as topic/stream/event_id."""
    decision: Document | None = None
    """The document; null: not known yet."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A fact whose document was revoked: OPEN while it still counts and rests on it, DONE once it was corrected."""

    decision: Document | None
    """The revoked document."""
    revoked_on: str
    """The first day on which the document is no longer in force."""
    revocation: str
    """The fact that revoked it, as topic/stream/event_id."""
    what: str
    """Kind of the row that the fact made."""
    person: str
    """Id of the cadre it is about; empty: of nobody."""
    fact: str
    """The fact that rests on it, as topic/stream/event_id."""
    state: str
    """OPEN or DONE."""


def list_citations(connection: Connection, when: AsOf, decision: str) -> list[Citation]:
    """Every fact that counts and rests on the document."""
    rows = CITING(connection, decision=decision, known=when.known_at)
    return _citations(rows, Documents(connection, when, [decision]))


def _citations(rows: list[CitingRow], documents: Documents) -> list[Citation]:
    names = documents.find_names(row.person or row.stream for row in rows)
    return [
        Citation(
            what=row.what,
            person=row.person,
            name=names.get(row.person or row.stream, ""),
            fact=link(row.topic, row.stream, row.event),
            decision=documents.get(row.decision),
        )
        for row in sorted(rows)
    ]


def count_citations(connection: Connection, when: AsOf, decisions: Sequence[str]) -> dict[str, Weight]:
    """Of each document, how much that counts cites it."""
    facts: dict[str, set[str]] = defaultdict(set)
    people: dict[str, set[str]] = defaultdict(set)
    for query in CITING_MANY:
        for row in query(connection, ids=decisions, known=when.known_at):
            facts[row.decision].add(row.event)
            if row.person:
                people[row.decision].add(row.person)
    return {id_: Weight(len(facts[id_]), len(people[id_])) for id_ in decisions}


def list_undocumented_facts(
    connection: Connection, when: AsOf, first: int = 0, limit: int = 200
) -> list[Citation]:
    """Facts whose document is pending: so many from the `first`-th on."""
    rows = _PENDING(connection, decision="", known=when.known_at, limit=limit, first=first)
    return _citations(rows, Documents(connection, when))


def list_revocation_tasks(
    connection: Connection, when: AsOf, decision: str = "", state: str = ""
) -> list[Task]:
    """What the revocation of documents (of one, or of all) leaves to do, as known then; by day of revocation."""
    lines = []
    for revoked in REVOKED(connection, known=when.known_at):
        id_ = revoked.decision_id
        if decision and id_ != decision:
            continue
        ((revoked_at,),) = FIRST_KNOWN(connection, decision=id_)
        cited_then = CITING(connection, decision=id_, known=revoked_at)
        cited_now = set(CITING(connection, decision=id_, known=when.known_at))
        document = Documents(connection, when, [id_]).get(id_)
        for row in sorted({*cited_then, *cited_now}):
            task = Task(
                decision=document,
                revoked_on=revoked.valid_to,
                revocation=link("regulation", id_, revoked.closed_by),
                what=row.what,
                person=row.person,
                fact=link(row.topic, row.stream, row.event),
                state="OPEN" if row in cited_now else "DONE",
            )
            if state in ("", task.state):
                lines.append(task)
    return lines
