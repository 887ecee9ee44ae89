"""What an audit leaves behind. These names and fields are stored for ever: add, never change.

Streams: `log-<topic>` (its checkpoints), `replays`, and for an erasure the subject whose key was destroyed.
"""

from shared.core.facts import Fact, Topic, event_tag


class AuditFact(Fact, frozen=True, kw_only=True, tag=event_tag("audit")):
    """Base of every fact of this service."""


class LogCheckpointed(AuditFact, frozen=True, kw_only=True):
    """The first `size` events of a log have this Merkle root (RFC 6962, in hexadecimal)."""

    log: str
    size: int
    root: str
    key: str
    """The public key, in the text form of a signed note."""
    signed: str
    """The checkpoint itself (C2SP tlog-checkpoint)."""


class ReplayCertified(AuditFact, frozen=True, kw_only=True):
    """All rows were computed from the first event on and compared with those that stood. Counts are by name."""

    source: str
    events: dict[str, int]
    roots: dict[str, str]
    rows: dict[str, int]
    digests: dict[str, str]
    """Of the rows of each projection: the Merkle root over its streams in order, in hexadecimal."""
    differences: int
    program: str
    rules: str
    key: str
    signed: str


class SubjectErased(AuditFact, frozen=True, kw_only=True):
    """The key of a subject was destroyed; what was sealed under it cannot be read by anybody any more."""

    reason: str


AuditEvent = LogCheckpointed | ReplayCertified | SubjectErased

topic: Topic[AuditFact] = Topic("audit", AuditEvent)
