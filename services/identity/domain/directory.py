"""All accounts, grants and tokens of the installation, and the grants that an account has in effect."""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from services.identity.access_events import (
    AccessDenied,
    AccessTokenRevoked,
    DataExported,
    EmergencyAccessStarted,
    SensitiveFieldsRead,
)
from services.identity.events import (
    AccountAdded,
    AccountDisabled,
    AccountEnabled,
    ApiTokenIssued,
    ApiTokenRevoked,
    ClearanceSet,
    GrantEnded,
    IdentityFact,
    RoleGranted,
    SignInMethodChanged,
    TokenScope,
)
from shared.core.facts import Confidentiality
from shared.core.partial_dates import Day
from shared.http.principal import EVERYTHING, Grant, Role


class Account(Struct, frozen=True):
    """Somebody who can sign in."""

    id: str
    login: str
    name: str
    clearance: Confidentiality
    enabled: bool = True


class KnownGrant(Struct, frozen=True):
    """A grant as it was recorded, and whether it was ended."""

    granted: RoleGranted
    ended: bool = False


class KnownToken(Struct, frozen=True):
    """An API token, and whether it was revoked."""

    id: str
    owner: str
    label: str
    scopes: tuple[TokenScope, ...]
    ends: Day
    revoked: bool = False


class Directory(Struct, frozen=True):
    """Everything by its id."""

    accounts: dict[str, Account] = {}
    grants: dict[str, KnownGrant] = {}
    tokens: dict[str, KnownToken] = {}

    def find_login(self, login: str) -> Account | None:
        """The account with this login."""
        folded = fold_login(login)
        return next((each for each in self.accounts.values() if fold_login(each.login) == folded), None)

    def grants_of(self, account: str) -> Iterable[Grant]:
        """What an account was granted and what was delegated to it, with the days on which each can hold. None where
        the account is disabled; no delegation whose giver is disabled or has the grant no more."""
        known = self.accounts.get(account)
        for each in self.grants.values() if known and known.enabled else ():
            if (
                each.granted.account == account
                and not each.ended
                and (found := self._in_effect(each.granted))
            ):
                yield found

    def _in_effect(self, granted: RoleGranted) -> Grant | None:
        starts, ends, giver = granted.starts, granted.ends, ""
        if granted.delegated_from:
            source = self.grants.get(granted.delegated_from)
            holder = self.accounts.get(source.granted.account) if source else None
            if source is None or source.ended or holder is None or not holder.enabled:
                return None
            giver = holder.id
            starts = max((day for day in (starts, source.granted.starts) if day), default=None)
            ends = min((day for day in (ends, source.granted.ends) if day), default=None)
        units = (EVERYTHING,) if granted.everywhere else granted.units
        return Grant(granted.role, units, granted.bodies, _date(starts), _date(ends), giver)

    def lasting_administrators(self) -> set[str]:
        """The enabled accounts that are administrators everywhere without an end."""
        return {
            each.granted.account
            for each in self.grants.values()
            if not each.ended and is_lasting_administrator(each.granted)
            if (account := self.accounts.get(each.granted.account)) and account.enabled
        }


def is_lasting_administrator(granted: RoleGranted) -> bool:
    """Whether a grant makes an administrator from now on and for good."""
    timed = granted.starts or granted.ends or granted.delegated_from
    return granted.role is Role.ADMINISTRATOR and granted.everywhere and not timed


def fold_login(login: str) -> str:
    """A login as it is compared."""
    return login.strip().casefold()


def evolve(state: Directory, fact: IdentityFact) -> Directory:
    """The directory after a fact; one about something unknown changes nothing."""
    match fact:
        case AccountAdded():
            account = Account(fact.account, fact.login, fact.name, fact.clearance)
            return replace(state, accounts=state.accounts | {fact.account: account})
        case ClearanceSet():
            return _change(state, fact.account, clearance=fact.clearance)
        case RoleGranted():
            return replace(state, grants=state.grants | {fact.grant: KnownGrant(fact)})
        case GrantEnded():
            if fact.grant not in state.grants:
                return state
            ended = replace(state.grants[fact.grant], ended=True)
            return replace(state, grants=state.grants | {fact.grant: ended})
        case AccountDisabled():
            return _change(state, fact.account, enabled=False)
        case AccountEnabled():
            return _change(state, fact.account, enabled=True)
        case SignInMethodChanged():
            return state
        case SensitiveFieldsRead() | DataExported() | AccessDenied():
            return state
        case EmergencyAccessStarted() | AccessTokenRevoked():
            return state
        case ApiTokenIssued():
            token = KnownToken(fact.token, fact.owner, fact.label, fact.scopes, fact.ends)
            return replace(state, tokens=state.tokens | {fact.token: token})
        case ApiTokenRevoked():
            if fact.token not in state.tokens:
                return state
            revoked = replace(state.tokens[fact.token], revoked=True)
            return replace(state, tokens=state.tokens | {fact.token: revoked})
        case _:
            assert_never(fact)


def _change(state: Directory, account: str, **changes: object) -> Directory:
    if account not in state.accounts:
        return state
    changed = replace(state.accounts[account], **changes)
    return replace(state, accounts=state.accounts | {account: changed})


def _date(day: Day | None) -> date | None:
    return date.fromisoformat(day) if day else None
