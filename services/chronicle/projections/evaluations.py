"""Grades, deep reviews and ballots."""

from msgspec.structs import replace

from services.chronicle.projections.row_fields import findings_text, since, until
from services.chronicle.rows import BallotRow, DeepReviewRow, EvaluationRow
from services.evaluation.events import (
    ConfidenceVoted,
    DeepReviewClosed,
    DeepReviewOrdered,
    Evaluated,
    EvaluationFact,
    Remedied,
    topic,
)
from shared.core.facts import Recorded
from shared.core.projection import Changes, Projection, Rows

NO_SCORE = -1.0


def evaluation_step(rows: Rows[EvaluationRow], event: Recorded[EvaluationFact]) -> Changes[EvaluationRow]:
    """An evaluation opens a row, and ends the row of the one it replaces."""
    fact = event.fact
    if not isinstance(fact, Evaluated) or fact.evaluation in rows:
        return {}
    changes = {
        fact.evaluation: EvaluationRow(
            evaluation_id=fact.evaluation,
            subject_id=event.stream,
            subject=fact.subject.value,
            unit_id=fact.unit,
            period=fact.period,
            occasion=fact.occasion.value,
            grade=fact.grade.value,
            score=NO_SCORE if fact.score is None else fact.score,
            self_grade=fact.self_grade.value if fact.self_grade else "",
            authority=fact.authority,
            evaluator=fact.evaluator.value,
            peer_group=fact.peer_group,
            conference_on=fact.conference_on or "",
            ballot=fact.ballot,
            published_on=fact.published_on or "",
            findings=findings_text(event),
            opened_by=event.event_id,
            decision=fact.decision,
            **since(fact.effective_from),
        )
    }
    old = rows.get(fact.replaces)
    if old is not None and not old.replaced_by:
        changes[fact.replaces] = replace(old, replaced_by=event.event_id, **until(fact.effective_from))
    return changes


def _review_step(rows: Rows[DeepReviewRow], event: Recorded[EvaluationFact]) -> Changes[DeepReviewRow]:
    """An order opens a row; closing it and remedying what it found each change it once."""
    fact = event.fact
    if not isinstance(fact, DeepReviewOrdered | DeepReviewClosed | Remedied):
        return {}
    row = rows.get(fact.review)
    if isinstance(fact, DeepReviewOrdered):
        return {} if row else {fact.review: _ordered(event, fact)}
    if row is None:
        return {}
    if isinstance(fact, Remedied):
        return {} if row.remedied_on else {fact.review: replace(row, remedied_on=fact.effective_from)}
    if row.closed_by:
        return {}
    return {
        fact.review: replace(
            row,
            closed_on=fact.effective_from,
            remedy_plan=fact.remedy_plan,
            remedy_due=fact.remedy_due or "",
            result=fact.result,
            closed_by=event.event_id,
            closing_decision=fact.decision,
            **until(fact.effective_from),
        )
    }


def _ordered(event: Recorded[EvaluationFact], fact: DeepReviewOrdered) -> DeepReviewRow:
    return DeepReviewRow(
        review_id=fact.review,
        subject_id=event.stream,
        subject=fact.subject.value,
        unit_id=fact.unit,
        grounds=fact.grounds,
        authority=fact.authority,
        due_on=fact.due_on or "",
        opened_by=event.event_id,
        decision=fact.decision,
        **since(fact.effective_from),
    )


def ballot_step(rows: Rows[BallotRow], event: Recorded[EvaluationFact]) -> Changes[BallotRow]:
    """A vote adds a row for everybody it was about."""
    fact = event.fact
    if not isinstance(fact, ConfidenceVoted):
        return {}
    return {
        f"{event.event_id}/{number}": BallotRow(
            vote_id=fact.vote,
            kind=fact.kind.value,
            body_id=fact.body or event.stream,
            term=fact.term,
            called=fact.called,
            present=fact.present,
            cadre_id=ballot.cadre,
            post_id=ballot.post,
            high=ballot.high,
            medium=ballot.medium,
            low=ballot.low,
            excluded=ballot.excluded,
            findings=findings_text(event),
            opened_by=event.event_id,
            decision=fact.decision,
            **since(fact.effective_from),
        )
        for number, ballot in enumerate(fact.results)
    }


evaluations = Projection[EvaluationFact, EvaluationRow](
    name="evaluations",
    version=2,
    follows=topic,
    row=EvaluationRow,
    step=evaluation_step,
    indexes=(("subject_id",), ("unit_id", "period"), ("period", "occasion"), ("!findings",)),
    handles=(Evaluated,),
)
reviews = Projection[EvaluationFact, DeepReviewRow](
    name="reviews",
    follows=topic,
    row=DeepReviewRow,
    step=_review_step,
    indexes=(("subject_id",), ("valid_from",)),
    handles=(DeepReviewOrdered, DeepReviewClosed, Remedied),
)
ballots = Projection[EvaluationFact, BallotRow](
    name="ballots",
    version=2,
    follows=topic,
    row=BallotRow,
    step=ballot_step,
    indexes=(("cadre_id",), ("vote_id",), ("!findings",)),
    handles=(ConfidenceVoted,),
)
