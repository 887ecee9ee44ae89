"""Tokens of programs: for the own account, or by an administrator for any."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Path
from starlette.responses import Response

from services.identity.access.administration import Administration, TokenLine, list_tokens
from services.identity.access.permissions import require_keeper
from services.identity.events import TokenScope
from services.identity.routes.requests import NO_ACCOUNTS, FindAccess, document_json
from shared.core.partial_dates import Day
from shared.http.authentication import require_recent_sign_in
from shared.http.openapi import SESSION_ONLY, document_refusals
from shared.http.principal import Role, current_principal
from shared.http.problems import JsonResponse, response_schema
from shared.http.request_body import Body, parse_fact
from shared.http.route_list import RouteList


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


class IssuedToken(msgspec.Struct, frozen=True):
    """A token that was issued."""

    id: str
    """Its id, by which it is revoked."""
    token: str
    """What the program sends as `Authorization: Bearer …`. It is shown this once and kept nowhere."""


BODY_TYPES = (NewToken, TokenLine, IssuedToken)


def create_token_router(find_access: FindAccess) -> RouteList:
    api = RouteList(tags=["identity"], responses=NO_ACCOUNTS)

    def administration() -> Administration:
        return find_access().administration

    def now() -> datetime:
        return datetime.fromisoformat(find_access().clock())

    def require_owner(owner: str, changes: bool) -> str:
        """The actor, who is the owner or an administrator. Raises Problem."""
        principal = current_principal()
        if not owner or principal.kind != "person" or principal.id != owner:
            require_keeper(find_access().policy, "manageKeys", now().date())
        if changes:
            require_recent_sign_in(principal, now())
        return principal.name or "laptop"

    @api.get(
        "/api-tokens",
        operation_id="listApiTokens",
        responses=response_schema(list[TokenLine]),
        openapi_extra=SESSION_ONLY,
    )
    def get_tokens() -> Response:
        """List the tokens of the own account; an administrator sees all."""
        principal = current_principal()
        is_administrator = (
            Role.ADMINISTRATOR in principal.roles_on(now().date()) and principal.kind != "token"
        )
        owner = "" if is_administrator else principal.id
        require_owner(owner, changes=False)
        return JsonResponse(
            list_tokens(administration().directory(), find_access().store.tokens.last_uses(), owner)
        )

    @api.post(
        "/api-tokens",
        operation_id="issueApiToken",
        status_code=201,
        responses=response_schema(IssuedToken, 201) | document_refusals(413, 415, 422),
        openapi_extra=document_json(NewToken) | SESSION_ONLY,
    )
    def issue_token(received: Body) -> Response:
        """Issue a token. The answer has what the program sends: it is shown this once and kept nowhere."""
        given: NewToken = parse_fact(received, NewToken)
        owner = given.owner or current_principal().id
        actor = require_owner(owner, changes=True)
        id_, token = administration().issue_token(owner, given.label, given.scopes, given.ends, actor)
        return JsonResponse(IssuedToken(id_, token), 201)

    @api.delete(
        "/api-tokens/{token_id}",
        operation_id="revokeApiToken",
        status_code=204,
        responses=document_refusals(422),
        openapi_extra=SESSION_ONLY,
    )
    def revoke_token(token_id: Annotated[str, Path(description="Id of the token.")]) -> Response:
        """Refuse a token from now on."""
        known = administration().directory().tokens.get(token_id)
        actor = require_owner(known.owner if known else "", changes=True)
        administration().revoke_token(token_id, actor)
        return Response(status_code=204)

    return api
