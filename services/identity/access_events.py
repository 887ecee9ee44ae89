"""The facts of who looked at what. Their names and fields are stored for ever: add, never change.

They are part of the log of identity, in streams of their own: `access-<id>` of the person or unit that was looked at,
`access-by-<id>` of who did something that is about nobody. They hold ids and names of questions, and nothing of what
was answered.
"""

from typing import Annotated

from shared.core.facts import ID, Fact, Id, event_tag

Ids = Annotated[tuple[str, ...], ID]


class AccessFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("identity")):
    """What every fact of access has in common."""

    principal: str
    """Id of the account or token."""
    quarter: str = ""
    """The quarter of an hour in which it happened, by its beginning (UTC)."""


class SensitiveFieldsRead(AccessFactBase, frozen=True, kw_only=True):
    """Somebody was shown sensitive fields. Recorded once for each quarter of an hour and once more where other
    questions are asked in it."""

    subject: Id
    """Id of the person or unit that they are about."""
    questions: tuple[str, ...]
    """The paths of the questions, with names in place of ids."""
    emergency: Id = ""
    """Id of the event by which access in an emergency began; empty: they were shown within the own scope."""


class DataExported(AccessFactBase, frozen=True, kw_only=True):
    """Somebody took data out: a report, a feed, an archive."""

    subject: Id = ""
    """Id of the unit that it is about; empty: everything in their scope."""
    questions: tuple[str, ...]
    """The paths of the questions, with names in place of ids."""


class AccessDenied(AccessFactBase, frozen=True, kw_only=True):
    """Somebody was refused what they may not see or do."""

    subject: Id = ""
    """Id of the person or unit that it was about; empty: none was named."""
    questions: tuple[str, ...]
    """The paths, with names in place of ids."""
    rule: str
    """The name of the refusal, as the answer has it. NotInScope: what somebody named exists out of their scope, and
    the answer was as if it did not."""


class EmergencyAccessStarted(AccessFactBase, frozen=True, kw_only=True):
    """Somebody opened what is out of their scope (break-glass), and said why. Recorded before anything is shown."""

    reason: str
    """Why, in words."""
    until: str
    """The instant at which it ends."""


class AccessTokenRevoked(Fact, frozen=True, kw_only=True, tag=event_tag("identity")):
    """An access token of another issuer is refused from now on."""

    issuer: str
    """Who issued it, as `iss` says."""
    jti: str
    """Id of the token, as `jti` says."""
    until: str
    """The instant after which it would have ended anyway."""


AccessFact = SensitiveFieldsRead | DataExported | AccessDenied | EmergencyAccessStarted | AccessTokenRevoked
