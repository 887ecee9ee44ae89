"""How often one principal or one address may sign in, search and export: more is answered 429 with the time to wait.

The counts are in the memory of each process. In a cluster a service is one process, so a limit holds for each service
by itself, and it starts anew with the process; what must outlast that, the lock-out of an account, is stored.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from math import ceil

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from services.identity.access_record.questions import EXPORTS
from shared.core.clock import Clock, system_clock
from shared.http.principal import current_principal
from shared.http.problems import Problem

SIGN_IN_PREFIX = "/session"
SIGN_IN_PATHS = frozenset({"/session", "/session/code", "/session/link"})
SEARCH_PATHS = frozenset({"/search", "/who-held"})
SEARCH_PARAMETER = "q"
FEEDS_PREFIX = "/feeds/"
SHARED_TOKEN_PREFIX = "token:"
"""Begins the ids of the tokens of a cluster from before there were accounts: many programs share one."""


@dataclass(frozen=True, slots=True)
class RateRules:
    """How many requests are answered, for each principal and, of sign-in, for each address."""

    sign_in: tuple[RateLimitItem, ...] = (RateLimitItemPerMinute(20), RateLimitItemPerHour(200))
    search: tuple[RateLimitItem, ...] = (RateLimitItemPerMinute(120), RateLimitItemPerHour(2000))
    """A person who types searches with each letter; somebody who takes the register of persons name by name is slower
    than their reader."""
    export: tuple[RateLimitItem, ...] = (RateLimitItemPerMinute(20), RateLimitItemPerHour(120))
    """Reports and the like."""
    feed: tuple[RateLimitItem, ...] = (RateLimitItemPerMinute(600),)
    """Pages of a feed: a program that follows all feeds asks each every few seconds, or pages through a long one."""


class RateLimits:
    """Counts requests of a kind by a key. Safe to share among threads."""

    def __init__(self, rules: RateRules = RateRules(), clock: Clock = system_clock) -> None:
        self.rules, self._clock = rules, clock
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, kind: str, key: str) -> int:
        """Count a request. The seconds to wait before the next one, where there were too many; else 0."""
        rules: tuple[RateLimitItem, ...] = getattr(self.rules, kind)
        if all(self._limiter.test(rule, kind, key) for rule in rules):
            for rule in rules:
                self._limiter.hit(rule, kind, key)
            return 0
        now = datetime.fromisoformat(self._clock()).timestamp()
        full = [rule for rule in rules if not self._limiter.test(rule, kind, key)]
        ends = [self._limiter.get_window_stats(rule, kind, key).reset_time for rule in full]
        return max(1, *(ceil(end - now) for end in ends))


def limit_requests(limits: RateLimits) -> Callable[[Request], Awaitable[None]]:
    """A dependency of every route, after that which finds the principal. Who has this machine alone is not limited."""

    async def check(request: Request) -> None:
        principal, kind = current_principal(), kind_of(request)
        many = principal.kind == "laptop" or principal.id.startswith(SHARED_TOKEN_PREFIX)
        if not kind or (many and kind != "sign_in"):
            return
        key = address_of(request) if kind == "sign_in" else principal.id or address_of(request)
        if seconds := limits.count(kind, key):
            raise too_many(kind, seconds)

    return check


def kind_of(request: Request) -> str:
    """The name of the rule that a request falls under; empty: none."""
    path = request.url.path
    if path in SIGN_IN_PATHS and request.method == "POST":
        return "sign_in"
    if path.startswith(f"{SIGN_IN_PREFIX}/oidc/"):
        return "sign_in"
    if request.method not in ("GET", "HEAD"):
        return ""
    if path.startswith(FEEDS_PREFIX):
        return "feed"
    if getattr(request.scope.get("route"), "path", "") in EXPORTS:
        return "export"
    is_search = path in SEARCH_PATHS or request.query_params.get(SEARCH_PARAMETER)
    return "search" if is_search else ""


def address_of(request: Request) -> str:
    """The address of the network from which a request comes: of IPv6 the part that one customer has."""
    given = request.client.host if request.client else ""
    if getattr(request.app.state, "behind_gateway", False):
        given = request.headers.get("x-real-ip", given)
    try:
        address = ip_address(given)
    except ValueError:
        return given[:100]
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or f"{address.exploded[:19]}::/64")
    return str(address)


_WORDS = {
    "sign_in": ("to sign in from this address", "đăng nhập từ địa chỉ này"),
    "search": ("to search", "tìm kiếm"),
    "export": ("for reports and exports", "lập báo cáo và xuất dữ liệu"),
    "feed": ("for pages of feeds", "đọc luồng sự kiện"),
}


def too_many(kind: str, seconds: int) -> Problem:
    """The refusal, with the time to wait."""
    english, vietnamese = _WORDS[kind]
    return Problem(
        429,
        "TooManyRequests",
        f"Too many requests {english}; wait a little.",
        f"Quá nhiều yêu cầu {vietnamese}, hãy chờ một lát",
        f"Try again in {seconds} seconds. Hãy thử lại sau {seconds} giây.",
        seconds=seconds,
    ).with_headers({"Retry-After": str(seconds)})
