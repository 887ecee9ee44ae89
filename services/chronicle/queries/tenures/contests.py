"""Competitions for posts, and the way from nomination to election."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, NotCountable, count_items
from services.chronicle.queries.common.dated_lookup import DatedLookup, list_units_below
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.rows import CandidateOfContest, list_from_text
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day
from shared.database.sql import BatchQuery, Query, known_condition, optional


class CandidateLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who competed, with the post held then. `score` None: not stated."""

    cadre: str
    """Id of the cadre."""
    name: str
    """Name of the candidate."""
    post: str
    """Id of the post held then; empty: none is known."""
    title: str
    """Title of the post held then."""
    role: str
    """Role of the post held then."""
    unit_name: str
    """Name of the unit served in then."""
    score: float | None
    """Score reached; null: not stated."""


class ContestLine(msgspec.Struct, frozen=True, kw_only=True):
    """A contest, or a pilot of many. `planned` None: not stated; `approximate`: only about so many.

    `roles` counts the candidates by the role of the post they held. `appointed`: the tenure of the winner in the post.
    """

    contest: str
    """Id of the contest."""
    title: str
    """What the contest is called."""
    organiser: str
    """Id of the unit that organises it."""
    organiser_name: str
    """Name of the unit that organises it."""
    part_of: str
    """Id of the pilot it belongs to."""
    post: str
    """Id of the post competed for."""
    post_title: str
    """Title of the post competed for."""
    start: str
    """The day it was opened."""
    concluded: str
    """The day it was concluded; empty: it runs."""
    planned: int | None
    """How many posts were to be filled; null: not stated."""
    approximate: bool
    """Whether that number is only about so many."""
    candidates: list[CandidateLine]
    """Everybody who competed."""
    roles: dict[str, int]
    """How many candidates held a post of each role."""
    winner: str
    """Id of the winner."""
    winner_name: str
    """Name of the winner."""
    appointed: str
    """Id of the winner's tenure in the post; empty: not appointed."""
    route: str
    """How the winner was appointed."""
    proof: Proof
    """The facts and documents behind it."""


class _ContestRow(NamedTuple):
    """A contest as it is kept: see projections.contests.ContestRow."""

    contest_id: str
    title: str
    organiser: str
    part_of: str
    post_id: str
    valid_from: str
    concluded: str
    planned_count: int
    approximate: bool
    candidates: str
    winner: str
    opened_by: str
    decision: str
    closed_by: str
    closing_decision: str


class _TenureRow(NamedTuple):
    """A post that somebody took up."""

    cadre_id: str
    post_id: str
    tenure_id: str
    route: str
    valid_from: str


class _CandidacyRow(NamedTuple):
    """A nomination, and the fact that closed it where the cadre was elected."""

    cadre_id: str
    nomination: str
    election: str
    post_id: str
    body: str
    tenure_id: str
    first_time: bool
    opened_by: str
    decision: str
    closed_by: str
    valid_from: str


_CONTESTS = Query(
    _ContestRow,
    f"""
SELECT c.contest_id, c.title, c.organiser, c.part_of, c.post_id, c.valid_from, c.concluded, c.planned_count,
       c.approximate, c.candidates, c.winner, c.opened_by, c.decision, c.closed_by, c.closing_decision
FROM contests c WHERE {known_condition("c")} AND c.valid_from >= :since AND c.valid_from < :until AND {optional("c.contest_id", "id")}
ORDER BY c.valid_from, c.title""",
)
_HELD = BatchQuery(
    _TenureRow,
    f"""
SELECT t.cadre_id, t.post_id, t.tenure_id, t.route, t.valid_from FROM tenures t
WHERE t.cadre_id IN :ids AND t.stretch = 0 AND {known_condition("t")} ORDER BY t.valid_from DESC""",
)
_CANDIDACIES = Query(
    _CandidacyRow,
    f"""
SELECT c.cadre_id, c.nomination, c.election, c.post_id, c.body, c.tenure_id, c.first_time, c.opened_by, c.decision,
       c.closed_by, c.valid_from
FROM candidacies c WHERE {known_condition("c")} AND c.valid_from >= :since AND c.valid_from < :until""",
)


def list_contests(
    connection: Connection,
    when: AsOf,
    since: Day = FIRST_DAY,
    until: Day = LAST_DAY,
    *,
    unit: str = "",
    id_: str = "",
) -> list[ContestLine]:
    """Contests that were opened in [since, until) by a unit or one below it, or one contest; oldest first."""
    rows = _CONTESTS(connection, known=when.known_at, since=since, until=until, id=id_)
    if unit:
        within = list_units_below(connection, unit, when, since, until)
        rows = [row for row in rows if row.organiser in within]
    candidates = {row.contest_id: list_from_text(row.candidates, CandidateOfContest) for row in rows}
    everybody = [candidate for found in candidates.values() for candidate in found]
    people = [candidate.cadre for candidate in everybody]
    lookup = DatedLookup(connection, when)
    lookup.read(
        units=[row.organiser for row in rows],
        posts=[*(row.post_id for row in rows), *(candidate.post for candidate in everybody)],
        people=people,
    )
    documents = Documents(
        connection, when, (id_ for row in rows for id_ in (row.decision, row.closing_decision))
    )
    tenures = _HELD(connection, ids=list(dict.fromkeys(people)), known=when.known_at)
    return [_contest_line(row, candidates[row.contest_id], tenures, lookup, documents) for row in rows]


def _contest_line(
    row: _ContestRow,
    candidates: Sequence[CandidateOfContest],
    tenures: Sequence[_TenureRow],
    lookup: DatedLookup,
    documents: Documents,
) -> ContestLine:
    start = row.valid_from
    lines = [_candidate_line(candidate, lookup, start) for candidate in candidates]
    roles = [line.role for line in lines]
    won = [
        tenure
        for tenure in tenures
        if (tenure.cadre_id, tenure.post_id) == (row.winner, row.post_id) and tenure.valid_from >= start
    ]
    return ContestLine(
        contest=row.contest_id,
        title=row.title,
        organiser=row.organiser,
        organiser_name=lookup.unit(row.organiser, start).name,
        part_of=row.part_of,
        post=row.post_id,
        post_title=lookup.post(row.post_id, start).title,
        start=start,
        concluded=row.concluded,
        planned=None if row.planned_count < 0 else row.planned_count,
        approximate=row.approximate,
        candidates=lines,
        roles={role: roles.count(role) for role in dict.fromkeys(roles)},
        winner=row.winner,
        winner_name=lookup.person(row.winner).name,
        appointed=won[-1].tenure_id if won else "",
        route=won[-1].route if won else "",
        proof=Proof(
            link("appointment", row.contest_id, row.opened_by),
            documents.get(row.decision),
            link("appointment", row.contest_id, row.closed_by),
            documents.get(row.closing_decision),
        ),
    )


def _candidate_line(candidate: CandidateOfContest, lookup: DatedLookup, day: str) -> CandidateLine:
    held = lookup.post(candidate.post, day)
    return CandidateLine(
        cadre=candidate.cadre,
        name=lookup.person(candidate.cadre).name,
        post=candidate.post,
        title=held.title,
        role=held.role,
        unit_name=lookup.unit(held.unit, day).name,
        score=float(candidate.score) if candidate.score else None,
    )


BY = ("body", "election", "outcome", "first_time")


def count_candidacies(
    connection: Connection,
    when: AsOf,
    since: Day,
    until: Day,
    *,
    unit: str = "",
    by: Sequence[str] = ("body", "outcome"),
    counted: CountingUnit = "case",
) -> Counts:
    """Nominations made in [since, until) for bodies at or below a unit; `outcome` is ELECTED or NOMINATED so far."""
    if wrong := [name for name in by if name not in BY]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(BY)}")
    rows = _CANDIDACIES(connection, known=when.known_at, since=since, until=until)
    lookup = DatedLookup(connection, when)
    lookup.read(posts=[row.post_id for row in rows if not row.body])
    within = list_units_below(connection, unit, when, since, until) if unit else None
    items = []
    for row in rows:
        body = row.body or lookup.post(row.post_id, row.valid_from).unit
        if within is not None and body not in within:
            continue
        dimensions = {
            "body": body,
            "election": row.election,
            "outcome": "ELECTED" if row.closed_by else "NOMINATED",
            "first_time": "yes" if row.first_time else "no",
        }
        items.append(
            Item(
                tuple(dimensions[name] for name in by),
                {"case": f"{row.cadre_id}/{row.nomination}", "person": row.cadre_id},
                link("appointment", row.cadre_id, row.closed_by or row.opened_by),
                row.decision,
            )
        )
    return count_items(
        by,
        sorted(items, key=lambda item: item.key),
        Documents(connection, when),
        when,
        counted=counted,
        allowed=("case", "person"),
        since=since,
        until=until,
    )
