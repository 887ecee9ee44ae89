"""The body of a request that proposes a fact: JSON in UTF-8, of limited size, every field once and known."""

import json
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request

from shared.core.unknown_fields import find_unknown_field
from shared.http.problems import Problem

JSON = "application/json"
MAX_BODY_BYTES = 1_000_000
"""Bytes of a request; a fact is well under 10 kB, a reorganisation of a province about 100 kB."""


async def read_body(request: Request) -> bytes:
    """The request's bytes, refused before they are read when they are not JSON, and where there are too many.

    A body without a type is refused too: a form of any web page can send one, and JSON it cannot.
    """
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.lower().partition("charset=")[2].strip(' ";')
    coding = request.headers.get("content-encoding", "identity").lower()
    if kind.strip().lower() != JSON or charset not in ("", "utf-8", "utf8") or coding != "identity":
        given = request.headers.get("content-type", "")[:100] or "missing"
        raise Problem(
            415,
            "NotJson",
            "The body must be JSON.",
            "Nội dung yêu cầu phải là JSON",
            f"Send Content-Type: {JSON}, in UTF-8 and without Content-Encoding; the type was {given}.",
        ).with_headers({"Accept-Post": JSON})
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_BODY_BYTES:
            raise Problem(413, "TooLarge", f"A request may hold {MAX_BODY_BYTES:,} bytes.", "Yêu cầu quá lớn")
    return bytes(received)


Body = Annotated[bytes, Depends(read_body)]


def parse_fact(received: bytes, kind: Any) -> Any:
    """The fact of this kind that the bytes hold. Raises Problem, which names the field."""
    try:
        fact = msgspec.json.decode(received, type=kind)
        given = json.loads(
            received, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=str
        )
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
    if unknown := find_unknown_field(fact, given):
        near = f"Did you mean {unknown.nearest}?" if unknown.nearest else ""
        raise Problem(
            422,
            "UnknownField",
            "The fact has no such field.",
            "Sự kiện không có trường này",
            f"{unknown.where} is not a field. {near or 'There are ' + ', '.join(unknown.known)}",
            field=unknown.where,
            nearest=unknown.nearest,
        )
    return fact


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object, where no name stands in it twice: of two values, one would be lost in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)[:80]
        raise Problem(
            422,
            "RepeatedField",
            "A field stands in the body twice.",
            "Một trường xuất hiện hai lần trong yêu cầu",
            f"{twice} is given more than once; give it once.",
            field=twice,
        )
    return found
