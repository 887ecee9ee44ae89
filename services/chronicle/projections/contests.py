"""Contests for posts, candidacies in elections, and why people were taken out of posts."""

from msgspec.structs import replace

from services.appointment.events import (
    AppointmentFact,
    ContestConcluded,
    ContestOpened,
    Elected,
    EndReason,
    Nominated,
    TenureEnded,
    topic,
)
from services.chronicle.projections.row_fields import since
from services.chronicle.rows import (
    CandidacyRow,
    CandidateOfContest,
    ContestRow,
    ReliefRow,
    list_from_text,
    list_to_text,
)
from shared.core.facts import Recorded
from shared.core.projection import Changes, Projection, Rows

_TAKEN_OUT = (EndReason.RELIEVED, EndReason.DISMISSED, EndReason.RESIGNED, EndReason.REMOVED_DISCIPLINE)


def contest_step(rows: Rows[ContestRow], event: Recorded[AppointmentFact]) -> Changes[ContestRow]:
    """The first opening and the first conclusion of a contest count."""
    fact, row = event.fact, rows.get(event.stream)
    if isinstance(fact, ContestOpened) and row is None:
        return {event.stream: _opened(event, fact)}
    if isinstance(fact, ContestConcluded) and row is not None and not row.concluded:
        scores = {cadre: str(score) for cadre, score in fact.scores.items()}
        candidates = list_from_text(row.candidates, CandidateOfContest)
        return {
            event.stream: replace(
                row,
                winner=fact.winner,
                concluded=fact.effective_from or "~",
                candidates=list_to_text(
                    each._replace(score=scores.get(each.cadre, "")) for each in candidates
                ),
                closed_by=event.event_id,
                closing_decision=fact.decision,
            )
        }
    return {}


def _opened(event: Recorded[AppointmentFact], fact: ContestOpened) -> ContestRow:
    return ContestRow(
        contest_id=event.stream,
        title=fact.title,
        post_id=fact.post,
        organiser=fact.organiser,
        part_of=fact.part_of,
        planned_count=-1 if fact.planned_count is None else fact.planned_count,
        approximate=fact.approximate,
        candidates=list_to_text(CandidateOfContest(each.cadre, each.post, "") for each in fact.candidates),
        until=fact.until or "",
        managed_by=fact.managed_by,
        opened_by=event.event_id,
        decision=fact.decision,
        **since(fact.effective_from),
    )


def candidacy_step(rows: Rows[CandidacyRow], event: Recorded[AppointmentFact]) -> Changes[CandidacyRow]:
    """A nomination adds a row; being elected in the election it names closes it."""
    fact = event.fact
    if isinstance(fact, Nominated) and fact.nomination not in rows:
        row = CandidacyRow(
            cadre_id=event.stream,
            nomination=fact.nomination,
            election=fact.election,
            post_id=fact.post,
            body=fact.body,
            nominated_by=fact.nominated_by,
            first_time=fact.first_time,
            opened_by=event.event_id,
            decision=fact.decision,
            **since(fact.effective_from),
        )
        return {fact.nomination: row}
    if isinstance(fact, Elected):
        return {
            key: replace(
                row,
                tenure_id=fact.tenure,
                elected_on=fact.effective_from,
                closed_by=event.event_id,
                closing_decision=fact.decision,
            )
            for key, row in rows.items()
            if row.election == fact.election and not row.closed_by and row.post_id in ("", fact.post)
        }
    return {}


def relief_step(rows: Rows[ReliefRow], event: Recorded[AppointmentFact]) -> Changes[ReliefRow]:
    """The first end of a tenure counts, as in `tenures`."""
    fact = event.fact
    if not isinstance(fact, TenureEnded) or fact.reason not in _TAKEN_OUT or fact.tenure in rows:
        return {}
    row = ReliefRow(
        cadre_id=event.stream,
        tenure_id=fact.tenure,
        reason=fact.reason.value,
        ground=fact.ground,
        opened_by=event.event_id,
        decision=fact.decision,
        **since(fact.effective_from),
    )
    return {fact.tenure: row}


contests = Projection[AppointmentFact, ContestRow](
    name="contests",
    version=2,
    follows=topic,
    row=ContestRow,
    step=contest_step,
    indexes=(("valid_from",),),
    handles=(ContestOpened, ContestConcluded),
)
candidacies = Projection[AppointmentFact, CandidacyRow](
    name="candidacies",
    follows=topic,
    row=CandidacyRow,
    step=candidacy_step,
    indexes=(("cadre_id",), ("election",)),
    handles=(Nominated, Elected),
)
reliefs = Projection[AppointmentFact, ReliefRow](
    name="reliefs",
    follows=topic,
    row=ReliefRow,
    step=relief_step,
    indexes=(("valid_from",), ("tenure_id",)),
    handles=(TenureEnded,),
)
