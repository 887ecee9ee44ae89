"""Who held every post of a unit and of all below it, on a day, as known at an instant."""

from collections import defaultdict
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Document, Documents, Proof, link
from services.chronicle.queries.common.subtree import SUBTREE_TO_DEPTH
from services.chronicle.queries.people.merged_files import Holders
from shared.database.sql import BatchQuery, Query, as_of_condition, certain_condition, known_condition


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
    """A post and its holders."""

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


class HolderRow(NamedTuple):
    """A post and one of its holders: None from `tenure_id` on where it is vacant, from the number on where the document
    is pending."""

    unit_id: str
    post_id: str
    post_title: str
    role: str
    seats: int
    key_title: bool
    post_opened_by: str
    post_decision: str
    tenure_id: str | None
    cadre_id: str
    name: str | None
    holding: str
    status: str
    certain: bool
    start: str
    planned_end: str
    term_no: int
    opened_by: str
    decision: str
    number: str | None
    issuer: str
    signed_on: str
    title: str
    closed_by: str
    closing_decision: str
    closing_number: str | None
    closing_issuer: str
    closing_signed_on: str
    closing_title: str


class _UnitRow(NamedTuple):
    """A unit as of the day, `depth` levels below the root; `vertical` is its second parent, if it has one."""

    unit_id: str
    parent_id: str
    name: str
    kind: str
    kind_label: str
    level: str
    depth: int
    certain: bool
    children: int
    opened_by: str
    decision: str
    closed_by: str
    closing_decision: str
    vertical: str | None
    bloc: str


class _RankRow(NamedTuple):
    """What decides the place of a unit in the chart."""

    unit_id: str
    depth: int
    name: str
    bloc: str


_HOLDER_COLUMNS = f"""
SELECT p.unit_id, p.post_id, p.title AS post_title, p.role, p.seats, p.key_title, p.opened_by AS post_opened_by,
       p.decision AS post_decision, t.tenure_id, t.cadre_id, c.name, t.holding, t.status, {certain_condition("t")} AS certain,
       t.start, t.planned_end, t.term_no, t.opened_by, t.decision, d.number, d.issuer, d.signed_on, d.title,
       t.closed_by, t.closing_decision, e.number AS closing_number, e.issuer AS closing_issuer,
       e.signed_on AS closing_signed_on, e.title AS closing_title"""
_HOLDER_JOINS = f"""
LEFT JOIN tenures t ON t.post_id = p.post_id AND {as_of_condition("t")}
LEFT JOIN cadres c ON c.cadre_id = t.cadre_id AND {known_condition("c")}
LEFT JOIN decisions d ON d.decision_id = t.decision AND {known_condition("d")}
LEFT JOIN decisions e ON e.decision_id = t.closing_decision AND {known_condition("e")}"""
HOLDERS = Query(
    HolderRow,
    f"""{SUBTREE_TO_DEPTH}{_HOLDER_COLUMNS}
FROM sub CROSS JOIN posts p{_HOLDER_JOINS}
WHERE p.unit_id = sub.unit_id AND {as_of_condition("p")}""",
)
_HOLDERS_IN = BatchQuery(
    HolderRow,
    f"""{_HOLDER_COLUMNS}
FROM posts p{_HOLDER_JOINS}
WHERE p.unit_id IN :ids AND {as_of_condition("p")}""",
)


def _unit_columns(depth: str) -> str:
    return f"""
SELECT u.unit_id, u.parent_id, u.name, u.kind, u.kind_label, u.level, {depth}, {certain_condition("u")} AS certain,
       (SELECT count(*) FROM units k WHERE k.parent_id = u.unit_id AND {as_of_condition("k")}) AS children,
       u.opened_by, u.decision, u.closed_by, u.closing_decision,
       (SELECT max(o.vertical) FROM oversight o WHERE o.unit_id = u.unit_id AND {as_of_condition("o")}) AS vertical,
       u.bloc"""


_UNITS = Query(
    _UnitRow,
    f"""{SUBTREE_TO_DEPTH}{_unit_columns("sub.depth")}
FROM sub CROSS JOIN units u WHERE u.unit_id = sub.unit_id AND {as_of_condition("u")}""",
)
_UNITS_AMONG = BatchQuery(
    _UnitRow,
    f"""{_unit_columns("0 AS depth")}
FROM units u WHERE u.unit_id IN :ids AND {as_of_condition("u")}""",
)
_RANKS = Query(
    _RankRow,
    f"""{SUBTREE_TO_DEPTH}
SELECT u.unit_id, sub.depth, u.name, u.bloc
FROM sub CROSS JOIN units u WHERE u.unit_id = sub.unit_id AND {as_of_condition("u")}""",
)

BLOCS = {"PARTY": 0, "GOVERNMENT": 1, "FRONT": 2, "SERVICE": 3, "JUSTICE_SECURITY": 4, "UNSTATED": 5}
ROLES = {"HEAD": 0, "DEPUTY": 1, "MEMBER": 2, "UNSTATED": 3, "STAFF": 4}


def read_org_chart(connection: Connection, unit: str, when: AsOf, depth: int = 1) -> list[UnitNode]:
    """The unit and `depth` levels below it, top down, each with its posts and holders. Empty: it did not exist then."""
    times = {"day": when.as_of, "known": when.known_at}
    rows = HOLDERS(connection, unit=unit, depth=depth, **times)
    units = sorted(_UNITS(connection, unit=unit, depth=depth, **times), key=_rank_unit)
    if len(nearest := {row.unit_id: row for row in reversed(units)}) < len(units):
        # a circle in the data is met again at every depth
        units = [row for row in units if nearest[row.unit_id] is row]
        rows = list(dict.fromkeys(rows))
    return _nodes(connection, when, units, rows)


def read_org_chart_page(
    connection: Connection, unit: str, when: AsOf, depth: int, first: int, limit: int
) -> list[UnitNode]:
    """The units of `read_org_chart` from the `first`-th on, and one more than `limit` where there is one: posts and
    holders are read only of these."""
    times = {"day": when.as_of, "known": when.known_at}
    ranked = sorted(_RANKS(connection, unit=unit, depth=depth, **times), key=_rank_unit)
    nearest: dict[str, _RankRow] = {}
    for rank in ranked:
        nearest.setdefault(rank.unit_id, rank)
    ids = list(nearest)[first : first + limit + 1]
    found: dict[str, _UnitRow] = {}
    versions = [
        row._replace(depth=nearest[row.unit_id].depth) for row in _UNITS_AMONG(connection, ids=ids, **times)
    ]
    for row in sorted(versions, key=_rank_unit):
        found.setdefault(row.unit_id, row)
    units = [found[id_] for id_ in ids]
    return _nodes(connection, when, units, _HOLDERS_IN(connection, ids=ids, **times))


def _nodes(
    connection: Connection, when: AsOf, units: list[_UnitRow], rows: list[HolderRow]
) -> list[UnitNode]:
    """The units in this order with their posts and holders."""
    people = Holders(connection, when)
    documents = Documents(
        connection, when, (id_ for row in units for id_ in (row.decision, row.closing_decision))
    )
    posts = _posts_by_unit(rows, people, documents)
    return [
        UnitNode(
            unit=row.unit_id,
            parent=row.parent_id,
            name=row.name,
            kind=row.kind,
            kind_label=row.kind_label,
            level=row.level,
            depth=row.depth,
            certain=row.certain,
            children=row.children,
            second_parent=row.vertical or "",
            posts=sorted(posts.get(row.unit_id, ()), key=_rank_post),
            proof=Proof(
                link("organization", row.unit_id, row.opened_by),
                documents.get(row.decision),
                link("organization", row.unit_id, row.closed_by),
                documents.get(row.closing_decision),
            ),
        )
        for row in units
    ]


def _rank_unit(row: _UnitRow | _RankRow) -> tuple[int, int, str, str]:
    """Top down; bodies of the Party first, then of the State, and so on; then by name."""
    return row.depth, BLOCS.get(row.bloc, 9), row.name, row.unit_id


def _rank_post(post_node: PostNode) -> tuple[int, str, str]:
    return ROLES.get(post_node.role, 9), post_node.title, post_node.post


def _posts_by_unit(rows: list[HolderRow], people: Holders, documents: Documents) -> dict[str, list[PostNode]]:
    """The posts of each unit with their holders by start, from rows of a post and one of its holders, if any."""
    posts: dict[str, tuple[HolderRow, list[HolderNode]]] = {}
    for row in rows:
        _, holders = posts.get(row.post_id) or posts.setdefault(row.post_id, (row, []))
        if row.tenure_id and not people.files.is_duplicate(row.cadre_id, row.tenure_id):
            holders.append(_holder(row, row.tenure_id, people))
    by_unit: dict[str, list[PostNode]] = defaultdict(list)
    for row, holders in posts.values():
        by_unit[row.unit_id].append(
            PostNode(
                post=row.post_id,
                title=row.post_title,
                role=row.role,
                seats=row.seats,
                key_title=row.key_title,
                holders=sorted(holders, key=lambda holder: (holder.start, holder.name, holder.tenure)),
                vacant=max(0, row.seats - len(holders)),
                proof=Proof(
                    f"organization/{row.post_id}/{row.post_opened_by}", documents.get(row.post_decision)
                ),
            )
        )
    return by_unit


def _holder(row: HolderRow, tenure: str, people: Holders) -> HolderNode:
    opening = closing = None
    if row.number is not None:
        opening = Document(row.decision, row.number, row.issuer, row.signed_on, row.title)
    if row.closing_number is not None:
        closing = Document(
            row.closing_decision,
            row.closing_number,
            row.closing_issuer,
            row.closing_signed_on,
            row.closing_title,
        )
    return HolderNode(
        tenure=tenure,
        cadre=people.person(row.cadre_id),
        name=people.name(row.cadre_id, row.name),
        holding=row.holding,
        status=row.status,
        certain=row.certain,
        start=row.start,
        planned_end=row.planned_end,
        term_no=row.term_no,
        proof=Proof(
            f"appointment/{row.cadre_id}/{row.opened_by}",
            opening,
            link("appointment", row.cadre_id, row.closed_by),
            closing,
        ),
    )
