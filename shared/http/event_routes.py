"""Proposing facts over HTTP: versions by ETag and If-Match, repeats by Idempotency-Key, corrections."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Header, Request

from shared.commands.command_handler import AnyApplication, Origin
from shared.core.clock import new_id
from shared.core.facts import Corrected, Fact, Recorded
from shared.http.problems import JsonResponse, Problem, schema_of
from shared.telemetry.tracing import current_traceparent

LARGEST_BODY = 1_000_000
"""Bytes of a request; a fact is well under 10 kB, a reorganisation of a province about 100 kB."""


async def body(request: Request) -> bytes:
    """The request's bytes, refused before they are read when there are too many."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > LARGEST_BODY:
            raise Problem(413, "TooLarge", f"A request may hold {LARGEST_BODY:,} bytes.", "Yêu cầu quá lớn")
    return bytes(received)


def parse_if_match(if_match: Annotated[str, Header()] = "") -> int | None:
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
    return Origin(
        actor=cadre_actor[:200], command_id=idempotency_key[:200], correlation=current_traceparent()
    )


def parse_fact(received: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(received, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
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
Expected = Annotated[int | None, Depends(parse_if_match)]
Caller = Annotated[Origin, Depends(origin)]


def event_router(
    app: AnyApplication,
    prefix: str,
    project_pending: Callable[[], object],
    complete: Callable[[str, Any], Any] = lambda stream, fact: fact,
) -> APIRouter:
    """What every writing service offers: propose a fact, read a stream's facts, correct one of them.

    A new thing gets its id here (POST to the prefix), the same id for the same Idempotency-Key; changing one that
    exists needs If-Match (428 without).
    """
    topic = app.log.topic
    kinds: Any = topic.proposable
    api = APIRouter(prefix=f"/{prefix}", tags=[topic.name])
    schema = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema_of(kinds)}}}
    }

    def receipt(receipt: Any, status: int) -> JsonResponse:
        project_pending()
        location = f"/{prefix}/{receipt.stream}/facts"
        content = {
            "stream": receipt.stream,
            "version": receipt.version,
            "facts": [f"{topic.name}/{receipt.stream}/{event.event_id}" for event in receipt.events],
        }
        return JsonResponse(content, status, {"ETag": f'"{receipt.version}"', "Location": location})

    @api.post("", status_code=201, openapi_extra=schema, name=f"new {prefix}")
    def propose_new(received: Body, caller: Caller) -> JsonResponse:
        fact = parse_fact(received, kinds)
        stream = app.log.keys.derive_id(f"{prefix}/{caller.command_id}") if caller.command_id else new_id()
        return receipt(app.handle(stream, complete(stream, fact), caller, expected=0), 201)

    @api.post("/{stream}", status_code=201, openapi_extra=schema, name=f"propose for {prefix}")
    def propose(stream: str, received: Body, caller: Caller, seen: Expected) -> JsonResponse:
        fact = parse_fact(received, kinds)
        if seen == -1:
            if app.log.version(stream) and not app.log.has_command(caller.command_id):
                raise needs_version()
            seen = None
        return receipt(app.handle(stream, complete(stream, fact), caller, expected=seen), 201)

    @api.post("/{stream}/corrections", status_code=201, name=f"correct {prefix}")
    def correct(stream: str, received: Body, caller: Caller, seen: Expected) -> JsonResponse:
        correction = parse_fact(received, Corrected)
        if seen == -1:
            raise needs_version()
        return receipt(app.correct(stream, complete(stream, correction), caller, expected=seen), 201)

    @api.get("/{stream}/facts", name=f"facts of {prefix}")
    def facts(stream: str) -> JsonResponse:
        events: list[Recorded[Fact]] = app.log.load_stream(stream)
        if not events:
            raise Problem(404, "NotFound", "Nothing has this id.", "Không tìm thấy", stream)
        return JsonResponse(events, headers={"ETag": f'"{events[-1].version}"'})

    return api


def needs_version() -> Problem:
    return Problem(
        428,
        "VersionNeeded",
        "Say which version you have seen.",
        "Cần cho biết phiên bản đã đọc",
        'Read the facts first and send their ETag as If-Match, or If-Match: "*" to go without.',
    )
