"""Too many requests are answered 429 with words and the time to wait; others are not held up by them."""

import time
from collections.abc import Iterator

import pytest
from fastapi import Depends, FastAPI, Request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute, RateLimitItemPerSecond
from starlette.testclient import TestClient

from services.identity.rate_limits import RateLimits, RateRules, address_of, limit_requests
from shared.http.principal import LAPTOP, Principal, set_principal
from shared.http.problems import install_problem_handlers

THREE = (RateLimitItemPerHour(3),)
ADDRESSES = (
    "/session",
    "/session/oidc/tinh",
    "/search?q=an",
    "/units?q=an",
    "/reports/cadre-work",
    "/feeds/personnel",
    "/units",
)


def serve(limits: RateLimits) -> TestClient:
    """Routes of these names; the principal is who the header says, and from which address too."""
    app = FastAPI()
    install_problem_handlers(app)
    app.state.behind_gateway = True

    async def principal(request: Request) -> None:
        name = request.headers.get("who", "")
        set_principal(LAPTOP if name == "laptop" else Principal(name, name))

    checks = [Depends(principal), Depends(limit_requests(limits))]
    for path in ("/session/oidc/{provider}", "/search", "/units", "/reports/cadre-work", "/feeds/{topic}"):
        app.add_api_route(path, lambda: "ok", dependencies=checks)
    app.add_api_route("/session", lambda: "ok", methods=["POST"], dependencies=checks)
    return TestClient(app)


@pytest.fixture
def client() -> Iterator[TestClient]:
    with serve(RateLimits(RateRules(THREE, THREE, THREE, THREE))) as client:
        yield client


def ask(
    client: TestClient, path: str, who: str = "an", address: str = "192.0.2.1"
) -> tuple[int, dict[str, str]]:
    method = "POST" if path == "/session" else "GET"
    answer = client.request(method, path, headers={"who": who, "x-real-ip": address})
    return answer.status_code, dict(answer.headers) | (answer.json() if answer.status_code == 429 else {})


@pytest.mark.parametrize("path", ADDRESSES[2:6])
def test_a_principal_is_limited_and_others_are_not(client: TestClient, path: str) -> None:
    assert [ask(client, path)[0] for _ in range(4)] == [200, 200, 200, 429]
    status, answer = ask(client, path, address="192.0.2.2")
    assert (status, answer["rule"]) == (429, "TooManyRequests")
    assert 0 < int(answer["retry-after"]) <= 3600
    assert answer["title_vi"].startswith("Quá nhiều yêu cầu")
    assert answer["retry-after"] in answer["detail"]
    assert ask(client, path, who="binh")[0] == 200
    assert ask(client, "/units")[0] == 200


@pytest.mark.parametrize("path", ADDRESSES[:2])
def test_sign_in_is_limited_by_address(client: TestClient, path: str) -> None:
    """Whoever tries one account after another is one address; and has no principal yet."""
    assert [ask(client, path, who=f"{number}")[0] for number in range(4)] == [200, 200, 200, 429]
    assert ask(client, path, address="192.0.2.2")[0] == 200


@pytest.mark.parametrize("who", ["laptop", "token:read"])
def test_whoever_has_this_machine_or_a_token_of_many_searches_as_they_like(
    client: TestClient, who: str
) -> None:
    assert {ask(client, "/search?q=a", who=who)[0] for _ in range(20)} == {200}


def test_it_goes_on_after_the_time_that_was_said() -> None:
    one: tuple[RateLimitItem, ...] = (RateLimitItemPerSecond(1, 2),)
    limits = RateLimits(RateRules(search=one))
    assert limits.count("search", "an") == 0
    seconds = limits.count("search", "an")
    assert 1 <= seconds <= 4
    until = time.monotonic() + 60
    while limits.count("search", "an") and time.monotonic() < until:
        time.sleep(0.2)
    assert time.monotonic() < until


def test_of_several_rules_each_holds() -> None:
    limits = RateLimits(RateRules(search=(RateLimitItemPerMinute(100), RateLimitItemPerHour(2))))
    assert [bool(limits.count("search", "an")) for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002::/64"),
        ("2001:db8:1:2:ffff::1", "2001:0db8:0001:0002::/64"),
        ("testclient", "testclient"),
    ],
)
def test_one_customer_is_one_address(given: str, counted: str) -> None:
    app = FastAPI()
    request = Request({"type": "http", "headers": [], "client": (given, 1), "app": app})
    assert address_of(request) == counted


def test_a_header_of_the_sender_counts_only_behind_the_gateway() -> None:
    app = FastAPI()
    headers = [(b"x-real-ip", b"192.0.2.99")]
    request = Request({"type": "http", "headers": headers, "client": ("192.0.2.7", 1), "app": app})
    assert address_of(request) == "192.0.2.7"
    app.state.behind_gateway = True
    assert address_of(request) == "192.0.2.99"
