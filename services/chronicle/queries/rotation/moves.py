"""Rotations, transfers and secondments: each with its clock, and how many between two days, planned and done."""

from collections.abc import Collection
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup, list_units_below
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.rows import MoveRow
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day, PDate, days_between, earliest, full_months
from shared.database.sql import BatchQuery, Query, known_condition


class MoveLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One move of one cadre, with the names of its first day.

    `open`: a posting that lasts on the day asked for. `due`: when it is expected to end (empty: not expected or not
    known), `days_left` until then on the day asked for, negative when overdue. `months`: full months served by the end
    or by the day asked for, None where the dates are not exact. `under_min`: it ended before its least time; None:
    open, or not a rotation, or not known. `tenure`: the tenure it led to.
    """

    move: str
    """Id of the move."""
    cadre: str
    """Id of the cadre."""
    name: str
    """Name of the person."""
    kind: str
    """ROTATION, TRANSFER, SECONDMENT …"""
    direction: str
    """UP, DOWN or LATERAL; UNSTATED: the decision does not say."""
    purpose: str
    """TRAINING, NOT_LOCAL, TERM_LIMIT or REINFORCE, of a rotation; empty otherwise."""
    start: str
    """First day, as precisely as known."""
    end: str
    """First day on which it no longer holds, as precisely as known; empty: it lasts."""
    open: bool
    """Whether it lasts on the day asked about and is expected to end."""
    outcome: str
    """How it ended: RETURNED …; empty: it did not."""
    due: str
    """The day on which it is expected to end; empty: none is."""
    days_left: int | None
    """Days until then; negative: overdue; null: not open."""
    min_months: int
    """The least months it is to last."""
    months: int | None
    """Full months served; null: the dates are not exact."""
    under_min: bool | None
    """Whether it ended before its least time; null: open, or not known."""
    from_unit: str
    """Id of the unit left."""
    from_unit_name: str
    """Name of the unit left."""
    from_level: str
    """Level of the unit left."""
    from_bloc: str
    """Bloc of the unit left."""
    from_post: str
    """Id of the post left."""
    from_title: str
    """Title of the post left."""
    to_unit: str
    """Id of the unit moved to."""
    to_unit_name: str
    """Name of the unit moved to."""
    to_level: str
    """Level of the unit moved to."""
    to_bloc: str
    """Bloc of the unit moved to."""
    to_post: str
    """Id of the post moved to."""
    to_title: str
    """Title of the post moved to."""
    supervisor: str
    """Id of the cadre who looks after it."""
    supervisor_name: str
    """Name of the cadre who looks after it."""
    plan: str
    """Id of the rotation plan it carries out."""
    plan_item: str
    """Id of the item of that plan."""
    planned_entry: str
    """Id of the planning entry it serves."""
    next_post: str
    """Id of the post after it."""
    next_title: str
    """Title of the post after it."""
    next_unit: str
    """Id of the unit of the post after it."""
    next_unit_name: str
    """Name of that unit."""
    approach: bool | None
    """Whether the person is judged fit to approach the planned title; null: not judged."""
    reason: str
    """Why it ended."""
    trigger: str
    """What led to it, as the decision states it."""
    ground: str
    """The ground in regulations, as the decision states it."""
    managed_by: str
    """Id of the unit that manages it."""
    tenure: str
    """Id of the tenure it led to."""
    proof: Proof
    """The facts and documents behind it."""


class _HeldRow(NamedTuple):
    """The post of a tenure."""

    cadre_id: str
    tenure_id: str
    post_id: str


_COLUMNS = ", ".join(f"r.{name}" for name in MoveRow.__struct_fields__)
_MOVES = f"SELECT {_COLUMNS} FROM rotations r WHERE {known_condition('r')}"
_STARTED = Query(MoveRow, f"{_MOVES} AND r.valid_from >= :since AND r.valid_from < :until")
OPEN = Query(MoveRow, f"{_MOVES} AND r.posting = :yes AND r.valid_from <= :day AND r.valid_to > :day")
_OF_CADRE = Query(MoveRow, f"{_MOVES} AND r.cadre_id = :cadre")
_HELD = BatchQuery(
    _HeldRow,
    f"SELECT t.cadre_id, t.tenure_id, t.post_id FROM tenures t WHERE t.cadre_id IN :ids AND {known_condition('t')}",
)


def list_started_moves(
    connection: Connection, when: AsOf, since: Day, until: Day, unit: str = ""
) -> list[MoveLine]:
    """Moves that begin in [since, until), into or out of a unit or one below it; by date."""
    moves = _STARTED(connection, known=when.known_at, since=since, until=until)
    within = list_units_below(connection, unit, when, since, until) if unit else None
    return _lines(connection, moves, when, within)


def list_open_postings(connection: Connection, when: AsOf, unit: str = "") -> list[MoveLine]:
    """Rotations, secondments and reinforcements that last on the day asked for, the one due first at the top."""
    moves = OPEN(connection, known=when.known_at, day=when.as_of, yes=True)
    within = list_units_below(connection, unit, when, FIRST_DAY, LAST_DAY) if unit else None
    return sorted(_lines(connection, moves, when, within), key=lambda line: (line.due or LAST_DAY, line.move))


def list_moves_of(connection: Connection, when: AsOf, cadre: str) -> list[MoveLine]:
    """All moves of a cadre, by date."""
    return _lines(connection, _OF_CADRE(connection, known=when.known_at, cadre=cadre), when)


def _lines(
    connection: Connection, moves: list[MoveRow], when: AsOf, within: Collection[str] | None = None
) -> list[MoveLine]:
    cadres = list({move.cadre_id for move in moves})
    tenures = _HELD(connection, ids=cadres, known=when.known_at)
    held = {(tenure.cadre_id, tenure.tenure_id): tenure.post_id for tenure in tenures}
    left = [move.from_post or held.get((move.cadre_id, move.from_tenure), "") for move in moves]
    lookup = DatedLookup(connection, when)
    lookup.read(
        units=[id_ for move in moves for id_ in (move.from_unit, move.to_unit)],
        posts=[*left, *(id_ for move in moves for id_ in (move.to_post, move.next_post))],
        people=[*cadres, *(move.supervisor for move in moves)],
    )
    cited = (id_ for move in moves for id_ in (move.decision, move.closing_decision))
    documents = Documents(connection, when, cited)
    lines = [_line(move, post, lookup, documents, when) for move, post in zip(moves, left, strict=True)]
    if within is not None:
        lines = [line for line in lines if line.from_unit in within or line.to_unit in within]
    return sorted(lines, key=lambda line: (line.start, line.cadre, line.move))


def _line(move: MoveRow, left: str, lookup: DatedLookup, documents: Documents, when: AsOf) -> MoveLine:
    first = move.valid_from
    from_post, to_post = lookup.post(left, first), lookup.post(move.to_post, first)
    from_unit = lookup.unit(move.from_unit or from_post.unit, first)
    to_unit = lookup.unit(move.to_unit or to_post.unit, first)
    end = earliest(PDate(move.end))
    next_post = lookup.post(move.next_post, end)
    lasting = move.posting and move.valid_from <= when.as_of < move.valid_to
    months = _months(move, when, lasting)
    return MoveLine(
        **{name: getattr(move, name) for name in _COPIED_FIELDS},
        move=move.move_id,
        cadre=move.cadre_id,
        name=lookup.person(move.cadre_id).name,
        open=lasting,
        outcome=move.ended,
        days_left=days_between(when.as_of, Day(PDate(move.due))) if move.due and lasting else None,
        months=months,
        under_min=None if lasting or months is None or not move.ended else months < move.min_months,
        from_unit=from_unit.unit,
        from_unit_name=from_unit.name,
        from_level=from_unit.level,
        from_bloc=_bloc(move.from_bloc, from_unit.bloc),
        from_post=left,
        from_title=from_post.title,
        to_unit=to_unit.unit,
        to_unit_name=to_unit.name,
        to_level=to_unit.level,
        to_bloc=_bloc(move.to_bloc, to_unit.bloc),
        to_title=to_post.title,
        supervisor_name=lookup.person(move.supervisor).name,
        plan=move.plan_id,
        plan_item=move.item_id,
        next_title=next_post.title,
        next_unit=next_post.unit,
        next_unit_name=lookup.unit(next_post.unit, end).name,
        approach={"yes": True, "no": False}.get(move.approach),
        tenure=move.tenure_id if move.to_post else "",
        proof=Proof(
            link("rotation", move.cadre_id, move.opened_by),
            documents.get(move.decision),
            link("rotation", move.cadre_id, move.closed_by),
            documents.get(move.closing_decision),
        ),
    )


_COPIED_FIELDS = (
    *("kind", "direction", "purpose", "start", "end", "due", "min_months", "to_post", "supervisor"),
    *("planned_entry", "next_post", "reason", "trigger", "ground", "managed_by"),
)


def _bloc(stated: str, of_unit: str) -> str:
    """As the decision says it, else that of the unit."""
    return of_unit if stated == "UNSTATED" else stated


def _months(move: MoveRow, when: AsOf, lasting: bool) -> int | None:
    if not lasting:
        return move.months if move.months >= 0 else None
    if len(move.start) != 10:
        return None
    return full_months(Day(PDate(move.start)), when.as_of)
