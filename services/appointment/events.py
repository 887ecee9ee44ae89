"""The facts that appointment records and publishes. Their names and fields are stored for ever: add, never change.

Streams: a cadre, and a contest (contest-opened, contest-concluded). A tenure is one holding of one post by one cadre.
"""

import msgspec

from shared.core.facts import Code, Fact, Topic
from shared.core.localized_enum import LocalizedEnum, event_tag
from shared.core.partial_dates import Day, PDate


class Holding(LocalizedEnum):
    PRIMARY = "PRIMARY", "chức vụ chính", "primary"
    CONCURRENT = "CONCURRENT", "kiêm nhiệm", "concurrent"
    ACTING = "ACTING", "quyền", "acting"
    IN_CHARGE = "IN_CHARGE", "phụ trách", "in charge"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class Step(LocalizedEnum):
    """How the new post relates to the one before."""

    FIRST = "FIRST", "lần đầu", "first post"
    PROMOTION = "PROMOTION", "đề bạt", "promotion"
    LATERAL = "LATERAL", "ngang cấp", "lateral"
    DOWNWARD = "DOWNWARD", "xuống cấp", "downward"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class AppointmentRoute(LocalizedEnum):
    """By what kind of act a tenure came about."""

    DIRECT = "DIRECT", "bổ nhiệm", "direct appointment"
    CONTEST = "CONTEST", "thi tuyển", "competitive contest"
    AFTER_ROTATION = "AFTER_ROTATION", "sau luân chuyển", "after rotation"
    ELECTED = "ELECTED", "bầu", "elected"
    DESIGNATED = "DESIGNATED", "chỉ định", "designated"
    REAPPOINTED = "REAPPOINTED", "bổ nhiệm lại", "re-appointed"
    ROTATED = "ROTATED", "luân chuyển đến", "rotated in"
    TRANSFERRED = "TRANSFERRED", "điều động đến", "transferred in"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class EndReason(LocalizedEnum):
    TERM_EXPIRED = "TERM_EXPIRED", "hết nhiệm kỳ", "term expired"
    MOVED = "MOVED", "chuyển công tác", "moved on"
    RELIEVED = "RELIEVED", "cho thôi giữ chức vụ", "relieved"
    DISMISSED = "DISMISSED", "miễn nhiệm", "dismissed"
    RESIGNED = "RESIGNED", "từ chức", "resigned"
    REMOVED_DISCIPLINE = "REMOVED_DISCIPLINE", "cách chức", "removed as discipline"
    NOT_REELECTED = "NOT_REELECTED", "không tái cử", "not re-elected"
    UNIT_ABOLISHED = "UNIT_ABOLISHED", "đơn vị kết thúc hoạt động", "unit abolished"
    POST_ABOLISHED = "POST_ABOLISHED", "chức vụ bị bãi bỏ", "post abolished"
    RETIRED = "RETIRED", "nghỉ hưu", "retired"
    DIED = "DIED", "từ trần", "died"
    LEFT_SERVICE = "LEFT_SERVICE", "thôi việc", "left service"
    POST_UNIFIED = "POST_UNIFIED", "nhất thể hóa", "posts unified"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class AppointmentFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("appointment")):
    """What every fact of this service has in common."""


class Appointed(AppointmentFactBase, frozen=True, kw_only=True):
    tenure: str
    post: str
    holding: Holding = Holding.PRIMARY
    step: Step = Step.UNSTATED
    route: AppointmentRoute = AppointmentRoute.DIRECT
    term_months: int = 0
    """0: no fixed term."""
    planned_entry: str = ""
    continues: str = ""
    evaluation: str = ""
    codes: tuple[Code, ...] = ()


class Elected(AppointmentFactBase, frozen=True, kw_only=True):
    tenure: str
    post: str
    election: str
    held_on: Day | None = None
    holding: Holding = Holding.PRIMARY
    body: str = ""
    votes_for: int | None = None
    votes_cast: int | None = None
    term_months: int = 60
    term_key: str = ""
    codes: tuple[Code, ...] = ()


class Designated(AppointmentFactBase, frozen=True, kw_only=True):
    tenure: str
    post: str
    authority: str
    legal_basis: str
    holding: Holding = Holding.PRIMARY
    until_election: bool = True
    term_months: int = 0
    continues: str = ""
    codes: tuple[Code, ...] = ()


class Reappointed(AppointmentFactBase, frozen=True, kw_only=True):
    """The same post for another term: a tenure of its own that starts where the previous one ends."""

    tenure: str
    previous: str
    term_no: int
    term_months: int = 60
    to_retirement: bool = False
    evaluation: str = ""


class Nominated(AppointmentFactBase, frozen=True, kw_only=True):
    nomination: str
    election: str
    post: str = ""
    body: str = ""
    nominated_by: str = ""
    first_time: bool = False
    age_reference: PDate | None = None


class Suspended(AppointmentFactBase, frozen=True, kw_only=True):
    tenure: str
    reason: str
    authority: str = ""
    until: Day | None = None


class Reinstated(AppointmentFactBase, frozen=True, kw_only=True):
    tenure: str


class TenureEnded(AppointmentFactBase, frozen=True, kw_only=True):
    """`effective_from` is the first day on which the post is no longer held."""

    closes = True
    tenure: str
    reason: EndReason = EndReason.UNSTATED
    ground: str = ""
    next_tenure: str = ""


class Candidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who competes, and the post held while competing."""

    cadre: str
    post: str = ""


class ContestOpened(AppointmentFactBase, frozen=True, kw_only=True):
    """A competition for a post (thi tuyển); or a pilot of many, whose contests name it in `part_of`.

    `planned_count` titles are to be filled so, perhaps only about so many; None: not stated.
    """

    title: str
    post: str = ""
    organiser: str = ""
    candidates: tuple[Candidate, ...] = ()
    planned_count: int | None = None
    approximate: bool = False
    until: Day | None = None
    part_of: str = ""


class ContestConcluded(AppointmentFactBase, frozen=True, kw_only=True):
    """`winner` empty: nobody was chosen. `scores` by cadre. Appointing the winner is a decision of its own."""

    closes = True
    winner: str = ""
    scores: dict[str, float] = {}


AppointmentFact = (
    Appointed
    | Elected
    | Designated
    | Reappointed
    | Nominated
    | Suspended
    | Reinstated
    | TenureEnded
    | ContestOpened
    | ContestConcluded
)

topic: Topic[AppointmentFact] = Topic("appointment", AppointmentFact)
