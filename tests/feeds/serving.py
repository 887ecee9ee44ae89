"""A real HTTP server over an application, and a reader of Server-Sent Events."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx2
import msgspec
import uvicorn
from fastapi import FastAPI

from shared.http import feeds
from shared.http.problems import install_problem_handlers
from shared.runtime.embedded import EmbeddedLedger

QUICK = feeds.FeedPacing(poll=0.02, heartbeat=0.1)


def app_of(ledger: EmbeddedLedger) -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app)
    app.state.stopping = lambda: False
    feeds.create_feed_router(ledger.logs, QUICK).add_to(app)
    return app


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Its address. Ends as `serve_http` does: live feeds are told, and must go by themselves."""
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        port.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        app.state.stopping = lambda: server.should_exit
        thread = Thread(target=server.run, kwargs={"sockets": [port]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{port.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
        assert not thread.is_alive(), "a live feed holds the server up"


def lines_of(client: httpx2.Client, url: str, **headers: str) -> Iterator[str]:
    with client.stream("GET", url, headers=headers, timeout=30) as answer:
        assert answer.status_code == 200, answer.read()
        yield from answer.iter_lines()


def followed(client: httpx2.Client, url: str, after: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """(cursor, event) for ever."""
    cursor = ""
    for line in lines_of(client, url, **({"Last-Event-ID": after} if after else {})):
        name, _, value = line.partition(": ")
        if name == "id":
            cursor = value
        elif name == "data":
            yield cursor, msgspec.json.decode(value)
