"""Accounts and what they were granted: for administrators; delegations by who has the role."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Path
from starlette.responses import Response

from services.identity.access.administration import Administration
from services.identity.access.permissions import require_keeper
from services.identity.domain.directory import Directory
from services.identity.routes.requests import NO_ACCOUNTS, FindAccess, document_json
from shared.core.facts import Confidentiality
from shared.core.partial_dates import Day
from shared.http.authentication import require_recent_sign_in
from shared.http.openapi import SESSION_ONLY, document_refusals
from shared.http.principal import LAPTOP, Grant, Principal, Role, current_principal
from shared.http.problems import JsonResponse, Problem, response_schema
from shared.http.request_body import Body, parse_fact
from shared.http.route_list import RouteList

AccountId = Annotated[str, Path(description="Id of the account.")]
GrantId = Annotated[str, Path(description="Id of the grant.")]


class NewAccount(msgspec.Struct, frozen=True):
    """Somebody who is to sign in."""

    login: str
    """What they type."""
    name: str
    """Name of the person: the actor of what they record."""
    clearance: Confidentiality = "INTERNAL"
    """The highest class of facts that they may see."""
    role: Role | None = None
    """The role they have at once."""
    units: tuple[str, ...] = ()
    """Ids of the units in whose subtrees; empty: everywhere."""


class NewGrant(msgspec.Struct, frozen=True):
    """A role for an account; without units and bodies it holds everywhere."""

    role: Role
    """The role."""
    units: tuple[str, ...] = ()
    """Ids of the units in whose subtrees it holds."""
    bodies: tuple[str, ...] = ()
    """Ids of bodies whose managed persons it covers."""
    starts: Day | None = None
    """The first day."""
    ends: Day | None = None
    """The last day."""


class NewDelegation(NewGrant, frozen=True, kw_only=True):
    """A part of an own grant, for somebody else."""

    account: str
    """Id of the account that gets it."""
    grant: str
    """Id of the own grant of which it is a part."""


class GrantLine(msgspec.Struct, frozen=True):
    """A grant of an account."""

    id: str
    """Id of the grant."""
    role: Role
    """The role."""
    units: tuple[str, ...]
    """Ids of the units in whose subtrees it holds; `*`: everywhere."""
    bodies: tuple[str, ...]
    """Ids of the bodies whose managed persons it covers."""
    starts: str | None
    """The first day; null: it has begun."""
    ends: str | None
    """The last day; null: it has none."""
    delegated_from: str
    """Id of the grant of which it is a part; empty: it is no delegation."""


class AccountLine(msgspec.Struct, frozen=True):
    """An account with its grants."""

    id: str
    """Id of the account."""
    login: str
    """What its owner types."""
    name: str
    """Name of the person."""
    enabled: bool
    """Whether it can be used."""
    clearance: Confidentiality
    """The highest class of facts that it sees."""
    roles: tuple[str, ...]
    """The roles of today."""
    grants: tuple[GrantLine, ...]
    """What was granted and did not end."""


class AddedAccount(msgspec.Struct, frozen=True):
    """An account that was added."""

    account: str
    """Its id."""
    link: str
    """Where its owner sets the password: the path of a page, with a secret that is shown this once."""


class MadeGrant(msgspec.Struct, frozen=True):
    """A grant that was made."""

    grant: str
    """Its id."""


class PasswordLink(msgspec.Struct, frozen=True):
    """With what somebody sets a new password."""

    link: str
    """The path of a page, with a secret that is shown this once."""


BODY_TYPES = (NewAccount, NewGrant, NewDelegation, AccountLine, AddedAccount, MadeGrant, PasswordLink)
_BODY = (413, 415, 422)


def list_accounts(directory: Directory, today: str) -> list[AccountLine]:
    """All accounts in the order in which they were added."""
    day = datetime.fromisoformat(today).date()

    def roles(grants: list[Grant]) -> tuple[str, ...]:
        return tuple(sorted({each.role.value for each in grants if each.is_valid_on(day)}))

    return [
        AccountLine(
            account.id,
            account.login,
            account.name,
            account.enabled,
            account.clearance,
            roles(list(directory.grants_of(account.id))),
            tuple(
                GrantLine(
                    granted.grant,
                    granted.role,
                    ("*",) if granted.everywhere else granted.units,
                    granted.bodies,
                    granted.starts,
                    granted.ends,
                    granted.delegated_from,
                )
                for each in directory.grants.values()
                if (granted := each.granted).account == account.id and not each.ended
            ),
        )
        for account in directory.accounts.values()
    ]


def create_account_router(find_access: FindAccess) -> RouteList:
    api = RouteList(tags=["identity"], responses=NO_ACCOUNTS)

    def administration() -> Administration:
        return find_access().administration

    def now() -> datetime:
        return datetime.fromisoformat(find_access().clock())

    def require_administrator(changes: bool = True) -> tuple[Principal, str]:
        """(who asks, the actor of what they change). Raises Problem."""
        principal = require_keeper(find_access().policy, "manageAccounts", now().date())
        if changes:
            require_recent_sign_in(principal, now())
        return principal, principal.name or "laptop"

    @api.get(
        "/accounts",
        operation_id="listAccounts",
        responses=response_schema(list[AccountLine]),
        openapi_extra=SESSION_ONLY,
    )
    def get_accounts() -> Response:
        """List all accounts, with what they were granted."""
        require_administrator(changes=False)
        return JsonResponse(list_accounts(administration().directory(), find_access().clock()[:10]))

    @api.post(
        "/accounts",
        operation_id="addAccount",
        status_code=201,
        responses=response_schema(AddedAccount, 201) | document_refusals(*_BODY),
        openapi_extra=document_json(NewAccount) | SESSION_ONLY,
    )
    def add_account(received: Body) -> Response:
        """Add an account. The answer has the secret of a one-time link, with which its owner sets the password."""
        _, actor = require_administrator()
        given: NewAccount = parse_fact(received, NewAccount)
        account, link = administration().add_account(
            given.login, given.name, actor, given.clearance, given.role, given.units
        )
        return JsonResponse(AddedAccount(account, f"/sign-in?link={link}"), 201)

    @api.post(
        "/accounts/{account_id}/grants",
        operation_id="grantRole",
        status_code=201,
        responses=response_schema(MadeGrant, 201) | document_refusals(*_BODY),
        openapi_extra=document_json(NewGrant) | SESSION_ONLY,
    )
    def grant(account_id: AccountId, received: Body) -> Response:
        """Grant a role. Nobody grants one to themselves."""
        principal, actor = require_administrator()
        given: NewGrant = parse_fact(received, NewGrant)
        made = administration().grant(
            account_id,
            given.role,
            actor,
            units=given.units,
            bodies=given.bodies,
            starts=given.starts,
            ends=given.ends,
            granted_by=_account_of(principal),
        )
        return JsonResponse(MadeGrant(made), 201)

    @api.delete(
        "/grants/{grant_id}",
        operation_id="endGrant",
        status_code=204,
        responses=document_refusals(422),
        openapi_extra=SESSION_ONLY,
    )
    def end_grant(grant_id: GrantId) -> Response:
        """End a grant: an administrator, or who delegated it."""
        principal, day = current_principal(), now().date()
        known = administration().directory().grants.get(grant_id)
        delegated = known is not None and known.granted.delegated_from != ""
        if not (
            delegated and known and known.granted.granted_by == principal.id and principal.kind == "person"
        ):
            require_keeper(find_access().policy, "manageAccounts", day)
        require_recent_sign_in(principal, now())
        administration().end_grant(grant_id, principal.name or "laptop")
        return Response(status_code=204)

    @api.post(
        "/delegations",
        operation_id="delegateRole",
        status_code=201,
        responses=response_schema(MadeGrant, 201) | document_refusals(*_BODY),
        openapi_extra=document_json(NewDelegation) | SESSION_ONLY,
    )
    def delegate(received: Body) -> Response:
        """Pass on a part of an own grant to somebody else, until a day."""
        principal = current_principal()
        if principal.kind != "person":
            raise Problem(
                403,
                "PersonNeeded",
                "Only a person who has signed in delegates.",
                "Chỉ người đã đăng nhập mới ủy quyền được",
                "sign in with an account",
            )
        require_recent_sign_in(principal, now())
        given: NewDelegation = parse_fact(received, NewDelegation)
        made = administration().grant(
            given.account,
            given.role,
            principal.name,
            units=given.units,
            bodies=given.bodies,
            starts=given.starts,
            ends=given.ends,
            granted_by=principal.id,
            delegated_from=given.grant,
        )
        return JsonResponse(MadeGrant(made), 201)

    @api.post(
        "/accounts/{account_id}/disable",
        operation_id="disableAccount",
        status_code=204,
        responses=document_refusals(422),
        openapi_extra=SESSION_ONLY,
    )
    def disable(account_id: AccountId) -> Response:
        """Disable an account: its sessions end at once."""
        _, actor = require_administrator()
        administration().disable(account_id, actor)
        return Response(status_code=204)

    @api.post(
        "/accounts/{account_id}/enable",
        operation_id="enableAccount",
        status_code=204,
        responses=document_refusals(422),
        openapi_extra=SESSION_ONLY,
    )
    def enable(account_id: AccountId) -> Response:
        """Let a disabled account be used again."""
        _, actor = require_administrator()
        administration().enable(account_id, actor)
        return Response(status_code=204)

    @api.post(
        "/accounts/{account_id}/reset",
        operation_id="resetAccount",
        status_code=201,
        responses=response_schema(PasswordLink, 201) | document_refusals(422),
        openapi_extra=SESSION_ONLY,
    )
    def reset(account_id: AccountId) -> Response:
        """Take one-time codes away, end all sessions and make a one-time link for a new password."""
        _, actor = require_administrator()
        return JsonResponse(PasswordLink(f"/sign-in?link={administration().reset(account_id, actor)}"), 201)

    return api


def _account_of(principal: Principal) -> str:
    """The account that grants; empty: whoever has this machine."""
    return "" if principal is LAPTOP else principal.id
