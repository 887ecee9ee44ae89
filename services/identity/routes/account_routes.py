"""Accounts and what they were granted: for administrators; delegations by who has the role."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from starlette.responses import Response

from services.identity.access.identity_access import IdentityAccess
from services.identity.domain.directory import Directory
from services.identity.permissions import require_keeper
from shared.core.facts import Confidentiality
from shared.core.partial_dates import Day
from shared.http.authentication import require_recent_sign_in
from shared.http.principal import LAPTOP, Grant, Principal, Role, current_principal
from shared.http.problems import JsonResponse, Problem
from shared.http.request_body import Body, parse_fact

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
    role: Role
    units: tuple[str, ...]
    bodies: tuple[str, ...]
    starts: str | None
    ends: str | None
    delegated_from: str


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


def create_account_router(access: IdentityAccess) -> APIRouter:
    api = APIRouter()
    administration = access.administration

    def now() -> datetime:
        return datetime.fromisoformat(access.clock())

    def require_administrator(changes: bool = True) -> tuple[Principal, str]:
        """(who asks, the actor of what they change). Raises Problem."""
        principal = require_keeper(access.policy, "manageAccounts", now().date())
        if changes:
            require_recent_sign_in(principal, now())
        return principal, principal.name or "laptop"

    @api.get("/accounts")
    def get_accounts() -> Response:
        """All accounts, with what they were granted."""
        require_administrator(changes=False)
        return JsonResponse(list_accounts(administration.directory(), access.clock()[:10]))

    @api.post("/accounts")
    def add_account(received: Body) -> Response:
        """Add an account. The answer has the secret of a one-time link, with which its owner sets the password."""
        _, actor = require_administrator()
        given: NewAccount = parse_fact(received, NewAccount)
        account, link = administration.add_account(
            given.login, given.name, actor, given.clearance, given.role, given.units
        )
        return JsonResponse({"account": account, "link": f"/sign-in?link={link}"}, 201)

    @api.post("/accounts/{account_id}/grants")
    def grant(account_id: AccountId, received: Body) -> Response:
        """Grant a role. Nobody grants one to themselves."""
        principal, actor = require_administrator()
        given: NewGrant = parse_fact(received, NewGrant)
        made = administration.grant(
            account_id,
            given.role,
            actor,
            units=given.units,
            bodies=given.bodies,
            starts=given.starts,
            ends=given.ends,
            granted_by=_account_of(principal),
        )
        return JsonResponse({"grant": made}, 201)

    @api.delete("/grants/{grant_id}")
    def end_grant(grant_id: GrantId) -> Response:
        """End a grant: an administrator, or who delegated it."""
        principal, day = current_principal(), now().date()
        known = administration.directory().grants.get(grant_id)
        delegated = known is not None and known.granted.delegated_from != ""
        if not (
            delegated and known and known.granted.granted_by == principal.id and principal.kind == "person"
        ):
            require_keeper(access.policy, "manageAccounts", day)
        require_recent_sign_in(principal, now())
        administration.end_grant(grant_id, principal.name or "laptop")
        return Response(status_code=204)

    @api.post("/delegations")
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
        made = administration.grant(
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
        return JsonResponse({"grant": made}, 201)

    @api.post("/accounts/{account_id}/disable")
    def disable(account_id: AccountId) -> Response:
        """Disable an account: its sessions end at once."""
        _, actor = require_administrator()
        administration.disable(account_id, actor)
        return Response(status_code=204)

    @api.post("/accounts/{account_id}/enable")
    def enable(account_id: AccountId) -> Response:
        """Let a disabled account be used again."""
        _, actor = require_administrator()
        administration.enable(account_id, actor)
        return Response(status_code=204)

    @api.post("/accounts/{account_id}/reset")
    def reset(account_id: AccountId) -> Response:
        """Take one-time codes away, end all sessions and make a one-time link for a new password."""
        _, actor = require_administrator()
        return JsonResponse({"link": f"/sign-in?link={administration.reset(account_id, actor)}"}, 201)

    return api


def _account_of(principal: Principal) -> str:
    """The account that grants; empty: whoever has this machine."""
    return "" if principal is LAPTOP else principal.id
