"""Bodies of requests about sessions: JSON of a program, or a form of the page; and the answers they share."""

from typing import Annotated, NoReturn, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from fastapi import Depends, Request
from starlette.responses import Response

from services.identity.credentials.lockout import Locked
from services.identity.credentials.passwords import WeakPassword
from shared.http.authentication import session_cookie
from shared.http.problems import Problem
from shared.http.request_body import JSON, parse_fact

FORM = "application/x-www-form-urlencoded"
MAX_BYTES = 10_000
SIGN_IN_PAGE = "/sign-in"
T = TypeVar("T")


class SignInRequest(msgspec.Struct, frozen=True):
    """What somebody types to sign in."""

    login: str
    """The login of the account."""
    password: str
    """Its password."""


class ProofRequest(msgspec.Struct, frozen=True):
    """A one-time code, a recovery code or the password: one of them."""

    code: str = ""
    """A one-time code or a recovery code."""
    password: str = ""
    """The password; where the sign-in is complete."""


class LinkRequest(msgspec.Struct, frozen=True):
    """The password for the account of a one-time link."""

    link: str
    """The secret part of the link."""
    password: str
    """The password that the account gets."""


class PasswordRequest(msgspec.Struct, frozen=True):
    """Another password for the own account."""

    password: str
    """The present one."""
    new_password: str
    """The one from now on."""


class Received(msgspec.Struct, frozen=True):
    """A body, and whether it came from a form."""

    content: bytes
    is_form: bool

    def parse(self, kind: type[T]) -> T:
        """The request that it holds. Raises Problem."""
        found: T = parse_fact(self.content, kind)
        return found


async def read_form_or_json(request: Request) -> Received:
    """The body. A form becomes JSON; its page is our own, as the guard has checked."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (JSON, FORM):
        raise Problem(
            415,
            "NotJson",
            "The body must be JSON or a form.",
            "Nội dung yêu cầu phải là JSON hoặc biểu mẫu",
            f"Send Content-Type: {JSON} or {FORM}.",
        )
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_BYTES:
            raise Problem(413, "TooLarge", f"This request may hold {MAX_BYTES:,} bytes.", "Yêu cầu quá lớn")
    if kind == JSON:
        return Received(bytes(received), False)
    try:
        fields = dict(parse_qsl(received.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise Problem(
            422, "BadBody", "The form cannot be read.", "Không đọc được biểu mẫu", "send it in UTF-8"
        ) from None
    return Received(msgspec.json.encode(fields), True)


FormOrJson = Annotated[Received, Depends(read_form_or_json)]


def set_session_cookie(request: Request, response: Response, secret: str) -> None:
    """Keep the id of a session in the browser until it is closed; an empty one is taken away."""
    name, is_secure = session_cookie(request)
    response.set_cookie(
        name, secret, max_age=None if secret else 0, path="/", secure=is_secure, httponly=True, samesite="lax"
    )


def redirect(to: str, **query: str) -> Response:
    """Where a form goes on."""
    return Response(status_code=303, headers={"Location": to + (f"?{urlencode(query)}" if query else "")})


def client_of(request: Request) -> tuple[str, str]:
    """(address, browser) of a request. The gateway says whose request it passes on."""
    direct = request.client.host if request.client else ""
    address = request.headers.get("x-real-ip", direct) if request.app.state.behind_gateway else direct
    return address, request.headers.get("user-agent", "")


def fail_locked(error: Locked, seconds: int) -> NoReturn:
    raise Problem(
        429,
        "TooManyAttempts",
        "Too many attempts failed; wait before the next one.",
        "Đăng nhập sai quá nhiều lần, hãy chờ trước khi thử lại",
        f"Try again after {error.until}.",
    ).with_headers({"Retry-After": str(max(1, seconds))}) from None


def fail_wrong() -> NoReturn:
    raise Problem(
        401,
        "WrongCredentials",
        "This is not right.",
        "Thông tin không đúng",
        "The login, the password or the code is wrong, or the account cannot be used. Sai tên đăng nhập, mật khẩu "
        "hoặc mã, hoặc tài khoản không dùng được.",
    ) from None


def fail_weak(error: WeakPassword) -> NoReturn:
    raise Problem(
        422,
        "WeakPassword",
        "This password is too weak.",
        "Mật khẩu quá yếu",
        f"{error}; {error.vi}",
        field="password",
    ) from None
