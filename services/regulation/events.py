"""What regulation remembers and tells others. These names and fields are stored for ever: add, never change.

Stream: a decision document. `effective_from` is when the document takes effect.
"""

from shared.dates import Day
from shared.facts import Fact, Topic
from shared.labels import Labelled, tagged


class DocumentKind(Labelled):
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


class RegulationFact(Fact, frozen=True, kw_only=True, tag=tagged("regulation")):
    """Base of every fact of this service."""


class DecisionRegistered(RegulationFact, frozen=True, kw_only=True):
    number: str
    issuer: str
    signed_on: Day | None
    kind: DocumentKind
    title: str
    effective_to: Day | None = None
    signer: str = ""
    file_hash: str = ""
    supersedes: tuple[str, ...] = ()


class DecisionRevoked(RegulationFact, frozen=True, kw_only=True):
    closes = True
    reason: str


RegulationEvent = DecisionRegistered | DecisionRevoked

topic: Topic[RegulationFact] = Topic("regulation", RegulationEvent)
