"""Who makes a request: a person, a program with a token of its own, or whoever started a ledger on a laptop."""

from contextvars import ContextVar
from datetime import date, datetime
from typing import Literal

import msgspec

from shared.core.facts import Confidentiality
from shared.core.localized_enum import LocalizedEnum

EVERYTHING = "*"
"""In place of a unit: the whole tree."""
RESERVED_PREFIXES = ("import:", "reaction:")
"""Begin the actors of facts that the program records by itself; no person has such a name."""


class AccountRole(LocalizedEnum):
    """What somebody may do, within the scope of a grant."""

    VIEWER = "viewer", "người xem", "viewer"
    OFFICER = "officer", "cán bộ tổ chức", "officer"
    HEAD = "head", "người đứng đầu", "head"
    AUDITOR = "auditor", "người kiểm tra", "auditor"
    ADMINISTRATOR = "administrator", "quản trị hệ thống", "administrator"
    INTEGRATION = "integration", "chương trình tích hợp", "integration"


Role = AccountRole
"""In the contract a role is also that of a person in a collective body, so this one has a longer name there."""


class Grant(msgspec.Struct, frozen=True):
    """One role in one scope for a time."""

    role: Role
    units: tuple[str, ...] = ()
    """The units whose subtrees, as they are now, are in scope; `*` is the whole tree."""
    managed_by: tuple[str, ...] = ()
    """Bodies whose managed persons are in scope too, wherever they work."""
    starts: date | None = None
    ends: date | None = None
    """The last day."""
    delegated_by: str = ""
    """The id of the principal that delegated it; empty where it was granted."""

    def is_valid_on(self, day: date) -> bool:
        """Whether the grant holds on a day."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)


class EmergencyAccess(msgspec.Struct, frozen=True):
    """Access out of the own scope, in one session, after its owner said why."""

    entry: str
    """Id of the event that has the reason."""
    until: str
    """The instant at which it ends."""


class Principal(msgspec.Struct, frozen=True):
    """Who makes a request, with what they were granted."""

    id: str
    """The stable id of the account or token."""
    name: str
    """The actor of what is recorded."""
    kind: Literal["person", "token", "laptop"] = "person"
    grants: tuple[Grant, ...] = ()
    clearance: Confidentiality = "INTERNAL"
    authenticated_at: datetime | None = None
    """When the principal last gave a password or a code; None for programs."""
    may_record: bool = True
    """False: it only reads, whatever its roles allow; so is a token without that scope."""
    emergency: EmergencyAccess | None = None
    """Access in an emergency that lasts now."""

    def roles_on(self, day: date) -> frozenset[Role]:
        """The roles that the principal has on a day, in whatever scope."""
        return frozenset(grant.role for grant in self.grants if grant.is_valid_on(day))


LAPTOP = Principal(
    "laptop",
    "",
    "laptop",
    tuple(Grant(role, (EVERYTHING,)) for role in Role),
    clearance="SECRET",
)
"""Whoever holds the start token of a ledger on this machine, where there are no accounts."""

NOBODY = Principal("", "", "person")
"""Who has not signed in, where somebody has to."""

_principal: ContextVar[Principal] = ContextVar("principal", default=LAPTOP)


def set_principal(principal: Principal) -> None:
    """Say who makes this request, for the rest of it."""
    _principal.set(principal)


def current_principal() -> Principal:
    """Who makes this request."""
    return _principal.get()
