"""A notice at the top of every page that the application answers with, whichever service the page is of."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PLACES = (re.compile(rb"<!-- banner -->"), re.compile(rb"<body[^>]*>"), re.compile(rb"(?=<main)"))
"""Where it goes, in the order of preference."""


class PageBanner:
    """Adds HTML to pages. A page with it is never answered with "not modified": the browser may keep one without."""

    def __init__(self, app: ASGIApp, html: str) -> None:
        self._app, self._html = app, html.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = dict(scope["headers"])
        if b"text/html" in sent.get(b"accept", b""):
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"if-none-match"]}
        start: Message | None = None
        page = bytearray()

        async def send_with_banner(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
                return
            if start is None:
                await send(message)
                return
            page.extend(message.get("body", b""))
            if message.get("more_body", False):
                return
            content = add_banner(bytes(page), self._html) if page else b""
            kept = [pair for pair in start["headers"] if pair[0].lower() not in (b"etag", b"content-length")]
            length = (b"content-length", str(len(content)).encode())
            await send({**start, "headers": [*kept, length]})
            await send({"type": "http.response.body", "body": content})

        await self._app(scope, receive, send_with_banner)


def add_banner(page: bytes, html: bytes) -> bytes:
    """The page with the notice; at its end where it has no place for it."""
    for place in _PLACES:
        if found := place.search(page):
            return page[: found.end()] + html + page[found.end() :]
    return page + html


def _is_page(message: Message) -> bool:
    headers = {name.lower(): value for name, value in message.get("headers", ())}
    return bool(headers.get(b"content-type", b"").startswith(b"text/html"))
