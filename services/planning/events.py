"""The facts that planning records and publishes. Their names and fields are stored for ever: add, never change.

Stream: a planning list, one for an owner body, a title set and a term. Several terms are alive at once, each in lists
of its own. An entry is one cadre planned for one title of the list; its id closes it again.
"""

import msgspec

from services.organization.events import Bloc
from shared.core.facts import Confidentiality, Fact, Id, Topic, event_tag
from shared.core.localized_enum import LocalizedEnum
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

    post: Id = ""
    """Id of the post."""
    title_code: str = ""
    """Code of the title, where it is not one post."""
    unit: Id = ""
    """Id of the unit, beside a code."""
    seats: int = 1
    """How many may hold it; 0: not fixed."""


class Targets(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Shares (0..1) that a list aims at; None: no target. `age_bands`: upper age of each band and its share."""

    women: float | None = None
    """Share of women."""
    young: float | None = None
    """Share of young cadres."""
    minority: float | None = None
    """Share of ethnic minorities."""
    sci_tech: float | None = None
    """Share of those trained in science and technology."""
    age_bands: dict[str, float] = {}
    """Share of each age band, by its upper age."""


class Vote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The votes about one person in one step of the round. None: not known."""

    step: VotingStep
    votes_for: int | None = None
    """Votes for; null: not known."""
    cast: int | None = None
    """Valid votes; null: not known."""
    present: int | None = None
    """How many were present; null: not known."""


class Structure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A list as its owner states it when a review is closed. None: not stated."""

    entries: int | None = None
    """Entries on the list."""
    persons: int | None = None
    """Persons on the list."""
    women: int | None = None
    """Women among them."""
    young: int | None = None
    """Young cadres among them."""
    minority: int | None = None
    """Ethnic minorities among them."""


class PlanningFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("planning")):
    """Base of every fact of this service. Planning lists are confidential unless stated otherwise."""

    confidentiality: Confidentiality = "CONFIDENTIAL"
    """How widely it may be known: OPEN, INTERNAL, CONFIDENTIAL or SECRET."""


class RoundOpened(PlanningFactBase, frozen=True, kw_only=True):
    """`owner` is the body whose list it is, `title_set` what it plans for in a code of the owner's (`BCH`), `term` the
    horizon (`2020-2025`), `bloc` whose term that is. `until`: the first day on which the list no longer counts."""

    owner: Id
    """Id of the body whose list it is."""
    title_set: str
    """Code of what it plans for, such as BCH: the committee."""
    term: str
    """The term it plans for, such as 2020-2025."""
    name: str = ""
    """What the list is called."""
    bloc: Bloc = Bloc.UNSTATED
    """Whose term that is."""
    titles: tuple[PlannedTitle, ...] = ()
    """The titles that it plans for."""
    coefficient: float | None = None
    """How many may be planned for each seat."""
    targets: Targets | None = None
    """The shares that it aims at."""
    age_reference: PDate | None = None
    """The day at which age is counted."""
    rule_set: str = ""
    """The rules it was made under, in words."""
    until: Day | None = None
    """The first day on which the list no longer counts."""


class AddedToPlanning(PlanningFactBase, frozen=True, kw_only=True):
    """`post`, or `title_code` (in `unit`, or in any unit of the owner) is what the cadre is planned for; `source_unit`
    where the cadre works. `review`: the year of the review that added it; 0: the list's first approval."""

    entry: Id
    """Id of the entry, chosen by the caller."""
    cadre: Id
    """Id of the cadre."""
    post: Id = ""
    """Id of the post."""
    title_code: str = ""
    """Code of the title, where it is not one post."""
    unit: Id = ""
    """Id of the unit, beside a code."""
    source: PlanningSource = PlanningSource.UNSTATED
    """Where the cadre comes from."""
    source_unit: Id = ""
    """Id of the unit where the cadre works."""
    votes: tuple[Vote, ...] = ()
    """The votes of each step of the round."""
    batch_no: int = 0
    """Number of the batch within the round; 0: none."""
    review: int = 0
    """The year of the review that added it; 0: the list's first approval."""
    mapped_from: Id = ""
    """Id of the entry that it carries on after its title was abolished."""


class RemovedFromPlanning(PlanningFactBase, frozen=True, kw_only=True):
    """`trigger` is the event that an automatic removal answers, `ground` the reason in the decision's words.
    `review`: the year of the review that removed it; 0: none."""

    closes = True
    entry: Id
    """Id of the entry."""
    reason: RemovalReason = RemovalReason.UNSTATED
    """Why."""
    mode: RemovalMode = RemovalMode.DECIDED
    """Whether it was decided, or follows from a rule."""
    ground: str = ""
    """The reason in the decision's words."""
    trigger: str = ""
    """Event id of the fact that an automatic removal follows from."""
    review: int = 0
    """The year of the review that removed it; 0: none."""


class ReviewClosed(PlanningFactBase, frozen=True, kw_only=True):
    """The yearly review of the list: how many entries it added and removed, and the list as it then stands."""

    closes = True
    year: int
    """The year of the review."""
    in_count: int
    """How many entries it added."""
    out_count: int
    """How many entries it removed."""
    structure: Structure | None = None
    """The list as it then stands; null: not stated."""
    approved_by: str = ""
    """Who approved it: an id, or words."""


PlanningFact = RoundOpened | AddedToPlanning | RemovedFromPlanning | ReviewClosed

topic: Topic[PlanningFact] = Topic("planning", PlanningFact)
