"""How many moves between two days: those done, and those planned; and each plan against what was done of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import (
    Basis,
    CountingUnit,
    Counts,
    Item,
    NotCountable,
    count_items,
)
from services.chronicle.queries.common.dated_lookup import DatedLookup, list_units_below
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.rotation.moves import MoveLine, list_started_moves
from services.chronicle.rows import PlanRow
from services.rotation.events import Direction
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day
from shared.database.sql import Query, known_condition


class PlanLine(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a rotation plan. `done`: the moves that point at it; None: no move of this plan is on record."""

    plan: str
    """Id of the plan."""
    item: str
    """Id of the item in the plan."""
    title: str
    """What the plan is called."""
    term: str
    """Term, such as 2020-2025."""
    owner: str
    """Id of the unit that owns it."""
    owner_name: str
    """Name of the unit that owns it."""
    cadre: str
    """Id of the cadre; empty: nobody is named."""
    name: str
    """Name of the person."""
    direction: str
    """UP, DOWN or LATERAL; UNSTATED: the decision does not say."""
    from_unit: str
    """Id of the unit left."""
    from_level: str
    """Level of the unit left."""
    from_bloc: str
    """Bloc of the unit left."""
    to_unit: str
    """Id of the unit moved to."""
    to_level: str
    """Level of the unit moved to."""
    to_bloc: str
    """Bloc of the unit moved to."""
    to_post: str
    """Id of the post moved to."""
    due: str
    """The day it is due; empty: no day is set."""
    start: str
    """The day from which the plan counts."""
    planned: int
    """How many cadres the item is for."""
    done: int | None
    """How many moves point at it; null: no move of this plan is on record."""
    managed_by: str
    """Id of the unit that manages it."""
    proof: Proof
    """The facts and documents behind it."""


BY_BOTH: Mapping[str, Callable[[MoveLine | PlanLine], str]] = {
    "direction": lambda line: line.direction,
    "from_level": lambda line: line.from_level,
    "to_level": lambda line: line.to_level,
    "from_bloc": lambda line: line.from_bloc,
    "to_bloc": lambda line: line.to_bloc,
    "from_unit": lambda line: line.from_unit,
    "to_unit": lambda line: line.to_unit,
    "managed_by": lambda line: line.managed_by,
    "year": lambda line: line.start[:4],
}
"""What moves and the items of plans can be counted by."""
BY: Mapping[str, Callable[[MoveLine], str]] = {
    **BY_BOTH,
    "kind": lambda line: line.kind,
    "purpose": lambda line: line.purpose,
    "outcome": lambda line: line.outcome or ("OPEN" if line.open else ""),
    "ground": lambda line: line.ground,
}
"""What moves can be counted by. A plan knows no outcome, ground, kind or purpose."""


class DoneRow(NamedTuple):
    """A move that points at an item of a plan."""

    plan_id: str
    item_id: str


_PLANNED = Query(
    PlanRow,
    f"""
SELECT {", ".join(f"p.{name}" for name in PlanRow.__struct_fields__)} FROM rotation_plans p
WHERE {known_condition("p")} AND p.valid_from < :until AND p.valid_to >= :until""",
)
DONE = Query(
    DoneRow, f"SELECT r.plan_id, r.item_id FROM rotations r WHERE r.plan_id <> '' AND {known_condition('r')}"
)


def count_moves(
    connection: Connection,
    when: AsOf,
    since: Day,
    until: Day,
    *,
    unit: str = "",
    by: Sequence[str] = ("direction",),
    counted: CountingUnit = "move",
    basis: Basis = "actual",
    kinds: Sequence[str] = (),
    managed_by: str = "",
    term: str = "",
) -> Counts:
    """Moves that begin in [since, until), into or out of `unit` or one below it, counted by what `by` names.

    On the basis of plans: the items of plans that `unit` or a body below it owns, in the version that counts on
    the last day, due in that time (approved in it, where no day is set). They say how many, not always who.
    Raises NotCountable. `kinds` and `term` (of plans) choose among them; so does `managed_by`.
    """
    allowed: Sequence[CountingUnit] = ("move",) if basis == "plan" else ("move", "person")
    if wrong := [name for name in by if name not in (BY_BOTH if basis == "plan" else BY)]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(sorted(BY))}")
    if basis == "plan":
        items = [
            _plan_item(line, by)
            for line in list_plan_items(connection, when, since, until, unit=unit, term=term)
            if since <= (line.due or line.start) < until and managed_by in ("", line.managed_by)
        ]
    else:
        items = [
            _move_item(line, by)
            for line in list_started_moves(connection, when, since, until, unit)
            if (not kinds or line.kind in kinds) and managed_by in ("", line.managed_by)
        ]
    decisions = {item.decision: None for item in items}
    return count_items(
        by,
        sorted(items, key=lambda item: item.key),
        Documents(connection, when, decisions),
        when,
        counted=counted,
        allowed=allowed,
        basis=basis,
        expected=[(each.value,) for each in Direction][:3] if tuple(by) == ("direction",) else (),
        since=since,
        until=until,
    )


def _move_item(line: MoveLine, by: Sequence[str]) -> Item:
    key = tuple(BY[name](line) for name in by)
    ids: dict[CountingUnit, str] = {"move": f"{line.cadre}/{line.move}", "person": line.cadre}
    return Item(key, ids, line.proof.opened, _decision_id(line.proof))


def _plan_item(line: PlanLine, by: Sequence[str]) -> Item:
    key = tuple(BY_BOTH[name](line) for name in by)
    ids: dict[CountingUnit, str] = {"move": f"{line.plan}/{line.item}"}
    return Item(key, ids, line.proof.opened, _decision_id(line.proof), line.planned)


def _decision_id(proof: Proof) -> str:
    return proof.decision.id if proof.decision else ""


def list_plan_items(
    connection: Connection,
    when: AsOf,
    since: Day = FIRST_DAY,
    until: Day = LAST_DAY,
    *,
    unit: str = "",
    term: str = "",
) -> list[PlanLine]:
    """The items of plans that count on the last day of [since, until), of the bodies at and below a unit."""
    rows = _PLANNED(connection, known=when.known_at, until=until)
    if unit:
        within = list_units_below(connection, unit, when, since, until)
        rows = [row for row in rows if row.owner_id in within]
    rows = [row for row in rows if not term or row.term == term]
    done = Counter(DONE(connection, known=when.known_at))
    followed = {move.plan_id for move in done}
    lookup = DatedLookup(connection, when)
    lookup.read(
        units=[id_ for row in rows for id_ in (row.owner_id, row.from_unit, row.to_unit)],
        people=[row.cadre_id for row in rows],
    )
    documents = Documents(connection, when, (row.decision for row in rows))
    return [
        PlanLine(
            plan=row.plan_id,
            item=row.item_id,
            title=row.title,
            term=row.term,
            owner=row.owner_id,
            owner_name=lookup.unit(row.owner_id, row.valid_from).name,
            cadre=row.cadre_id,
            name=lookup.person(row.cadre_id).name,
            direction=row.direction,
            from_unit=row.from_unit,
            from_level=lookup.unit(row.from_unit, row.valid_from).level,
            from_bloc=row.from_bloc,
            to_unit=row.to_unit,
            to_level=lookup.unit(row.to_unit, row.valid_from).level,
            to_bloc=row.to_bloc,
            to_post=row.to_post,
            due=row.due_on,
            start=row.valid_from,
            planned=row.count,
            done=done[DoneRow(row.plan_id, row.item_id)] if row.plan_id in followed else None,
            managed_by=row.managed_by,
            proof=Proof(link("rotation", row.plan_id, row.opened_by), documents.get(row.decision)),
        )
        for row in sorted(rows, key=lambda row: (row.valid_from, row.plan_id, row.item_id))
    ]
