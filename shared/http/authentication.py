"""Who makes a request: by the cookie of a session, by a token, or by whatever else can tell; and what that one sees."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from shared.core.clock import Clock
from shared.core.partial_dates import day_of
from shared.http.browser_hosts import LOOPBACK_HOSTS, split_authority
from shared.http.principal import Principal, Role
from shared.http.problems import Problem
from shared.http.token_classes import TokenClass

RECENT = timedelta(minutes=5)
"""So long a proof of who one is counts for what must not be done by whoever finds an open browser."""
SIGN_IN_PATHS = frozenset({"/sign-in", "/session", "/session/link", "/session/code"})
"""Paths for those who have not signed in yet."""
OWN_PREFIXES = ("sign-in", "session", "sessions", "accounts", "grants", "delegations", "api-tokens")
"""First parts of the paths about accounts and sessions, whose routes say themselves who may."""
RECORDERS = frozenset({Role.OFFICER, Role.HEAD, Role.INTEGRATION})
"""Roles that record facts."""
SEE_PERSONAL = frozenset({Role.OFFICER, Role.HEAD, Role.AUDITOR})
SEE_BY_CLEARANCE = frozenset({Role.VIEWER, Role.INTEGRATION})
SEE_IDENTITY = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
"""Roles that read the log of accounts and access."""
SECURE_COOKIE = "__Host-cadre-session"
CHALLENGE = {"WWW-Authenticate": "Bearer"}
"""The header of every 401. Browsers ask nobody for a password by it."""
Resolver = Callable[[str], Principal | None]
"""Finds the principal of a bearer token; None: it is not one of its kind, or does not count."""


class Sessions(Protocol):
    """Where sessions are kept."""

    def is_required(self) -> bool:
        """Whether somebody has to sign in."""
        ...

    def by_session(self, secret: str) -> Principal | None:
        """Who is signed in with this cookie."""
        ...


@dataclass(frozen=True)
class Authentication:
    """How requests say who makes them: a cookie, then each kind of token in turn."""

    sessions: Sessions
    resolvers: Sequence[Resolver]
    clock: Clock

    def is_required(self) -> bool:
        return self.sessions.is_required()

    def today(self) -> date:
        return date.fromisoformat(day_of(self.clock()))

    async def find(self, request: Request, bearer: str) -> Principal | None:
        """Who makes the request; None: nobody that is known. Raises Problem where a page may have been made to send
        it."""
        secret = read_session_cookie(request)
        if secret and (found := await run_in_threadpool(self.sessions.by_session, secret)):
            check_sent_by_own_page(request)
            return found
        for resolve in self.resolvers if bearer else ():
            if found := await run_in_threadpool(resolve, bearer):
                return found
        return None


def session_cookie(request: Request) -> tuple[str, bool]:
    """(name, whether it is secure). Browsers keep a secure cookie only where the connection is; on this machine
    without TLS there is none, and all ports share cookies."""
    host, port = split_authority(request.headers.get("host", ""))
    return (f"cadre-session-{port}", False) if host in LOOPBACK_HOSTS else (SECURE_COOKIE, True)


def read_session_cookie(request: Request) -> str:
    """What the cookie of the session holds; empty without one."""
    return request.cookies.get(session_cookie(request)[0], "")


def check_sent_by_own_page(request: Request) -> None:
    """A browser adds the cookie to whatever a page makes it send, so a change has to say from which page it comes;
    that this is our own, the guard has checked."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if "origin" not in request.headers and "sec-fetch-site" not in request.headers:
        raise Problem(
            403,
            "OriginMissing",
            "A change by the cookie of a session has to say from which page it comes.",
            "Yêu cầu dùng cookie phiên làm việc phải cho biết đến từ trang nào",
            "The request has neither Origin nor Sec-Fetch-Site. A program sends an API token instead of the cookie. "
            "Yêu cầu thiếu Origin và Sec-Fetch-Site; chương trình hãy gửi token API thay cho cookie.",
        )


def class_of(principal: Principal, day: date) -> TokenClass:
    """What somebody sees by their roles: an administrator, by that alone, nothing about persons."""
    roles = principal.roles_on(day)
    if roles & SEE_PERSONAL:
        return TokenClass.PERSONAL
    if roles & SEE_BY_CLEARANCE:
        cleared = principal.clearance in ("CONFIDENTIAL", "SECRET")
        return TokenClass.PERSONAL if cleared else TokenClass.INTERNAL
    return TokenClass.PUBLIC


def may_record(principal: Principal, day: date) -> bool:
    """Whether somebody records facts."""
    return principal.may_record and bool(principal.roles_on(day) & RECORDERS)


def is_own_path(path: str) -> bool:
    """Whether a path is about accounts and sessions."""
    return path.strip("/").partition("/")[0] in OWN_PREFIXES


def is_about_identity(path: str) -> bool:
    """Whether a path reads facts of accounts and access."""
    first, _, rest = path.strip("/").partition("/")
    return first == "identity" or (first in ("feeds", "facts") and rest.partition("/")[0] == "identity")


def role_needed(role: Role) -> Problem:
    """Whoever asks does not have the role."""
    return Problem(
        403,
        "RoleNeeded",
        f"This takes the role of {role.en}.",
        f"Việc này cần vai trò {role.vi}",
        "Ask an administrator for it. Hãy đề nghị người quản trị hệ thống phân quyền.",
        role=role.value,
    )


def require_recent_sign_in(principal: Principal, now: datetime) -> None:
    """Raise Problem where somebody proved who they are too long ago. Whoever has the start token has this machine."""
    if principal.kind == "laptop":
        return
    at = principal.authenticated_at
    if at is None or now - at > RECENT:
        raise Problem(
            403,
            "SignInAgain",
            "Prove once more who you are.",
            "Hãy xác nhận lại danh tính",
            f"Your last proof is older than {RECENT.seconds // 60} minutes: send the password or a code to "
            "POST /session/code. Hãy gửi lại mật khẩu hoặc mã dùng một lần tới POST /session/code.",
        )
