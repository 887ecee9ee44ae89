"""Which rows rest on which decision document: gaps, and the tasks that a revocation opens. Nothing is ever deleted."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Document, Documents, link
from shared.database.sql import Lookup, Statement, known_condition


class Source(NamedTuple):
    """A table whose rows cite documents: its topic, the stream of its facts, whom it is about (empty: nobody), and
    whether the fact that closes a row cites one of its own."""

    topic: str
    stream: str
    person: str = ""
    closes: bool = True


SOURCES = {
    "units": Source("organization", "unit_id"),
    "posts": Source("organization", "post_id", closes=False),
    "edges": Source("organization", "reorganisation", closes=False),
    "merged_records": Source("personnel", "cadre_id", "cadre_id", closes=False),
    "kinship": Source("personnel", "cadre_id", "cadre_id", closes=False),
    "away": Source("personnel", "cadre_id", "cadre_id", closes=False),
    "trainings": Source("personnel", "cadre_id", "cadre_id", closes=False),
    "disciplines": Source("personnel", "cadre_id", "cadre_id", closes=False),
    "tenures": Source("appointment", "cadre_id", "cadre_id"),
    "planning_lists": Source("planning", "list_id", closes=False),
    "planning_entries": Source("planning", "list_id", "cadre_id"),
    "rotations": Source("rotation", "cadre_id", "cadre_id"),
    "rotation_plans": Source("rotation", "plan_id", closes=False),
    "evaluations": Source("evaluation", "subject_id", "subject_id", closes=False),
    "reviews": Source("evaluation", "subject_id", "subject_id"),
    "rules": Source("regulation", "stream_id", closes=False),
}


def _parts(table: str, source: Source, condition: str) -> list[str]:
    """What opens a row rests on a document, and what closes it may rest on another."""

    def part(event: str, decision: str) -> str:
        person = f"r.{source.person}" if source.person else "''"
        return (
            f"SELECT DISTINCT '{table}', '{source.topic}', r.{source.stream}, r.{event}, {person}, r.{decision} "
            f"FROM {table} r WHERE {known_condition('r')} AND r.{event} <> '' AND r.{decision} {condition}"
        )

    return [
        part("opened_by", "decision"),
        *([part("closed_by", "closing_decision")] if source.closes else []),
    ]


def _all(condition: str) -> list[str]:
    return [part for table, source in SOURCES.items() for part in _parts(table, source, condition)]


CITING = Statement(" UNION ".join(_all("= :decision")))
PENDING = Statement(f"{' UNION '.join(_all('= :decision'))} LIMIT :limit")
OF_MANY = [Lookup(part) for part in _all("IN :ids")]
REVOKED = Statement(f"""
SELECT d.decision_id, d.known_from, d.valid_to, d.closed_by FROM decisions d WHERE d.revoked AND {known_condition("d")}
ORDER BY d.valid_to, d.decision_id""")
FIRST_KNOWN = Statement(
    "SELECT min(d.known_from) FROM decisions d WHERE d.decision_id = :decision AND d.revoked"
)


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that rests on a document (None: pending), and whom it is about. `what` is the kind of row it made."""

    what: str
    """Kind of the row that the fact made."""
    person: str
    """Id of the cadre it is about; empty: of nobody."""
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


def citing(connection: Connection, when: AsOf, decision: str) -> list[Citation]:
    """Every fact that counts and rests on the document."""
    rows = CITING(connection, decision=decision, known=when.known_at)
    paper = Documents(connection, when, [decision]).get(decision)
    return [
        Citation(what=what, person=person, fact=link(topic, stream, event), decision=paper)
        for what, topic, stream, event, person, _ in sorted(rows)
    ]


def weight(connection: Connection, when: AsOf, decisions: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Of each document: how many facts that count rest on it, and how many persons those are about."""
    facts: dict[str, set[str]] = defaultdict(set)
    people: dict[str, set[str]] = defaultdict(set)
    for ask in OF_MANY:
        for _, _, _, event, person, decision in ask(connection, ids=decisions, known=when.known_at):
            facts[decision].add(event)
            people[decision] |= {person} if person else set()
    return {id_: (len(facts[id_]), len(people[id_])) for id_ in decisions}


def gaps(connection: Connection, when: AsOf, limit: int = 200) -> list[Citation]:
    """Facts whose document is pending, up to a limit."""
    rows = PENDING(connection, decision="", known=when.known_at, limit=limit)
    return [
        Citation(what=what, person=person, fact=link(topic, stream, event))
        for what, topic, stream, event, person, _ in sorted(rows)
    ]


def tasks(connection: Connection, when: AsOf, decision: str = "", state: str = "") -> list[Task]:
    """What the revocation of documents (of one, or of all) leaves to do, as known then; by day of revocation."""
    found = []
    for id_, _, revoked_on, closed_by in REVOKED(connection, known=when.known_at):
        if decision and id_ != decision:
            continue
        ((first,),) = FIRST_KNOWN(connection, decision=id_)
        then = CITING(connection, decision=id_, known=first)
        now = set(CITING(connection, decision=id_, known=when.known_at))
        paper = Documents(connection, when, [id_]).get(id_)
        for row in sorted({*then, *now}):
            what, topic, stream, event, person, _ = row
            task = Task(
                decision=paper,
                revoked_on=revoked_on,
                revocation=link("regulation", id_, closed_by),
                what=what,
                person=person,
                fact=link(topic, stream, event),
                state="OPEN" if row in now else "DONE",
            )
            found += [task] if state in ("", task.state) else []
    return found
