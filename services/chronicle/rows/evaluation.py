"""Grades, deep reviews and confidence votes."""

from shared.core.projection import Row, View


class EvaluationRow(Row, frozen=True, kw_only=True):
    """A grade, from its decision until another one replaces it. `score` is NO_SCORE where none was given."""

    evaluation_id: str
    subject_id: str
    subject: str
    unit_id: str
    period: str
    occasion: str
    grade: str
    score: float
    self_grade: str
    authority: str
    evaluator: str
    peer_group: str
    conference_on: str
    ballot: str
    published_on: str
    findings: str
    opened_by: str
    decision: str
    replaced_by: str = ""


class DeepReviewRow(Row, frozen=True, kw_only=True):
    """A deep review, from its order until it is closed. Key: the review. Texts are empty while unknown."""

    review_id: str
    subject_id: str
    subject: str
    unit_id: str
    grounds: str
    authority: str
    due_on: str
    opened_by: str
    decision: str
    closed_on: str = ""
    remedy_plan: str = ""
    remedy_due: str = ""
    remedied_on: str = ""
    result: str = ""
    closed_by: str = ""
    closing_decision: str = ""


class BallotRow(Row, frozen=True, kw_only=True):
    """What one person got in one vote of a body."""

    vote_id: str
    kind: str
    body_id: str
    term: str
    called: int
    present: int
    cadre_id: str
    post_id: str
    high: int
    medium: int
    low: int
    excluded: str
    findings: str
    opened_by: str
    decision: str


EVALUATIONS = View("evaluations", EvaluationRow)
REVIEWS = View("reviews", DeepReviewRow)
BALLOTS = View("ballots", BallotRow)
