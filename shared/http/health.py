"""`/health`, `/ready` and `/metrics`: routes of a service, or a small server beside a relay or a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import perf_counter
from typing import Any, Literal

import msgspec
from fastapi import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problems import response_schema
from shared.http.route_list import RouteList
from shared.telemetry.metrics import CONTENT_TYPE, Metrics, Readiness


class Health(msgspec.Struct, frozen=True):
    """The process lives."""

    status: Literal["ok"]
    """Always `ok`: a process that cannot say so does not answer."""


class Ready(msgspec.Struct, frozen=True):
    """Whether the process can do its work."""

    status: Literal["ready", "not ready"]
    """`ready`, or `not ready` (with status 503)."""
    reasons: dict[str, str]
    """What keeps it from its work, by what was checked."""
    warnings: dict[str, str]
    """What somebody should look at although it does its work, by what was checked."""


_NOT_READY_RESPONSE: dict[str, Any] = {
    "description": "It cannot do its work; the reasons say why.",
    **response_schema(Ready)[200],
}
_METRICS_RESPONSE: dict[str, Any] = {
    "description": "The numbers, in the text format of Prometheus.",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}


def create_health_router(metrics: Metrics, readiness: Readiness) -> RouteList:
    """The routes `/health`, `/ready` and `/metrics` of an application."""
    api = RouteList(tags=["operation"])

    @api.get("/health", operation_id="getHealth", responses=response_schema(Health))
    def health() -> Response:
        """Ask whether this process lives."""
        return _response(*build_answer("/health", metrics, readiness))

    @api.get(
        "/ready", operation_id="getReadiness", responses={**response_schema(Ready), 503: _NOT_READY_RESPONSE}
    )
    def ready() -> Response:
        """Ask whether this process can do its work; 503 with reasons when not."""
        return _response(*build_answer("/ready", metrics, readiness))

    @api.get(
        "/metrics", operation_id="getMetrics", response_class=Response, responses={200: _METRICS_RESPONSE}
    )
    def numbers() -> Response:
        """Read the numbers of this process, for Prometheus."""
        return _response(*build_answer("/metrics", metrics, readiness))

    return api


def build_answer(path: str, metrics: Metrics, readiness: Readiness) -> tuple[int, str, bytes]:
    """(status, content type, body) of one of the three paths; 404 for any other."""
    match path:
        case "/health":
            return 200, "application/json", b'{"status":"ok"}'
        case "/ready":
            reasons = readiness.reasons()
            status = "not ready" if reasons else "ready"
            content = {"status": status, "reasons": reasons, "warnings": readiness.warnings()}
            return 503 if reasons else 200, "application/json", msgspec.json.encode(content)
        case "/metrics":
            return 200, CONTENT_TYPE, metrics.text()
    return 404, "text/plain", b"/health, /ready, /metrics"


def _response(status: int, kind: str, body: bytes) -> Response:
    return Response(body, status, media_type=kind)


@contextmanager
def serve_health(address: str, metrics: Metrics, readiness: Readiness) -> Iterator[int]:
    """Serve the three paths in a thread at `[host:]port`, on 127.0.0.1 unless a host is named. Yields the port."""
    host, _, port = address.rpartition(":")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = build_answer(self.path.partition("?")[0], metrics, readiness)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Requests are not logged."""

    server = ThreadingHTTPServer((host or "127.0.0.1", int(port)), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class MetricsMiddleware:
    """Counts the requests of an application and times them, by route and status, until the answer begins."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                labels = (scope["method"], route, str(message["status"]))
                self.metrics.requests.labels(*labels).observe(perf_counter() - started)
            await send(message)

        await self.app(scope, receive, send_counted)
