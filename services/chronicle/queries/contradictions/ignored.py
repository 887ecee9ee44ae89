"""FACT_WITHOUT_EFFECT: a fact about what is not there, is there already, or has ended; a correction of what is not."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import link
from services.chronicle.queries.contradictions.candidates import (
    Concern,
    Contradiction,
    read_units_of_posts,
)
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.chronicle.queries.people.merged_files import MergedFiles
from shared.core.partial_dates import LAST_DAY, Instant
from shared.database.sql import Query, known_condition


class _IgnoredFactRow(NamedTuple):
    topic: str
    stream: str
    fact: str
    what: str
    subject: str
    valid_from: str


_TOPICS = ("organization", "personnel", "appointment", "rotation", "planning", "evaluation", "regulation")
OWN_STREAM = frozenset({"unit", "post", "reorganisation", "contest", "list", "decision"})
"""What is a stream of its own; other things are in the stream of a cadre, a list or whoever is evaluated."""
TWICE_HELD = "i.what = 'tenure' AND i.because = 'TWICE' AND i.kind NOT IN ('appointment.suspended', 'appointment.reinstated')"
"""SQL: a tenure that begins under an id of the same cadre, which is TENURE_ID_TWICE."""
IGNORED = Query(
    _IgnoredFactRow,
    " UNION ALL ".join(
        f"SELECT '{topic}' AS topic, i.stream, i.fact, i.what, i.subject, i.valid_from FROM ignored_{topic} i "
        f"WHERE {known_condition('i')} AND NOT ({TWICE_HELD})"
        for topic in _TOPICS
    ),
)


class _MergerRow(NamedTuple):
    """A merger of two files of which one, `missing`, is not on record."""

    cadre_id: str
    merged_id: str
    missing: str
    opened_by: str
    valid_from: str


MERGERS_OF_NOBODY = Query(
    _MergerRow,
    " UNION ".join(
        f"SELECT m.cadre_id, m.merged_id, m.{file} AS missing, m.opened_by, m.valid_from FROM merged_records m "
        f"WHERE {known_condition('m')} AND NOT EXISTS ("
        f"SELECT 1 FROM cadres c WHERE c.cadre_id = m.{file} AND {known_condition('c')})"
        for file in ("merged_id", "cadre_id")
    ),
)


def find_facts_without_effect(
    connection: Connection, known: Instant, files: MergedFiles
) -> Iterator[Contradiction]:
    """A fact that counts, and that no answer shows; and a merger with a file that is not on record."""
    rows = IGNORED(connection, known=known)
    posts = read_units_of_posts(connection, known, (row.subject for row in rows if row.what == "post"))
    for row in rows:
        concerns = [Concern(row.what, row.subject)]
        if row.what in ("merger", "service"):
            concerns = [Concern("cadre", row.subject)]
        if row.what not in OWN_STREAM:
            owner = "list" if row.topic == "planning" else "cadre"
            concerns.insert(0, Concern(owner, files.person(row.stream) if owner == "cadre" else row.stream))
        yield Contradiction(
            ContradictionKind.FACT_WITHOUT_EFFECT,
            row.valid_from,
            LAST_DAY,
            tuple(dict.fromkeys(concerns)),
            (link(row.topic, row.stream, row.fact),),
            (row.subject,)
            if row.what == "unit"
            else posts.get(row.subject, ())
            if row.what == "post"
            else (),
        )
    for merger in MERGERS_OF_NOBODY(connection, known=known):
        yield Contradiction(
            ContradictionKind.FACT_WITHOUT_EFFECT,
            merger.valid_from,
            LAST_DAY,
            tuple(
                Concern("cadre", file)
                for file in dict.fromkeys((merger.missing, merger.cadre_id, merger.merged_id))
            ),
            (link("personnel", merger.cadre_id, merger.opened_by),),
        )
