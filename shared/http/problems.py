"""Responses in JSON, and errors as problem details (RFC 9457) that say what is wrong, where, and how to mend it."""

import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException
from starlette.routing import Match

from shared.commands.command_handler import VersionMismatch
from shared.commands.supposition import HasConsequences
from shared.core.corrections import UnknownFact
from shared.core.decider import Rejected
from shared.core.errors import (
    ACCEPT_CLOCK,
    ClockJumped,
    Conflict,
    DamagedStore,
    DiskFull,
    Fenced,
    KeyReused,
    LogBehindRows,
    ReadModelBehind,
    ReadOnlyStore,
    SiteClosed,
    StoreUnavailable,
)
from shared.database.failures import name_failure
from shared.http.json_schemas import schema_of
from shared.http.openapi import PROBLEM_JSON
from shared.http.out_of_reach import hide_ids, hide_ids_in_findings
from shared.http.token_classes import current_reader


class JsonResponse(Response):
    """A response whose content msgspec writes as JSON, with sealed fields as the token of the request may see them."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        reader = current_reader()
        body = msgspec.json.encode(reader.mask(content, reader.hidden))
        return hide_ids_in_findings(body, reader)


class Problem(Exception):
    """A refusal, answered as application/problem+json (RFC 9457). `rule` is a name that does not change."""

    def __init__(
        self, status: int, rule: str, title: str, title_vi: str, detail: str = "", **more: Any
    ) -> None:
        super().__init__(title)
        self.status = status
        self.headers: Mapping[str, str] = {}
        self.body = {
            "type": f"urn:cadre-ledger:problem:{rule}",
            "rule": rule,
            "title": title,
            "title_vi": title_vi,
            "status": status,
            "detail": detail or title,
            **more,
        }

    def with_headers(self, headers: Mapping[str, str] | None) -> "Problem":
        self.headers = headers or {}
        return self

    def to_response(self) -> Response:
        body = msgspec.json.encode(current_reader().mask(self.body), enc_hook=str)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **self.headers}
        return Response(body, self.status, headers=headers, media_type=PROBLEM_JSON)


def problem_of(error: Exception) -> Problem:
    """The problem details of any error that a request can raise."""
    match error:
        case Problem():
            return error
        case Rejected():
            status = (
                409 if isinstance(error, HasConsequences) else 404 if isinstance(error, UnknownFact) else 422
            )
            beside = {name: error.case[name] for name in ("facts", "consequences") if name in error.case}
            case_ = {name: value for name, value in error.case.items() if name not in ("field", *beside)}
            said = hide_ids({"detail": error.explain(), "case": case_, **beside}, current_reader())
            return Problem(
                status,
                error.rule,
                error.title,
                error.title_vi,
                said.pop("detail"),
                field=error.case.get("field", ""),
                **said,
            )
        case VersionMismatch():
            detail = (
                f"It is at version {error.current} now. Read it again, and send If-Match with that version."
            )
            return Problem(
                412,
                "VersionMismatch",
                "This has changed since you read it.",
                "Dữ liệu đã thay đổi sau khi bạn đọc",
                detail,
                version=error.version,
            )
        case Conflict():
            return Problem(
                409, "Conflict", "Others are writing here; try again.", "Dữ liệu đang được ghi, hãy thử lại"
            )
        case KeyReused():
            return Problem(
                422,
                "KeyReused",
                "This Idempotency-Key was used for another request.",
                "Khóa Idempotency-Key đã dùng cho một yêu cầu khác",
                "Use a new key for a new request.",
            )
        case ClockJumped():
            return Problem(
                503,
                "ClockJumped",
                "The clock of the server has jumped ahead, so nothing is recorded until it is right or accepted.",
                "Đồng hồ máy chủ nhảy vọt về phía trước nên tạm dừng ghi cho đến khi đồng hồ đúng hoặc được chấp nhận",
                str(error),
                clock=error.now,
                latest=error.latest,
                command=ACCEPT_CLOCK,
            )
        case SiteClosed():
            return Problem(
                409,
                "SiteClosed",
                "This site is closed and records nothing any more; what it recorded can be read.",
                "Điểm này đã đóng và không ghi thêm nữa; những gì đã ghi vẫn đọc được",
                f"{error}. Record it at {error.custodian}.",
                site=error.site,
                custodian=error.custodian,
            )
        case ReadModelBehind():
            return Problem(
                503,
                "ReadModelBehind",
                "The rows do not include what was recorded just now; try again with the same Idempotency-Key.",
                "Dữ liệu vừa ghi chưa kịp đưa vào bảng tra cứu, hãy thử lại sau với cùng Idempotency-Key",
                str(error),
                case={"topic": error.topic, "position": error.position},
            )
        case Fenced():
            return _unavailable(StoreUnavailable(str(error)))
        case StoreUnavailable() | DBAPIError() | NoConnection() | sqlite3.DatabaseError():
            return _unavailable(name_failure(error))
        case RequestValidationError():
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"][1:])
            return Problem(
                422,
                "BadParameter",
                "A parameter is missing or wrong.",
                "Tham số thiếu hoặc sai",
                f"{where}: {first['msg']}",
                field=where,
            )
        case HTTPException():
            problem = Problem(error.status_code, "Http", str(error.detail), "Không thực hiện được yêu cầu")
            return problem.with_headers(error.headers)
    return Problem(500, "Internal", "Something went wrong here, not with you.", "Hệ thống gặp lỗi")


def role_may_not(action: str) -> Problem:
    """Nowhere does a role of whoever asks permit an action of the policies."""
    return Problem(
        403,
        "RoleMayNot",
        "No role of yours permits this.",
        "Vai trò của bạn không cho phép việc này",
        f"The action is {action}. Ask an administrator for a role that has it. "
        "Hãy đề nghị người quản trị cấp vai trò phù hợp.",
        action=action,
    )


_UNAVAILABLE: dict[type[StoreUnavailable], tuple[str, str]] = {
    StoreUnavailable: (
        "The store is away; try again with the same Idempotency-Key.",
        "Chưa truy cập được dữ liệu, hãy thử lại sau với cùng Idempotency-Key",
    ),
    DiskFull: (
        "The disk is full. Nothing was lost; make room, then try again with the same Idempotency-Key.",
        "Ổ đĩa đã đầy. Không mất dữ liệu; hãy giải phóng chỗ rồi thử lại với cùng Idempotency-Key",
    ),
    ReadOnlyStore: (
        "The store may only be read now. Nothing was lost; make it writable, then try again.",
        "Hiện chỉ đọc được dữ liệu. Không mất dữ liệu; hãy cho phép ghi rồi thử lại",
    ),
    DamagedStore: (
        "A file of the store is damaged; `cadre verify` says where.",
        "Một tệp dữ liệu bị hỏng; `cadre verify` cho biết chỗ hỏng",
    ),
    LogBehindRows: (
        "A log lacks facts that rows were made from. Restore the log, or run `cadre rebuild` to go on without them.",
        "Nhật ký thiếu những sự kiện đã có dòng dữ liệu. Hãy khôi phục nhật ký, hoặc chạy `cadre rebuild`",
    ),
}
"""What a store that cannot serve is called, in both languages, by its kind."""


def _unavailable(error: StoreUnavailable) -> Problem:
    kind = type(error) if type(error) in _UNAVAILABLE else StoreUnavailable
    return Problem(503, kind.__name__, *_UNAVAILABLE[kind], str(error))


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every error of an application with its problem details."""

    def respond(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.status == 405:
            problem.with_headers({"Allow": ", ".join(_list_methods(request))})
        if problem.status in (409, 503) and not isinstance(error, (HasConsequences, SiteClosed)):
            problem.with_headers({"Retry-After": "1", **problem.headers})
        return problem.to_response()

    for kind in (
        Problem,
        Rejected,
        VersionMismatch,
        Conflict,
        KeyReused,
        ClockJumped,
        SiteClosed,
        StoreUnavailable,
        Fenced,
        ReadModelBehind,
        DBAPIError,
        NoConnection,
        sqlite3.DatabaseError,
        RequestValidationError,
        HTTPException,
        Exception,
    ):
        app.add_exception_handler(kind, respond)


def _list_methods(request: Request) -> list[str]:
    """The methods of all routes with the path of a request: the first of them, which refused it, knows only its own."""
    found = [each for each in request.app.routes if each.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for each in found for method in getattr(each, "methods", None) or ()})


def response_schema(kind: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with this type."""
    return {status: {"content": {"application/json": {"schema": schema_of(kind)}}}}
