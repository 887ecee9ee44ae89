"""What a proposed fact needs outside its stream: a subject on file, and everybody who is voted on."""

from services.chronicle.rows import CADRES, UNITS
from services.evaluation.domain.rejections import UnknownReference
from services.evaluation.events import (
    ConfidenceVoted,
    DeepReviewOrdered,
    Evaluated,
    EvaluationFact,
    SubjectKind,
)
from shared.core.decider import ReadModel


def check(stream: str, proposed: EvaluationFact, read_model: ReadModel) -> None:
    """Raises UnknownReference for a cadre or unit that is not known here."""
    match proposed:
        case ConfidenceVoted():
            for ballot in proposed.results:
                if not read_model.rows(CADRES, cadre_id=ballot.cadre):
                    raise UnknownReference(field="results", id=ballot.cadre)
        case Evaluated(subject=subject) | DeepReviewOrdered(subject=subject):
            if not is_subject_known(stream, subject, read_model):
                raise UnknownReference(field="subject", id=stream, expected=subject.value)


def is_subject_known(id_: str, subject: SubjectKind, read_model: ReadModel) -> bool:
    if subject is SubjectKind.INDIVIDUAL:
        return bool(read_model.rows(CADRES, cadre_id=id_))
    return bool(read_model.rows(UNITS, unit_id=id_))
