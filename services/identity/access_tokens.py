"""JWT access tokens (RFC 9068) of configured issuers: programs that sign in elsewhere and ask here."""

import base64
from collections.abc import Callable, Mapping

import msgspec

from services.identity.oidc.connection import ProviderConnection, ProviderUnavailable
from services.identity.oidc.refusals import provider_unavailable
from services.identity.oidc.signed_tokens import MAX_TOKEN_BYTES, WrongToken, verify_token
from shared.http.principal import Principal

TYPES = ("at+jwt",)
"""So that an ID token, which the browser's sign-in gets, is no access token."""


class UnverifiedClaims(msgspec.Struct, frozen=True):
    """The part of a token that says which issuer to ask; it is believed in nothing else."""

    iss: str


class AccessTokens:
    """Tells whose access token it is. A token gives no rights: those are granted here to the account it names."""

    def __init__(
        self,
        connections: Mapping[str, ProviderConnection],
        find_account: Callable[[str], Principal | None],
        is_revoked: Callable[[str, str], bool] = lambda issuer, jti: False,
    ) -> None:
        """`find_account`: the account with a login that is not disabled, asked with every request; `is_revoked`:
        whether the token of (issuer, jti) is withdrawn."""
        self._connections = {
            each.provider.issuer: each for each in connections.values() if each.provider.access_tokens
        }
        self._find_account, self._is_revoked = find_account, is_revoked

    def resolve(self, bearer: str) -> Principal | None:
        """The principal of a bearer token; None where it is no token of a configured issuer, or not accepted.

        It may ask the provider for its keys, so it runs in a thread. Raises Problem where it can get none."""
        connection = self._connections.get(_read_issuer(bearer))
        if connection is None:
            return None
        try:
            return self._verify(bearer, connection)
        except WrongToken:
            return None
        except ProviderUnavailable as error:
            raise provider_unavailable(connection.provider.name, str(error)) from error

    def explain(self, bearer: str) -> str:
        """Why a token is not accepted, in words for the log; empty where it is."""
        issuer = _read_issuer(bearer)
        if issuer not in self._connections:
            return "it is no token of a configured issuer"
        try:
            return (
                ""
                if self._verify(bearer, self._connections[issuer])
                else "its account is unknown or disabled"
            )
        except (WrongToken, ProviderUnavailable) as error:
            return str(error)

    def _verify(self, bearer: str, connection: ProviderConnection) -> Principal | None:
        rules = connection.provider.access_tokens
        assert rules  # only such connections are kept
        claims = verify_token(
            bearer,
            connection,
            TYPES,
            aud={"essential": True, "value": rules.audience},
            jti={"essential": True},
        )
        if claims["exp"] - claims["iat"] > rules.longest_life:
            raise WrongToken(f"it is valid for more than {rules.longest_life} seconds")
        if rules.scope and rules.scope not in str(claims.get("scope", "")).split():
            raise WrongToken(f"its scope lacks {rules.scope}")
        if self._is_revoked(connection.provider.issuer, claims["jti"]):
            raise WrongToken("it is revoked")
        login = connection.provider.login_of(claims.get(rules.claim))
        found = self._find_account(login) if login else None
        return msgspec.structs.replace(found, kind="token", authenticated_at=None) if found else None


def _read_issuer(bearer: str) -> str:
    """The issuer that a token names; empty where it is no JWT. Nothing of it is verified here."""
    parts = bearer.split(".")
    if len(parts) != 3 or len(bearer) > MAX_TOKEN_BYTES:
        return ""
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(payload, type=UnverifiedClaims).iss
    except ValueError:
        return ""
