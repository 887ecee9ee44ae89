"""What is noted of a request, and the fact that several such notes become."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from services.identity.access_events import AccessDenied, AccessFact, DataExported, SensitiveFieldsRead
from shared.core.identifiers import is_id
from shared.core.partial_dates import Instant

QUARTER_MINUTES = 15


class AccessKey(NamedTuple):
    """What there is one fact of."""

    kind: type[SensitiveFieldsRead] | type[DataExported] | type[AccessDenied]
    principal: str
    actor: str
    subject: str
    quarter: str
    rule: str = ""
    emergency: str = ""

    @property
    def stream(self) -> str:
        """The stream of the log in which the fact is recorded."""
        return access_stream(self.subject) if self.subject else access_stream_by(self.principal)

    def build_fact(self, questions: Iterable[str]) -> AccessFact:
        """The fact, with the paths of all questions that were asked."""
        asked = tuple(sorted(questions))
        if self.kind is AccessDenied:
            return AccessDenied(
                principal=self.principal,
                subject=self.subject,
                quarter=self.quarter,
                questions=asked,
                rule=self.rule,
            )
        if self.kind is DataExported:
            return DataExported(
                principal=self.principal, subject=self.subject, quarter=self.quarter, questions=asked
            )
        return SensitiveFieldsRead(
            principal=self.principal,
            subject=self.subject,
            quarter=self.quarter,
            questions=asked,
            emergency=self.emergency,
        )


def quarter_of(instant: Instant) -> str:
    """The beginning of the quarter of an hour that an instant is in, such as 2026-11-27T18:45Z."""
    minute = int(instant[14:16]) // QUARTER_MINUTES * QUARTER_MINUTES
    return f"{instant[:14]}{minute:02d}Z"


def access_stream(subject: str) -> str:
    """The stream of what was done about a person or a unit."""
    return f"access-{subject}"


def access_stream_by(principal: str) -> str:
    """The stream of what somebody did about nobody."""
    return f"access-by-{principal}"


class AccessLine(msgspec.Struct, frozen=True):
    """One entry of the record."""

    recorded_at: str
    """When it was recorded (UTC)."""
    quarter: str
    """The quarter of an hour in which it happened, by its beginning (UTC)."""
    what: str
    """READ, EXPORTED, DENIED or EMERGENCY."""
    by: str
    """Id of the account or token."""
    name: str
    """Name of who it was."""
    of: str
    """Id of the person or unit; empty: about none."""
    questions: tuple[str, ...] = ()
    """The paths of the questions, with names in place of ids."""
    rule: str = ""
    """Of DENIED: the name of the refusal."""
    reason: str = ""
    """Of EMERGENCY: why, in words."""
    until: str = ""
    """Of EMERGENCY: the instant at which it ends."""
    id: str = ""
    """Id of the event."""
    emergency: str = ""
    """Of READ in an emergency: the id of its EMERGENCY, which has the reason."""


def keep_subjects(found: Iterable[str]) -> frozenset[str]:
    """Those texts that can be ids of persons and units."""
    return frozenset(each for each in found if is_id(each) and len(each) <= 50)
