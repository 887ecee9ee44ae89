"""The facts that appointment records and publishes. Their names and fields are stored for ever: add, never change.

Streams: a cadre, and a contest (contest-opened, contest-concluded). A tenure is one holding of one post by one cadre.
"""

import msgspec

from shared.core.facts import Code, Fact, Id, Topic, event_tag
from shared.core.localized_enum import LocalizedEnum
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
    """A cadre takes up a post by appointment."""

    tenure: Id
    """Id of the new tenure, chosen by the caller."""
    post: Id
    """Id of the post."""
    holding: Holding = Holding.PRIMARY
    """Whether it is the main post, a concurrent one, or held for the time being."""
    step: Step = Step.UNSTATED
    """How the new post relates to the one before."""
    route: AppointmentRoute = AppointmentRoute.DIRECT
    """By what kind of act it came about."""
    term_months: int = 0
    """0: no fixed term."""
    planned_entry: Id = ""
    """Id of the planning entry that led to it."""
    continues: Id = ""
    """Id of the tenure that it goes on from, in the post before a reorganisation."""
    evaluation: Id = ""
    """Id of the evaluation that it rests on."""
    codes: tuple[Code, ...] = ()
    """The codes that other schemes give to it."""


class Elected(AppointmentFactBase, frozen=True, kw_only=True):
    """A cadre takes up a post by election."""

    tenure: Id
    """Id of the new tenure, chosen by the caller."""
    post: Id
    """Id of the post."""
    election: Id
    """Id of the election, chosen by the caller."""
    held_on: Day | None = None
    """The day of the vote, where it differs from the start."""
    holding: Holding = Holding.PRIMARY
    """Whether it is the main post, a concurrent one, or held for the time being."""
    body: Id = ""
    """Id of the unit that elected."""
    votes_for: int | None = None
    """Votes for this cadre; null: not known."""
    votes_cast: int | None = None
    """Valid votes of all; null: not known."""
    term_months: int = 60
    """Length of the term in months; 0: no fixed term."""
    term_key: str = ""
    """The term of the body, such as 2021-2026."""
    codes: tuple[Code, ...] = ()
    """The codes that other schemes give to it."""


class Designated(AppointmentFactBase, frozen=True, kw_only=True):
    """A cadre takes up a post by designation, without a vote."""

    tenure: Id
    """Id of the new tenure, chosen by the caller."""
    post: Id
    """Id of the post."""
    authority: str
    """The body that designates: its id, or its name."""
    legal_basis: str
    """The text that allows it, in words."""
    holding: Holding = Holding.PRIMARY
    """Whether it is the main post, a concurrent one, or held for the time being."""
    until_election: bool = True
    """Whether it lasts until the next election."""
    term_months: int = 0
    """Length of the term in months; 0: no fixed term."""
    continues: Id = ""
    """Id of the tenure that it goes on from, in the post before a reorganisation."""
    codes: tuple[Code, ...] = ()
    """The codes that other schemes give to it."""


class Reappointed(AppointmentFactBase, frozen=True, kw_only=True):
    """The same post for another term: a tenure of its own that starts where the previous one ends."""

    tenure: Id
    """Id of the new tenure, chosen by the caller."""
    previous: Id
    """Id of the tenure that ends where this one starts."""
    term_no: int
    """Number of the term in this post: one more than the one before."""
    term_months: int = 60
    """Length of the term in months; 0: no fixed term."""
    to_retirement: bool = False
    """Whether it lasts until retirement instead of a full term."""
    evaluation: Id = ""
    """Id of the evaluation that it rests on."""


class Nominated(AppointmentFactBase, frozen=True, kw_only=True):
    """A cadre is nominated for an election."""

    nomination: Id
    """Id of the nomination, chosen by the caller."""
    election: Id
    """Id of the election."""
    post: Id = ""
    """Id of the post, where the election is for one."""
    body: Id = ""
    """Id of the unit whose members are elected."""
    nominated_by: str = ""
    """Who nominates: an id, or words."""
    first_time: bool = False
    """Whether the cadre stands for it for the first time."""
    age_reference: PDate | None = None
    """The day at which age is counted."""


class Suspended(AppointmentFactBase, frozen=True, kw_only=True):
    """A cadre is suspended from a post; the tenure goes on."""

    tenure: Id
    """Id of the tenure."""
    reason: str
    """Why, in words."""
    authority: str = ""
    """The body that decided: its id, or its name."""
    until: Day | None = None
    """The first day after it, where that is fixed."""


class Reinstated(AppointmentFactBase, frozen=True, kw_only=True):
    """A suspension has ended, and the post is held as before."""

    tenure: Id
    """Id of the tenure."""


class TenureEnded(AppointmentFactBase, frozen=True, kw_only=True):
    """`effective_from` is the first day on which the post is no longer held."""

    closes = True
    tenure: Id
    """Id of the tenure."""
    reason: EndReason = EndReason.UNSTATED
    """Why it ended."""
    ground: str = ""
    """The reason in the decision's words."""
    next_tenure: Id = ""
    """Id of the tenure that follows it."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who competes, and the post held while competing."""

    cadre: Id
    """Id of the cadre."""
    post: Id = ""
    """Id of the post held while competing."""


class ContestOpened(AppointmentFactBase, frozen=True, kw_only=True):
    """A competition for a post (thi tuyển); or a pilot of many, whose contests name it in `part_of`.

    `planned_count` titles are to be filled so, perhaps only about so many; None: not stated.
    """

    title: str
    """What the competition is called."""
    post: Id = ""
    """Id of the post, where it is for one."""
    organiser: str = ""
    """Who holds it: an id, or words."""
    candidates: tuple[Candidate, ...] = ()
    """Who competes."""
    planned_count: int | None = None
    """How many titles are to be filled; null: not stated."""
    approximate: bool = False
    """Whether that number is only about right."""
    until: Day | None = None
    """The first day after it; null: open."""
    part_of: Id = ""
    """Id of the pilot that it belongs to."""


class ContestConcluded(AppointmentFactBase, frozen=True, kw_only=True):
    """`winner` empty: nobody was chosen. `scores` by cadre. Appointing the winner is a decision of its own."""

    closes = True
    winner: Id = ""
    """Id of the cadre who won; empty: nobody was chosen."""
    scores: dict[str, float] = {}
    """Points by id of the cadre."""


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
