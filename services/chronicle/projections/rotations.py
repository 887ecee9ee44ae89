"""Rotations, transfers, secondments, and plans of them."""

from typing import TypedDict

from msgspec.structs import replace

from services.chronicle.projections.row_fields import findings_text, since, until
from services.chronicle.rows import MoveRow, PlanRow
from services.rotation.events import (
    MoveKind,
    PlanApproved,
    Rotated,
    RotationEnded,
    RotationFact,
    Transferred,
    topic,
)
from shared.core.facts import Recorded
from shared.core.partial_dates import LAST_DAY, Day, PDate, add_months, full_months
from shared.core.projection import Changes, Projection, Rows

_POSTINGS = (MoveKind.SECONDMENT, MoveKind.REINFORCEMENT)


class MoveTerms(TypedDict):
    """The columns that a rotation and a transfer fill differently."""

    kind: str
    posting: bool
    purpose: str
    min_months: int
    planned_entry: str
    trigger: str
    ground: str


def move_step(rows: Rows[MoveRow], event: Recorded[RotationFact]) -> Changes[MoveRow]:
    """The first move and the first end with an id count; a correction resolves others."""
    fact = event.fact
    match fact:
        case Rotated() if fact.rotation not in rows:
            due = fact.expected_end or _due(fact.effective_from, fact.min_months)
            rotation: MoveTerms = {
                "kind": "ROTATION",
                "posting": True,
                "purpose": fact.purpose.value,
                "min_months": fact.min_months,
                "planned_entry": fact.planned_entry,
                "trigger": "",
                "ground": "",
            }
            return {fact.rotation: _moved(event, fact, fact.rotation, due, rotation)}
        case Transferred() if fact.move not in rows:
            transfer: MoveTerms = {
                "kind": fact.kind.value,
                "posting": fact.kind in _POSTINGS,
                "purpose": "",
                "min_months": 0,
                "planned_entry": "",
                "trigger": fact.trigger,
                "ground": fact.ground,
            }
            return {fact.move: _moved(event, fact, fact.move, fact.until or "", transfer)}
        case RotationEnded() if (row := rows.get(fact.rotation)) and row.posting and not row.ended:
            return {fact.rotation: _ended(row, event, fact)}
    return {}


def _moved(
    event: Recorded[RotationFact], fact: Rotated | Transferred, id_: str, due: str, terms: MoveTerms
) -> MoveRow:
    return MoveRow(
        move_id=id_,
        cadre_id=event.stream,
        start=fact.effective_from,
        from_tenure=fact.from_tenure,
        from_post=fact.from_post,
        from_unit=fact.from_unit,
        from_bloc=fact.from_bloc.value,
        to_post=fact.to_post,
        to_unit=fact.to_unit,
        to_bloc=fact.to_bloc.value,
        direction=fact.direction.value,
        due=due,
        supervisor=fact.supervisor,
        plan_id=fact.plan,
        item_id=fact.plan_item,
        tenure_id=event.event_id,
        managed_by=fact.managed_by,
        opened_by=event.event_id,
        decision=fact.decision,
        findings=findings_text(event),
        holding=fact.holding.value,
        decided_on=fact.decided_on or "",
        **terms,
        **since(fact.effective_from),
    )


def _ended(row: MoveRow, event: Recorded[RotationFact], fact: RotationEnded) -> MoveRow:
    return replace(
        row,
        end=fact.effective_from,
        ended=fact.outcome.value,
        reason=fact.reason,
        next_post=fact.next_post,
        approach={None: "", True: "yes", False: "no"}[fact.approach],
        months=_months(row.start, fact.effective_from),
        closed_by=event.event_id,
        closing_decision=fact.decision,
        findings=findings_text(event, row.findings),
        next_holding=fact.next_holding.value,
        closing_decided_on=fact.decided_on or "",
        closing_managed_by=fact.managed_by,
        **until(fact.effective_from),
    )


def _due(start: PDate, months: int) -> str:
    return add_months(Day(start), months) if months > 0 and len(start) == 10 else ""


def _months(start: str, end: str) -> int:
    if len(start) != 10 or len(end) != 10:
        return -1
    return full_months(Day(PDate(start)), Day(PDate(end)))


def plan_step(rows: Rows[PlanRow], event: Recorded[RotationFact]) -> Changes[PlanRow]:
    """A later version takes the place of the one before."""
    fact = event.fact
    if not isinstance(fact, PlanApproved) or any(
        row.plan_version >= fact.plan_version for row in rows.values()
    ):
        return {}
    changes: dict[str, PlanRow | None] = {
        key: replace(row, **until(fact.effective_from))
        for key, row in rows.items()
        if row.valid_to == LAST_DAY
    }
    for item in fact.items:
        changes[f"{fact.plan_version}/{item.item}"] = PlanRow(
            plan_id=event.stream,
            item_id=item.item,
            owner_id=fact.owner,
            term=fact.term,
            title=fact.title,
            plan_version=fact.plan_version,
            cadre_id=item.cadre,
            count=item.count,
            from_unit=item.from_unit,
            from_bloc=item.from_bloc.value,
            to_unit=item.to_unit,
            to_bloc=item.to_bloc.value,
            to_post=item.to_post,
            direction=item.direction.value,
            due_on=item.due_on or "",
            managed_by=fact.managed_by,
            opened_by=event.event_id,
            decision=fact.decision,
            **since(fact.effective_from),
        )
    return changes


rotations = Projection[RotationFact, MoveRow](
    name="rotations",
    version=3,
    follows=topic,
    row=MoveRow,
    step=move_step,
    indexes=(("cadre_id",), ("to_post",), ("valid_from",), ("due",), ("!findings",)),
    handles=(Rotated, Transferred, RotationEnded),
)
rotation_plans = Projection[RotationFact, PlanRow](
    name="rotation_plans",
    follows=topic,
    row=PlanRow,
    step=plan_step,
    indexes=(("plan_id", "item_id"), ("owner_id",)),
    handles=(PlanApproved,),
)
