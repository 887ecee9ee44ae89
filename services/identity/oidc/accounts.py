"""The accounts of this installation, as a sign-in at a provider uses them."""

from datetime import datetime

from fastapi import Request, Response

from services.identity.access.identity_access import IdentityAccess
from services.identity.domain.rejections import NameTaken
from services.identity.events import AccountAdded
from services.identity.oidc.sign_in import SignedIn
from services.identity.routes.requests import client_of, set_session_cookie
from shared.core.clock import new_id
from shared.core.partial_dates import instant
from shared.http.principal import Principal

ACTOR_PREFIX = "oidc:"
"""Begins the actor of accounts that the first sign-in at a provider makes."""


class ProviderAccounts:
    """Finds accounts by login, makes them where that is configured, and begins their sessions."""

    def __init__(self, access: IdentityAccess) -> None:
        self._access = access

    def find_account(self, login: str) -> Principal | None:
        """The account with this login; None where there is none, or it is disabled."""
        return self._access.store.find_principal(login)

    def create_account(self, signed_in: SignedIn) -> Principal | None:
        """A new account without roles. None where the login is that of an account that is disabled. Raises Rejected."""
        if self._access.store.find_account(signed_in.login)[0]:
            return None
        name = signed_in.name or signed_in.login
        try:
            self._add(signed_in, name)
        except NameTaken:
            self._add(signed_in, f"{name} ({signed_in.login})")
        return self.find_account(signed_in.login)

    def _add(self, signed_in: SignedIn, name: str) -> None:
        fact = AccountAdded(account=new_id(self._access.clock), login=signed_in.login, name=name)
        self._access.administration.record(fact, f"{ACTOR_PREFIX}{signed_in.provider}")

    def start_session(
        self, principal: Principal, signed_in: SignedIn, request: Request, response: Response
    ) -> None:
        """Begin a session that knows when the person last gave a password at the provider."""
        proved = min(signed_in.authenticated_at, datetime.fromisoformat(self._access.clock()))
        secret = self._access.store.sessions.start(
            principal.id, self._access.clock(), False, *client_of(request), proved_at=instant(proved)
        )
        set_session_cookie(request, response, secret)
