"""Signing in and out, the own sessions, and the own password and one-time codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from services.identity.access.identity_access import IdentityAccess
from services.identity.access.signing_in import Started, WhoAmI, WrongCredentials
from services.identity.credentials.lockout import Locked
from services.identity.credentials.passwords import WeakPassword
from services.identity.credentials.sessions import Found
from services.identity.routes.requests import (
    SIGN_IN_PAGE,
    FormOrJson,
    LinkRequest,
    PasswordRequest,
    ProofRequest,
    SignInRequest,
    client_of,
    fail_locked,
    fail_weak,
    fail_wrong,
    redirect,
    set_session_cookie,
)
from shared.core.partial_dates import Instant
from shared.http.authentication import (
    check_sent_by_own_page,
    read_session_cookie,
    require_recent_sign_in,
)
from shared.http.principal import NOBODY, current_principal
from shared.http.problems import JsonResponse, Problem


def create_session_router(access: IdentityAccess) -> APIRouter:
    api = APIRouter()
    sign_in, sessions = access.sign_in, access.store.sessions

    def now() -> datetime:
        return datetime.fromisoformat(access.clock())

    def find_session(request: Request) -> tuple[str, Found]:
        """The session of the cookie, also one that waits for its code. Raises Problem."""
        secret = read_session_cookie(request)
        found = access.principals.find_session(secret) if secret else None
        if found is None:
            raise _not_signed_in()
        check_sent_by_own_page(request)
        return secret, found

    def require_session(request: Request) -> Found:
        _, found = find_session(request)
        if found.waits_for_code:
            raise _not_signed_in()
        return found

    def respond(request: Request, started: Started, is_form: bool) -> Response:
        step = {"step": "code"} if started.waits_for_code else {}
        if is_form:
            response = redirect(SIGN_IN_PAGE if step else "/", **step)
        else:
            response = JsonResponse({"waits_for_code": started.waits_for_code}, 200)
        set_session_cookie(request, response, started.secret)
        return response

    @contextmanager
    def refusals() -> Iterator[None]:
        try:
            yield
        except Locked as error:
            fail_locked(error, _seconds_until(error.until, now()))
        except WrongCredentials:
            fail_wrong()
        except WeakPassword as error:
            fail_weak(error)

    @api.post("/session")
    def start_session(request: Request, received: FormOrJson) -> Response:
        """Sign in with login and password. The answer sets a cookie; where the account has one-time codes, the session
        counts once a code was sent to `/session/code`."""
        given = received.parse(SignInRequest)
        try:
            with refusals():
                started = sign_in.sign_in(given.login, given.password, *client_of(request))
        except Problem as problem:
            if not received.is_form:
                raise
            return redirect(SIGN_IN_PAGE, error=str(problem.body["rule"]))
        return respond(request, started, received.is_form)

    @api.post("/session/code")
    def prove(request: Request, received: FormOrJson) -> Response:
        """Complete a sign-in by a one-time code or a recovery code; or prove once more who one is, by a code or the
        password, before what asks for a recent proof."""
        given = received.parse(ProofRequest)
        secret, found = find_session(request)
        try:
            with refusals():
                address = client_of(request)[0]
                if given.code:
                    started = sign_in.give_code(secret, found, given.code, address)
                else:
                    started = sign_in.give_password(secret, found, given.password, address)
        except Problem as problem:
            if not received.is_form:
                raise
            return redirect(SIGN_IN_PAGE, step="code", error=str(problem.body["rule"]))
        return respond(request, started, received.is_form)

    @api.post("/session/link")
    def set_password(request: Request, received: FormOrJson) -> Response:
        """Set the password of an account by its one-time link, which cannot be used again."""
        given = received.parse(LinkRequest)
        try:
            with refusals():
                sign_in.set_password_by_link(given.link, given.password)
        except Problem as problem:
            if not received.is_form:
                raise
            return redirect(SIGN_IN_PAGE, link=given.link, error=str(problem.body["rule"]))
        return redirect(SIGN_IN_PAGE) if received.is_form else Response(status_code=204)

    @api.get("/session")
    def who_am_i(request: Request) -> Response:
        """Who is signed in, with the roles of today."""
        principal = current_principal()
        if principal is NOBODY:
            _, found = find_session(request)
            return JsonResponse(WhoAmI("", "", "person", (), found.waits_for_code))
        roles = sorted(role.value for role in principal.roles_on(now().date()))
        return JsonResponse(WhoAmI(principal.id, principal.name, principal.kind, tuple(roles)))

    @api.delete("/session")
    def end_session(request: Request) -> Response:
        """Sign out."""
        _, found = find_session(request)
        sessions.end(found.principal.id, [found.handle])
        response = Response(status_code=204)
        set_session_cookie(request, response, "")
        return response

    @api.post("/session/end")
    def end_session_by_form(request: Request) -> Response:
        """Sign out, from a page without scripts."""
        _, found = find_session(request)
        sessions.end(found.principal.id, [found.handle])
        response = redirect(SIGN_IN_PAGE)
        set_session_cookie(request, response, "")
        return response

    @api.get("/sessions")
    def list_sessions(request: Request) -> Response:
        """The sessions of the own account."""
        found = require_session(request)
        return JsonResponse(sessions.list_of(found.principal.id, access.clock(), found.handle))

    @api.delete("/sessions")
    def end_other_sessions(request: Request) -> Response:
        """End all sessions of the own account but this one."""
        found = require_session(request)
        return JsonResponse({"ended": sessions.end(found.principal.id, but=found.handle)})

    @api.delete("/sessions/{session_id}")
    def end_one_session(
        request: Request, session_id: Annotated[str, Path(description="Id of the session.")]
    ) -> Response:
        """End one session of the own account."""
        found = require_session(request)
        if not sessions.end(found.principal.id, [session_id]):
            raise Problem(404, "NotFound", "You have no such session.", "Không có phiên này", session_id)
        return Response(status_code=204)

    @api.put("/session/password")
    def change_password(request: Request, received: FormOrJson) -> Response:
        """Change the own password. All sessions end, this one too."""
        given, found = received.parse(PasswordRequest), require_session(request)
        with refusals():
            sign_in.change_password(found, given.password, given.new_password, client_of(request)[0])
        response = Response(status_code=204)
        set_session_cookie(request, response, "")
        return response

    @api.post("/session/codes")
    def begin_codes(request: Request) -> Response:
        """Begin with one-time codes: the address that an application on a telephone scans."""
        found = require_session(request)
        require_recent_sign_in(found.principal, now())
        return JsonResponse({"uri": sign_in.begin_codes(found)})

    @api.post("/session/codes/confirm")
    def confirm_codes(request: Request, received: FormOrJson) -> Response:
        """Give the first code. From now on signing in asks for one. Shows recovery codes, once."""
        given, found = received.parse(ProofRequest), require_session(request)
        require_recent_sign_in(found.principal, now())
        with refusals():
            return JsonResponse({"recovery_codes": sign_in.confirm_codes(found, given.code)})

    return api


def _seconds_until(until: Instant, now: datetime) -> int:
    return int((datetime.fromisoformat(until) - now).total_seconds()) + 1


def _not_signed_in() -> Problem:
    return Problem(
        401, "NotSignedIn", "Nobody is signed in.", "Chưa đăng nhập", "Sign in first. Hãy đăng nhập trước."
    )
