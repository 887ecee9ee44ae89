"""Which rows rest on which decision document: gaps, and the tasks that a revocation opens. Nothing is ever deleted."""

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.answers import Document, Documents, When, link
from shared.sql import Statement, known


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


def _citing(table: str, source: Source, condition: str) -> str:
    def part(event: str, decision: str) -> str:
        person = f"r.{source.person}" if source.person else "''"
        return (
            f"SELECT DISTINCT '{table}', '{source.topic}', r.{source.stream}, r.{event}, {person}, r.{decision} "
            f"FROM {table} r WHERE {known('r')} AND r.{event} <> '' AND r.{decision} {condition}"
        )

    parts = [part("opened_by", "decision")]
    if source.closes:
        parts.append(part("closed_by", "closing_decision"))
    return " UNION ".join(parts)


def _all(condition: str) -> str:
    return " UNION ".join(_citing(table, source, condition) for table, source in SOURCES.items())


CITING = Statement(_all("= :decision"))
PENDING = Statement(f"{_all('= :decision')} LIMIT :limit")
REVOKED = Statement(f"""
SELECT d.decision_id, d.known_from, d.valid_to, d.closed_by FROM decisions d WHERE d.revoked AND {known("d")}
ORDER BY d.valid_to, d.decision_id""")
FIRST_KNOWN = Statement(
    "SELECT min(d.known_from) FROM decisions d WHERE d.decision_id = :decision AND d.revoked"
)


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that rests on a document (None: pending), and whom it is about. `what` is the kind of row it made."""

    what: str
    person: str
    fact: str
    decision: Document | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A fact whose document was revoked: OPEN while it still counts and rests on it, DONE once it was corrected."""

    decision: Document | None
    revoked_on: str
    revocation: str
    what: str
    person: str
    fact: str
    state: str


def citing(connection: Connection, when: When, decision: str) -> list[Citation]:
    """Every fact that counts and rests on the document."""
    rows = CITING(connection, decision=decision, known=when.known_at)
    paper = Documents(connection, when, [decision]).get(decision)
    return [
        Citation(what=what, person=person, fact=link(topic, stream, event), decision=paper)
        for what, topic, stream, event, person, _ in sorted(rows)
    ]


def gaps(connection: Connection, when: When, limit: int = 200) -> list[Citation]:
    """Facts whose document is pending, up to a limit."""
    rows = PENDING(connection, decision="", known=when.known_at, limit=limit)
    return [
        Citation(what=what, person=person, fact=link(topic, stream, event))
        for what, topic, stream, event, person, _ in sorted(rows)
    ]


def tasks(connection: Connection, when: When, decision: str = "", state: str = "") -> list[Task]:
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
