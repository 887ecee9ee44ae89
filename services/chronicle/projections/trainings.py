"""Training, step by step, and discipline while it is in force."""

from msgspec.structs import replace

from services.chronicle.projections.row_fields import findings_text, since, until
from services.chronicle.rows import DisciplineRow, TrainingRow
from services.personnel.events import Disciplined, PersonnelFact, Trained, topic
from shared.core.facts import Recorded
from shared.core.projection import Changes, Projection, Rows


def training_step(rows: Rows[TrainingRow], event: Recorded[PersonnelFact]) -> Changes[TrainingRow]:
    """A step of a training opens a row, and ends the one of the step before."""
    fact = event.fact
    if not isinstance(fact, Trained):
        return {}
    new = TrainingRow(
        cadre_id=event.stream,
        training_id=fact.training,
        field=fact.field.value,
        level=fact.level,
        status=fact.status.value,
        programme=fact.programme,
        started=fact.started,
        ended=fact.ended,
        certificate=fact.certificate,
        sent_by=fact.sent_by,
        managed_by=fact.managed_by,
        entry=fact.entry,
        opened_by=event.event_id,
        decision=fact.decision,
        **since(fact.effective_from),
    )
    before = {
        key: replace(row, closed_by=event.event_id, **until(fact.effective_from))
        for key, row in rows.items()
        if row.training_id == fact.training and not row.closed_by
    }
    return {**before, event.event_id: new}


def discipline_step(rows: Rows[DisciplineRow], event: Recorded[PersonnelFact]) -> Changes[DisciplineRow]:
    """The first decision of a case counts."""
    fact = event.fact
    if not isinstance(fact, Disciplined) or fact.case in rows:
        return {}
    row = DisciplineRow(
        cadre_id=event.stream,
        case_id=fact.case,
        side=fact.side.value,
        form=fact.form.value,
        decided_on=fact.decided_on or fact.effective_from,
        expires_on=fact.expires_on or "",
        tenure_id=fact.tenure,
        findings=findings_text(event),
        opened_by=event.event_id,
        decision=fact.decision,
        **since(fact.effective_from),
    )
    return {fact.case: replace(row, **until(fact.expires_on)) if fact.expires_on else row}


trainings = Projection[PersonnelFact, TrainingRow](
    name="trainings",
    follows=topic,
    row=TrainingRow,
    step=training_step,
    indexes=(("cadre_id",), ("valid_from",)),
    handles=(Trained,),
)
disciplines = Projection[PersonnelFact, DisciplineRow](
    name="disciplines",
    version=2,
    follows=topic,
    row=DisciplineRow,
    step=discipline_step,
    indexes=(("cadre_id",), ("!findings",)),
    handles=(Disciplined,),
)
