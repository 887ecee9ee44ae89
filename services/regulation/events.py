"""The facts that regulation records and publishes. Their names and fields are stored for ever: add, never change.

Streams: a decision document (`effective_from` is when it takes effect), and with it the items of the programme that it
lays down; a rule (all its versions).
"""

from typing import ClassVar

from shared.core.facts import Fact, Id, Topic, event_tag
from shared.core.localized_enum import LocalizedEnum
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


KINDS_ABOUT_PERSONS = (
    DocumentKind.DECISION,
    DocumentKind.NOTICE,
    DocumentKind.SUBMISSION,
    DocumentKind.OTHER,
)
"""Kinds of document whose titles may name a person: appointments, transfers, discipline."""


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
    """A decision document is in the register; `effective_from` is when it takes effect."""

    words_where: ClassVar[tuple[str, str, frozenset[str]]] = (
        "title",
        "kind",
        frozenset(kind.value for kind in KINDS_ABOUT_PERSONS),
    )

    number: str
    """Its number, such as 1234/NQ-UBTVQH15."""
    issuer: str
    """The body that issued it."""
    signed_on: Day | None
    """The day of signing; null: not known."""
    kind: DocumentKind
    """What kind of document it is."""
    title: str
    """What it is about."""
    effective_to: Day | None = None
    """The first day on which it is no longer in force; null: open."""
    signer: str = ""
    """Who signed it."""
    file_hash: str = ""
    """Hash of the file."""
    supersedes: tuple[Id, ...] = ()
    """Ids of the documents that it replaces."""


class DecisionRevoked(RegulationFactBase, frozen=True, kw_only=True):
    """A decision document is no longer in force from this day on."""

    closes = True
    reason: str
    """Why, in words."""


Parameter = str | int | float | bool | tuple[str, ...]


class RuleEnacted(RegulationFactBase, frozen=True, kw_only=True):
    """A version of a rule holds for decisions made in [effective_from, until). Stream: the rule.

    `scope` narrows it (level, bloc, rank_group, managed_by: comma-separated values); versions of one rule and scope
    never overlap. `parameters` are numbers, words, or lists of them. It stands before the rules that are shipped.
    """

    rule: Id
    """Name of the rule."""
    number: int
    """Number of this version."""
    parameters: dict[str, Parameter] = {}
    """The numbers, words or lists that the rule works with, by name."""
    until: Day | None = None
    """The first day on which it no longer holds; null: open."""
    scope: dict[str, str] = {}
    """What it is limited to, by level, bloc, rank_group or managed_by; empty: everything."""
    kind: RuleKind = RuleKind.CHECK
    """What kind of rule it is."""
    severity: Severity = Severity.WARN
    """What a breach of it means."""
    override_authority: str = ""
    """Who may decide otherwise."""
    source: str = ""
    """The text it comes from, by number and date; `decision` is its document in the register."""
    confidence: str = ""
    """How sure the reading of the text is, in words."""
    title_vi: str = ""
    """What it is called, in Vietnamese."""
    title_en: str = ""
    """What it is called, in English."""


class ItemStatus(LocalizedEnum):
    """How far an item of a programme of work has come."""

    PLANNED = "PLANNED", "chưa triển khai", "planned"
    IN_PROGRESS = "IN_PROGRESS", "đang thực hiện", "in progress"
    SUBMITTED = "SUBMITTED", "đã trình", "drafted and submitted"
    DONE = "DONE", "hoàn thành", "done"
    MISSED = "MISSED", "không đạt", "missed"


class ProgrammeItemStatusSet(RegulationFactBase, frozen=True, kw_only=True):
    """An item of a programme (a topic, a scheme, a target) has this status from this day on. Stream: its document.

    `lead` is the unit responsible for it; empty: as stated before.
    """

    item: Id
    """Id of the item within its document."""
    status: ItemStatus
    """How far it has come."""
    title: str = ""
    """What it is called; empty: as before."""
    lead: Id = ""
    """Id of the unit that answers for it; empty: as before."""


RegulationFact = DecisionRegistered | DecisionRevoked | RuleEnacted | ProgrammeItemStatusSet

topic: Topic[RegulationFact] = Topic("regulation", RegulationFact)
