"""Who may use a ledger that listens on this machine: its own page and local programs, no page of another origin.

Any page that is open in a browser here can send requests to 127.0.0.1, and a name of its own can be made to lead there
(DNS rebinding). So the host, the origin and, of a browser, a token are checked before a request is read.
"""

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.auth import READ_METHODS, SIGNED_PATHS, is_open
from shared.http.browser_hosts import LOOPBACK_HOSTS as LOOPBACK_HOSTS
from shared.http.browser_hosts import split_authority as split_authority
from shared.http.problems import Problem

PROBES = frozenset({"/health", "/ready"})
"""Paths that tell nothing but whether the process is well: open to any host."""
BROWSER_SIGNS = (
    "origin",
    "referer",
    "cookie",
    "sec-fetch-site",
    "sec-fetch-mode",
    "sec-fetch-dest",
    "sec-fetch-user",
)
"""Headers that browsers send by themselves. No page can take Sec-Fetch-Site or Origin away."""
TOKEN_PARAMETER = "token"


class BrowserGuard(msgspec.Struct, frozen=True, kw_only=True):
    """What is checked of a request. Without `hosts` any host is served, without `token` no token is asked for here."""

    hosts: frozenset[str] = frozenset()
    """Names of the host that are served, in small letters, without a port."""
    token: str = ""
    """The start token: in the printed address, then in a cookie; programs send it as a bearer token."""
    everybody: bool = False
    """Whether programs of this machine, which send no sign of a browser, need the token too."""

    def check(self, method: str, path: str, headers: Headers) -> Problem | None:
        """Why the request is refused; None where it is not."""
        if path in PROBES and method in READ_METHODS:
            return None
        names = headers.getlist("host")
        if (
            path in SIGNED_PATHS
        ):  # no page can sign one; sites call by any name, and send no sign of a browser
            is_foreign = self._is_foreign(method, names[0] if names else "", headers)
            return _foreign_origin() if is_foreign else None
        host = split_authority(names[0])[0] if len(names) == 1 else ""
        if self.hosts and host not in self.hosts:
            return _host_not_allowed(names)
        if self._is_foreign(method, names[0] if names else "", headers):
            return _foreign_origin()
        if not self.token or (is_open(path) and method in READ_METHODS) or self.knows(headers):
            return None
        signs = any(name in headers for name in BROWSER_SIGNS)
        if not self.everybody and not signs and host in LOOPBACK_HOSTS:
            return None
        return _token_needed()

    def _is_foreign(self, method: str, host: str, headers: Headers) -> bool:
        """Whether a browser sends it for a page of another origin. Following a link to here is not foreign."""
        if any(not self._is_own(origin, host) for origin in headers.getlist("origin")):
            return True
        if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
            return False
        followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        return method not in ("GET", "HEAD") or not followed

    def _is_own(self, origin: str, host: str) -> bool:
        """Whether an Origin is this host and port, or one of the further names (a proxy may rename the host)."""
        name, port = split_authority(urlsplit(origin).netloc)
        if not name:
            return False
        return (name, port) == split_authority(host) or name in self.hosts - LOOPBACK_HOSTS

    def knows(self, headers: Headers) -> bool:
        """Whether the request carries the token, in its cookie or as a bearer token."""
        name = cookie_name(headers.get("host", ""))
        given = [value for key, value in _cookies(headers) if key == name]
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            given.append(bearer.strip())
        return any(hmac.compare_digest(each.encode(), self.token.encode()) for each in given)

    def exchange(self, method: str, path: str, query: str, headers: Headers) -> Response | None:
        """The clean address, and the cookie, for a browser that comes with the token in the address."""
        if not self.token or method != "GET" or TOKEN_PARAMETER not in query:
            return None
        parameters = parse_qsl(query, keep_blank_values=True)
        given = [value for name, value in parameters if name == TOKEN_PARAMETER]
        if not any(hmac.compare_digest(each.encode(), self.token.encode()) for each in given):
            return None
        rest = urlencode([pair for pair in parameters if pair[0] != TOKEN_PARAMETER])
        location = "/" + path.lstrip("/\\").replace("\\", "%5C") + (f"?{rest}" if rest else "")
        cookie = f"{cookie_name(headers.get('host', ''))}={self.token}; Path=/; HttpOnly; SameSite=Strict"
        return Response(status_code=303, headers={"Location": location, "Set-Cookie": cookie})


class GuardedRequests:
    """Answers what the guard refuses, and passes on everything else."""

    def __init__(self, app: ASGIApp, guard: BrowserGuard) -> None:
        self.app, self.guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, headers = scope["method"], Headers(scope=scope)
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        refusal = self.guard.check(method, scope["path"], headers)
        query = scope["query_string"].decode("latin-1")
        host_refused = refusal is not None and refusal.body["rule"] == "HostNotAllowed"
        entry = None if host_refused else self.guard.exchange(method, path, query, headers)
        answer = entry or (refusal.to_response() if refusal else None)
        await (answer or self.app)(scope, receive, send)


class AnswerHeaders:
    """Adds headers to every answer that does not have them: no guessing of types, no frames, nothing kept."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(pair for pair in self.headers if pair[0] not in names)]
            await send(message)

        await self.app(scope, receive, send_completed)


def cookie_name(host: str) -> str:
    """Cookies are shared by all ports of a host, so that of each ledger is named after its port."""
    return f"cadre-token-{split_authority(host)[1]}"


def _cookies(headers: Headers) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for header in headers.getlist("cookie") for part in header.split(";")]
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _host_not_allowed(names: list[str]) -> Problem:
    return Problem(
        421,
        "HostNotAllowed",
        "This ledger is not served under this name.",
        "Sổ này không phục vụ dưới tên máy chủ này",
        f"The Host header was {', '.join(names)[:100] or 'missing'}; use 127.0.0.1 or localhost, or add the name to "
        "CADRE_HOSTS. Tiêu đề Host sai; hãy dùng 127.0.0.1 hoặc localhost, hoặc thêm tên vào CADRE_HOSTS.",
    )


def _foreign_origin() -> Problem:
    return Problem(
        403,
        "ForeignOrigin",
        "A page of another origin may not use this ledger.",
        "Trang của nguồn khác không được dùng sổ này",
        "Origin or Sec-Fetch-Site says that another page sent this. Use the ledger's own page, or a program that is "
        "no browser. Yêu cầu đến từ trang khác; hãy dùng trang của sổ, hoặc một chương trình không phải trình duyệt.",
    )


def _token_needed() -> Problem:
    return Problem(
        401,
        "Unauthorised",
        "A token is needed.",
        "Cần mã truy cập",
        "Open the address that `cadre run` printed, or send Authorization: Bearer with the token in it. "
        "Hãy mở địa chỉ mà `cadre run` đã in, hoặc gửi Authorization: Bearer cùng mã trong địa chỉ đó.",
    ).with_headers({"WWW-Authenticate": "Bearer"})
