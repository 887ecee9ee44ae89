"""Who held every post of a unit and of all below it, on a day, as known at an instant."""

from collections import defaultdict
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Document, Documents, Proof, link
from shared.database.sql import Statement, as_of_condition, certain_condition, known_condition


class HolderNode(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A holder of a post; `certain` is false where partial dates leave it open."""

    tenure: str
    """Id of the tenure."""
    cadre: str
    """Id of the cadre."""
    name: str
    """Full name."""
    holding: str
    """PRIMARY, CONCURRENT, ACTING, IN_CHARGE or UNSTATED."""
    status: str
    """ACTIVE or SUSPENDED."""
    certain: bool
    """False where partial dates leave open whether it is so on that day."""
    start: str
    """First day, perhaps partial."""
    planned_end: str
    """The day on which the term should end; empty: no fixed term."""
    term_no: int
    """Number of the term in this post."""
    proof: Proof
    """The facts it comes from."""


class PostNode(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A post and whoever sits in it."""

    post: str
    """Id of the post."""
    title: str
    """Its title then."""
    role: str
    """HEAD, DEPUTY, MEMBER, STAFF or UNSTATED."""
    seats: int
    """How many may hold it; 0: as many as are appointed."""
    key_title: bool
    """Whether it is a key title."""
    holders: list[HolderNode]
    """Who holds it."""
    vacant: int
    """How many seats nobody holds."""
    proof: Proof


class UnitNode(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A unit of the chart, under its name then."""

    unit: str
    """Id of the unit."""
    parent: str
    """Id of the unit above it; empty: none."""
    name: str
    """Its name then."""
    kind: str
    """What kind of unit it is."""
    kind_label: str
    """The type in the words of the source."""
    level: str
    """CENTRAL, PROVINCE, DISTRICT or COMMUNE; empty: none of them."""
    depth: int
    """How far it is below the unit asked for."""
    certain: bool
    """False where partial dates leave open whether it is so on that day."""
    children: int
    """How many units are directly below it."""
    second_parent: str
    """Id of its vertical authority, where it has two."""
    posts: list[PostNode]
    """Its posts."""
    proof: Proof
    """The facts it comes from."""


_SUBTREE = f"""
WITH RECURSIVE sub(unit_id, depth) AS (
  SELECT r.unit_id, 0 FROM units r WHERE r.unit_id = :unit AND {as_of_condition("r")} GROUP BY r.unit_id
  UNION
  SELECT u.unit_id, sub.depth + 1 FROM sub JOIN units u ON u.parent_id = sub.unit_id
  WHERE {as_of_condition("u")} AND sub.depth < :depth
)"""

HOLDERS = Statement(f"""{_SUBTREE}
SELECT p.unit_id, p.post_id, p.title, p.role, p.seats, p.key_title, p.opened_by, p.decision,
       t.tenure_id, t.cadre_id, c.name, t.holding, t.status, {certain_condition("t")}, t.start, t.planned_end, t.term_no,
       t.opened_by, t.decision, d.number, d.issuer, d.signed_on, d.title,
       t.closed_by, t.closing_decision, e.number, e.issuer, e.signed_on, e.title
FROM sub CROSS JOIN posts p
LEFT JOIN tenures t ON t.post_id = p.post_id AND {as_of_condition("t")}
LEFT JOIN cadres c ON c.cadre_id = t.cadre_id AND {known_condition("c")}
LEFT JOIN decisions d ON d.decision_id = t.decision AND {known_condition("d")}
LEFT JOIN decisions e ON e.decision_id = t.closing_decision AND {known_condition("e")}
WHERE p.unit_id = sub.unit_id AND {as_of_condition("p")}""")

UNITS = Statement(f"""{_SUBTREE}
SELECT u.unit_id, u.parent_id, u.name, u.kind, u.kind_label, u.level, sub.depth, {certain_condition("u")},
       (SELECT count(*) FROM units k WHERE k.parent_id = u.unit_id AND {as_of_condition("k")}),
       u.opened_by, u.decision, u.closed_by, u.closing_decision,
       (SELECT max(o.vertical) FROM oversight o WHERE o.unit_id = u.unit_id AND {as_of_condition("o")}),
       u.bloc
FROM sub CROSS JOIN units u WHERE u.unit_id = sub.unit_id AND {as_of_condition("u")}""")

ROOTS = Statement(f"""
SELECT u.unit_id, u.name FROM units u WHERE u.parent_id = '' AND {as_of_condition("u")} ORDER BY u.name, u.unit_id""")

BLOCS = {"PARTY": 0, "GOVERNMENT": 1, "FRONT": 2, "SERVICE": 3, "JUSTICE_SECURITY": 4, "UNSTATED": 5}
ROLES = {"HEAD": 0, "DEPUTY": 1, "MEMBER": 2, "UNSTATED": 3, "STAFF": 4}


def _place(row: Any) -> tuple[int, int, str, str]:
    """Top down; bodies of the Party first, then of the State, and so on; then by name."""
    return row[6], BLOCS.get(row[14], 9), row[2], row[0]


def org_chart(connection: Connection, unit: str, when: AsOf, depth: int = 1) -> list[UnitNode]:
    """The unit and `depth` levels below it, top down, each with its posts and holders. Empty: it did not exist then."""
    asked = {"unit": unit, "depth": depth, "day": when.as_of, "known": when.known_at}
    held, units = HOLDERS(connection, **asked), sorted(UNITS(connection, **asked), key=_place)
    documents = Documents(connection, when, (id_ for row in units for id_ in (row[10], row[12])))
    chairs = _chairs(held, documents)
    return [
        UnitNode(
            unit=row[0],
            parent=row[1],
            name=row[2],
            kind=row[3],
            kind_label=row[4],
            level=row[5],
            depth=row[6],
            certain=bool(row[7]),
            children=row[8],
            second_parent=row[13] or "",
            posts=sorted(chairs.get(row[0], ()), key=_rank),
            proof=Proof(
                link("organization", row[0], row[9]),
                documents.get(row[10]),
                link("organization", row[0], row[11]),
                documents.get(row[12]),
            ),
        )
        for row in units
    ]


def _chairs(held: list[Any], documents: Documents) -> dict[str, list[PostNode]]:
    """The posts of each unit, from rows of a post and one of its holders, if any."""
    posts: dict[str, tuple[Any, list[HolderNode]]] = {}
    for row in held:
        _, seats = posts.get(row[1]) or posts.setdefault(row[1], (row, []))
        if not row[8]:
            continue
        tenure, cadre, name, holding, status, sure, start, planned_end, term_no, opened, decision = row[8:19]
        closed, ending = row[23:25]
        proof = Proof(
            f"appointment/{cadre}/{opened}",
            Document(decision, *row[19:23]) if row[19] is not None else None,
            link("appointment", cadre, closed),
            Document(ending, *row[25:]) if row[25] is not None else None,
        )
        seats.append(
            HolderNode(
                tenure=tenure,
                cadre=cadre,
                name=name or "",
                holding=holding,
                status=status,
                certain=bool(sure),
                start=start,
                planned_end=planned_end,
                term_no=term_no,
                proof=proof,
            )
        )
    chairs: dict[str, list[PostNode]] = defaultdict(list)
    for row, seats in posts.values():
        unit, post, title, role, places, key_title, created, decision = row[:8]
        chair = PostNode(
            post=post,
            title=title,
            role=role,
            seats=places,
            key_title=bool(key_title),
            holders=sorted(seats, key=lambda seat: (seat.start, seat.name, seat.tenure)),
            vacant=max(0, places - len(seats)),
            proof=Proof(f"organization/{post}/{created}", documents.get(decision)),
        )
        chairs[unit].append(chair)
    return chairs


def _rank(chair: PostNode) -> tuple[int, str, str]:
    return ROLES.get(chair.role, 9), chair.title, chair.post
