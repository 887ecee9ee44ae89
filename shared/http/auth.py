"""Until there is sign-in: a cluster's HTTP wants a bearer token, one to read, another to write."""

import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.http.problems import Problem

SHORTEST = 32
OPEN_PATHS = {"/", "/health", "/ready", "/docs", "/redoc", "/openapi.json"}
OPEN_FOLDERS = ("/static/", "/static-offline-docs/")
"""Whether it is well, the page and the documentation: none of them holds a fact."""
READING = ("GET", "HEAD", "OPTIONS")
BEARER = HTTPBearer(
    scheme_name="token",
    description="One of two tokens: one reads, the other reads and writes. On a single machine none is needed.",
    auto_error=False,
)


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


def is_open(path: str) -> bool:
    """Whether a path is for everybody."""
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS)


def require_token(tokens: BearerTokens | None) -> Callable[..., Awaitable[None]]:
    """What every route depends on: 401 without a token, 403 for the reading one on a write. None: all may pass."""

    async def check(
        request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
    ) -> None:
        if tokens is None or is_open(request.url.path):
            return
        sent = given.credentials if given else ""
        if not tokens.allows(sent, writes=False):
            raise Problem(
                401, "Unauthorised", "A token is needed.", "Cần mã truy cập", "send Authorization: Bearer …"
            ).with_headers({"WWW-Authenticate": "Bearer"})
        if request.method not in READING and not tokens.allows(sent, writes=True):
            raise Problem(
                403,
                "ReadsOnly",
                "This token may only read.",
                "Mã truy cập này chỉ được đọc",
                "send the token that may write",
            ).with_headers({"WWW-Authenticate": 'Bearer error="insufficient_scope"'})

    return check
