"""Bearer tokens of a cluster, one to read and one to write, until there is a sign-in of persons."""

import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.http.problems import Problem

MIN_TOKEN_LENGTH = 32
OPEN_PATHS = {"/", "/health", "/ready", "/docs", "/redoc", "/openapi.json"}
OPEN_PREFIXES = ("/static/", "/static-offline-docs/")
"""Paths that need no token: health, the page and the documentation, none of which holds a fact."""
READ_METHODS = ("GET", "HEAD", "OPTIONS")
BEARER = HTTPBearer(
    scheme_name="token",
    description="One of two tokens: one reads, the other reads and writes. On a single machine none is needed.",
    auto_error=False,
)


class WeakToken(Exception):
    """A token that could be guessed."""


class BearerTokens(msgspec.Struct, frozen=True):
    """The two tokens of an installation; the one that writes may also read."""

    read: str
    write: str

    @classmethod
    def read_file(cls, path: Path) -> "BearerTokens":
        """Read the file `{"read": …, "write": …}`. WeakToken where they are short or equal; OSError, ValueError."""
        tokens = msgspec.json.decode(path.read_bytes(), type=cls)
        if min(len(tokens.read), len(tokens.write)) < MIN_TOKEN_LENGTH or tokens.read == tokens.write:
            raise WeakToken(f"two different tokens of at least {MIN_TOKEN_LENGTH} characters are needed")
        return tokens

    def allows(self, given: str, writes: bool) -> bool:
        """Whether a token allows the request. Both are always compared, in constant time."""
        write = hmac.compare_digest(given.encode(), self.write.encode())
        read = hmac.compare_digest(given.encode(), self.read.encode())
        return write or (read and not writes)


def is_open(path: str) -> bool:
    """Whether a path needs no token."""
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES)


def require_token(tokens: BearerTokens | None) -> Callable[..., Awaitable[None]]:
    """A dependency of every route: 401 without a token, 403 for a write with the reading one. None: none is needed."""

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
        if request.method not in READ_METHODS and not tokens.allows(sent, writes=True):
            raise Problem(
                403,
                "ReadsOnly",
                "This token may only read.",
                "Mã truy cập này chỉ được đọc",
                "send the token that may write",
            ).with_headers({"WWW-Authenticate": 'Bearer error="insufficient_scope"'})

    return check
