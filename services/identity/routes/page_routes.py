"""The page on which somebody signs in, sets a password, sees their sessions and signs out: plain forms, no script."""

from html import escape
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from services.identity.routes.requests import SIGN_IN_PAGE, FindAccess
from shared.http.authentication import read_session_cookie
from shared.http.route_list import RouteList

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",  # with no-referrer a form would say that it comes from nowhere (Origin: null)
}
ERRORS = {
    "WrongCredentials": "Thông tin không đúng. · This is not right.",
    "TooManyAttempts": "Sai quá nhiều lần, hãy chờ rồi thử lại. · Too many attempts: wait, then try again.",
    "WeakPassword": "Mật khẩu quá yếu: ít nhất 12 ký tự, không phổ biến. · Too weak: 12 characters or more, not a "
    "common one.",
    "NotSignedIn": "Hãy đăng nhập lại. · Sign in again.",
}


def create_page_router(find_access: FindAccess) -> RouteList:
    api = RouteList(
        include_in_schema=False
    )  # HTML for persons; its forms post to routes that the document has

    @api.get(SIGN_IN_PAGE)
    def sign_in_page(
        request: Request,
        step: Annotated[str, Query(description="`code`: the second step.")] = "",
        link: Annotated[str, Query(description="The secret of a one-time link.")] = "",
        error: Annotated[str, Query(description="What was wrong.")] = "",
    ) -> Response:
        """The page for signing in; for who is signed in, the own sessions."""
        access, secret = find_access(), read_session_cookie(request)
        found = access.principals.find_session(secret) if secret else None
        if link:
            body = _link_form(link)
        elif found and not found.waits_for_code:
            sessions = access.store.sessions.list_of(found.principal.id, access.clock(), found.handle)
            rows = "".join(
                f"<tr><td>{escape(each.started_at[:16])}<td>{escape(each.seen_at[:16])}<td>{escape(each.address)}"
                f"<td>{escape(each.agent[:60])}<td>{'• phiên này · this one' if each.current else ''}"
                for each in sessions
            )
            body = (
                f"<p>{escape(found.principal.name)}</p><p><a href='/'>Mở sổ cán bộ · Open the ledger</a></p>"
                "<table><tr><th>Bắt đầu · Began<th>Dùng lần cuối · Last used<th>Địa chỉ · Address"
                f"<th>Trình duyệt · Browser<th>{rows}</table>"
                "<form method='post' action='/session/end'><button>Đăng xuất · Sign out</button></form>"
            )
        elif found and step == "code":
            body = _CODE_FORM
        else:
            body = _SIGN_IN_FORM
        said = f"<p role='alert'>{escape(ERRORS.get(error, ERRORS['WrongCredentials']))}</p>" if error else ""
        page = (
            "<!doctype html><html lang='vi'><meta charset='utf-8'>"
            "<meta name='viewport' content='width=device-width'><title>Đăng nhập · Sign in</title>"
            f"<main><h1>Sổ cán bộ · Cadre Ledger</h1>{said}{body}</main></html>"
        )
        return Response(page, media_type="text/html", headers=HEADERS)

    return api


_SIGN_IN_FORM = (
    "<form method='post' action='/session'>"
    "<p><label>Tên đăng nhập · Login<br><input name='login' autocomplete='username' required></label></p>"
    "<p><label>Mật khẩu · Password<br><input name='password' type='password' "
    "autocomplete='current-password' required></label></p><button>Đăng nhập · Sign in</button></form>"
)
_CODE_FORM = (
    "<form method='post' action='/session/code'><p><label>Mã dùng một lần hoặc mã khôi phục · One-time or recovery "
    "code<br><input name='code' autocomplete='one-time-code' required></label></p>"
    "<button>Tiếp tục · Continue</button></form>"
)


def _link_form(link: str) -> str:
    return (
        "<form method='post' action='/session/link'>"
        f"<input type='hidden' name='link' value='{escape(link)}'>"
        "<p><label>Mật khẩu mới (ít nhất 12 ký tự) · New password (12 characters or more)<br>"
        "<input name='password' type='password' minlength='12' autocomplete='new-password' required></label></p>"
        "<button>Đặt mật khẩu · Set the password</button></form>"
    )
