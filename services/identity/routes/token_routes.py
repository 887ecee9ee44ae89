"""Tokens of programs: for the own account, or by an administrator for any."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from starlette.responses import Response

from services.identity.access.administration import list_tokens
from services.identity.access.identity_access import IdentityAccess
from services.identity.events import TokenScope
from services.identity.permissions import require_keeper
from shared.core.partial_dates import Day
from shared.http.authentication import require_recent_sign_in
from shared.http.principal import Role, current_principal
from shared.http.problems import JsonResponse
from shared.http.request_body import Body, parse_fact


class NewToken(msgspec.Struct, frozen=True):
    """A token for a program."""

    label: str
    """What it is for."""
    ends: Day
    """The last day."""
    scopes: tuple[TokenScope, ...] = (TokenScope.READ,)
    """What it may do at most."""
    owner: str = ""
    """Id of the account for which it acts; empty: the own one."""


def create_token_router(access: IdentityAccess) -> APIRouter:
    api = APIRouter()
    administration = access.administration

    def now() -> datetime:
        return datetime.fromisoformat(access.clock())

    def require_owner(owner: str, changes: bool) -> str:
        """The actor, who is the owner or an administrator. Raises Problem."""
        principal = current_principal()
        if not owner or principal.kind != "person" or principal.id != owner:
            require_keeper(access.policy, "manageKeys", now().date())
        if changes:
            require_recent_sign_in(principal, now())
        return principal.name or "laptop"

    @api.get("/api-tokens")
    def get_tokens() -> Response:
        """The tokens of the own account; an administrator sees all."""
        principal = current_principal()
        is_administrator = (
            Role.ADMINISTRATOR in principal.roles_on(now().date()) and principal.kind != "token"
        )
        owner = "" if is_administrator else principal.id
        require_owner(owner, changes=False)
        return JsonResponse(list_tokens(administration.directory(), access.store.tokens.last_uses(), owner))

    @api.post("/api-tokens")
    def issue_token(received: Body) -> Response:
        """Issue a token. The answer has what the program sends: it is shown this once and kept nowhere."""
        given: NewToken = parse_fact(received, NewToken)
        owner = given.owner or current_principal().id
        actor = require_owner(owner, changes=True)
        id_, token = administration.issue_token(owner, given.label, given.scopes, given.ends, actor)
        return JsonResponse({"id": id_, "token": token}, 201)

    @api.delete("/api-tokens/{token_id}")
    def revoke_token(token_id: Annotated[str, Path(description="Id of the token.")]) -> Response:
        """Refuse a token from now on."""
        known = administration.directory().tokens.get(token_id)
        actor = require_owner(known.owner if known else "", changes=True)
        administration.revoke_token(token_id, actor)
        return Response(status_code=204)

    return api
