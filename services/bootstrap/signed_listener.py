"""A second listener of a served ledger, for other sites alone: it takes their signed messages and nothing else, so it
may listen where other machines reach it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http.auth import SIGNED_PATHS
from shared.http.problems import Problem


class SignedOnly:
    """Passes on requests to paths whose messages are signed; there is nothing else here."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in SIGNED_PATHS:
            problem = Problem(
                404,
                "NotFound",
                "Only messages of sites are taken here.",
                "Ở đây chỉ nhận bản tin của các điểm",
            )
            await problem.to_response()(scope, receive, send)
            return
        await self.app(scope, receive, send)


@contextmanager
def serve_signed(app: ASGIApp, address: str) -> Iterator[None]:
    """Take messages of other sites at `[HOST:]PORT` during the block; empty: nowhere. OSError where that is taken."""
    if not address:
        yield
        return
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    with socket.create_server((host.strip("[]"), int(port)), family=family) as listening:
        config = uvicorn.Config(
            SignedOnly(app),
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=10,
            ws="none",
            lifespan="off",
        )
        server = uvicorn.Server(config)
        thread = Thread(
            target=server.run, kwargs={"sockets": [listening]}, name="messages of sites", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(15)
