"""What is on a cadre's file besides their posts: files merged into it."""

from services.chronicle.projections.shapes import since
from services.personnel.events import PersonnelFact, RecordsMerged, topic
from shared.facts import Recorded
from shared.projection import Changes, Projection, Row, Rows


class MergedRow(Row, frozen=True, kw_only=True):
    """A file that was found to be the same person as the one that is kept. `duplicates` are tenures, one a line."""

    cadre_id: str
    merged_id: str
    reason: str
    duplicates: str
    opened_by: str
    decision: str


def merged_step(rows: Rows[MergedRow], event: Recorded[PersonnelFact]) -> Changes[MergedRow]:
    fact = event.fact
    if not isinstance(fact, RecordsMerged) or fact.merged in rows:
        return {}
    return {
        fact.merged: MergedRow(
            cadre_id=event.stream,
            merged_id=fact.merged,
            reason=fact.reason,
            duplicates="\n".join(fact.duplicates),
            opened_by=event.event_id,
            decision=fact.decision,
            **since(fact.effective_from),
        )
    }


merged_records = Projection[PersonnelFact, MergedRow](
    name="merged_records",
    follows=topic,
    row=MergedRow,
    step=merged_step,
    indexes=(("cadre_id",), ("merged_id",)),
)
