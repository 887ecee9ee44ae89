"""The OpenID Connect providers that an installation trusts, read from one file."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

ALGORITHMS = (
    "RS256",
    "PS256",
    "ES256",
    "RS384",
    "PS384",
    "ES384",
    "RS512",
    "PS512",
    "ES512",
    "Ed25519",
    "EdDSA",
)
"""Signatures with a public key. `none` and HMAC are never accepted, whatever the file says."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MIN_SECRET_LENGTH = 16
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class WrongProviders(ValueError):
    """The file of providers cannot be used. The text says where and why."""


class AccessTokenRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which access tokens (RFC 9068) of a provider are accepted from programs."""

    audience: str
    """What `aud` must contain: the name under which the provider knows this ledger."""
    claim: str = "sub"
    """The claim that holds the login of an account here."""
    longest_life: int = 3600
    """Seconds between `iat` and `exp` at most: so long a token that was stolen can be used."""
    scope: str = ""
    """What `scope` must contain; empty: anything."""


class OidcProvider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider, and how its claims name accounts here."""

    name: str
    """In addresses: small letters, digits and hyphens."""
    issuer: str
    """Exactly as the provider says it in `iss`."""
    client_id: str
    """The name under which the provider knows this ledger as a client."""
    client_secret_file: str
    """The file with the secret that the provider gave this client."""
    title: str = ""
    """What the sign-in page calls it."""
    claim: str = "preferred_username"
    """The claim of the ID token that holds the login of an account here. The provider must never give it to another
    person; `email` counts only with `email_verified`."""
    login_suffix: str = ""
    """The end of all logins that this provider may speak for, such as `@tinh.vn`: added where the claim does not end
    so. Needed where there are several providers, because each would otherwise speak for the people of the others."""
    scopes: tuple[str, ...] = ("openid", "profile")
    """What is asked of the provider."""
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "Ed25519")
    """Signatures that are accepted."""
    create_accounts: bool = False
    """Whether who is not known here gets an account, without any role."""
    ca_file: str = ""
    """Certificates by which the provider is known, where they are not those of the system."""
    access_tokens: AccessTokenRules | None = None
    """Left out: no access token of this provider is accepted."""

    def login_of(self, claim: object) -> str:
        """The login of an account here, by the value of a claim; empty where that is no text."""
        text = claim.strip() if isinstance(claim, str) else ""
        return text + self.login_suffix if text and not text.endswith(self.login_suffix) else text


class OidcConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All providers, and the address to which they send browsers back."""

    address: str
    """The origin of this ledger as browsers see it, such as https://so-can-bo.example.vn."""
    providers: tuple[OidcProvider, ...]

    @property
    def is_https(self) -> bool:
        """Whether browsers come over TLS, so that cookies may be `Secure`."""
        return self.address.startswith("https:")


def read_configuration(path: Path) -> OidcConfiguration:
    """The providers in a file of JSON. Relative names of files in it are beside it. Raises WrongProviders."""
    try:
        read = msgspec.json.decode(path.read_bytes(), type=OidcConfiguration)
    except (OSError, ValueError) as error:
        raise WrongProviders(f"{path}: {error}") from error
    found = tuple(
        msgspec.structs.replace(
            each,
            client_secret_file=str(path.parent / each.client_secret_file),
            ca_file=str(path.parent / each.ca_file) if each.ca_file else "",
        )
        for each in read.providers
    )
    configuration = msgspec.structs.replace(read, address=read.address.rstrip("/"), providers=found)
    for where, problem in _find_problems(configuration):
        raise WrongProviders(f"{path}: {where}: {problem}")
    return configuration


def read_secret(provider: OidcProvider) -> str:
    """The secret of the client. Raises WrongProviders."""
    try:
        secret = Path(provider.client_secret_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongProviders(f"the secret of {provider.name}: {error}") from error
    if len(secret) < MIN_SECRET_LENGTH:
        raise WrongProviders(
            f"the secret of {provider.name} in {provider.client_secret_file} has fewer than "
            f"{MIN_SECRET_LENGTH} characters: ask the provider for another"
        )
    return secret


def is_safe_address(address: str) -> bool:
    """Whether what is sent there cannot be read on the way: https, or this machine itself."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def _find_problems(configuration: OidcConfiguration) -> list[tuple[str, str]]:
    """(field, what is wrong with it)."""
    problems = []
    parts = urlsplit(configuration.address)
    if not is_safe_address(configuration.address) or parts.path or parts.query:
        problems.append(
            ("address", "give the origin as browsers see it, such as https://so-can-bo.example.vn")
        )
    names = [each.name for each in configuration.providers]
    issuers = [each.issuer for each in configuration.providers]
    for each in configuration.providers:
        where = f"provider {each.name}"
        if not _NAME.fullmatch(each.name):
            problems.append((where, "`name` is small letters, digits and hyphens, at most 40"))
        if names.count(each.name) > 1 or issuers.count(each.issuer) > 1:
            problems.append((where, "two providers have this name or this issuer"))
        if not is_safe_address(each.issuer) or urlsplit(each.issuer).query or urlsplit(each.issuer).fragment:
            problems.append((where, "`issuer` is an https address without ? and #"))
        if unknown := [name for name in each.algorithms if name not in ALGORITHMS]:
            problems.append((where, f"`algorithms`: {', '.join(unknown)}; there are {', '.join(ALGORITHMS)}"))
        if not each.algorithms:
            problems.append((where, "`algorithms` is empty"))
        others = [other.login_suffix for other in configuration.providers if other is not each]
        if any(not each.login_suffix or other.endswith(each.login_suffix) for other in others):
            problems.append(
                (where, "of several providers each needs a `login_suffix` that no other ends with")
            )
        if "openid" not in each.scopes:
            problems.append((where, "`scopes` must contain openid"))
        if not each.client_id or not each.claim:
            problems.append((where, "`client_id` and `claim` may not be empty"))
        rules = each.access_tokens
        if rules and (not rules.audience or not rules.claim or not 60 <= rules.longest_life <= 86_400):
            problems.append(
                (
                    where,
                    "`access_tokens` needs an `audience`, a `claim` and a `longest_life` of 60 to 86400 seconds",
                )
            )
    return problems
