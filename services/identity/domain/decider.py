"""Judges each proposed fact about accounts, roles and tokens by all that is known of them."""

from typing import assert_never

from services.identity.access_events import (
    AccessDenied,
    AccessTokenRevoked,
    DataExported,
    EmergencyAccessStarted,
    SensitiveFieldsRead,
)
from services.identity.domain import rejections as why
from services.identity.domain.directory import (
    Account,
    Directory,
    KnownGrant,
    evolve,
    fold_login,
    is_lasting_administrator,
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
)
from shared.core.decider import Decider
from shared.core.normalization import require_fields
from shared.http.principal import RESERVED_PREFIXES, Role

MAX_LOGIN_LENGTH = 64
MAX_NAME_LENGTH = 200


def decide(state: Directory, proposed: IdentityFact) -> tuple[IdentityFact, ...]:
    match proposed:
        case AccountAdded():
            return add_account(state, proposed)
        case ClearanceSet():
            require_fields(change=proposed.change)
            account = require_account(state, proposed.account)
            return () if account.clearance == proposed.clearance else (proposed,)
        case RoleGranted():
            return grant_role(state, proposed)
        case GrantEnded():
            return end_grant(state, proposed)
        case AccountDisabled():
            return disable(state, proposed)
        case AccountEnabled():
            require_fields(change=proposed.change)
            return () if require_account(state, proposed.account).enabled else (proposed,)
        case SignInMethodChanged():
            require_fields(change=proposed.change)
            require_account(state, proposed.account)
            return (proposed,)
        case ApiTokenIssued():
            return issue_token(state, proposed)
        case ApiTokenRevoked():
            if proposed.token not in state.tokens:
                raise why.NoSuchToken(field="token", token=proposed.token)
            return () if state.tokens[proposed.token].revoked else (proposed,)
        case SensitiveFieldsRead() | DataExported() | AccessDenied():
            return (proposed,)
        case EmergencyAccessStarted() | AccessTokenRevoked():
            return (proposed,)
        case _:
            assert_never(proposed)


def add_account(state: Directory, proposed: AccountAdded) -> tuple[IdentityFact, ...]:
    require_fields(account=proposed.account, login=proposed.login, name=proposed.name)
    if len(proposed.login) > MAX_LOGIN_LENGTH or len(proposed.login.split()) != 1:
        raise why.BadLogin(field="login", login=proposed.login[:80])
    if len(proposed.name) > MAX_NAME_LENGTH or proposed.name.casefold().startswith(RESERVED_PREFIXES):
        raise why.ReservedName(field="name", name=proposed.name[:80])
    if proposed.account in state.accounts:
        raise why.AccountIdTaken(field="account", account=proposed.account)
    for each in state.accounts.values():
        if fold_login(each.login) == fold_login(proposed.login):
            raise why.LoginTaken(field="login", login=proposed.login)
        if each.name.casefold() == proposed.name.casefold():
            raise why.NameTaken(field="name", name=proposed.name)
    return (proposed,)


def disable(state: Directory, proposed: AccountDisabled) -> tuple[IdentityFact, ...]:
    require_fields(change=proposed.change)
    account = require_account(state, proposed.account)
    if not account.enabled:
        return ()
    if state.lasting_administrators() == {account.id}:
        raise why.LastAdministrator(field="account", account=account.id)
    return (proposed,)


def grant_role(state: Directory, proposed: RoleGranted) -> tuple[IdentityFact, ...]:
    require_fields(grant=proposed.grant, account=proposed.account)
    account = require_account(state, proposed.account)
    if not account.enabled:
        raise why.AccountIsDisabled(field="account", account=account.id)
    if proposed.grant in state.grants:
        raise why.GrantIdTaken(field="grant", grant=proposed.grant)
    if proposed.everywhere and (proposed.units or proposed.bodies):
        raise why.EverywhereAlone(field="units")
    if not (proposed.everywhere or proposed.units or proposed.bodies):
        raise why.NoScope(field="units")
    if proposed.starts and proposed.ends and proposed.ends < proposed.starts:
        raise why.EndsBeforeStart(field="ends", starts=proposed.starts, ends=proposed.ends)
    if proposed.granted_by == proposed.account:
        raise why.OwnGrant(field="account", account=proposed.account)
    if proposed.delegated_from:
        check_delegation(state, proposed)
    return (proposed,)


def check_delegation(state: Directory, proposed: RoleGranted) -> None:
    """Raises Rejected where a delegation is not a part of a grant that its giver has."""
    source = require_grant(state, proposed.delegated_from, "delegated_from")
    own = source.granted
    giver = state.accounts.get(own.account)
    if proposed.granted_by != own.account or giver is None or not giver.enabled:
        raise why.NotYourGrant(field="delegated_from", grant=own.grant)
    if own.delegated_from:
        raise why.DelegatedTwice(field="delegated_from", grant=own.grant)
    if proposed.role is Role.ADMINISTRATOR:
        raise why.AdministratorDelegated(field="role")
    if proposed.ends is None:
        raise why.DelegationWithoutEnd(field="ends")
    if proposed.role is not own.role:
        raise why.BeyondOwnGrant(field="role", role=proposed.role.value, own=own.role.value)
    if not own.everywhere and (proposed.everywhere or not {*proposed.units} <= {*own.units}):
        raise why.BeyondOwnGrant(field="units")
    if not own.everywhere and not {*proposed.bodies} <= {*own.bodies}:
        raise why.BeyondOwnGrant(field="bodies")
    if own.ends and proposed.ends > own.ends:
        raise why.BeyondOwnGrant(field="ends", ends=proposed.ends, own=own.ends)
    if own.starts and proposed.ends < own.starts:
        raise why.BeyondOwnGrant(field="ends", ends=proposed.ends, own=own.starts)


def end_grant(state: Directory, proposed: GrantEnded) -> tuple[IdentityFact, ...]:
    known = state.grants.get(proposed.grant)
    if known is None:
        raise why.NoSuchGrant(field="grant", grant=proposed.grant)
    if known.ended:
        return ()
    others = [
        each
        for each in state.grants.values()
        if each is not known and not each.ended and is_lasting_administrator(each.granted)
        if (account := state.accounts.get(each.granted.account)) and account.enabled
    ]
    holder = state.accounts.get(known.granted.account)
    counts = is_lasting_administrator(known.granted) and holder is not None and holder.enabled
    if counts and not others:
        raise why.LastAdministrator(field="grant", grant=proposed.grant)
    return (proposed,)


def issue_token(state: Directory, proposed: ApiTokenIssued) -> tuple[IdentityFact, ...]:
    require_fields(token=proposed.token, owner=proposed.owner, label=proposed.label)
    if not require_account(state, proposed.owner, "owner").enabled:
        raise why.AccountIsDisabled(field="owner", account=proposed.owner)
    if proposed.token in state.tokens:
        raise why.TokenIdTaken(field="token", token=proposed.token)
    if not proposed.scopes:
        raise why.NoTokenScope(field="scopes")
    return (proposed,)


def require_account(state: Directory, account: str, field: str = "account") -> Account:
    """The account with this id. Raises NoSuchAccount."""
    if account not in state.accounts:
        raise why.NoSuchAccount(field=field, account=account)
    return state.accounts[account]


def require_grant(state: Directory, grant: str, field: str = "grant") -> KnownGrant:
    """The grant with this id, which has not ended. Raises NoSuchGrant and GrantIsOver."""
    if grant not in state.grants:
        raise why.NoSuchGrant(field=field, grant=grant)
    if state.grants[grant].ended:
        raise why.GrantIsOver(field=field, grant=grant)
    return state.grants[grant]


identity = Decider[Directory, IdentityFact](initial=Directory(), decide=decide, evolve=evolve)
