"""The facts that evaluation records and publishes. Their names and fields are stored for ever: add, never change.

Stream: a cadre, or a collective (a unit, by its id). What is recorded of a cadre stays with the cadre in every unit.
"""

import re

import msgspec

from shared.core.facts import Fact, Id, Topic, event_tag
from shared.core.localized_enum import LocalizedEnum
from shared.core.partial_dates import Day

PERIOD = re.compile(r"(19|20)\d\d(-(H[12]|Q[1-4]|0[1-9]|1[0-2]))?|TERM-(19|20)\d\d-(19|20)\d\d", re.ASCII)
"""2024, 2024-H1, 2024-Q3, 2024-11, TERM-2020-2025."""


class SubjectKind(LocalizedEnum):
    INDIVIDUAL = "INDIVIDUAL", "cá nhân", "individual"
    COLLECTIVE = "COLLECTIVE", "tập thể", "collective"


class Grade(LocalizedEnum):
    """Four grades; a fifth one of the State's scale ended with 30 June 2020."""

    EXCELLENT = "EXCELLENT", "hoàn thành xuất sắc nhiệm vụ", "excellent completion"
    GOOD = "GOOD", "hoàn thành tốt nhiệm vụ", "good completion"
    COMPLETED = "COMPLETED", "hoàn thành nhiệm vụ", "completion"
    COMPLETED_LIMITED = (
        "COMPLETED_LIMITED",
        "hoàn thành nhiệm vụ nhưng còn hạn chế về năng lực",
        "completion with limited capacity",
    )
    FAILED = "FAILED", "không hoàn thành nhiệm vụ", "non-completion"


class Occasion(LocalizedEnum):
    ANNUAL = "ANNUAL", "cuối năm", "annual"
    MID_YEAR = "MID_YEAR", "giữa năm", "mid-year"
    QUARTER = "QUARTER", "hằng quý", "quarter"
    PRE_REAPPOINT = "PRE_REAPPOINT", "trước khi bổ nhiệm lại", "before re-appointment"
    PRE_ELECTION = "PRE_ELECTION", "trước khi bầu cử, giới thiệu ứng cử", "before election"
    ROTATION = "ROTATION", "trong thời gian luân chuyển", "during rotation"
    INSPECTION = "INSPECTION", "qua kiểm tra", "inspection"
    TERM = "TERM", "cuối nhiệm kỳ", "term"


class Evaluator(LocalizedEnum):
    """Who gave the grade."""

    MANAGING_AUTHORITY = "MANAGING_AUTHORITY", "cấp có thẩm quyền", "managing authority"
    OWN_COLLECTIVE = "OWN_COLLECTIVE", "tập thể nơi công tác", "own collective"
    HOST_COLLECTIVE = "HOST_COLLECTIVE", "tập thể nơi luân chuyển đến", "host collective of a rotation"
    FORMER_UNIT = "FORMER_UNIT", "đơn vị cũ", "former unit"
    INSPECTION_TEAM = "INSPECTION_TEAM", "đoàn kiểm tra", "inspection team"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class VoteKind(LocalizedEnum):
    RATING = "RATING", "lấy phiếu tín nhiệm", "confidence rating"
    MOTION = "MOTION", "bỏ phiếu tín nhiệm", "confidence motion"
    STAFF_BALLOT = "STAFF_BALLOT", "phiếu góp ý của công chức, viên chức", "staff ballot"


class EvaluationFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("evaluation")):
    """What every fact of this service has in common."""


class Evaluated(EvaluationFactBase, frozen=True, kw_only=True):
    """A grade for a period ("2024", "2024-Q3", "2024-H1", "TERM-2020-2025"). `unit` is where the subject served then.

    `effective_from` is the day of the decision that grades. One final grade per period, occasion and authority;
    another one names the evaluation it replaces. Scores are 0..100.
    """

    evaluation: Id
    """Id of the evaluation, chosen by the caller."""
    period: str
    """2024, 2024-H1, 2024-Q3, 2024-11 or TERM-2020-2025."""
    occasion: Occasion
    """On what occasion it was given."""
    grade: Grade
    """The grade."""
    subject: SubjectKind = SubjectKind.INDIVIDUAL
    """Whether a person or a collective is graded."""
    unit: Id = ""
    """Id of the unit where the subject served then."""
    score: float | None = None
    """Points from 0 to 100; null: not scored."""
    self_grade: Grade | None = None
    """The grade that the subject proposed."""
    authority: str = ""
    """The body that graded: its id, or its name."""
    evaluator: Evaluator = Evaluator.UNSTATED
    """Who gave the grade."""
    peer_group: str = ""
    """The group within which grades are shared out, in words."""
    conference_on: Day | None = None
    """The day of the conference that discussed it."""
    ballot: Id = ""
    """The staff ballot taken before the conference: the id of a vote."""
    published_on: Day | None = None
    """The day on which it was made public."""
    replaces: Id = ""
    """Id of the evaluation that it replaces."""
    evidence: str = ""
    """What an excellent grade rests on, in words."""


class DeepReviewOrdered(EvaluationFactBase, frozen=True, kw_only=True):
    """A higher body asks for a deep self-criticism review (gợi ý kiểm điểm sâu)."""

    review: Id
    """Id of the review, chosen by the caller."""
    grounds: str
    """Why it is ordered, in words."""
    subject: SubjectKind = SubjectKind.INDIVIDUAL
    unit: Id = ""
    """Id of the unit where the subject serves."""
    authority: str = ""
    """The body that asks for it: its id, or its name."""
    due_on: Day | None = None
    """The day by which it is to be held."""


class DeepReviewClosed(EvaluationFactBase, frozen=True, kw_only=True):
    """The review was held; what it found is to be remedied by `remedy_due`."""

    closes = True
    review: Id
    """Id of the review."""
    remedy_plan: str = ""
    """What is to be done about what was found, in words."""
    remedy_due: Day | None = None
    """The day by which it is to be done."""
    result: str = ""
    """What the review found, in words."""


class Remedied(EvaluationFactBase, frozen=True, kw_only=True):
    """The remedy plan of a deep review has been carried out."""

    closes = True
    review: Id
    """Id of the review."""
    result: str = ""
    """What was done, in words."""


class Ballot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The votes one person got: high, medium and low confidence (for and against a motion: high and low)."""

    cadre: Id
    """Id of the cadre."""
    post: Id = ""
    """Id of the post that the vote was about."""
    high: int = 0
    """Votes of high confidence, or for a motion."""
    medium: int = 0
    """Votes of medium confidence."""
    low: int = 0
    """Votes of low confidence, or against a motion."""
    excluded: str = ""
    """Why this person was not voted on (about to retire, appointed this year), in words."""


class ConfidenceVoted(EvaluationFactBase, frozen=True, kw_only=True):
    """One ballot of a body. Stream: the body, or the cadre where only one was voted on."""

    vote: Id
    """Id of the vote, chosen by the caller."""
    kind: VoteKind
    called: int
    """How many were called to vote."""
    present: int
    """How many came."""
    results: tuple[Ballot, ...]
    """The votes of each person."""
    body: Id = ""
    """Id of the unit that voted."""
    term: str = ""
    """The term of the body, such as 2021-2026."""


EvaluationFact = Evaluated | DeepReviewOrdered | DeepReviewClosed | Remedied | ConfidenceVoted

topic: Topic[EvaluationFact] = Topic("evaluation", EvaluationFact)
