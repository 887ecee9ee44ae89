"""Accounts, sessions and tokens over HTTP."""

from collections.abc import Callable

from fastapi import FastAPI

from services.identity.access.identity_access import IdentityAccess
from services.identity.routes import account_routes, requests, session_routes, token_routes
from services.identity.routes.page_routes import create_page_router
from services.identity.routes.requests import FindAccess, require_accounts
from shared.http.route_list import RouteList

BODY_TYPES = (
    *requests.REQUEST_TYPES,
    *session_routes.RESPONSE_TYPES,
    *account_routes.BODY_TYPES,
    *token_routes.BODY_TYPES,
)
"""Of requests and answers, for the OpenAPI document."""

_ROUTERS: tuple[Callable[[FindAccess], RouteList], ...] = (
    session_routes.create_session_router,
    account_routes.create_account_router,
    token_routes.create_token_router,
    create_page_router,
)


def add_identity_routes(app: FastAPI, access: IdentityAccess | None) -> None:
    """Add all routes about accounts, sessions and tokens. None: a ledger that may only be read never had accounts; its
    routes are there, so that every process documents the same, and refuse."""
    for create in _ROUTERS:
        create(lambda: require_accounts(access)).add_to(app)
