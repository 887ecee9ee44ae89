"""OIDC sign-in against a provider process: what works, and every answer that must not sign anybody in."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from services.identity.oidc.configuration import read_configuration
from services.identity.oidc.login_state import LIFE_SECONDS
from services.identity.oidc.sign_in import own_path
from tests.engines.processes import free_port
from tests.oidc.conftest import ADDRESS, AN, HTTP, Ledger, RemoteProvider

Two = tuple[RemoteProvider, RemoteProvider]


def test_a_person_with_an_account_signs_in(ledger: Ledger, provider: RemoteProvider) -> None:
    address = ledger.leave(then="/units?as_of=2026-01-01")
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{ADDRESS}/session/oidc/tinh/callback"]
    answer = ledger.come_back(address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/units?as_of=2026-01-01")
    [(principal, signed_in)] = ledger.accounts.begun
    assert principal == AN
    assert (signed_in.login, signed_in.name, signed_in.subject) == ("an@tinh.vn", "Nguyễn Văn An", "1")
    assert abs(signed_in.authenticated_at.timestamp() - ledger.clock()) < 60


def test_the_browser_never_sees_a_token(ledger: Ledger, provider: RemoteProvider) -> None:
    begun = ledger.browser.get("/session/oidc/tinh")
    cookie = begun.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=600" in cookie
    answer = ledger.come_back(begun.headers["location"])
    assert answer.headers["location"] == "/"
    assert "eyJ" not in str(answer.headers) + answer.text
    assert not [name for name in ledger.browser.cookies if "oidc" in name]


def test_the_cookie_is_bound_to_the_host_where_there_is_tls(
    configuration: Path, provider: RemoteProvider
) -> None:
    served = msgspec.structs.replace(
        read_configuration(configuration), address="https://so-can-bo.example.vn"
    )
    cookie = Ledger(served).browser.get("/session/oidc/tinh").headers["set-cookie"]
    assert cookie.startswith("__Host-cadre-oidc=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_a_stranger_is_refused_with_words(ledger: Ledger, provider: RemoteProvider) -> None:
    provider.behave(user={"sub": "2", "preferred_username": "binh"})
    answer = ledger.sign_in()
    assert (answer.status_code, answer.json()["rule"]) == (403, "NoAccount")
    assert "binh@tinh.vn" in answer.json()["detail"]
    assert not ledger.accounts.begun


def test_a_stranger_gets_an_account_without_roles_where_that_is_configured(
    configuration: Path, provider: RemoteProvider
) -> None:
    written = msgspec.json.decode(configuration.read_bytes())
    written["providers"][0]["create_accounts"] = True
    configuration.write_bytes(msgspec.json.encode(written))
    ledger = Ledger(read_configuration(configuration))
    provider.behave(user={"sub": "2", "preferred_username": "binh", "name": "Bình"})
    assert ledger.sign_in().status_code == 303
    [(principal, _)] = ledger.accounts.begun
    assert (principal.name, principal.grants) == ("Bình", ())


def test_an_address_of_mail_counts_only_where_it_is_verified(
    configuration: Path, provider: RemoteProvider
) -> None:
    written = msgspec.json.decode(configuration.read_bytes())
    written["providers"][0]["claim"] = "email"
    configuration.write_bytes(msgspec.json.encode(written))
    ledger = Ledger(read_configuration(configuration))
    provider.behave(user={"sub": "1", "email": "an@tinh.vn"})
    assert ledger.sign_in().json()["rule"] == "NoAccount"
    provider.behave(user={"sub": "1", "email": "an@tinh.vn", "email_verified": True})
    assert ledger.sign_in().status_code == 303


def test_a_wrong_state_is_refused(ledger: Ledger, provider: RemoteProvider) -> None:
    back = HTTP.get(ledger.leave()).headers["location"]
    state = parse_qs(urlsplit(back).query)["state"][0]
    answer = ledger.browser.get(back.replace(state, "x" * len(state)))
    assert (answer.status_code, answer.json()["rule"]) == (403, "SignInNotStartedHere")


def test_another_browser_cannot_finish_it(ledger: Ledger, provider: RemoteProvider) -> None:
    """Login CSRF: somebody is sent to the callback with a code of somebody else."""
    back = HTTP.get(ledger.leave()).headers["location"]
    ledger.browser.cookies.clear()
    assert ledger.browser.get(back).json()["rule"] == "SignInNotStartedHere"
    assert not ledger.accounts.begun


def test_an_attempt_ends_after_ten_minutes(ledger: Ledger, provider: RemoteProvider) -> None:
    back = HTTP.get(ledger.leave()).headers["location"]
    ledger.clock.ahead = LIFE_SECONDS + 1
    assert ledger.browser.get(back).json()["rule"] == "SignInNotStartedHere"


def test_a_replayed_code_is_refused(ledger: Ledger, provider: RemoteProvider) -> None:
    """Even by who has the cookie: the provider gives tokens once for a code."""
    back = HTTP.get(ledger.leave()).headers["location"]
    kept = dict(ledger.browser.cookies)
    assert ledger.browser.get(back).status_code == 303
    ledger.browser.cookies.update(kept)
    answer = ledger.browser.get(back)
    assert (answer.status_code, answer.json()["rule"]) == (403, "ProviderRefused")
    assert len(ledger.accounts.begun) == 1


def test_a_code_without_its_verifier_is_worth_nothing(ledger: Ledger, provider: RemoteProvider) -> None:
    """PKCE: a stolen code is brought to an attempt of the thief's own."""
    stolen = parse_qs(urlsplit(HTTP.get(ledger.leave()).headers["location"]).query)["code"][0]
    back = HTTP.get(ledger.leave()).headers["location"]
    own = parse_qs(urlsplit(back).query)["code"][0]
    assert ledger.browser.get(back.replace(own, stolen)).json()["rule"] == "ProviderRefused"


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ({"claims": {"nonce": "another"}}, "nonce"),
        ({"claims": {"nonce": None}}, "nonce"),
        ({"unsigned": True}, "algorithm"),
        ({"claims": {"iss": "http://127.0.0.1:9"}}, "iss"),
        ({"claims": {"aud": "another client"}}, "aud"),
        ({"claims": {"aud": ["so-can-bo", "another"]}}, "another client"),
        ({"claims": {"aud": ["so-can-bo", "another"], "azp": "another"}}, "another client"),
        ({"claims": {"sub": None}}, "sub"),
        ({"claims": {"exp": None}}, "exp"),
        ({"claims": {"exp": "NaN"}}, "exp"),
        ({"headers": {"typ": "at+jwt"}}, "type"),
        ({"headers": {"kid": "unknown"}}, "keys"),
    ],
)
def test_a_wrong_id_token_is_refused(
    ledger: Ledger, provider: RemoteProvider, behaviour: dict[str, object], reason: str
) -> None:
    provider.behave(**behaviour)
    answer = ledger.sign_in()
    assert (answer.status_code, answer.json()["rule"]) == (403, "WrongIdToken")
    assert reason in answer.json()["detail"]
    assert not ledger.accounts.begun


@pytest.mark.parametrize("seconds", [-420, 120])
def test_clocks_that_differ_much_are_named(ledger: Ledger, provider: RemoteProvider, seconds: int) -> None:
    provider.behave(skew=seconds)
    assert ledger.sign_in().json()["rule"] == "ClockDiffers"


@pytest.mark.parametrize("seconds", [-330, 40])
def test_clocks_may_differ_a_little(ledger: Ledger, provider: RemoteProvider, seconds: int) -> None:
    """The tokens of the provider last 300 seconds; a minute of difference is allowed on both sides."""
    provider.behave(skew=seconds)
    assert ledger.sign_in().status_code == 303
    [(_, signed_in)] = ledger.accounts.begun
    assert signed_in.authenticated_at.timestamp() <= ledger.clock()


def test_new_keys_are_fetched_once(ledger: Ledger, provider: RemoteProvider) -> None:
    assert ledger.sign_in().status_code == 303
    before = provider.behave()
    provider.rotate()
    ledger.clock.ahead = 31
    assert ledger.sign_in().status_code == 303
    assert ledger.sign_in().status_code == 303
    assert provider.behave() == before + 1


def test_unknown_keys_are_not_fetched_again_and_again(ledger: Ledger, provider: RemoteProvider) -> None:
    assert ledger.sign_in().status_code == 303
    before = provider.behave(headers={"kid": "unknown"})
    ledger.clock.ahead = 31
    for _ in range(5):
        assert ledger.sign_in().json()["rule"] == "WrongIdToken"
    assert provider.behave() == before + 1


def test_an_answer_of_one_provider_is_not_taken_for_that_of_another(
    ledger: Ledger, provider: RemoteProvider, providers: Two
) -> None:
    """Mix-up, three ways: another callback, another `iss`, none."""
    back = HTTP.get(ledger.leave("tinh")).headers["location"]
    assert ledger.browser.get(back.replace("/tinh/", "/bo/")).json()["rule"] == "SignInNotStartedHere"
    providers[0].behave(answer_as=providers[1].issuer)
    assert ledger.sign_in("tinh").json()["rule"] == "AnotherProvider"
    providers[0].behave(answer_as="")
    assert ledger.sign_in("tinh").json()["rule"] == "AnotherProvider"
    assert not ledger.accounts.begun


def test_a_provider_speaks_for_its_own_people_only(
    ledger: Ledger, provider: RemoteProvider, providers: Two
) -> None:
    """The other one says that somebody is An too, also with the end of her login."""
    for claimed in ("an", "an@tinh.vn"):
        providers[1].behave(user={"sub": "1", "preferred_username": claimed})
        assert ledger.sign_in("bo").json()["rule"] == "NoAccount"
    assert not ledger.accounts.begun
    provider.behave(user={"sub": "1", "preferred_username": "an@tinh.vn"})
    assert ledger.sign_in("tinh").status_code == 303


def test_a_document_of_another_issuer_is_not_believed(
    ledger: Ledger, provider: RemoteProvider, providers: Two
) -> None:
    provider.behave(calls_itself=providers[1].issuer)
    answer = ledger.browser.get("/session/oidc/tinh")
    assert (answer.status_code, answer.json()["rule"]) == (503, "ProviderUnavailable")


def test_a_provider_that_is_down_says_so_and_the_others_go_on(
    configuration: Path, provider: RemoteProvider
) -> None:
    written = msgspec.json.decode(configuration.read_bytes())
    written["providers"][1]["issuer"] = f"http://127.0.0.1:{free_port()}"
    configuration.write_bytes(msgspec.json.encode(written))
    ledger = Ledger(read_configuration(configuration))
    answer = ledger.browser.get("/session/oidc/bo")
    assert (answer.status_code, answer.json()["rule"]) == (503, "ProviderUnavailable")
    assert "local account" in answer.json()["detail"]
    assert answer.headers["retry-after"]
    assert ledger.sign_in("tinh").status_code == 303


def test_a_person_who_says_no_at_the_provider_reads_why(ledger: Ledger, provider: RemoteProvider) -> None:
    back = HTTP.get(ledger.leave()).headers["location"]
    query = parse_qs(urlsplit(back).query)
    address = (
        f"/session/oidc/tinh/callback?error=access_denied&state={query['state'][0]}&iss={query['iss'][0]}"
    )
    page = ledger.browser.get(address, headers={"Accept": "text/html"})
    assert page.status_code == 403
    assert "Dịch vụ đăng nhập từ chối" in page.text
    assert "access_denied" in page.text


def test_words_of_others_are_no_markup(ledger: Ledger, provider: RemoteProvider) -> None:
    provider.behave(user={"sub": "2", "preferred_username": "<script>alert(1)</script>"})
    back = HTTP.get(ledger.leave()).headers["location"]
    page = ledger.browser.get(back, headers={"Accept": "text/html"})
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text


def test_the_password_is_asked_for_again_where_that_is_needed(
    ledger: Ledger, provider: RemoteProvider
) -> None:
    assert parse_qs(urlsplit(ledger.leave(again="true")).query)["prompt"] == ["login"]
    assert ledger.sign_in(again="true").status_code == 303
    provider.behave(claims={"auth_time": ledger.clock() - 3600})
    assert ledger.sign_in().status_code == 303
    assert ledger.sign_in(again="true").json()["rule"] == "WrongIdToken"


def test_services_are_listed_and_unknown_ones_named(ledger: Ledger) -> None:
    assert ledger.browser.get("/session/oidc").json() == {
        "items": [{"name": "tinh", "title": "Cổng của tỉnh"}, {"name": "bo", "title": "bo"}]
    }
    answer = ledger.browser.get("/session/oidc/khac")
    assert (answer.status_code, answer.json()["rule"]) == (404, "UnknownProvider")
    assert ledger.browser.get("/session/oidc/khac/callback").status_code == 404


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://xau.example",
        "//xau.example",
        "/\\xau.example",
        "javascript:alert(1)",
        "units",
        "/a\r\nb",
        "/%\x00",
        "",
    ],
)
def test_nobody_is_led_elsewhere_after_a_sign_in(elsewhere: str) -> None:
    assert own_path(elsewhere) == "/"
