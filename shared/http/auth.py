"""Until there is sign-in: a cluster's HTTP wants a bearer token, one to read, another to write."""

import hmac
from pathlib import Path

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from shared.http.problems import Problem

SHORTEST = 32
OPEN_PATHS = {"/", "/health", "/ready", "/docs", "/redoc", "/openapi.json"}
OPEN_FOLDERS = ("/static/", "/static-offline-docs/")
"""Whether it is well, the page and the documentation: none of them holds a fact."""


class WeakToken(Exception):
    """A token that could be guessed."""


class BearerTokens(msgspec.Struct, frozen=True):
    read: str
    write: str

    @classmethod
    def read_file(cls, path: Path) -> "BearerTokens":
        """From a secrets file. Refuses short ones and one that serves as both."""
        tokens = msgspec.json.decode(path.read_bytes(), type=cls)
        if min(len(tokens.read), len(tokens.write)) < SHORTEST or tokens.read == tokens.write:
            raise WeakToken(f"two different tokens of at least {SHORTEST} characters are needed")
        return tokens

    def allows(self, given: str, writes: bool) -> bool:
        """Compared in constant time, both always."""
        write = hmac.compare_digest(given.encode(), self.write.encode())
        read = hmac.compare_digest(given.encode(), self.read.encode())
        return write or (read and not writes)

    def guard(self, app: FastAPI) -> None:
        @app.middleware("http")
        async def check(request: Request, call_next: RequestResponseEndpoint) -> Response:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            writes = request.method not in ("GET", "HEAD", "OPTIONS")
            path = request.url.path
            if path in OPEN_PATHS or path.startswith(OPEN_FOLDERS) or self.allows(given, writes):
                return await call_next(request)
            problem = Problem(
                401, "Unauthorised", "A token is needed.", "Cần mã truy cập", "send Authorization: Bearer …"
            )
            return problem.answer(**{"WWW-Authenticate": "Bearer"})
