"""What a provider publishes about itself: its endpoints (discovery) and its signing keys (JWKS), kept for a while."""

import logging
import ssl
from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import Any

import httpx2
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from services.identity.oidc.configuration import OidcProvider, is_safe_address

KEEP_SECONDS = 3600
"""How long what was fetched is taken as current."""
KEEP_WITHOUT_PROVIDER_SECONDS = 86_400
"""How long keys are believed while the provider cannot be asked."""
REFETCH_SECONDS = 30
"""Between two attempts to fetch keys at least, however many unknown keys tokens name."""
TIMEOUT_SECONDS = 5.0
MAX_BYTES = 262_144
"""Bytes of an answer at most; a set of keys has a few kB."""
Seconds = Callable[[], int]
"""Gives the seconds since 1970."""


class ProviderUnavailable(Exception):
    """The provider does not answer, or not as OpenID Connect has it. The text says what happened."""


class ProviderMetadata(msgspec.Struct, frozen=True):
    """The part of a provider's discovery document (OpenID Connect Discovery 1.0) that is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class ProviderConnection:
    """Asks one provider, and remembers. Safe to share among threads; `now` gives the seconds since 1970."""

    def __init__(self, provider: OidcProvider, now: Seconds) -> None:
        self.provider, self.now = provider, now
        self._lock = Lock()
        self._metadata: ProviderMetadata | None = None
        self._metadata_at = 0
        self._keys = KeySet([])
        self._keys_at = 0
        self._tried_at = 0

    def open_client(self) -> httpx2.Client:
        """A client that follows no redirects and gives up soon."""
        return httpx2.Client(**self.client_options())

    def client_options(self) -> dict[str, Any]:
        """The options of every HTTP client that talks to the provider."""
        return {"timeout": TIMEOUT_SECONDS, "follow_redirects": False, "verify": self._trusted}

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """The certificates by which the provider is known; reading those of the system takes long."""
        return ssl.create_default_context(cafile=self.provider.ca_file or None)

    def read_metadata(self) -> ProviderMetadata:
        """The endpoints of the provider. Raises ProviderUnavailable."""
        with self._lock:
            return self._read_metadata()

    def find_key(self, kid: str | None, algorithm: str) -> Key | None:
        """The key that a token names; a name that is new has the keys fetched again, once in a while.

        Raises ProviderUnavailable where no key was ever fetched."""
        with self._lock:
            now = self.now()
            if now - self._keys_at >= KEEP_SECONDS:
                self._fetch_keys(now)
            found = _pick(self._keys, kid, algorithm)
            if found is None and now - self._tried_at >= REFETCH_SECONDS:
                self._fetch_keys(now)
                found = _pick(self._keys, kid, algorithm)
            return found

    def _read_metadata(self) -> ProviderMetadata:
        now = self.now()
        if self._metadata is None or now - self._metadata_at >= KEEP_SECONDS:
            address = self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
            try:
                metadata = msgspec.json.decode(self._get(address), type=ProviderMetadata)
            except msgspec.MsgspecError as error:
                raise ProviderUnavailable(f"{address}: {error}") from error
            self._check(metadata)
            self._metadata, self._metadata_at = metadata, now
        return self._metadata

    def _check(self, metadata: ProviderMetadata) -> None:
        """The document must be the issuer's own, and name no address that can be read on the way."""
        if metadata.issuer != self.provider.issuer:
            raise ProviderUnavailable(f"it calls itself {metadata.issuer}, not {self.provider.issuer}")
        for address in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri):
            if not is_safe_address(address):
                raise ProviderUnavailable(f"{address} is no https address")

    def _fetch_keys(self, now: int) -> None:
        if self._keys and now - self._tried_at < REFETCH_SECONDS:
            return
        self._tried_at = now
        try:
            address = self._read_metadata().jwks_uri
            self._keys = _read_key_set(self._get(address))
            self._keys_at = now
        except (ProviderUnavailable, JoseError, ValueError) as error:
            if not self._keys or now - self._keys_at >= KEEP_WITHOUT_PROVIDER_SECONDS:
                self._keys = KeySet([])
                raise ProviderUnavailable(f"its keys: {error}") from error
            logging.getLogger(__name__).warning("the keys of %s: %s", self.provider.name, error)

    def _get(self, address: str) -> bytes:
        try:
            with self.open_client() as client, client.stream("GET", address) as response:
                if response.status_code != 200:
                    raise ProviderUnavailable(f"{address} answered {response.status_code}")
                received = bytearray()
                for chunk in response.iter_bytes():
                    received += chunk
                    if len(received) > MAX_BYTES:
                        raise ProviderUnavailable(f"{address} answered more than {MAX_BYTES:,} bytes")
                return bytes(received)
        except (httpx2.HTTPError, OSError) as error:
            raise ProviderUnavailable(f"{address}: {error or type(error).__name__}") from error


def _read_key_set(document: bytes) -> KeySet:
    """The public keys for signatures of a JWKS. Symmetric keys, which a provider would not publish, are left out."""
    found = msgspec.json.decode(document, type=dict[str, Any]).get("keys")
    if not isinstance(found, list):
        raise ProviderUnavailable("the document has no `keys`")
    public = [each for each in found if isinstance(each, dict) and each.get("kty") in ("RSA", "EC", "OKP")]
    return KeySet.import_key_set({"keys": [each for each in public if each.get("use", "sig") == "sig"]})


def _pick(keys: KeySet, kid: str | None, algorithm: str) -> Key | None:
    """The key of this name for this algorithm; without a name the only key there is."""
    fitting = [each for each in keys if each.get("alg") in (None, algorithm)]
    named = [each for each in fitting if each.kid == kid] if kid else fitting
    return named[0] if len(named) == 1 else None
