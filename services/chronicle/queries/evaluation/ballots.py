"""Confidence votes and staff ballots: what each person got, and whether the person had been rotated there."""

from collections import defaultdict
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup, list_units_below
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from shared.core.partial_dates import Day
from shared.database.sql import BatchQuery, Query, known_condition, optional


class BallotLine(msgspec.Struct, frozen=True, kw_only=True):
    """One person in one vote of a body. `share_high` is of the votes cast about this person; None: none was cast.

    `rotated`: on that day the person was on a rotation into the body.
    """

    vote: str
    """Id of the vote."""
    kind: str
    """RATING, MOTION or STAFF_BALLOT."""
    day: str
    """The day of the vote."""
    body: str
    """Id of the unit that voted."""
    body_name: str
    """Name of the unit that voted."""
    term: str
    """Term, such as 2020-2025."""
    called: int
    """How many were called to vote."""
    present: int
    """How many were present."""
    cadre: str
    """Id of the cadre."""
    name: str
    """Name of the person."""
    post: str
    """Id of the post that the person was voted on in."""
    high: int
    """Votes for high confidence."""
    medium: int
    """Votes for confidence."""
    low: int
    """Votes for low confidence."""
    share_high: float | None
    """Share of high votes of those cast about the person; null: none was cast."""
    excluded: str
    """Why the person was not voted on; empty: was."""
    rotated: bool
    """Whether the person was on a rotation into the body that day."""
    proof: Proof
    """The facts and documents behind it."""


class VotedRow(NamedTuple):
    """What one person got in one vote, and the stream of the vote."""

    vote_id: str
    kind: str
    valid_from: str
    body_id: str
    term: str
    called: int
    present: int
    cadre_id: str
    post_id: str
    high: int
    medium: int
    low: int
    excluded: str
    stream: str
    opened_by: str
    decision: str


class PostingRow(NamedTuple):
    """A rotation of a cadre, over [valid_from, valid_to)."""

    cadre_id: str
    valid_from: str
    valid_to: str
    to_unit: str
    to_post: str


VOTED = Query(
    VotedRow,
    f"""
SELECT b.vote_id, b.kind, b.valid_from, b.body_id, b.term, b.called, b.present, b.cadre_id, b.post_id, b.high, b.medium,
       b.low, b.excluded, b.stream, b.opened_by, b.decision
FROM ballots b WHERE {known_condition("b")} AND b.valid_from >= :since AND b.valid_from < :until AND {optional("b.kind", "kind")}
ORDER BY b.valid_from, b.vote_id, b.cadre_id""",
)
_POSTINGS = BatchQuery(
    PostingRow,
    f"""
SELECT r.cadre_id, r.valid_from, r.valid_to, r.to_unit, r.to_post FROM rotations r
WHERE r.cadre_id IN :ids AND r.kind = 'ROTATION' AND {known_condition("r")}""",
)


def list_ballots(
    connection: Connection, when: AsOf, since: Day, until: Day, *, unit: str = "", kind: str = ""
) -> list[BallotLine]:
    """Votes held in [since, until) by a body at or below a unit."""
    rows = VOTED(connection, known=when.known_at, since=since, until=until, kind=kind)
    if unit:
        within = list_units_below(connection, unit, when, since, until)
        rows = [row for row in rows if row.body_id in within]
    people = list({row.cadre_id for row in rows})
    postings = _POSTINGS(connection, ids=people, known=when.known_at)
    lookup = DatedLookup(connection, when)
    lookup.read(
        units=[row.body_id for row in rows], posts=[posting.to_post for posting in postings], people=people
    )
    documents = Documents(connection, when, (row.decision for row in rows))
    by_cadre: dict[str, list[PostingRow]] = defaultdict(list)
    for posting in postings:
        by_cadre[posting.cadre_id].append(posting)
    return [_line(row, by_cadre[row.cadre_id], lookup, documents) for row in rows]


def _line(row: VotedRow, postings: list[PostingRow], lookup: DatedLookup, documents: Documents) -> BallotLine:
    cast = row.high + row.medium + row.low
    return BallotLine(
        vote=row.vote_id,
        kind=row.kind,
        day=row.valid_from,
        body=row.body_id,
        body_name=lookup.unit(row.body_id, row.valid_from).name,
        term=row.term,
        called=row.called,
        present=row.present,
        cadre=row.cadre_id,
        name=lookup.person(row.cadre_id).name,
        post=row.post_id,
        high=row.high,
        medium=row.medium,
        low=row.low,
        share_high=row.high / cast if cast else None,
        excluded=row.excluded,
        rotated=any(
            posting.valid_from <= row.valid_from < posting.valid_to
            and _unit_of(posting, lookup) == row.body_id
            for posting in postings
        ),
        proof=Proof(link("evaluation", row.stream, row.opened_by), documents.get(row.decision)),
    )


def _unit_of(posting: PostingRow, lookup: DatedLookup) -> str:
    return posting.to_unit or lookup.post(posting.to_post, posting.valid_from).unit
