"""Signing in and out, the own sessions, and the own password and one-time codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Depends, Path, Request
from starlette.responses import Response

from services.identity.access.signing_in import Started, WhoAmI, WrongCredentials
from services.identity.credentials.lockout import Locked
from services.identity.credentials.passwords import WeakPassword
from services.identity.credentials.sessions import Found, Session
from services.identity.routes.requests import (
    NO_ACCOUNTS,
    SIGN_IN_PAGE,
    FindAccess,
    FormOrJson,
    LinkRequest,
    PasswordRequest,
    ProofRequest,
    SignInRequest,
    client_of,
    document_form,
    fail_locked,
    fail_weak,
    fail_wrong,
    redirect,
    set_session_cookie,
)
from shared.core.partial_dates import Instant
from shared.http.authentication import (
    CHALLENGE,
    check_sent_by_own_page,
    read_session_cookie,
    require_recent_sign_in,
)
from shared.http.openapi import NO_SIGN_IN, SESSION_ONLY, document_refusals
from shared.http.principal import NOBODY, current_principal
from shared.http.problems import JsonResponse, Problem, response_schema
from shared.http.route_list import RouteList


class SignInStep(msgspec.Struct, frozen=True):
    """How far a sign-in is."""

    waits_for_code: bool
    """Whether the session counts only once a one-time code was sent to `/session/code`."""


class EndedSessions(msgspec.Struct, frozen=True):
    """How many sessions were ended."""

    ended: int
    """Their number."""


class CodeSecret(msgspec.Struct, frozen=True):
    """What an application on a telephone needs to make one-time codes."""

    uri: str
    """An address `otpauth://totp/…`, to be shown as a QR code, once."""


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Codes for whoever loses their telephone; each counts once."""

    recovery_codes: list[str]
    """They are shown this once."""


RESPONSE_TYPES = (SignInStep, WhoAmI, EndedSessions, CodeSecret, RecoveryCodes, Session)
_BODY = (401, 413, 415, 422)
"""Refusals of a body, and of what it proves."""


def create_session_router(find_access: FindAccess) -> RouteList:
    api = RouteList(tags=["identity"], responses=NO_ACCOUNTS)

    def now() -> datetime:
        return datetime.fromisoformat(find_access().clock())

    def find_session(request: Request) -> Found:
        """The session of the cookie, also one that waits for its code. Raises Problem."""
        secret = read_session_cookie(request)
        found = find_access().principals.find_session(secret) if secret else None
        if found is None:
            raise _not_signed_in()
        check_sent_by_own_page(request)
        return found

    def require_session(request: Request) -> Found:
        found = find_session(request)
        if found.waits_for_code:
            raise _not_signed_in()
        return found

    def respond(request: Request, started: Started, is_form: bool) -> Response:
        step = {"step": "code"} if started.waits_for_code else {}
        if is_form:
            response = redirect(SIGN_IN_PAGE if step else "/", **step)
        else:
            response = JsonResponse(SignInStep(started.waits_for_code))
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

    @api.post(
        "/session",
        operation_id="startSession",
        responses=response_schema(SignInStep) | document_refusals(*_BODY, 403, 429),
        openapi_extra=document_form(SignInRequest) | NO_SIGN_IN,
    )
    def start_session(request: Request, received: FormOrJson) -> Response:
        """Sign in with login and password. The answer sets a cookie; where the account has one-time codes, the session
        counts once a code was sent to `/session/code`. A form is answered 303."""
        given = received.parse(SignInRequest)
        try:
            with refusals():
                started = find_access().sign_in.sign_in(given.login, given.password, *client_of(request))
        except Problem as problem:
            if not received.is_form:
                raise
            return redirect(SIGN_IN_PAGE, error=str(problem.body["rule"]))
        return respond(request, started, received.is_form)

    @api.post(
        "/session/code",
        operation_id="proveIdentity",
        responses=response_schema(SignInStep) | document_refusals(*_BODY, 429),
        openapi_extra=document_form(ProofRequest, code="123456") | SESSION_ONLY,
    )
    def prove(
        request: Request, found: Annotated[Found, Depends(find_session)], received: FormOrJson
    ) -> Response:
        """Complete a sign-in by a one-time code or a recovery code; or prove once more who one is, by a code or the
        password, before what asks for a recent proof. A form is answered 303."""
        given, secret = received.parse(ProofRequest), read_session_cookie(request)
        sign_in, address = find_access().sign_in, client_of(request)[0]
        try:
            with refusals():
                if given.code:
                    started = sign_in.give_code(secret, found, given.code, address)
                else:
                    started = sign_in.give_password(secret, found, given.password, address)
        except Problem as problem:
            if not received.is_form:
                raise
            return redirect(SIGN_IN_PAGE, step="code", error=str(problem.body["rule"]))
        return respond(request, started, received.is_form)

    @api.post(
        "/session/link",
        operation_id="setPasswordByLink",
        status_code=204,
        responses=document_refusals(*_BODY, 403, 429),
        openapi_extra=document_form(LinkRequest) | NO_SIGN_IN,
    )
    def set_password(request: Request, received: FormOrJson) -> Response:
        """Set the password of an account by its one-time link, which cannot be used again. A form is answered 303."""
        given = received.parse(LinkRequest)
        try:
            with refusals():
                find_access().sign_in.set_password_by_link(given.link, given.password)
        except Problem as problem:
            if not received.is_form:
                raise
            return redirect(SIGN_IN_PAGE, link=given.link, error=str(problem.body["rule"]))
        return redirect(SIGN_IN_PAGE) if received.is_form else Response(status_code=204)

    @api.get("/session", operation_id="getSession", responses=response_schema(WhoAmI))
    def who_am_i(request: Request) -> Response:
        """Who is signed in, with the roles of today."""
        principal = current_principal()
        if principal is NOBODY:
            return JsonResponse(WhoAmI("", "", "person", (), find_session(request).waits_for_code))
        roles = sorted(role.value for role in principal.roles_on(now().date()))
        return JsonResponse(WhoAmI(principal.id, principal.name, principal.kind, tuple(roles)))

    def end(request: Request, found: Found, response: Response) -> Response:
        find_access().store.sessions.end(found.principal.id, [found.handle])
        set_session_cookie(request, response, "")
        return response

    @api.delete("/session", operation_id="endSession", status_code=204, openapi_extra=SESSION_ONLY)
    def end_session(request: Request, found: Annotated[Found, Depends(find_session)]) -> Response:
        """Sign out."""
        return end(request, found, Response(status_code=204))

    # The form of a page without scripts, which cannot send DELETE: for programs there is DELETE /session.
    @api.post("/session/end", include_in_schema=False)
    def end_session_by_form(request: Request, found: Annotated[Found, Depends(find_session)]) -> Response:
        """Sign out, from a page without scripts."""
        return end(request, found, redirect(SIGN_IN_PAGE))

    @api.get(
        "/sessions",
        operation_id="listSessions",
        responses=response_schema(list[Session]),
        openapi_extra=SESSION_ONLY,
    )
    def list_sessions(found: Annotated[Found, Depends(require_session)]) -> Response:
        """List the sessions of the own account."""
        access = find_access()
        listed = access.store.sessions.list_of(found.principal.id, access.clock(), found.handle)
        return JsonResponse(listed)

    @api.delete(
        "/sessions",
        operation_id="endOtherSessions",
        responses=response_schema(EndedSessions),
        openapi_extra=SESSION_ONLY,
    )
    def end_other_sessions(found: Annotated[Found, Depends(require_session)]) -> Response:
        """End all sessions of the own account but this one."""
        ended = find_access().store.sessions.end(found.principal.id, but=found.handle)
        return JsonResponse(EndedSessions(ended))

    @api.delete(
        "/sessions/{session_id}", operation_id="endOneSession", status_code=204, openapi_extra=SESSION_ONLY
    )
    def end_one_session(
        found: Annotated[Found, Depends(require_session)],
        session_id: Annotated[str, Path(description="Id of the session.")],
    ) -> Response:
        """End one session of the own account."""
        if not find_access().store.sessions.end(found.principal.id, [session_id]):
            raise Problem(404, "NotFound", "You have no such session.", "Không có phiên này", session_id)
        return Response(status_code=204)

    @api.put(
        "/session/password",
        operation_id="changePassword",
        status_code=204,
        responses=document_refusals(*_BODY, 429),
        openapi_extra=document_form(PasswordRequest) | SESSION_ONLY,
    )
    def change_password(
        request: Request, found: Annotated[Found, Depends(require_session)], received: FormOrJson
    ) -> Response:
        """Change the own password. All sessions end, this one too."""
        given, sign_in = received.parse(PasswordRequest), find_access().sign_in
        with refusals():
            sign_in.change_password(found, given.password, given.new_password, client_of(request)[0])
        response = Response(status_code=204)
        set_session_cookie(request, response, "")
        return response

    @api.post(
        "/session/codes",
        operation_id="beginOneTimeCodes",
        responses=response_schema(CodeSecret),
        openapi_extra=SESSION_ONLY,
    )
    def begin_codes(found: Annotated[Found, Depends(require_session)]) -> Response:
        """Begin with one-time codes: the address that an application on a telephone scans."""
        require_recent_sign_in(found.principal, now())
        return JsonResponse(CodeSecret(find_access().sign_in.begin_codes(found)))

    @api.post(
        "/session/codes/confirm",
        operation_id="confirmOneTimeCodes",
        responses=response_schema(RecoveryCodes) | document_refusals(*_BODY),
        openapi_extra=document_form(ProofRequest, code="123456") | SESSION_ONLY,
    )
    def confirm_codes(found: Annotated[Found, Depends(require_session)], received: FormOrJson) -> Response:
        """Give the first code. From now on signing in asks for one. Shows recovery codes, once."""
        given = received.parse(ProofRequest)
        require_recent_sign_in(found.principal, now())
        with refusals():
            return JsonResponse(RecoveryCodes(find_access().sign_in.confirm_codes(found, given.code)))

    return api


def _seconds_until(until: Instant, now: datetime) -> int:
    return int((datetime.fromisoformat(until) - now).total_seconds()) + 1


def _not_signed_in() -> Problem:
    return Problem(
        401, "NotSignedIn", "Nobody is signed in.", "Chưa đăng nhập", "Sign in first. Hãy đăng nhập trước."
    ).with_headers(CHALLENGE)
