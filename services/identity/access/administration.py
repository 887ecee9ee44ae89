"""Changes of accounts, grants and tokens: each is a fact, after which every process knows it."""

import msgspec

from services.identity.credentials.passwords import check_password
from services.identity.credentials.store import CredentialStore
from services.identity.domain.directory import Account, Directory
from services.identity.events import (
    ACCOUNTS,
    AccountAdded,
    AccountDisabled,
    AccountEnabled,
    ApiTokenIssued,
    ApiTokenRevoked,
    GrantEnded,
    IdentityFact,
    RoleGranted,
    SignInMethod,
    SignInMethodChanged,
    TokenScope,
)
from shared.commands.command_handler import AnyApplication, Origin
from shared.core.clock import Clock, new_id
from shared.core.facts import Confidentiality
from shared.core.partial_dates import Day
from shared.http.principal import Role


class Administration:
    """Records facts of identity, and keeps the copy in the store of credentials up to them."""

    def __init__(self, app: AnyApplication, store: CredentialStore, clock: Clock) -> None:
        self._app, self.store, self.clock = app, store, clock

    def directory(self) -> Directory:
        """All accounts, grants and tokens as they are now."""
        found: Directory = self._app.service.decider.replay(self._app.union.load_stream(ACCOUNTS))
        return found

    def refresh(self) -> Directory:
        """Bring the copy up to the facts: at the start, in case a process ended between the two."""
        return self.store.copy_directory(self.directory)

    def add_account(
        self,
        login: str,
        name: str,
        actor: str,
        clearance: Confidentiality = "INTERNAL",
        role: Role | None = None,
        units: tuple[str, ...] = (),
    ) -> tuple[str, str]:
        """(id of the new account, secret of the one-time link with which its password is set)."""
        account = new_id(self.clock)
        self.record(
            AccountAdded(account=account, login=login.strip(), name=name.strip(), clearance=clearance), actor
        )
        if role is not None:
            self.grant(account, role, actor, units=units)
        return account, self.make_link(account, actor)

    def grant(
        self,
        account: str,
        role: Role,
        actor: str,
        *,
        units: tuple[str, ...] = (),
        bodies: tuple[str, ...] = (),
        starts: Day | None = None,
        ends: Day | None = None,
        granted_by: str = "",
        delegated_from: str = "",
    ) -> str:
        """The id of a new grant; without units and bodies it holds everywhere."""
        fact = RoleGranted(
            grant=new_id(self.clock),
            account=account,
            role=role,
            everywhere=not (units or bodies),
            units=units,
            bodies=bodies,
            starts=starts,
            ends=ends,
            granted_by=granted_by,
            delegated_from=delegated_from,
        )
        self.record(fact, actor)
        return fact.grant

    def end_grant(self, grant: str, actor: str, reason: str = "") -> None:
        self.record(GrantEnded(grant=grant, reason=reason), actor)

    def disable(self, account: str, actor: str, reason: str = "") -> None:
        """Nobody signs in to the account any more; its sessions end."""
        self.record(AccountDisabled(account=account, change=new_id(self.clock), reason=reason), actor)
        self.store.sessions.end(account)

    def enable(self, account: str, actor: str, reason: str = "") -> None:
        self.record(AccountEnabled(account=account, change=new_id(self.clock), reason=reason), actor)

    def make_link(self, account: str, actor: str) -> str:
        """The secret of a one-time link with which the password of an account is set."""
        self.record_method(account, SignInMethod.LINK, actor)
        return self.store.links.make(account, self.clock())

    def reset(self, account: str, actor: str) -> str:
        """Take one-time codes away and end all sessions. Returns the secret of a link for a new password."""
        link = self.make_link(account, actor)
        if self.store.codes.is_enrolled(account):
            self.record_method(account, SignInMethod.CODE, actor, removed=True)
        self.store.codes.remove(account)
        self.store.sessions.end(account)
        return link

    def check_password(self, account: Account, password: str) -> None:
        """Raises WeakPassword."""
        check_password(password, account.login, account.name)

    def set_password(self, account: Account, password: str) -> None:
        """Raises WeakPassword. All sessions end: whoever knew the old password may have begun them."""
        self.check_password(account, password)
        self.record_method(account.id, SignInMethod.PASSWORD, account.name)
        self.store.passwords.store(account.id, password, self.clock())
        self.store.sessions.end(account.id)

    def issue_token(
        self, owner: str, label: str, scopes: tuple[TokenScope, ...], ends: Day, actor: str
    ) -> tuple[str, str]:
        """(id, what the program sends): the second is shown once."""
        fact = ApiTokenIssued(token=new_id(self.clock), owner=owner, label=label, scopes=scopes, ends=ends)
        self.record(fact, actor)
        records = TokenScope.RECORD in scopes
        return fact.token, self.store.tokens.issue(fact.token, owner, label, records, ends)

    def revoke_token(self, token: str, actor: str, reason: str = "") -> None:
        self.record(ApiTokenRevoked(token=token, reason=reason), actor)
        self.store.tokens.revoke(token)

    def record_method(self, account: str, method: SignInMethod, actor: str, removed: bool = False) -> None:
        change = new_id(self.clock)
        self.record(
            SignInMethodChanged(account=account, method=method, change=change, removed=removed), actor
        )

    def record(self, fact: IdentityFact, actor: str) -> None:
        """Raises Rejected."""
        self._app.handle(ACCOUNTS, fact, Origin(actor=actor))
        self.refresh()


class TokenLine(msgspec.Struct, frozen=True):
    """A token in a list."""

    id: str
    """Id of the token; not what a program sends."""
    owner: str
    """Login of the account for which it acts."""
    label: str
    """What it is for."""
    scopes: tuple[TokenScope, ...]
    """What it may do at most."""
    ends: str
    """The last day."""
    used_at: str
    """When it was last used, to the minute; empty: never."""
    revoked: bool
    """Whether it was revoked."""


def list_tokens(directory: Directory, last_uses: dict[str, str], owner: str = "") -> list[TokenLine]:
    """All tokens, or those of one account, in the order in which they were issued."""
    return [
        TokenLine(
            each.id,
            directory.accounts[each.owner].login if each.owner in directory.accounts else each.owner,
            each.label,
            each.scopes,
            each.ends,
            last_uses.get(each.id, ""),
            each.revoked,
        )
        for each in directory.tokens.values()
        if owner in ("", each.owner)
    ]
