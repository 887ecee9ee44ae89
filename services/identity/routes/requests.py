"""Bodies of requests about sessions: JSON of a program, or a form of the page; and the answers they share."""

from collections.abc import Callable
from typing import Annotated, Any, NoReturn, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from fastapi import Depends, Request
from starlette.responses import Response

from services.identity.access.identity_access import IdentityAccess
from services.identity.credentials.lockout import Locked
from services.identity.credentials.passwords import WeakPassword
from shared.http.authentication import CHALLENGE, session_cookie
from shared.http.json_schemas import Schema, schema_of
from shared.http.openapi import document_body
from shared.http.problems import Problem
from shared.http.request_body import JSON, parse_fact

FORM = "application/x-www-form-urlencoded"
MAX_BYTES = 10_000
SIGN_IN_PAGE = "/sign-in"
NO_ACCOUNTS: dict[int | str, dict[str, Any]] = {
    404: {
        "description": "There is nothing with this id, or this ledger, which may only be read, has no accounts."
    }
}
"""What every route about accounts may answer."""
T = TypeVar("T")
FindAccess = Callable[[], IdentityAccess]
"""The accounts of this process. Raises Problem where there are none."""


def require_accounts(found: T | None) -> T:
    """What a route needs of the accounts. Raises Problem."""
    if found is None:
        raise Problem(
            404,
            "NoAccounts",
            "This ledger has no accounts.",
            "Sổ này không có tài khoản",
            "It may only be read here: open it once where it can be written. "
            "Sổ chỉ được mở để đọc; hãy mở một lần ở nơi ghi được.",
        )
    return found


def document_json(kind: Any) -> Schema:
    """The `openapi_extra` of a route whose body is such a request."""
    return document_body(schema_of(kind), "The request.", JSON)


def document_form(kind: Any, **example: str) -> Schema:
    """The same of a route to which the sign-in page, which has no scripts, posts its form. The form is not documented:
    only that page sends it, and client generators cannot read a body of two types."""
    found = document_json(kind)
    if example:
        found["requestBody"]["content"][JSON]["example"] = example
    return found


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


REQUEST_TYPES = (SignInRequest, ProofRequest, LinkRequest, PasswordRequest)


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
        ).with_headers({"Accept-Post": f"{JSON}, {FORM}"})
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
    ).with_headers(CHALLENGE) from None


def fail_weak(error: WeakPassword) -> NoReturn:
    raise Problem(
        422,
        "WeakPassword",
        "This password is too weak.",
        "Mật khẩu quá yếu",
        f"{error}; {error.vi}",
        field="password",
    ) from None
