"""JWT access tokens of a configured issuer: what is accepted, and what is not."""

import base64
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from services.identity.access_tokens import AccessTokens
from services.identity.oidc.configuration import read_configuration
from services.identity.oidc.signed_tokens import MAX_TOKEN_BYTES
from shared.http.problems import Problem
from tests.oidc.conftest import HTTP, Ledger, RemoteProvider
from tests.oidc.provider import AUDIENCE, CLIENT_ID, CLIENT_SECRET, unsigned

OTHER_KEY = RSAKey.generate_key(2048)
Two = tuple[RemoteProvider, RemoteProvider]


@pytest.fixture
def tokens(ledger: Ledger) -> AccessTokens:
    return AccessTokens(ledger.connections, ledger.accounts.find_account)


def claims_of(provider: RemoteProvider, ledger: Ledger) -> dict[str, Any]:
    """The claims of a token that would be accepted, were it signed by the provider."""
    now = ledger.clock()
    return {
        "iss": provider.issuer,
        "sub": "so-can-bo",
        "aud": AUDIENCE,
        "scope": "records",
        "jti": "1",
        "iat": now,
        "exp": now + 300,
    }


def test_a_token_is_its_account_with_the_roles_of_here(
    tokens: AccessTokens, provider: RemoteProvider, ledger: Ledger
) -> None:
    found = tokens.resolve(provider.issue_access_token())
    assert found
    assert (found.id, found.kind, found.authenticated_at) == ("account-program", "token", None)
    assert found.grants == ledger.accounts.known["so-can-bo@tinh.vn"].grants
    assert tokens.resolve("one of our own API tokens") is None
    assert tokens.resolve("a.b.c") is None


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ({"audience": "https://another.example"}, "aud"),
        ({"token_claims": {"aud": ["https://another.example"]}}, "aud"),
        ({"token_claims": {"iss": "http://127.0.0.1:9"}}, "no token of a configured issuer"),
        ({"token_claims": {"exp": 1_700_000_000}}, "expired"),
        ({"token_claims": {"exp": None}}, "exp"),
        ({"token_claims": {"exp": "9999999999"}}, "exp"),
        ({"token_claims": {"exp": 99_999_999_999}}, "3600 seconds"),
        ({"token_claims": {"nbf": 99_999_999_999}}, "nbf"),
        ({"token_claims": {"jti": None}}, "jti"),
        ({"token_claims": {"scope": "another"}}, "scope"),
        ({"token_claims": {"sub": "nobody"}}, "account"),
        ({"token_claims": {"sub": ["so-can-bo"]}}, "sub"),
    ],
)
def test_a_signed_token_with_wrong_claims_is_refused(
    tokens: AccessTokens, provider: RemoteProvider, behaviour: dict[str, Any], reason: str
) -> None:
    provider.behave(**behaviour)
    token = provider.issue_access_token()
    assert tokens.resolve(token) is None
    assert reason in tokens.explain(token)


def test_an_id_token_is_no_access_token(
    tokens: AccessTokens, provider: RemoteProvider, ledger: Ledger
) -> None:
    """Also where all its claims would do: its type is another."""
    provider.behave(claims=claims_of(provider, ledger))
    token = fetch_id_token(provider.issuer)
    assert tokens.resolve(token) is None
    assert "type" in tokens.explain(token)


def fetch_id_token(issuer: str) -> str:
    """An ID token of a provider, as a client of its own gets it."""
    verifier = "v" * 50
    client = OAuth2Client(
        CLIENT_ID,
        CLIENT_SECRET,
        scope="openid",
        redirect_uri="http://127.0.0.1:1/",
        code_challenge_method="S256",
    )
    with client:
        address, _ = client.create_authorization_url(f"{issuer}/authorize", code_verifier=verifier, nonce="n")
        back = HTTP.get(address).headers["location"]
        fetched = client.fetch_token(f"{issuer}/token", authorization_response=back, code_verifier=verifier)
    return str(fetched["id_token"])


def with_alg_none(claims: dict[str, Any], keys: list[dict[str, Any]]) -> str:
    return unsigned({"alg": "none", "typ": "at+jwt", "kid": keys[0]["kid"]}, claims)


def with_alg_none_in_capitals(claims: dict[str, Any], keys: list[dict[str, Any]]) -> str:
    return unsigned({"alg": "NONE", "typ": "at+jwt"}, claims)


def with_the_public_key_as_hmac_secret(claims: dict[str, Any], keys: list[dict[str, Any]]) -> str:
    pem = RSAKey.import_key(keys[0]).as_pem(private=False)
    header = {"alg": "HS256", "typ": "at+jwt", "kid": keys[0]["kid"]}
    signed = f"{_encode(msgspec.json.encode(header))}.{_encode(msgspec.json.encode(claims))}"
    return f"{signed}.{_encode(hmac.digest(pem, signed.encode(), 'sha256'))}"


def with_another_key_of_that_name(claims: dict[str, Any], keys: list[dict[str, Any]]) -> str:
    header = {"alg": "RS256", "typ": "at+jwt", "kid": keys[0]["kid"]}
    return jwt.encode(header, claims, OTHER_KEY, ["RS256"])


def with_a_key_of_another_kind(claims: dict[str, Any], keys: list[dict[str, Any]]) -> str:
    header = {"alg": "ES256", "typ": "at+jwt", "kid": keys[0]["kid"]}
    return jwt.encode(header, claims, ECKey.generate_key("P-256"), ["ES256"])


def with_a_key_inside(claims: dict[str, Any], keys: list[dict[str, Any]]) -> str:
    key = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": "at+jwt", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key, ["ES256"])


def with_a_kid_that_is_a_path(claims: dict[str, Any], keys: list[dict[str, Any]]) -> str:
    header = {"alg": "ES256", "typ": "at+jwt", "kid": "../../../../dev/null"}
    return jwt.encode(header, claims, ECKey.generate_key("P-256"), ["ES256"])


def with_a_payload_that_was_changed(claims: dict[str, Any], keys: list[dict[str, Any]]) -> str:
    head, _, signature = with_another_key_of_that_name(claims, keys).split(".")
    return f"{head}.{_encode(msgspec.json.encode(claims | {'scope': 'records more'}))}.{signature}"


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "forge",
    [
        with_alg_none,
        with_alg_none_in_capitals,
        with_the_public_key_as_hmac_secret,
        with_another_key_of_that_name,
        with_a_key_of_another_kind,
        with_a_key_inside,
        with_a_kid_that_is_a_path,
        with_a_payload_that_was_changed,
    ],
)
def test_a_forged_token_is_refused(
    tokens: AccessTokens,
    provider: RemoteProvider,
    ledger: Ledger,
    forge: Callable[[dict[str, Any], list[dict[str, Any]]], str],
) -> None:
    claims = claims_of(provider, ledger)
    assert tokens.resolve(forge(claims, provider.read_keys())) is None


def test_a_key_that_the_token_points_to_is_not_fetched(
    tokens: AccessTokens, provider: RemoteProvider, providers: Two, ledger: Ledger
) -> None:
    """`jku` and `x5u` are ignored: the address that they name is not even asked."""
    key = ECKey.generate_key("P-256")
    before = providers[1].behave()
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.thumbprint(), "jku": f"{providers[1].issuer}/keys"}
    assert tokens.resolve(jwt.encode(header, claims_of(provider, ledger), key, ["ES256"])) is None
    assert providers[1].behave() == before


def test_a_token_of_one_issuer_that_names_another_is_refused(
    tokens: AccessTokens, provider: RemoteProvider, providers: Two
) -> None:
    assert tokens.resolve(providers[1].issue_access_token()) is None  # its tokens are not accepted at all
    providers[1].behave(token_claims={"iss": provider.issuer})
    token = providers[1].issue_access_token()
    assert tokens.resolve(token) is None
    assert "none of the provider's keys" in tokens.explain(token)


def test_a_token_that_was_withdrawn_is_refused_from_the_next_request_on(
    provider: RemoteProvider, ledger: Ledger
) -> None:
    """By its jti; all tokens of an account end when it is disabled, and each within its short life."""
    withdrawn = set[tuple[str, str]]()
    tokens = AccessTokens(
        ledger.connections, ledger.accounts.find_account, lambda issuer, jti: (issuer, jti) in withdrawn
    )
    provider.behave(token_claims={"jti": "this one"})
    token = provider.issue_access_token()
    assert tokens.resolve(token)
    withdrawn.add((provider.issuer, "this one"))
    assert tokens.resolve(token) is None
    provider.behave()
    other = provider.issue_access_token()
    assert tokens.resolve(other)
    del ledger.accounts.known["so-can-bo@tinh.vn"]
    assert tokens.resolve(other) is None


def test_a_token_ends_a_minute_after_its_time_at_most(
    tokens: AccessTokens, provider: RemoteProvider, ledger: Ledger
) -> None:
    now = ledger.clock()
    provider.behave(token_claims={"iat": now - 200, "exp": now - 30})
    assert tokens.resolve(provider.issue_access_token())
    provider.behave(token_claims={"iat": now - 200, "exp": now - 90})
    assert tokens.resolve(provider.issue_access_token()) is None


def test_a_huge_token_is_refused_before_it_is_read(tokens: AccessTokens, provider: RemoteProvider) -> None:
    provider.behave(token_claims={"filler": "x" * MAX_TOKEN_BYTES})
    token = provider.issue_access_token()
    assert tokens.resolve(token) is None
    nested = "[" * 5000 + "]" * 5000
    assert tokens.resolve(f"e30.{_encode(nested.encode())}.e30") is None


def test_tokens_are_accepted_for_a_day_while_the_provider_cannot_be_asked(
    configuration: Path, provider: RemoteProvider
) -> None:
    """Its keys are known; a token lasts an hour at most, so the clock of the tokens is moved too."""
    ledger = Ledger(read_configuration(configuration))
    tokens = AccessTokens(ledger.connections, ledger.accounts.find_account)
    assert tokens.resolve(provider.issue_access_token())
    provider.behave(keys_fail=True)
    for hours, accepted in ((2, True), (23, True), (25, False)):
        ledger.clock.ahead = hours * 3600
        now = ledger.clock()
        provider.behave(keys_fail=True, token_claims={"iat": now, "exp": now + 300})
        token = provider.issue_access_token()
        assert (tokens.explain(token) == "") is accepted, hours
    with pytest.raises(Problem, match="does not answer"):
        tokens.resolve(token)
