"""Training, step by step, and discipline while it stands."""

from msgspec.structs import replace

from services.chronicle.projections.row_fields import findings_text, since, until
from services.personnel.events import Disciplined, PersonnelFact, Trained, topic
from shared.core.facts import Recorded
from shared.core.projection import Changes, Projection, Row, Rows


class TrainingRow(Row, frozen=True, kw_only=True):
    """One step of a training, until the next: registered, sent, completed … Key: the fact."""

    cadre_id: str
    training_id: str
    field: str
    level: str
    status: str
    programme: str
    started: str
    ended: str
    certificate: str
    sent_by: str
    managed_by: str
    entry: str
    opened_by: str
    decision: str
    closed_by: str = ""


class DisciplineRow(Row, frozen=True, kw_only=True):
    """A disciplinary decision, over the time it stands. `decided_on` is what rules count from. Key: the case."""

    cadre_id: str
    case_id: str
    side: str
    form: str
    decided_on: str
    expires_on: str
    tenure_id: str
    findings: str
    opened_by: str
    decision: str


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
    """The first decision of a case stands."""
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
    follows=topic,
    row=DisciplineRow,
    step=discipline_step,
    indexes=(("cadre_id",), ("!findings",)),
    handles=(Disciplined,),
)
