"""Bearer tokens of a cluster, one to read and one to write, until there is a sign-in of persons."""

import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.http.problems import Problem
from shared.http.token_classes import PUBLIC_TOPICS, Reader, SealedFields, SecretIds, TokenClass, set_reader

MIN_TOKEN_LENGTH = 32
OPEN_PATHS = {"/", "/health", "/ready", "/docs", "/redoc", "/openapi.json"}
OPEN_PREFIXES = ("/static/", "/static-offline-docs/")
"""Paths that need no token: health, the page and the documentation, none of which holds a fact."""
SIGNED_PATHS = {"/sync/messages", "/sync/hashes", "/sync/witness/add-checkpoint"}
"""Paths of other sites, whose messages are signed: what is not is refused, whatever token it brings."""
READ_METHODS = ("GET", "HEAD", "OPTIONS")
BEARER = HTTPBearer(
    scheme_name="token",
    description="One of two tokens: one reads, the other reads and writes. On a single machine none is needed.",
    auto_error=False,
)


class WeakToken(Exception):
    """A token that could be guessed."""


class PersonToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of one person, who is then the actor of what they record."""

    name: str
    token: str
    writes: bool = False
    """Whether they may record facts; else they may only read."""
    token_class: TokenClass | None = msgspec.field(name="class", default=None)
    """What they see. Left out: personal where they may record facts, else internal."""

    @property
    def sees(self) -> TokenClass:
        """The class that is stated, or that goes without saying."""
        return self.token_class or (TokenClass.PERSONAL if self.writes else TokenClass.INTERNAL)


class BearerTokens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tokens of an installation: one that reads, one that also writes, and those of persons."""

    read: str
    write: str
    persons: tuple[PersonToken, ...] = ()
    read_class: TokenClass = TokenClass.INTERNAL
    """What the reading token sees: no sealed field in clear unless it says so."""
    write_class: TokenClass = TokenClass.PERSONAL
    """What the writing token sees. Who records and corrects facts has to read what is recorded."""

    @classmethod
    def read_file(cls, path: Path) -> "BearerTokens":
        """Read the file `{"read": …, "write": …, "persons": [{"name": …, "token": …, "writes": true}]}`, where
        `persons` may be left out, and so may the classes. WeakToken where tokens are short or equal;
        OSError, ValueError."""
        tokens = msgspec.json.decode(path.read_bytes(), type=cls)
        all_ = [tokens.read, tokens.write, *(person.token for person in tokens.persons)]
        if min(map(len, all_)) < MIN_TOKEN_LENGTH or len(set(all_)) < len(all_):
            raise WeakToken(f"different tokens of at least {MIN_TOKEN_LENGTH} characters are needed")
        if any(not person.name.strip() for person in tokens.persons):
            raise WeakToken("the token of a person needs a name")
        return tokens

    def allows(self, given: str, writes: bool) -> bool:
        """Whether a token allows the request. All are always compared, in constant time."""
        write = _equal(given, self.write)
        read = _equal(given, self.read)
        allowed = write or (read and not writes)
        for person in self.persons:
            allowed |= _equal(given, person.token) and (person.writes or not writes)
        return allowed

    def class_of(self, given: str) -> TokenClass:
        """What a token sees that is allowed."""
        known = [
            (self.read, self.read_class),
            (self.write, self.write_class),
            *((person.token, person.sees) for person in self.persons),
        ]
        seen = [sees for token, sees in known if _equal(given, token)]
        return seen[0] if seen else TokenClass.PUBLIC

    def name_of(self, given: str) -> str:
        """Whose token it is; empty for one that belongs to nobody by name."""
        names = [person.name.strip() for person in self.persons if _equal(given, person.token)]
        return names[0] if names else ""


def _equal(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def is_open(path: str) -> bool:
    """Whether a path needs no token."""
    return path in OPEN_PATHS or path in SIGNED_PATHS or path.startswith(OPEN_PREFIXES)


PUBLIC_PATHS = frozenset(
    {
        *(
            "/units",
            "/units/{unit}/versions",
            "/unit-counts",
            "/lineage",
            "/names",
            "/labels",
            "/search",
            "/tour",
        ),
        *(
            "/decisions",
            "/decisions/{decision}",
            "/decision-register",
            "/rules",
            "/feeds",
            "/contract/{name}",
        ),
    }
)
"""Questions that can be answered without anything about a person."""


def is_public(request: Request) -> bool:
    """Whether a route tells nothing about persons: one of these, or one about the facts of such a service."""
    route = getattr(request.scope.get("route"), "path", "")
    first, *rest = request.url.path.strip("/").split("/")
    topic = rest[0] if first in ("feeds", "facts") and rest else first
    return route in PUBLIC_PATHS or topic in PUBLIC_TOPICS or (not rest and first in ("metrics",))


def require_token(
    tokens: BearerTokens | None, sealed: SealedFields, find_secret: Callable[[], SecretIds]
) -> Callable[..., Awaitable[None]]:
    """A dependency of every route: 401 without a token, 403 for a write with the reading one. None: none is needed.

    It also says what the token may see of the `sealed` fields, and of the ids that `find_secret` reads.
    """

    async def check(
        request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
    ) -> None:
        if tokens is None or is_open(request.url.path):
            return
        sent = given.credentials if given else ""
        named = frozenset([*request.url.path.split("/"), *request.query_params.values()])
        set_reader(Reader(tokens.class_of(sent), sealed, named, find_secret))
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

        if tokens.class_of(sent) is TokenClass.PUBLIC and not is_public(request):
            raise Problem(
                403,
                "NotPublic",
                "A public token sees units, posts, documents and rules, and nothing about persons.",
                "Mã truy cập công khai chỉ xem được đơn vị, chức vụ, văn bản và quy định, không xem về cá nhân",
                "ask for a token of the class internal or personal",
            )
        request.state.signed_in = tokens.name_of(sent)

    return check
