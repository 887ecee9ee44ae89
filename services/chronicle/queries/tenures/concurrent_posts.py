"""One person in several posts: whoever holds two or more at once, and posts that belong together."""

from collections import defaultdict
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup, units_below
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.units.org_chart import org_chart
from shared.core.partial_dates import day_after
from shared.database.sql import Lookup, Statement, as_of_condition


class HeldPost(msgspec.Struct, frozen=True, kw_only=True):
    """A post that somebody holds on the day asked for."""

    post: str
    """Id of the post."""
    title: str
    """Its title then."""
    unit: str
    """Id of its unit."""
    unit_name: str
    """Its name then."""
    holding: str
    """PRIMARY, CONCURRENT, ACTING, IN_CHARGE or UNSTATED."""
    start: str
    """First day, perhaps partial."""
    proof: Proof
    """The facts it comes from."""


class Concurrent(msgspec.Struct, frozen=True, kw_only=True):
    """One person and all posts held on that day, the primary one first."""

    cadre: str
    """Id of the cadre."""
    name: str
    """Full name."""
    posts: list[HeldPost]
    """The posts, the primary one first."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two posts meant for one holder (nhất thể hóa). `same`: one person holds both; None: one of them is vacant."""

    post: str
    """Id of the post."""
    title: str
    """Its title."""
    unit: str
    """Id of its unit."""
    unit_name: str
    """Its name."""
    level: str
    """Level of the unit."""
    paired_post: str
    """Id of the other post."""
    paired_title: str
    """Its title."""
    paired_unit_name: str
    """Name of its unit."""
    holder: str
    """Id of the cadre who holds the post; empty: vacant."""
    holder_name: str
    """Full name."""
    paired_holder: str
    """Id of the cadre who holds the other post; empty: vacant."""
    paired_holder_name: str
    """Full name."""
    same: bool | None
    """Whether one person holds both; null: one of them is vacant."""
    proof: Proof


_HELD = f"""
SELECT t.cadre_id, t.post_id, p.title, p.unit_id, t.holding, t.start, t.opened_by, t.decision
FROM tenures t JOIN posts p ON p.post_id = t.post_id AND {as_of_condition("p")} WHERE {as_of_condition("t")}"""
HELD = Statement(_HELD)
THEIRS = Lookup(f"{_HELD} AND t.cadre_id IN :ids")
IN_POSTS = Lookup(f"{_HELD} AND t.post_id IN :ids")
PAIRED = Statement(f"""
SELECT p.post_id, p.title, p.unit_id, p.paired_post, p.opened_by, p.decision FROM posts p
WHERE p.paired_post <> '' AND {as_of_condition("p")} ORDER BY p.unit_id, p.title""")


def concurrent_holders(connection: Connection, when: AsOf, place: str = "") -> list[Concurrent]:
    """Whoever holds two posts or more on the day asked for, one of them in the unit or below it; by name."""
    asked = {"day": when.as_of, "known": when.known_at}
    by_person: dict[str, list[Any]] = defaultdict(list)
    theirs = _people(connection, when, place) if place else []
    for row in THEIRS(connection, ids=theirs, **asked) if place else HELD(connection, **asked):
        by_person[row[0]].append(row)
    several = {cadre: rows for cadre, rows in by_person.items() if len({row[1] for row in rows}) > 1}
    then = DatedLookup(connection, when)
    then.read(units=[row[3] for rows in several.values() for row in rows], people=list(several))
    documents = Documents(connection, when, (row[7] for rows in several.values() for row in rows))
    lines = [
        Concurrent(
            cadre=cadre,
            name=then.person(cadre).name,
            posts=[
                HeldPost(
                    post=row[1],
                    title=row[2],
                    unit=row[3],
                    unit_name=then.unit(row[3], when.as_of).name,
                    holding=row[4],
                    start=row[5],
                    proof=Proof(link("appointment", cadre, row[6]), documents.get(row[7])),
                )
                for row in sorted(rows, key=lambda row: (row[4] != "PRIMARY", row[5], row[1]))
            ],
        )
        for cadre, rows in several.items()
    ]
    return sorted(lines, key=lambda line: (then.person(line.cadre).name_key, line.cadre))


def _people(connection: Connection, when: AsOf, place: str) -> list[str]:
    boxes = org_chart(connection, place, when, depth=32)
    return list(dict.fromkeys(seat.cadre for box in boxes for chair in box.posts for seat in chair.holders))


def pairs(connection: Connection, when: AsOf, place: str = "", level: str = "") -> list[Pair]:
    """Posts that name another for the same holder, in the unit or below it, of one level of units if asked."""
    rows = PAIRED(connection, day=when.as_of, known=when.known_at)
    if place:
        within = units_below(connection, place, when, when.as_of, day_after(when.as_of))
        rows = [row for row in rows if row[2] in within]
    then = DatedLookup(connection, when)
    then.read(posts=[id_ for row in rows for id_ in (row[0], row[3])])
    rows = [row for row in rows if level in ("", then.unit(row[2], when.as_of).level)]
    ids = list(dict.fromkeys(id_ for row in rows for id_ in (row[0], row[3])))
    sits: dict[str, list[str]] = defaultdict(list)
    for held in IN_POSTS(connection, ids=ids, day=when.as_of, known=when.known_at):
        sits[held[1]].append(held[0])
    then.read(people=[cadre for found in sits.values() for cadre in found])
    documents = Documents(connection, when, (row[5] for row in rows))
    lines = []
    for post, title, unit, other, opened, decision in rows:
        both = [cadre for cadre in sits[post] if cadre in sits[other]]
        holder, beside = ((both or sits[each] or [""])[0] for each in (post, other))
        lines.append(
            Pair(
                post=post,
                title=title,
                unit=unit,
                unit_name=then.unit(unit, when.as_of).name,
                level=then.unit(unit, when.as_of).level,
                paired_post=other,
                paired_title=then.post(other, when.as_of).title,
                paired_unit_name=then.unit(then.post(other, when.as_of).unit, when.as_of).name,
                holder=holder,
                holder_name=then.person(holder).name,
                paired_holder=beside,
                paired_holder_name=then.person(beside).name,
                same=holder == beside if holder and beside else None,
                proof=Proof(link("organization", post, opened), documents.get(decision)),
            )
        )
    return lines
