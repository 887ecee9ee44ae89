"""What a writing request says in its headers: the version it has seen, who asks, and the key of a repeat."""

import re
import unicodedata
from typing import Annotated

from fastapi import Depends, Header, Request

from shared.commands.command_handler import Origin
from shared.core.identifiers import find_control_character
from shared.eventlog.union import UnionVersion
from shared.http.principal import RESERVED_PREFIXES
from shared.http.problems import Problem
from shared.telemetry.tracing import current_traceparent

MAX_LENGTH = 200
"""Characters of an actor or of an idempotency key."""
LOCAL = "local"
"""The actor of requests that name nobody."""
_VERSION = re.compile(r'("?)(\d{1,18})(?:\+(\d{1,18}))?(?:\.([1-9]\d{0,17}))?\1', re.ASCII)
IF_MATCH = (
    'The version that was read, such as "3", or "3+2" where facts of other sites count too, or "3+2.1" where a fact '
    "ceased to count; or * for any. Needed where the stream exists."
)
NOT_SAID = UnionVersion(-1)
"""The version of a request without If-Match."""
_ACTOR = f"Who asks, in UTF-8, at most {MAX_LENGTH} characters: stored with the fact. Whoever signed in is the actor."
_KEY = (
    "A request that is sent again under the same key is recorded once and gets the same answer. "
    f"At most {MAX_LENGTH} characters."
)


def parse_if_match(
    if_match: Annotated[str | None, Header(alias="If-Match", description=IF_MATCH)] = None,
) -> UnionVersion | None:
    """The version the caller has seen (If-Match: "3", "3+2" or "3+2.1"), or None for `*`; NOT_SAID when the header is
    missing."""
    if if_match is None:
        return NOT_SAID
    text = if_match.strip()
    if text in ("*", '"*"'):
        return None
    if not (shape := _VERSION.fullmatch(text)):
        raise Problem(
            422,
            "BadIfMatch",
            'If-Match must be "*" or a version such as "3".',
            "If-Match không hợp lệ",
            field="If-Match",
        )
    return UnionVersion(int(shape[2]), int(shape[3] or 0), int(shape[4] or 0))


def read_origin(
    request: Request,
    cadre_actor: Annotated[str | None, Header(alias="Cadre-Actor", description=_ACTOR)] = None,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", description=_KEY)] = None,
) -> Origin:
    """The actor, the idempotency key and the trace of a request."""
    named = "" if cadre_actor is None else _text("Cadre-Actor", cadre_actor)
    key = "" if idempotency_key is None else _text("Idempotency-Key", idempotency_key)
    actor = _actor(named, getattr(request.state, "signed_in", ""))
    return Origin(actor=actor, command_id=key, correlation=current_traceparent())


def _actor(named: str, signed_in: str) -> str:
    """Whoever signed in; else who the header names. A header may not name another than who signed in."""
    if named.casefold().startswith(RESERVED_PREFIXES):
        raise Problem(
            422,
            "ReservedActor",
            "This name is kept for what the program records by itself.",
            "Tên này dành cho những gì chương trình tự ghi",
            f"Cadre-Actor may not begin with {' or '.join(RESERVED_PREFIXES)}",
            field="Cadre-Actor",
        )
    if signed_in and named and named != signed_in:
        raise Problem(
            403,
            "ActorNotSignedIn",
            "The actor is who signed in, and nobody else.",
            "Người thực hiện phải là người đã đăng nhập",
            f"The token is that of {signed_in}; leave Cadre-Actor out.",
            field="Cadre-Actor",
        )
    return signed_in or named or LOCAL


def _text(name: str, sent: str) -> str:
    """The header as text: the bytes are UTF-8. Refused where they are not, are empty, too long, or hold a control
    character."""
    try:
        text = unicodedata.normalize("NFC", sent.encode("latin-1").decode("utf-8")).strip()
        wrong = "it is empty" if not text else ""
        wrong = wrong or (f"it has {len(text):,} characters" if len(text) > MAX_LENGTH else "")
        character = find_control_character(text)
        wrong = wrong or (f"it holds the control character {character}" if character else "")
    except UnicodeDecodeError:
        text, wrong = "", "its bytes are not UTF-8"
    if wrong:
        rule = "BadActor" if name == "Cadre-Actor" else "BadIdempotencyKey"
        raise Problem(
            422,
            rule,
            f"{name} must be 1 to {MAX_LENGTH} characters of UTF-8 text.",
            f"{name} phải gồm 1 đến {MAX_LENGTH} ký tự văn bản UTF-8",
            f"{name}: {wrong}",
            field=name,
        )
    return text


Expected = Annotated[UnionVersion | None, Depends(parse_if_match)]
Caller = Annotated[Origin, Depends(read_origin)]
