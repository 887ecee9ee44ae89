"""The facts that regulation records and publishes. Their names and fields are stored for ever: add, never change.

Streams: a decision document (`effective_from` is when it takes effect), and with it the items of the programme that it
lays down; a rule (all its versions).
"""

from shared.core.facts import Fact, Topic
from shared.core.localized_enum import LocalizedEnum, event_tag
from shared.core.partial_dates import Day


class DocumentKind(LocalizedEnum):
    """Stored, never guessed from the number: QĐ abbreviates both quyết định and quy định."""

    RESOLUTION = "RESOLUTION", "nghị quyết", "resolution"
    DECISION = "DECISION", "quyết định", "decision"
    REGULATION = "REGULATION", "quy định", "regulation"
    CONCLUSION = "CONCLUSION", "kết luận", "conclusion"
    DIRECTIVE = "DIRECTIVE", "chỉ thị", "directive"
    GUIDELINE = "GUIDELINE", "hướng dẫn", "guideline"
    DECREE = "DECREE", "nghị định", "decree"
    SCHEME = "SCHEME", "đề án", "scheme"
    PROGRAMME = "PROGRAMME", "chương trình", "programme"
    PLAN = "PLAN", "kế hoạch", "plan"
    NOTICE = "NOTICE", "thông báo", "notice"
    SUBMISSION = "SUBMISSION", "tờ trình", "submission"
    OTHER = "OTHER", "văn bản khác", "other document"


class RuleKind(LocalizedEnum):
    CHECK = "CHECK", "điều kiện", "check"
    TARGET = "TARGET", "chỉ tiêu", "target"
    MORATORIUM = "MORATORIUM", "tạm dừng", "moratorium"
    OVERAGE = "OVERAGE", "cho phép vượt số lượng", "overage"
    TEXT = "TEXT", "văn bản", "text in force"


class Severity(LocalizedEnum):
    INFO = "INFO", "thông tin", "information"
    WARN = "WARN", "cảnh báo", "warning"
    BLOCK_UNLESS_OVERRIDDEN = (
        "BLOCK_UNLESS_OVERRIDDEN",
        "cần cấp có thẩm quyền quyết định",
        "needs the competent authority",
    )


class RegulationFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("regulation")):
    """What every fact of this service has in common."""


class DecisionRegistered(RegulationFactBase, frozen=True, kw_only=True):
    number: str
    issuer: str
    signed_on: Day | None
    kind: DocumentKind
    title: str
    effective_to: Day | None = None
    signer: str = ""
    file_hash: str = ""
    supersedes: tuple[str, ...] = ()


class DecisionRevoked(RegulationFactBase, frozen=True, kw_only=True):
    closes = True
    reason: str


Parameter = str | int | float | bool | tuple[str, ...]


class RuleEnacted(RegulationFactBase, frozen=True, kw_only=True):
    """A version of a rule holds for decisions made in [effective_from, until). Stream: the rule.

    `scope` narrows it (level, bloc, rank_group, managed_by: comma-separated values); versions of one rule and scope
    never overlap. `parameters` are numbers, words, or lists of them. It stands before the rules that are shipped.
    """

    rule: str
    number: int
    parameters: dict[str, Parameter] = {}
    until: Day | None = None
    scope: dict[str, str] = {}
    kind: RuleKind = RuleKind.CHECK
    severity: Severity = Severity.WARN
    override_authority: str = ""
    source: str = ""
    """The text it comes from, by number and date; `decision` is its document in the register."""
    confidence: str = ""
    title_vi: str = ""
    title_en: str = ""


class ItemStatus(LocalizedEnum):
    """How far an item of a programme of work has come."""

    PLANNED = "PLANNED", "chưa triển khai", "planned"
    IN_PROGRESS = "IN_PROGRESS", "đang thực hiện", "in progress"
    SUBMITTED = "SUBMITTED", "đã trình", "drafted and submitted"
    DONE = "DONE", "hoàn thành", "done"
    MISSED = "MISSED", "không đạt", "missed"


class ProgrammeItemStatusSet(RegulationFactBase, frozen=True, kw_only=True):
    """An item of a programme (a topic, a scheme, a target) stands so from this day on. Stream: its document.

    `lead` is the unit that answers for it; empty: as said before.
    """

    item: str
    status: ItemStatus
    title: str = ""
    lead: str = ""


RegulationFact = DecisionRegistered | DecisionRevoked | RuleEnacted | ProgrammeItemStatusSet

topic: Topic[RegulationFact] = Topic("regulation", RegulationFact)
