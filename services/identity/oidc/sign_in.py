"""Signing in at a provider: authorization code with PKCE, state and nonce. No token ever reaches the browser."""

import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client

from services.identity.oidc import refusals
from services.identity.oidc.configuration import OidcProvider, read_secret
from services.identity.oidc.connection import (
    ProviderConnection,
    ProviderMetadata,
    ProviderUnavailable,
    Seconds,
)
from services.identity.oidc.login_state import LoginState, LoginStates
from services.identity.oidc.signed_tokens import LEEWAY_SECONDS, ClockDiffers, WrongToken, verify_token


class SignedIn(NamedTuple):
    """Whom a provider vouches for."""

    provider: str
    login: str
    """The login of an account here, by the configured claim."""
    name: str
    """What the provider calls the person; empty where it does not say."""
    subject: str
    """The provider's own id of the person."""
    authenticated_at: datetime
    """When they gave their password or the like at the provider."""
    then: str
    """The path here to go to."""


class ProviderSignIn:
    """The two steps of a sign-in at one provider: send the browser there, and understand what it brings back."""

    def __init__(
        self, provider: OidcProvider, connection: ProviderConnection, address: str, now: Seconds
    ) -> None:
        self.provider, self.connection, self.now = provider, connection, now
        self._secret = read_secret(provider)
        self._states = LoginStates(self._secret, provider.name)
        self._redirect_uri = f"{address}/session/oidc/{provider.name}/callback"

    @property
    def title(self) -> str:
        """What people call the provider."""
        return self.provider.title or self.provider.name

    def begin(self, then: str = "/", again: bool = False) -> tuple[str, str]:
        """(address at the provider, sealed state for the cookie). `again`: the provider asks for the password anew.

        Raises Problem."""
        try:
            metadata = self.connection.read_metadata()
        except ProviderUnavailable as error:
            raise refusals.provider_unavailable(self.title, str(error)) from error
        state = LoginState(
            provider=self.provider.name,
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            started=self.now(),
            then=own_path(then),
            again=again,
        )
        further = {"prompt": "login", "max_age": "0"} if again else {}
        with self._open_client(metadata) as client:
            address, _ = client.create_authorization_url(
                metadata.authorization_endpoint,
                state=state.state,
                code_verifier=state.verifier,
                nonce=state.nonce,
                **further,
            )
        return address, self._states.seal(state)

    def finish(self, answer: Mapping[str, str], sealed: str) -> SignedIn:
        """Whom the provider vouches for. `answer`: the parameters it sent the browser back with. Raises Problem."""
        state = self._states.open(sealed, self.now())
        if state is None or not hmac.compare_digest(answer.get("state", "").encode(), state.state.encode()):
            raise refusals.attempt_unknown()
        try:
            metadata = self.connection.read_metadata()
            self._check_issuer(answer, metadata)
            if "error" in answer or not answer.get("code"):
                reason = answer.get("error_description") or answer.get("error") or "it gave no code"
                raise refusals.refused_by_provider(self.title, reason[:200])
            return self._vouched(self._exchange_code(answer["code"], state, metadata), state)
        except ProviderUnavailable as error:
            raise refusals.provider_unavailable(self.title, str(error)) from error
        except ClockDiffers as error:
            raise refusals.clock_differs(self.title, str(error)) from error
        except WrongToken as error:
            raise refusals.wrong_token(self.title, str(error)) from error

    def _check_issuer(self, answer: Mapping[str, str], metadata: ProviderMetadata) -> None:
        """RFC 9207: an answer names its issuer, so that a code of one provider is never brought to another."""
        given = answer.get("iss", "")
        if given != metadata.issuer and (given or metadata.authorization_response_iss_parameter_supported):
            raise refusals.answered_by_another(self.title)

    def _exchange_code(self, code: str, state: LoginState, metadata: ProviderMetadata) -> str:
        """The ID token for a code, which a provider gives once."""
        try:
            with self._open_client(metadata) as client:
                tokens = client.fetch_token(
                    metadata.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=state.verifier,
                    redirect_uri=self._redirect_uri,
                )
        except OAuthError as error:
            raise refusals.refused_by_provider(
                self.title, str(error.description or error.error)[:200]
            ) from error
        except (httpx2.HTTPError, OSError, ValueError) as error:
            raise ProviderUnavailable(
                f"{metadata.token_endpoint}: {error or type(error).__name__}"
            ) from error
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise WrongToken("there is none")
        return token

    def _vouched(self, token: str, state: LoginState) -> SignedIn:
        claims = verify_token(
            token,
            self.connection,
            ("", "jwt"),
            aud={"essential": True, "value": self.provider.client_id},
            nonce={"essential": True, "value": state.nonce},
        )
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.provider.client_id:
            raise WrongToken("it was made for another client")
        at = claims.get("auth_time", claims["iat"])
        if not isinstance(at, int) or isinstance(at, bool):
            raise WrongToken("its claim auth_time is no number")
        if state.again and ("auth_time" not in claims or at < state.started - LEEWAY_SECONDS):
            raise WrongToken("the password was not asked for again")
        login = self.provider.login_of(claims.get(self.provider.claim))
        if self.provider.claim == "email" and claims.get("email_verified") is not True:
            login = ""
        name = claims.get("name")
        return SignedIn(
            self.provider.name,
            login,
            name.strip() if isinstance(name, str) else "",
            str(claims["sub"]),
            datetime.fromtimestamp(min(at, self.now()), UTC),
            state.then,
        )

    def _open_client(self, metadata: ProviderMetadata) -> OAuth2Client:
        methods = metadata.token_endpoint_auth_methods_supported
        return OAuth2Client(
            self.provider.client_id,
            self._secret,
            token_endpoint_auth_method="client_secret_basic"
            if "client_secret_basic" in methods
            else methods[0],
            scope=" ".join(self.provider.scopes),
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            **self.connection.client_options(),
        )


def own_path(then: str) -> str:
    """A path of this ledger, or its first page: an address may not lead a browser elsewhere after a sign-in."""
    parts = urlsplit(then) if then.isprintable() and len(then) <= 500 else None
    if (
        parts is None
        or parts.scheme
        or parts.netloc
        or "\\" in then
        or not then.startswith("/")
        or then[1:2] == "/"
    ):
        return "/"
    return then
