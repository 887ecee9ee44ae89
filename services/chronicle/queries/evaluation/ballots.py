"""Confidence votes and staff ballots: what each person got, and whether the person had been rotated there."""

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup, units_below
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from shared.core.partial_dates import Day
from shared.database.sql import Lookup, Statement, known_condition


class BallotLine(msgspec.Struct, frozen=True, kw_only=True):
    """One person in one vote of a body. `share_high` is of the votes cast about this person; None: none was cast.

    `rotated`: on that day the person was on a rotation into the body.
    """

    vote: str
    kind: str
    day: str
    body: str
    body_name: str
    term: str
    called: int
    present: int
    cadre: str
    name: str
    post: str
    high: int
    medium: int
    low: int
    share_high: float | None
    excluded: str
    rotated: bool
    proof: Proof


VOTED = Statement(f"""
SELECT b.vote_id, b.kind, b.valid_from, b.body_id, b.term, b.called, b.present, b.cadre_id, b.post_id, b.high, b.medium,
       b.low, b.excluded, b.stream, b.opened_by, b.decision
FROM ballots b WHERE {known_condition("b")} AND b.valid_from >= :since AND b.valid_from < :until AND b.kind LIKE :kind
ORDER BY b.valid_from, b.vote_id, b.cadre_id""")
POSTINGS = Lookup(f"""
SELECT r.cadre_id, r.valid_from, r.valid_to, r.to_unit, r.to_post FROM rotations r
WHERE r.cadre_id IN :ids AND r.kind = 'ROTATION' AND {known_condition("r")}""")


def ballots(
    connection: Connection, when: AsOf, since: Day, until: Day, *, place: str = "", kind: str = ""
) -> list[BallotLine]:
    """Votes held in [since, until) by a body at or below a place."""
    rows = VOTED(connection, known=when.known_at, since=since, until=until, kind=kind or "%")
    if place:
        within = units_below(connection, place, when, since, until)
        rows = [row for row in rows if row[3] in within]
    people = list({row[7] for row in rows})
    postings = POSTINGS(connection, ids=people, known=when.known_at)
    then = DatedLookup(connection, when)
    then.read(units=[row[3] for row in rows], posts=[row[4] for row in postings], people=people)
    documents = Documents(connection, when, (row[15] for row in rows))
    there = {
        (cadre, since_, until_, to_unit or then.post(to_post, since_).unit)
        for cadre, since_, until_, to_unit, to_post in postings
    }
    lines = []
    for row in rows:
        cast = sum(row[9:12])
        came = any(each[0] == row[7] and each[1] <= row[2] < each[2] and each[3] == row[3] for each in there)
        lines.append(
            BallotLine(
                **dict(zip(_AS_KEPT, row[:13], strict=True)),
                body_name=then.unit(row[3], row[2]).name,
                name=then.person(row[7]).name,
                share_high=row[9] / cast if cast else None,
                rotated=came,
                proof=Proof(link("evaluation", row[13], row[14]), documents.get(row[15])),
            )
        )
    return lines


_AS_KEPT = (
    *("vote", "kind", "day", "body", "term", "called", "present", "cadre", "post", "high", "medium", "low"),
    "excluded",
)
