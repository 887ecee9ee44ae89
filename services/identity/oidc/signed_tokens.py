"""Verification of JSON Web Tokens of a provider: signature by one of its keys, and the claims all of them have."""

import binascii
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from services.identity.oidc.connection import ProviderConnection

LEEWAY_SECONDS = 60
"""How far the clocks of the provider and of this machine may differ."""
MAX_TOKEN_BYTES = 16_384
"""Bytes of a token at most; those of large providers have about 2 kB."""


class WrongToken(Exception):
    """The token is not accepted. The text says why, in words for a log; it holds nothing of the token but names."""


class ClockDiffers(WrongToken):
    """The token is of another time: its provider's clock and this machine's do not agree."""


class _Registry(JWSRegistry):
    """Headers that we do not know are ignored, as RFC 7515 says; keys that they carry or point to are never used."""

    max_header_length = 4096
    max_payload_length = MAX_TOKEN_BYTES


def verify_token(
    token: str,
    connection: ProviderConnection,
    types: tuple[str, ...],
    **claims: ClaimsOption,
) -> dict[str, Any]:
    """The claims of a token that the provider signed for now. `types`: what `typ` may be, in small letters; `claims`:
    what must be in it beside `iss`, `sub`, `exp` and `iat`. Raises WrongToken, ProviderUnavailable."""
    provider = connection.provider
    if len(token) > MAX_TOKEN_BYTES:
        raise WrongToken(f"it has more than {MAX_TOKEN_BYTES:,} characters")
    registry = _Registry(algorithms=provider.algorithms, strict_check_header=False)
    try:
        read = jwt.decode(token, _find_key(connection), algorithms=provider.algorithms, registry=registry)
    except (JoseError, binascii.Error, ValueError, RecursionError) as error:
        raise WrongToken(f"its signature: {error}") from error
    if str(read.header.get("typ", "")).lower().removeprefix("application/") not in types:
        raise WrongToken(f"its type is not {' or '.join(filter(None, types))}")
    required: dict[str, ClaimsOption] = {
        "iss": {"essential": True, "value": provider.issuer},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "iat": {"essential": True},
        **claims,
    }
    try:
        JWTClaimsRegistry(connection.now, LEEWAY_SECONDS, **required).validate(read.claims)
    except ExpiredTokenError as error:
        raise ClockDiffers("it has expired") from error
    except MissingClaimError as error:
        raise WrongToken(f"it has no {error.description or 'claim'}") from error
    except InvalidClaimError as error:
        kind = ClockDiffers if error.claim in ("iat", "nbf") else WrongToken
        raise kind(
            f"its claim {error.claim} is wrong: {error.description or 'another value is expected'}"
        ) from error
    return read.claims


def _find_key(connection: ProviderConnection) -> Callable[[Any], Key]:
    """The key by its name among those of the configured issuer. What else the header says about keys is ignored."""

    def find(signed: Any) -> Key:
        header = signed.headers()
        kid, algorithm = header.get("kid"), header.get("alg")
        if algorithm not in connection.provider.algorithms:  # before anything is fetched because of it
            raise WrongToken(f"its algorithm is none of {', '.join(connection.provider.algorithms)}")
        if kid is not None and not isinstance(kid, str):
            raise WrongToken("its key has no name")
        found = connection.find_key(kid, algorithm)
        if found is None:
            raise WrongToken("it is signed by none of the provider's keys")
        return found

    return find
