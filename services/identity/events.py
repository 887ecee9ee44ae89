"""The facts that identity records. Their names and fields are stored for ever: add, never change.

Stream: `accounts`, one for the installation, because its rules look at all accounts at once: one administrator always
remains, and nobody passes on more than they have; facts of access have streams of their own (`access_events`).
No password, code or token is ever part of a fact.
"""

from services.identity.access_events import (
    AccessDenied,
    AccessTokenRevoked,
    DataExported,
    EmergencyAccessStarted,
    SensitiveFieldsRead,
)
from shared.core.facts import Confidentiality, Fact, Id, Topic, event_tag
from shared.core.localized_enum import LocalizedEnum
from shared.core.partial_dates import Day
from shared.http.principal import Role

ACCOUNTS = "accounts"
"""The one stream of accounts and their tokens."""


class SignInMethod(LocalizedEnum):
    PASSWORD = "PASSWORD", "mật khẩu", "password"
    CODE = "CODE", "mã dùng một lần (TOTP)", "one-time codes (TOTP)"
    RECOVERY_CODES = "RECOVERY_CODES", "mã khôi phục", "recovery codes"
    LINK = "LINK", "liên kết dùng một lần", "one-time link"


class TokenScope(LocalizedEnum):
    """What an API token may do at most; never more than its owner."""

    READ = "READ", "đọc", "read"
    RECORD = "RECORD", "ghi sự kiện", "record facts"


class IdentityFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("identity")):
    """What every fact of this service has in common."""


class AccountAdded(IdentityFactBase, frozen=True, kw_only=True):
    """Somebody can sign in here once they have a password. The id and the login are never used again."""

    account: Id
    """Id of the account."""
    login: str
    """What is typed to sign in; capital and small letters are the same."""
    name: str
    """Name of the person: the actor of what they record."""
    clearance: Confidentiality = "INTERNAL"
    """The highest class of facts that they may see."""


class ClearanceSet(IdentityFactBase, frozen=True, kw_only=True):
    """Another class of facts is the highest that somebody may see."""

    account: Id
    """Id of the account."""
    clearance: Confidentiality
    """The highest class of facts that they may see from now on."""
    change: Id
    """Id of the change, the caller's own."""


class RoleGranted(IdentityFactBase, frozen=True, kw_only=True):
    """An account has a role in a part of the tree, perhaps for a time, perhaps on behalf of somebody."""

    grant: Id
    """Id of the grant, the caller's own."""
    account: Id
    """Id of the account that has the role."""
    role: Role
    everywhere: bool = False
    """Whether it holds in the whole tree."""
    units: tuple[Id, ...] = ()
    """Ids of the units in whose subtrees it holds."""
    bodies: tuple[Id, ...] = ()
    """Ids of bodies: it also holds for the persons that they manage, wherever these work."""
    starts: Day | None = None
    """The first day."""
    ends: Day | None = None
    """The last day."""
    granted_by: Id = ""
    """Id of the account that granted it; empty: whoever has this machine."""
    delegated_from: Id = ""
    """Id of the grant of which it is a part, passed on by who has that one; empty: it was granted."""


class GrantEnded(IdentityFactBase, frozen=True, kw_only=True):
    """A grant holds no longer, nor does what was delegated of it."""

    grant: Id
    """Id of the grant."""
    reason: str = ""
    """Why, in words."""


class AccountDisabled(IdentityFactBase, frozen=True, kw_only=True):
    """Nobody can sign in to this account, and its sessions and tokens are over."""

    account: Id
    """Id of the account."""
    change: Id
    """Id of the change, the caller's own."""
    reason: str = ""
    """Why, in words."""


class AccountEnabled(IdentityFactBase, frozen=True, kw_only=True):
    """A disabled account can be used again."""

    account: Id
    """Id of the account."""
    change: Id
    """Id of the change, the caller's own."""
    reason: str = ""
    """Why, in words."""


class SignInMethodChanged(IdentityFactBase, frozen=True, kw_only=True):
    """How somebody signs in was set, replaced or taken away. What they type is no part of this."""

    account: Id
    """Id of the account."""
    method: SignInMethod
    change: Id
    """Id of the change, the caller's own."""
    removed: bool = False
    """Whether it was taken away."""


class ApiTokenIssued(IdentityFactBase, frozen=True, kw_only=True):
    """A program can act for an account until a day. The token itself was shown once and is kept nowhere."""

    token: Id
    """Id of the token; not what the program sends."""
    owner: Id
    """Id of the account for which it acts."""
    label: str
    """What it is for, in a few words."""
    scopes: tuple[TokenScope, ...]
    """What it may do at most."""
    ends: Day
    """The last day."""


class ApiTokenRevoked(IdentityFactBase, frozen=True, kw_only=True):
    """A token is refused from now on."""

    token: Id
    """Id of the token."""
    reason: str = ""
    """Why, in words."""


IdentityFact = (
    AccountAdded
    | ClearanceSet
    | RoleGranted
    | GrantEnded
    | AccountDisabled
    | AccountEnabled
    | SignInMethodChanged
    | ApiTokenIssued
    | ApiTokenRevoked
    | SensitiveFieldsRead
    | DataExported
    | AccessDenied
    | EmergencyAccessStarted
    | AccessTokenRevoked
)

topic: Topic[IdentityFact] = Topic("identity", IdentityFact)
