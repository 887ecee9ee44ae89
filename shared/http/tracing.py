"""A span for each HTTP request (opentelemetry-instrumentation-asgi); without traces only the context of the caller."""

import os
from typing import Any

from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.trace import Span
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry.tracing import Tracing, extract_context, mark_failed

_REQUEST = "cadre.request"
_FAILURE = "cadre.failure"
"""Keys of the reduced scope: the scope of the request itself, and the exception it ended with."""


def install_tracing(app: FastAPI, tracing: Tracing) -> None:
    """Trace the requests of an application, or where traces are off, pass on the context of callers who send one."""
    if tracing.on:
        app.add_middleware(TracedRequests, tracing=tracing)
    else:
        app.add_middleware(CallerContext)


class CallerContext:
    """Makes the `traceparent` of a request the context of what it leads to; a request without one keeps none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = _traceparent(scope) if scope["type"] == "http" else b""
        if not given:
            await self.app(scope, receive, send)
            return
        token = attach(extract_context(given.decode("latin-1")))
        try:
            await self.app(scope, receive, send)
        finally:
            detach(token)


class TracedRequests:
    """The library's middleware over a reduced scope without path, query, headers and caller, because those may contain
    names of persons. The route is added to the span once it is known; of a failure only its type."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
        from opentelemetry.metrics import NoOpMeter

        os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")  # the stable names of attributes
        self.app = app
        self.instrumented = OpenTelemetryMiddleware(
            self._handle,
            default_span_details=lambda scope: (scope["method"], {}),
            tracer=tracing.tracer,
            meter=NoOpMeter("cadre-ledger"),  # requests are counted for Prometheus already
            exclude_spans=["receive", "send"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = _traceparent(scope)
        reduced: dict[str, Any] = {
            "type": "http",
            "method": scope["method"],
            "scheme": scope.get("scheme"),
            "http_version": scope.get("http_version"),
            "server": scope.get("server"),
            "headers": [(b"traceparent", given)] if given else [],
            _REQUEST: scope,
        }
        await self.instrumented(reduced, receive, send)
        if _FAILURE in reduced:
            raise reduced[_FAILURE]

    async def _handle(self, reduced: Scope, receive: Receive, send: Send) -> None:
        scope, span = reduced[_REQUEST], trace.get_current_span()

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                _name_route(span, scope)
            await send(message)

        try:
            await self.app(scope, receive, send_named)
        except Exception as failure:  # noqa: BLE001 - raised again where its text does not come into the span
            _name_route(span, scope)
            mark_failed(span, failure)
            reduced[_FAILURE] = failure


def _name_route(span: Span, scope: Scope) -> None:
    route = getattr(scope.get("route"), "path", "none")
    span.update_name(f"{scope['method']} {route}")
    span.set_attribute("http.route", route)


def _traceparent(scope: Scope) -> bytes:
    return next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
