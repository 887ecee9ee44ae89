"""People who hold several posts at once, and pairs of posts that are meant for one holder."""

from collections import defaultdict
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup, list_units_below
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.people.merged_files import Holders
from services.chronicle.queries.units.org_chart import read_org_chart
from shared.core.partial_dates import day_after
from shared.database.sql import BatchQuery, Query, as_of_condition


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
    """The facts and documents behind it."""


class _HeldRow(NamedTuple):
    cadre_id: str
    tenure_id: str
    post_id: str
    title: str
    unit_id: str
    holding: str
    start: str
    opened_by: str
    decision: str


class PairedRow(NamedTuple):
    post_id: str
    title: str
    unit_id: str
    paired_post: str
    opened_by: str
    decision: str


_HELD = f"""
SELECT t.cadre_id, t.tenure_id, t.post_id, p.title, p.unit_id, t.holding, t.start, t.opened_by, t.decision
FROM tenures t JOIN posts p ON p.post_id = t.post_id AND {as_of_condition("p")} WHERE {as_of_condition("t")}"""
HELD = Query(_HeldRow, _HELD)
_HELD_BY = BatchQuery(_HeldRow, f"{_HELD} AND t.cadre_id IN :ids")
_HELD_IN = BatchQuery(_HeldRow, f"{_HELD} AND t.post_id IN :ids")
_PAIRED = Query(
    PairedRow,
    f"""
SELECT p.post_id, p.title, p.unit_id, p.paired_post, p.opened_by, p.decision FROM posts p
WHERE p.paired_post <> '' AND {as_of_condition("p")} ORDER BY p.unit_id, p.title""",
)


def list_concurrent_holders(connection: Connection, when: AsOf, unit: str = "") -> list[Concurrent]:
    """Whoever holds two posts or more on the day asked for, one of them in the unit or below it; by name."""
    times = {"day": when.as_of, "known": when.known_at}
    held: dict[str, list[_HeldRow]] = defaultdict(list)
    people = Holders(connection, when)
    if unit:
        below = _holders_below(connection, when, unit)
        files = [file for holder in below for file in people.files.files(holder)]
        rows = _HELD_BY(connection, ids=files, **times)
    else:
        rows = HELD(connection, **times)
    for row in people.without_duplicates(rows):
        held[people.person(row.cadre_id)].append(row)
    several = {cadre: rows for cadre, rows in held.items() if len({row.post_id for row in rows}) > 1}
    lookup = DatedLookup(connection, when)
    lookup.read(units=[row.unit_id for rows in several.values() for row in rows], people=list(several))
    documents = Documents(connection, when, (row.decision for rows in several.values() for row in rows))
    lines = [
        Concurrent(
            cadre=cadre,
            name=lookup.person(cadre).name,
            posts=[
                HeldPost(
                    post=row.post_id,
                    title=row.title,
                    unit=row.unit_id,
                    unit_name=lookup.unit(row.unit_id, when.as_of).name,
                    holding=row.holding,
                    start=row.start,
                    proof=Proof(
                        link("appointment", row.cadre_id, row.opened_by), documents.get(row.decision)
                    ),
                )
                for row in sorted(rows, key=lambda row: (row.holding != "PRIMARY", row.start, row.post_id))
            ],
        )
        for cadre, rows in several.items()
    ]
    return sorted(lines, key=lambda line: (lookup.person(line.cadre).name_key, line.cadre))


def _holders_below(connection: Connection, when: AsOf, unit: str) -> list[str]:
    nodes = read_org_chart(connection, unit, when, depth=32)
    return list(
        dict.fromkeys(holder.cadre for node in nodes for post in node.posts for holder in post.holders)
    )


def list_paired_posts(connection: Connection, when: AsOf, unit: str = "", level: str = "") -> list[Pair]:
    """Posts that name another for the same holder, in the unit or below it, of one level of units if asked."""
    rows = _PAIRED(connection, day=when.as_of, known=when.known_at)
    if unit:
        within = list_units_below(connection, unit, when, when.as_of, day_after(when.as_of))
        rows = [row for row in rows if row.unit_id in within]
    lookup = DatedLookup(connection, when)
    lookup.read(posts=[post for row in rows for post in (row.post_id, row.paired_post)])
    rows = [row for row in rows if level in ("", lookup.unit(row.unit_id, when.as_of).level)]
    posts = list(dict.fromkeys(post for row in rows for post in (row.post_id, row.paired_post)))
    holders: dict[str, list[str]] = defaultdict(list)
    people = Holders(connection, when)
    for held in _HELD_IN(connection, ids=posts, day=when.as_of, known=when.known_at):
        if not people.files.is_duplicate(held.cadre_id, held.tenure_id):
            holders[held.post_id].append(people.person(held.cadre_id))
    lookup.read(people=[cadre for cadres in holders.values() for cadre in cadres])
    documents = Documents(connection, when, (row.decision for row in rows))
    lines = []
    for row in rows:
        of_both = [cadre for cadre in holders[row.post_id] if cadre in holders[row.paired_post]]
        holder, paired_holder = (
            (of_both or holders[post] or [""])[0] for post in (row.post_id, row.paired_post)
        )
        post_unit, paired_post = (
            lookup.unit(row.unit_id, when.as_of),
            lookup.post(row.paired_post, when.as_of),
        )
        lines.append(
            Pair(
                post=row.post_id,
                title=row.title,
                unit=row.unit_id,
                unit_name=post_unit.name,
                level=post_unit.level,
                paired_post=row.paired_post,
                paired_title=paired_post.title,
                paired_unit_name=lookup.unit(paired_post.unit, when.as_of).name,
                holder=holder,
                holder_name=lookup.person(holder).name,
                paired_holder=paired_holder,
                paired_holder_name=lookup.person(paired_holder).name,
                same=holder == paired_holder if holder and paired_holder else None,
                proof=Proof(link("organization", row.post_id, row.opened_by), documents.get(row.decision)),
            )
        )
    return lines
