"""The record of access over HTTP: for the auditor, for whoever asks what they did, and access in an emergency."""

from datetime import date
from itertools import islice
from typing import Annotated

import msgspec
from fastapi import Query, Request, Response

from services.identity.access.permissions import require_keeper, require_replayer
from services.identity.access_control import AccessControl
from services.identity.access_record.entries import AccessLine
from services.identity.access_record.reading import read_access
from services.identity.access_record.recorder import (
    MAX_REASON_LENGTH,
    MIN_REASON_LENGTH,
    AccessNotRecorded,
    EmergencyNeedsReason,
)
from services.identity.access_record.refusals import access_not_recorded
from services.identity.routes.requests import NO_ACCOUNTS, document_json, require_accounts
from shared.core.clock import Clock
from shared.core.partial_dates import day_of
from shared.http.authentication import read_session_cookie
from shared.http.openapi import SESSION_ONLY, document_refusals
from shared.http.principal import current_principal
from shared.http.problems import JsonResponse, Problem, response_schema
from shared.http.request_body import Body, parse_fact
from shared.http.route_list import RouteList
from shared.http.token_classes import Reader, current_reader

RECORD_PATH = "/identity/access-record"
REVOKED_PATH = "/api-tokens/revoked-access-tokens"
OWN_RECORD_PATH = "/session/access-record"
EMERGENCY_PATH = "/session/emergency"
MOST = 1000


class AccessPage(msgspec.Struct, frozen=True):
    """Some entries of the record of access, in the order in which they were recorded."""

    items: tuple[AccessLine, ...]
    """The entries."""
    cursor: int | None = None
    """The same as `next`, as a number; null: there is no more now."""
    next: str = ""
    """What `cursor` takes for the next page; empty: there is no more now."""


class EmergencyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Access out of the own scope, for an hour."""

    reason: str
    """Why, in words: it is put on record, and the auditor reads it."""


class Emergency(msgspec.Struct, frozen=True):
    """Whether somebody has access out of their scope now."""

    until: str
    """The instant at which it ends; empty: they have none."""


class RevokeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An access token that is refused from now on."""

    issuer: str
    """Who issued it, as its claim `iss` says."""
    jti: str
    """Its id, as its claim `jti` says."""


class Revoked(msgspec.Struct, frozen=True):
    """A token that is refused."""

    until: str
    """So long; by then it has ended anyway."""


BODY_TYPES = (AccessPage, Emergency, EmergencyRequest, Revoked, RevokeRequest)
"""Of requests and answers, for the OpenAPI document."""
Cursor = Annotated[int, Query(description="The `next` of the page before.", ge=0)]
Limit = Annotated[int, Query(description=f"How many entries at most, up to {MOST:,}.", ge=1, le=MOST)]


def create_access_router(control: AccessControl | None, clock: Clock) -> RouteList:
    """The routes over the log of identity. None: there are no accounts."""
    api = RouteList(tags=["identity"], responses=NO_ACCOUNTS)

    def today() -> date:
        return date.fromisoformat(day_of(clock()))

    def respond(of: str, by: str, cursor: int, limit: int, reader: Reader | None = None) -> Response:
        """`reader`: who sees only what is about their scope; None: of the own record all."""
        opened = require_accounts(control)
        opened.recorder.flush()  # so that what somebody did just now is there
        lines = read_access(opened.log, of, by, cursor)
        found = list(islice((each for each in lines if reader is None or _is_for(reader, each[1])), limit))
        after = found[-1][0] if len(found) == limit else None
        return JsonResponse(AccessPage(tuple(line for _, line in found), after, str(after or "")))

    @api.get(
        RECORD_PATH,
        operation_id="listAccessRecord",
        responses=response_schema(AccessPage),
        openapi_extra=SESSION_ONLY,
    )
    def list_access_record(
        of: Annotated[str, Query(description="Id of a person or unit that was looked at.")] = "",
        by: Annotated[str, Query(description="Id of the account or token that looked.")] = "",
        cursor: Cursor = 0,
        limit: Limit = 100,
    ) -> Response:
        """List who looked at what. For auditors: who was shown sensitive fields of whom, exported, was denied, or had
        access in an emergency. An auditor of a part of the tree reads what is about it."""
        require_replayer(require_accounts(control).policy, today())
        return respond(of, by, cursor, limit, current_reader())

    @api.get(OWN_RECORD_PATH, operation_id="listOwnAccess", responses=response_schema(AccessPage))
    def list_own_access(cursor: Cursor = 0, limit: Limit = 100) -> Response:
        """List what I looked at. It is what is on record of the own account or token."""
        return respond("", current_principal().id, cursor, limit)

    @api.get(EMERGENCY_PATH, operation_id="getEmergencyAccess", responses=response_schema(Emergency))
    def show_emergency() -> Response:
        """Whether I have access in an emergency, and until when it lasts."""
        emergency = current_principal().emergency
        return JsonResponse(Emergency(emergency.until if emergency else ""))

    @api.post(
        EMERGENCY_PATH,
        operation_id="startEmergencyAccess",
        responses=response_schema(Emergency) | document_refusals(413, 415, 422, 503),
        openapi_extra=document_json(EmergencyRequest) | SESSION_ONLY,
    )
    def start_emergency(request: Request, received: Body) -> Response:
        """Ask for access in an emergency: read out of the own scope for an hour, or until this session ends. The
        reason is on record before anything is shown."""
        principal, given = current_principal(), parse_fact(received, EmergencyRequest)
        secret = read_session_cookie(request)
        if principal.kind != "person" or not principal.id or not secret:
            raise _persons_only()
        opened = require_accounts(control)
        try:
            emergency = opened.recorder.start_emergency(principal.id, principal.name, given.reason)
        except EmergencyNeedsReason:
            raise _needs_reason() from None
        except AccessNotRecorded:
            raise access_not_recorded() from None
        if not opened.sessions.start_emergency(principal.id, secret, emergency):
            raise _persons_only()
        return JsonResponse(Emergency(emergency.until))

    @api.post(
        REVOKED_PATH,
        operation_id="revokeAccessToken",
        responses=response_schema(Revoked) | document_refusals(413, 415, 422),
        openapi_extra=document_json(RevokeRequest) | SESSION_ONLY,
    )
    def revoke_access_token(received: Body) -> Response:
        """Withdraw an access token. For administrators: refuse one token of a configured issuer from now on."""
        request, opened = parse_fact(received, RevokeRequest), require_accounts(control)
        principal = require_keeper(opened.policy, "manageKeys", today())
        if not request.issuer or not request.jti:
            raise _token_not_named()
        return JsonResponse(
            Revoked(opened.revoked.revoke(request.issuer, request.jti, principal.name or principal.id))
        )

    return api


def _is_for(reader: Reader, line: AccessLine) -> bool:
    """Whether an auditor may read an entry: one of a part of the tree, those about it."""
    if reader.scope is None:
        return True
    return bool(line.of) and not reader.is_out_of_reach(line.of)


def _persons_only() -> Problem:
    return Problem(
        403,
        "PersonNeeded",
        "Only a person who has signed in may ask for access in an emergency.",
        "Chỉ người đã đăng nhập mới được yêu cầu truy cập khẩn cấp",
        "A program asks those whose data it needs. Chương trình hãy đề nghị người có thẩm quyền.",
    )


def _needs_reason() -> Problem:
    return Problem(
        422,
        "EmergencyNeedsReason",
        "Access in an emergency needs a reason.",
        "Truy cập khẩn cấp phải nêu lý do",
        f"Say in {MIN_REASON_LENGTH} to {MAX_REASON_LENGTH} characters what happened and whose data you need. "
        f"Hãy nêu trong {MIN_REASON_LENGTH} đến {MAX_REASON_LENGTH} ký tự việc gì xảy ra và cần dữ liệu của ai.",
        field="reason",
    )


def _token_not_named() -> Problem:
    return Problem(
        422,
        "TokenNotNamed",
        "The token to withdraw is not named.",
        "Chưa nêu mã truy cập cần thu hồi",
        "Give `issuer` and `jti` as the token has them. Hãy ghi `issuer` và `jti` như trong mã truy cập.",
        field="jti",
    )
