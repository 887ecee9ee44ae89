"""Accounts, sessions and tokens over HTTP."""

from fastapi import APIRouter

from services.identity.access.identity_access import IdentityAccess
from services.identity.routes.account_routes import create_account_router
from services.identity.routes.page_routes import create_page_router
from services.identity.routes.session_routes import create_session_router
from services.identity.routes.token_routes import create_token_router


def create_identity_router(access: IdentityAccess) -> APIRouter:
    """All routes of identity."""
    api = APIRouter(tags=["identity"], include_in_schema=False)
    api.include_router(create_session_router(access))
    api.include_router(create_account_router(access))
    api.include_router(create_token_router(access))
    api.include_router(create_page_router(access))
    return api
