"""How many moves between two days: those done, and those planned; and each plan against what was done of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import Basis, CountingUnit, Counts, Item, NotCountable, counts
from services.chronicle.queries.common.dated_lookup import DatedLookup, units_below
from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.rotation.moves import MoveLine, started
from services.chronicle.rows import PlanRow
from services.rotation.events import Direction
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day
from shared.database.sql import Statement, known_condition

BY: dict[str, Callable[[Any], str]] = {
    "direction": lambda line: str(line.direction),
    "kind": lambda line: str(line.kind),
    "purpose": lambda line: str(line.purpose),
    "outcome": lambda line: line.outcome or ("OPEN" if line.open else ""),
    "from_level": lambda line: str(line.from_level),
    "to_level": lambda line: str(line.to_level),
    "from_bloc": lambda line: str(line.from_bloc),
    "to_bloc": lambda line: str(line.to_bloc),
    "from_unit": lambda line: str(line.from_unit),
    "to_unit": lambda line: str(line.to_unit),
    "ground": lambda line: str(line.ground),
    "managed_by": lambda line: str(line.managed_by),
    "year": lambda line: str(line.start[:4]),
}
"""What moves can be counted by. A plan knows no outcome, ground, kind or purpose."""
NOT_PLANNED = {"outcome", "ground", "kind", "purpose"}


class PlanLine(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a rotation plan. `done`: the moves that point at it; None: no move of this plan is on record."""

    plan: str
    item: str
    title: str
    term: str
    owner: str
    owner_name: str
    cadre: str
    name: str
    direction: str
    from_unit: str
    from_level: str
    from_bloc: str
    to_unit: str
    to_level: str
    to_bloc: str
    to_post: str
    due: str
    start: str
    planned: int
    done: int | None
    managed_by: str
    proof: Proof


_FIELDS = PlanRow.__struct_fields__
PLANNED = Statement(f"""
SELECT {", ".join("p." + name for name in _FIELDS)} FROM rotation_plans p
WHERE {known_condition("p")} AND p.valid_from < :until AND p.valid_to >= :until""")
DONE = Statement(
    f"SELECT r.plan_id, r.item_id FROM rotations r WHERE r.plan_id <> '' AND {known_condition('r')}"
)


def flows(
    connection: Connection,
    when: AsOf,
    since: Day,
    until: Day,
    *,
    place: str = "",
    by: Sequence[str] = ("direction",),
    unit: CountingUnit = "move",
    basis: Basis = "actual",
    kinds: Sequence[str] = (),
    managed_by: str = "",
    term: str = "",
) -> Counts:
    """Moves that begin in [since, until), into or out of `place` or what stood below it, counted by what `by` names.

    On the basis of plans: the items of plans that `place` or a body below it owns, in the version that counts on
    the last day, due in that time (approved in it, where no day is set). They say how many, not always who.
    Raises NotCountable. `kinds` and `term` (of plans) choose among them; so does `managed_by`.
    """
    allowed: Sequence[CountingUnit] = ("move",) if basis == "plan" else ("move", "person")
    if wrong := [name for name in by if name not in BY or (basis == "plan" and name in NOT_PLANNED)]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(sorted(BY))}")
    found: list[Any]
    if basis == "plan":
        found = [
            line
            for line in plans(connection, when, since, until, place=place, term=term)
            if since <= (line.due or line.start) < until
        ]
    else:
        found = [
            line for line in started(connection, when, since, until, place) if not kinds or line.kind in kinds
        ]
    items = [_item(line, by) for line in found if not managed_by or line.managed_by == managed_by]
    decisions = {item.decision: None for item in items}
    return counts(
        by,
        sorted(items, key=lambda item: item.key),
        Documents(connection, when, decisions),
        when,
        unit=unit,
        allowed=allowed,
        basis=basis,
        expected=[(each.value,) for each in Direction][:3] if tuple(by) == ("direction",) else (),
        since=since,
        until=until,
    )


def _item(line: Any, by: Sequence[str]) -> Item:
    decision = line.proof.decision.id if line.proof.decision else ""
    key = tuple(BY[name](line) for name in by)
    if isinstance(line, MoveLine):
        ids: dict[CountingUnit, str] = {"move": f"{line.cadre}/{line.move}", "person": line.cadre}
        return Item(key, ids, line.proof.opened, decision)
    return Item(key, {"move": f"{line.plan}/{line.item}"}, line.proof.opened, decision, line.planned)


def plans(
    connection: Connection,
    when: AsOf,
    since: Day = FIRST_DAY,
    until: Day = LAST_DAY,
    *,
    place: str = "",
    term: str = "",
) -> list[PlanLine]:
    """The items of plans that count on the last day of [since, until), of the bodies at and below a place."""
    rows = [
        PlanRow(**dict(zip(_FIELDS, row, strict=True)))
        for row in PLANNED(connection, known=when.known_at, until=until)
    ]
    if place:
        within = units_below(connection, place, when, since, until)
        rows = [row for row in rows if row.owner_id in within]
    rows = [row for row in rows if not term or row.term == term]
    done = Counter(DONE(connection, known=when.known_at))
    followed = {plan for plan, _ in done}
    then = DatedLookup(connection, when)
    then.read(
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
            owner_name=then.unit(row.owner_id, row.valid_from).name,
            cadre=row.cadre_id,
            name=then.person(row.cadre_id).name,
            direction=row.direction,
            from_unit=row.from_unit,
            from_level=then.unit(row.from_unit, row.valid_from).level,
            from_bloc=row.from_bloc,
            to_unit=row.to_unit,
            to_level=then.unit(row.to_unit, row.valid_from).level,
            to_bloc=row.to_bloc,
            to_post=row.to_post,
            due=row.due_on,
            start=row.valid_from,
            planned=row.count,
            done=done[row.plan_id, row.item_id] if row.plan_id in followed else None,
            managed_by=row.managed_by,
            proof=Proof(link("rotation", row.plan_id, row.opened_by), documents.get(row.decision)),
        )
        for row in sorted(rows, key=lambda row: (row.valid_from, row.plan_id, row.item_id))
    ]
