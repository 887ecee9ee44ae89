"""What is intended: how many units a reorganisation plan wants, and how far the items of a programme have come."""

from msgspec.structs import replace

from services.chronicle.projections.row_fields import since, until
from services.chronicle.rows import ProgrammeItemRow, TargetRow
from services.organization.events import OrganizationFact, ReorganisationApproved
from services.organization.events import topic as organization
from services.regulation.events import ProgrammeItemStatusSet, RegulationFact
from services.regulation.events import topic as regulation
from shared.core.facts import Recorded
from shared.core.partial_dates import LAST_DAY
from shared.core.projection import Changes, Projection, Rows


def target_step(rows: Rows[TargetRow], event: Recorded[OrganizationFact]) -> Changes[TargetRow]:
    """A later version takes the place of the one before; carrying a plan out leaves it as what was planned."""
    fact = event.fact
    if not isinstance(fact, ReorganisationApproved) or any(
        row.plan_version >= fact.plan_version for row in rows.values()
    ):
        return {}
    changes = {
        key: replace(row, **until(fact.effective_from))
        for key, row in rows.items()
        if row.valid_to == LAST_DAY
    }
    for target in fact.targets:
        changes[f"{fact.plan_version}/{target.kind.value}"] = TargetRow(
            reorganisation=event.stream,
            title=fact.title,
            scope=fact.scope,
            plan_version=fact.plan_version,
            kind=target.kind.value,
            from_count=target.from_count,
            to_count=target.to_count,
            due_on=target.due_on or "",
            opened_by=event.event_id,
            decision=fact.decision,
            **since(fact.effective_from),
        )
    return changes


def item_step(rows: Rows[ProgrammeItemRow], event: Recorded[RegulationFact]) -> Changes[ProgrammeItemRow]:
    """A later status of an item ends the one before, and keeps the title and lead it does not state."""
    fact = event.fact
    if not isinstance(fact, ProgrammeItemStatusSet):
        return {}
    last = next((row for row in reversed(list(rows.values())) if row.item == fact.item), None)
    opened = ProgrammeItemRow(
        programme=event.stream,
        item=fact.item,
        title=fact.title or (last.title if last else ""),
        lead_unit=fact.lead or (last.lead_unit if last else ""),
        status=fact.status.value,
        opened_by=event.event_id,
        decision=fact.decision,
        **since(fact.effective_from),
    )
    closed = {last.opened_by: replace(last, **until(fact.effective_from))} if last else {}
    return {**closed, event.event_id: opened}


reorganisation_targets = Projection[OrganizationFact, TargetRow](
    name="reorganisation_targets",
    follows=organization,
    row=TargetRow,
    step=target_step,
    indexes=(("scope",),),
    handles=(ReorganisationApproved,),
)
programme_items = Projection[RegulationFact, ProgrammeItemRow](
    name="programme_items",
    follows=regulation,
    row=ProgrammeItemRow,
    step=item_step,
    indexes=(("programme",),),
    handles=(ProgrammeItemStatusSet,),
)
