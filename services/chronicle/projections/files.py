"""What is on a cadre's file besides their posts: files merged into it, relatives, time out of service."""

from msgspec.structs import replace

from services.chronicle.projections.row_fields import since, until
from services.chronicle.rows import AwayRow, KinshipRow, MergedRow, list_to_text
from services.personnel.events import (
    KinshipDeclared,
    PersonnelFact,
    RecordsMerged,
    ServiceEnded,
    ServiceResumed,
    topic,
)
from shared.core.facts import Recorded
from shared.core.projection import Changes, Projection, Rows


def merged_step(rows: Rows[MergedRow], event: Recorded[PersonnelFact]) -> Changes[MergedRow]:
    """A merger adds a row for the file that was merged."""
    fact = event.fact
    if not isinstance(fact, RecordsMerged) or fact.merged in rows:
        return {}
    return {
        fact.merged: MergedRow(
            cadre_id=event.stream,
            merged_id=fact.merged,
            reason=fact.reason,
            duplicates=list_to_text(fact.duplicates),
            opened_by=event.event_id,
            decision=fact.decision,
            **since(fact.effective_from),
        )
    }


def kinship_step(rows: Rows[KinshipRow], event: Recorded[PersonnelFact]) -> Changes[KinshipRow]:
    """The first declaration of a kinship counts."""
    fact = event.fact
    if not isinstance(fact, KinshipDeclared) or fact.kinship in rows:
        return {}
    row = KinshipRow(
        cadre_id=event.stream,
        kinship_id=fact.kinship,
        relation=fact.relation,
        relative_id=fact.relative,
        relative_name=fact.relative_name,
        relative_post=fact.relative_post,
        declared_on=fact.declared_on or "",
        opened_by=event.event_id,
        decision=fact.decision,
        **since(fact.effective_from),
    )
    return {fact.kinship: replace(row, **until(fact.until)) if fact.until else row}


def away_step(rows: Rows[AwayRow], event: Recorded[PersonnelFact]) -> Changes[AwayRow]:
    """An end of service opens a row, and coming back closes it."""
    fact = event.fact
    if not isinstance(fact, ServiceEnded | ServiceResumed):
        return {}
    open_ = next((key for key, row in rows.items() if not row.closed_by), "")
    if isinstance(fact, ServiceResumed):
        back = {"closed_by": event.event_id, **until(fact.effective_from)}
        return {open_: replace(rows[open_], **back)} if open_ else {}
    if open_:
        return {}
    return {
        event.event_id: AwayRow(
            cadre_id=event.stream,
            kind=fact.kind.value,
            opened_by=event.event_id,
            decision=fact.decision,
            decided_on=fact.decided_on or "",
            **since(fact.effective_from),
        )
    }


merged_records = Projection[PersonnelFact, MergedRow](
    name="merged_records",
    version=2,
    follows=topic,
    row=MergedRow,
    step=merged_step,
    indexes=(("cadre_id",), ("merged_id",)),
    handles=(RecordsMerged,),
)
kinship = Projection[PersonnelFact, KinshipRow](
    name="kinship",
    follows=topic,
    row=KinshipRow,
    step=kinship_step,
    indexes=(("cadre_id",), ("relative_id",)),
    handles=(KinshipDeclared,),
)
away = Projection[PersonnelFact, AwayRow](
    name="away",
    version=2,
    follows=topic,
    row=AwayRow,
    step=away_step,
    indexes=(("cadre_id",),),
    handles=(ServiceEnded, ServiceResumed),
)
