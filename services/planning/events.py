"""The facts that planning records and publishes. Their names and fields are stored for ever: add, never change.

Stream: a planning list, one for an owner body, a title set and a term. Several terms are alive at once, each in lists
of its own. An entry is one cadre planned for one title of the list; its id closes it again.
"""

import msgspec

from services.organization.events import Bloc
from shared.core.facts import Confidentiality, Fact, Topic
from shared.core.localized_enum import LocalizedEnum, event_tag
from shared.core.partial_dates import Day, PDate


class VotingStep(LocalizedEnum):
    """The five steps of a planning round, in their order (50-QĐ/TW, appendix 2)."""

    POOL = "POOL", "rà soát, lập danh sách nguồn", "plan and candidate pool"
    LEADERS_FIRST = "LEADERS_FIRST", "hội nghị tập thể lãnh đạo lần 1", "leaders' meeting, first"
    KEY_CADRES = "KEY_CADRES", "hội nghị cán bộ chủ chốt", "secret ballot of key cadres"
    WIDER_COMMITTEE = "WIDER_COMMITTEE", "hội nghị cấp ủy mở rộng", "wider committee"
    LEADERS_FINAL = "LEADERS_FINAL", "hội nghị tập thể lãnh đạo lần 2", "leaders' final vote"


class PlanningSource(LocalizedEnum):
    INTERNAL = "INTERNAL", "nguồn tại chỗ", "from the unit itself"
    EXTERNAL = "EXTERNAL", "nguồn từ nơi khác", "from another unit"
    DUAL_MANAGED = "DUAL_MANAGED", "đơn vị phối quản", "from a dual-managed unit"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class RemovalReason(LocalizedEnum):
    REVIEW = "REVIEW", "rà soát hằng năm", "yearly review"
    OVER_AGE = "OVER_AGE", "quá tuổi quy hoạch", "over the planning age"
    DISCIPLINE = "DISCIPLINE", "bị kỷ luật", "disciplined"
    POLITICAL_STANDARD = (
        "POLITICAL_STANDARD",
        "không bảo đảm tiêu chuẩn chính trị",
        "political standard not met",
    )
    FAILED_EVALUATION = "FAILED_EVALUATION", "không hoàn thành nhiệm vụ", "failed an evaluation"
    LOW_CONFIDENCE = "LOW_CONFIDENCE", "tín nhiệm thấp", "low confidence"
    APPOINTED = "APPOINTED", "đã được bổ nhiệm chức danh quy hoạch", "appointed to the planned title"
    TITLE_ABOLISHED = "TITLE_ABOLISHED", "chức danh không còn", "the title was abolished"
    LEFT_SERVICE = "LEFT_SERVICE", "thôi công tác", "left service"
    OWN_REQUEST = "OWN_REQUEST", "theo nguyện vọng", "own request"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class RemovalMode(LocalizedEnum):
    DECIDED = "DECIDED", "theo quyết định", "decided"
    AUTOMATIC = "AUTOMATIC", "đương nhiên", "by operation of a rule"


class PlannedTitle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A title that a list plans for: a post, or a title code in a unit. `seats` 0: not fixed."""

    post: str = ""
    title_code: str = ""
    unit: str = ""
    seats: int = 1


class Targets(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Shares (0..1) that a list aims at; None: no target. `age_bands`: upper age of each band and its share."""

    women: float | None = None
    young: float | None = None
    minority: float | None = None
    sci_tech: float | None = None
    age_bands: dict[str, float] = {}


class Vote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one step of the round said about one person. None: not known."""

    step: VotingStep
    votes_for: int | None = None
    cast: int | None = None
    present: int | None = None


class Structure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A list as its owner states it when a review is closed. None: not stated."""

    entries: int | None = None
    persons: int | None = None
    women: int | None = None
    young: int | None = None
    minority: int | None = None


class PlanningFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("planning")):
    """Base of every fact of this service. Planning lists are confidential unless said otherwise."""

    confidentiality: Confidentiality = "CONFIDENTIAL"


class RoundOpened(PlanningFactBase, frozen=True, kw_only=True):
    """`owner` is the body whose list it is, `title_set` what it plans for in a code of the owner's (`BCH`), `term` the
    horizon (`2020-2025`), `bloc` whose term that is. `until`: the first day on which the list no longer counts."""

    owner: str
    title_set: str
    term: str
    name: str = ""
    bloc: Bloc = Bloc.UNSTATED
    titles: tuple[PlannedTitle, ...] = ()
    coefficient: float | None = None
    targets: Targets | None = None
    age_reference: PDate | None = None
    rule_set: str = ""
    until: Day | None = None


class AddedToPlanning(PlanningFactBase, frozen=True, kw_only=True):
    """`post`, or `title_code` (in `unit`, or in any unit of the owner) is what the cadre is planned for; `source_unit`
    where the cadre works. `review`: the year of the review that added it; 0: the list's first approval."""

    entry: str
    cadre: str
    post: str = ""
    title_code: str = ""
    unit: str = ""
    source: PlanningSource = PlanningSource.UNSTATED
    source_unit: str = ""
    votes: tuple[Vote, ...] = ()
    batch_no: int = 0
    review: int = 0
    mapped_from: str = ""


class RemovedFromPlanning(PlanningFactBase, frozen=True, kw_only=True):
    """`trigger` is the event that an automatic removal answers, `ground` the reason in the decision's words.
    `review`: the year of the review that removed it; 0: none."""

    closes = True
    entry: str
    reason: RemovalReason = RemovalReason.UNSTATED
    mode: RemovalMode = RemovalMode.DECIDED
    ground: str = ""
    trigger: str = ""
    review: int = 0


class ReviewClosed(PlanningFactBase, frozen=True, kw_only=True):
    """The yearly review of the list: how many entries it added and removed, and the list as it then stands."""

    closes = True
    year: int
    in_count: int
    out_count: int
    structure: Structure | None = None
    approved_by: str = ""


PlanningFact = RoundOpened | AddedToPlanning | RemovedFromPlanning | ReviewClosed

topic: Topic[PlanningFact] = Topic("planning", PlanningFact)
