"""Competitions for posts, and the way from nomination to election."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, NotCountable, counts
from services.chronicle.queries.common.dated_lookup import DatedLookup, units_below
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day
from shared.database.sql import Lookup, Statement, known_condition


class CandidateLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who competed, with the post held then. `score` None: not stated."""

    cadre: str
    name: str
    post: str
    title: str
    role: str
    unit_name: str
    score: float | None


class ContestLine(msgspec.Struct, frozen=True, kw_only=True):
    """A contest, or a pilot of many. `planned` None: not stated; `approximate`: only about so many.

    `roles` counts the candidates by the role of the post they held. `appointed`: the tenure of the winner in the post.
    """

    contest: str
    title: str
    organiser: str
    organiser_name: str
    part_of: str
    post: str
    post_title: str
    start: str
    concluded: str
    planned: int | None
    approximate: bool
    candidates: list[CandidateLine]
    roles: dict[str, int]
    winner: str
    winner_name: str
    appointed: str
    route: str
    proof: Proof


CONTESTS = Statement(f"""
SELECT c.contest_id, c.title, c.organiser, c.part_of, c.post_id, c.valid_from, c.concluded, c.planned_count,
       c.approximate, c.candidates, c.winner, c.opened_by, c.decision, c.closed_by, c.closing_decision
FROM contests c WHERE {known_condition("c")} AND c.valid_from >= :since AND c.valid_from < :until AND c.contest_id LIKE :id
ORDER BY c.valid_from, c.title""")
HELD = Lookup(f"""
SELECT t.cadre_id, t.post_id, t.tenure_id, t.route, t.valid_from FROM tenures t
WHERE t.cadre_id IN :ids AND t.stretch = 0 AND {known_condition("t")} ORDER BY t.valid_from DESC""")
CANDIDACIES = Statement(f"""
SELECT c.cadre_id, c.nomination, c.election, c.post_id, c.body, c.tenure_id, c.first_time, c.opened_by, c.decision,
       c.closed_by, c.valid_from
FROM candidacies c WHERE {known_condition("c")} AND c.valid_from >= :since AND c.valid_from < :until""")


def contests(
    connection: Connection,
    when: AsOf,
    since: Day = FIRST_DAY,
    until: Day = LAST_DAY,
    *,
    place: str = "",
    id_: str = "",
) -> list[ContestLine]:
    """Contests that were opened in [since, until) by a unit or one below it, or one contest; oldest first."""
    rows = CONTESTS(connection, known=when.known_at, since=since, until=until, id=id_ or "%")
    if place:
        within = units_below(connection, place, when, since, until)
        rows = [row for row in rows if row[2] in within]
    candidates = {row[0]: [line.split("\t") for line in row[9].split("\n") if line] for row in rows}
    people = [each[0] for found in candidates.values() for each in found]
    then = DatedLookup(connection, when)
    then.read(
        units=[row[2] for row in rows],
        posts=[row[4] for row in rows] + [each[1] for found in candidates.values() for each in found],
        people=people,
    )
    documents = Documents(connection, when, (id_ for row in rows for id_ in (row[12], row[14])))
    held = HELD(connection, ids=list(dict.fromkeys(people)), known=when.known_at)
    lines = []
    for row in rows:
        names = [_candidate(then, row[5], *each) for each in candidates[row[0]]]
        roles = [each.role for each in names]
        won = [each for each in held if each[:2] == (row[10], row[4]) and each[4] >= row[5]]
        tenure, route = (won[-1][2], won[-1][3]) if won else ("", "")
        lines.append(
            ContestLine(
                contest=row[0],
                title=row[1],
                organiser=row[2],
                organiser_name=then.unit(row[2], row[5]).name,
                part_of=row[3],
                post=row[4],
                post_title=then.post(row[4], row[5]).title,
                start=row[5],
                concluded=row[6],
                planned=None if row[7] < 0 else row[7],
                approximate=bool(row[8]),
                candidates=names,
                roles={role: roles.count(role) for role in dict.fromkeys(roles)},
                winner=row[10],
                winner_name=then.person(row[10]).name,
                appointed=tenure,
                route=route,
                proof=Proof(
                    link("appointment", row[0], row[11]),
                    documents.get(row[12]),
                    link("appointment", row[0], row[13]),
                    documents.get(row[14]),
                ),
            )
        )
    return lines


def _candidate(then: DatedLookup, day: str, cadre: str, post: str, score: str) -> CandidateLine:
    held = then.post(post, day)
    return CandidateLine(
        cadre=cadre,
        name=then.person(cadre).name,
        post=post,
        title=held.title,
        role=held.role,
        unit_name=then.unit(held.unit, day).name,
        score=float(score) if score else None,
    )


BY = ("body", "election", "outcome", "first_time")


def candidacies(
    connection: Connection,
    when: AsOf,
    since: Day,
    until: Day,
    *,
    place: str = "",
    by: Sequence[str] = ("body", "outcome"),
    unit: CountingUnit = "case",
) -> Counts:
    """Nominations made in [since, until) for bodies at or below a place; `outcome` is ELECTED or NOMINATED so far."""
    if wrong := [name for name in by if name not in BY]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(BY)}")
    rows = CANDIDACIES(connection, known=when.known_at, since=since, until=until)
    then = DatedLookup(connection, when)
    then.read(posts=[row[3] for row in rows if not row[4]])
    within = units_below(connection, place, when, since, until) if place else None
    items = []
    for row in rows:
        body = row[4] or then.post(row[3], row[10]).unit
        if within is not None and body not in within:
            continue
        said = {
            "body": body,
            "election": row[2],
            "outcome": "ELECTED" if row[9] else "NOMINATED",
            "first_time": "yes" if row[6] else "no",
        }
        key = tuple(said[name] for name in by)
        fact = link("appointment", row[0], row[9] or row[7])
        items.append(Item(key, {"case": f"{row[0]}/{row[1]}", "person": row[0]}, fact, row[8]))
    return counts(
        by,
        sorted(items, key=lambda item: item.key),
        Documents(connection, when),
        when,
        unit=unit,
        allowed=("case", "person"),
        since=since,
        until=until,
    )
