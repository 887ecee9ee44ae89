"""HTTP habits every service shares: facts in, receipts out, problems that say what, where and how to mend it."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from shared.application import AnyApplication, Origin, UnknownFact, VersionMismatch
from shared.clock import new_id
from shared.decider import Rejected
from shared.facts import Corrected, Fact, Recorded
from shared.writer import Conflict, KeyReused, StoreUnavailable

LARGEST_BODY = 1_000_000
"""Bytes of a request; a fact is well under 10 kB, a reorganisation of a province about 100 kB."""


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content)


class Problem(Exception):
    """An answer of RFC 9457 (application/problem+json). `rule` names it in words that do not change."""

    def __init__(
        self, status: int, rule: str, title: str, title_vi: str, detail: str = "", **more: Any
    ) -> None:
        super().__init__(title)
        self.status = status
        self.body = {
            "type": f"urn:cadre-ledger:problem:{rule}",
            "rule": rule,
            "title": title,
            "title_vi": title_vi,
            "status": status,
            "detail": detail or title,
            **more,
        }

    def answer(self, **headers: str) -> Response:
        body = msgspec.json.encode(self.body, enc_hook=str)
        return Response(body, self.status, headers=headers, media_type="application/problem+json")


def problem_of(error: Exception) -> Problem:
    """Every way a request can fail, as the caller reads it."""
    match error:
        case Problem():
            return error
        case Rejected():
            status = 404 if isinstance(error, UnknownFact) else 422
            case_ = {name: value for name, value in error.case.items() if name != "field"}
            return Problem(
                status,
                error.rule,
                error.title,
                error.title_vi,
                str(error),
                field=error.case.get("field", ""),
                case=case_,
            )
        case VersionMismatch():
            detail = (
                f"It is at version {error.version} now. Read it again, and send If-Match with that version."
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
        case StoreUnavailable():
            return Problem(
                503,
                "StoreUnavailable",
                "Nothing was stored; the store does not take writes now.",
                "Chưa ghi được dữ liệu, hãy thử lại sau",
                str(error),
            )
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
            return Problem(error.status_code, "Http", str(error.detail), "Không thực hiện được yêu cầu")
    return Problem(500, "Internal", "Something went wrong here, not with you.", "Hệ thống gặp lỗi")


def problems(app: FastAPI) -> None:
    def answer(_: Request, error: Exception) -> Response:
        headers = {"Retry-After": "1"} if isinstance(error, Conflict | StoreUnavailable) else {}
        return problem_of(error).answer(**headers)

    for kind in (
        Problem,
        Rejected,
        VersionMismatch,
        Conflict,
        KeyReused,
        StoreUnavailable,
        RequestValidationError,
        HTTPException,
    ):
        app.add_exception_handler(kind, answer)


async def body(request: Request) -> bytes:
    """The request's bytes, refused before they are read when there are too many."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > LARGEST_BODY:
            raise Problem(413, "TooLarge", f"A request may hold {LARGEST_BODY:,} bytes.", "Yêu cầu quá lớn")
    return bytes(received)


def expected(if_match: Annotated[str, Header()] = "") -> int | None:
    """The version the caller has seen (If-Match: "3"), or None for `*`; -1 when the header is missing."""
    text = if_match.strip().strip('"')
    if not text:
        return -1
    if text == "*":
        return None
    if not text.isdigit():
        raise Problem(
            422, "BadIfMatch", 'If-Match must be "*" or a version such as "3".', "If-Match không hợp lệ"
        )
    return int(text)


def origin(
    cadre_actor: Annotated[str, Header()] = "local", idempotency_key: Annotated[str, Header()] = ""
) -> Origin:
    return Origin(actor=cadre_actor[:200], command_id=idempotency_key[:200])


def parse(received: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(received, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        text = str(error)
        where = text.rpartition(" - at `$.")[2].rstrip("`") if " - at `$." in text else ""
        raise Problem(
            422,
            "BadBody",
            "The body is not a fact of this service.",
            "Nội dung yêu cầu không hợp lệ",
            text,
            field=where,
        ) from error


Body = Annotated[bytes, Depends(body)]
Expected = Annotated[int | None, Depends(expected)]
Caller = Annotated[Origin, Depends(origin)]


def facts_router(
    app: AnyApplication,
    prefix: str,
    settle: Callable[[], object],
    complete: Callable[[str, Any], Any] = lambda stream, fact: fact,
) -> APIRouter:
    """What every writing service offers: propose a fact, read a stream's facts, correct one of them.

    A new thing gets its id here (POST to the prefix); changing one that exists needs If-Match (428 without).
    """
    topic = app.log.topic
    kinds: Any = topic.proposable
    api = APIRouter(prefix=f"/{prefix}", tags=[topic.name])
    schema = {"requestBody": {"required": True, "content": {"application/json": {"schema": _refs(kinds)}}}}

    def receipt(receipt: Any, status: int) -> Json:
        settle()
        location = f"/{prefix}/{receipt.stream}/facts"
        content = {
            "stream": receipt.stream,
            "version": receipt.version,
            "facts": [f"{topic.name}/{receipt.stream}/{event.event_id}" for event in receipt.events],
        }
        return Json(content, status, {"ETag": f'"{receipt.version}"', "Location": location})

    @api.post("", status_code=201, openapi_extra=schema, name=f"new {prefix}")
    def propose_new(received: Body, caller: Caller) -> Json:
        fact, stream = parse(received, kinds), new_id()
        return receipt(app.handle(stream, complete(stream, fact), caller, expected=0), 201)

    @api.post("/{stream}", status_code=201, openapi_extra=schema, name=f"propose for {prefix}")
    def propose(stream: str, received: Body, caller: Caller, seen: Expected) -> Json:
        fact = parse(received, kinds)
        if seen == -1:
            if app.log.version(stream):
                raise needs_version()
            seen = None
        return receipt(app.handle(stream, complete(stream, fact), caller, expected=seen), 201)

    @api.post("/{stream}/corrections", status_code=201, name=f"correct {prefix}")
    def correct(stream: str, received: Body, caller: Caller, seen: Expected) -> Json:
        correction = parse(received, Corrected)
        if seen == -1:
            raise needs_version()
        return receipt(app.correct(stream, correction, caller, expected=seen), 201)

    @api.get("/{stream}/facts", name=f"facts of {prefix}")
    def facts(stream: str) -> Json:
        events: list[Recorded[Fact]] = app.log.stream(stream)
        if not events:
            raise Problem(404, "NotFound", "Nothing has this id.", "Không tìm thấy", stream)
        return Json(events, headers={"ETag": f'"{events[-1].version}"'})

    return api


def needs_version() -> Problem:
    return Problem(
        428,
        "VersionNeeded",
        "Say which version you have seen.",
        "Cần cho biết phiên bản đã đọc",
        'Read the facts first and send their ETag as If-Match, or If-Match: "*" to go without.',
    )


def _refs(kinds: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kinds], ref_template="#/components/schemas/{name}")
    return schema


def documented(app: FastAPI, types: list[Any]) -> None:
    """Put the schemas of facts and answers into the OpenAPI document."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        _, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
        document.setdefault("components", {}).setdefault("schemas", {}).update(components)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def shows(kind: Any) -> dict[int | str, dict[str, Any]]:
    """The documentation of an answer."""
    return {200: {"content": {"application/json": {"schema": _refs(kind)}}}}
