"""`/health`, `/ready` and `/metrics`: routes of a service, or a small server beside a relay or a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import perf_counter

import msgspec
from fastapi import APIRouter, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry.metrics import TEXT, Metrics, Readiness


def router(metrics: Metrics, readiness: Readiness) -> APIRouter:
    """The three routes, for an application."""
    api = APIRouter(tags=["operation"])

    @api.get("/health")
    def health() -> Response:
        """This process lives."""
        return _response(*answer("/health", metrics, readiness))

    @api.get("/ready")
    def ready() -> Response:
        """Whether it can do its work; 503 with reasons when not."""
        return _response(*answer("/ready", metrics, readiness))

    @api.get("/metrics")
    def numbers() -> Response:
        """Numbers for Prometheus."""
        return _response(*answer("/metrics", metrics, readiness))

    return api


def answer(path: str, metrics: Metrics, readiness: Readiness) -> tuple[int, str, bytes]:
    """(status, content type, body)."""
    match path:
        case "/health":
            return 200, "application/json", b'{"status":"ok"}'
        case "/ready":
            reasons = readiness.reasons()
            content = {"status": "not ready" if reasons else "ready", "reasons": reasons}
            return 503 if reasons else 200, "application/json", msgspec.json.encode(content)
        case "/metrics":
            return 200, TEXT, metrics.text()
    return 404, "text/plain", b"/health, /ready, /metrics"


def _response(status: int, kind: str, body: bytes) -> Response:
    return Response(body, status, media_type=kind)


@contextmanager
def serve_health(address: str, metrics: Metrics, readiness: Readiness) -> Iterator[int]:
    """Serve them from a thread at `port` or `host:port`, on 127.0.0.1 unless a host is named. Yields the port."""
    host, _, port = address.rpartition(":")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answer(self.path.partition("?")[0], metrics, readiness)
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
