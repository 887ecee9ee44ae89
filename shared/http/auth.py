"""Bearer tokens of a cluster, one to read and one to write, until there is a sign-in of persons."""

import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.http.authentication import (
    SEE_IDENTITY,
    SIGN_IN_PATHS,
    Authentication,
    class_of,
    is_about_identity,
    is_own_path,
    may_record,
)
from shared.http.principal import EVERYTHING, LAPTOP, NOBODY, Grant, Principal, Role, set_principal
from shared.http.problems import Problem
from shared.http.token_classes import PUBLIC_TOPICS, Reader, SealedFields, SecretIds, TokenClass, set_reader

MIN_TOKEN_LENGTH = 32
OPEN_PATHS = {"/", "/health", "/ready", "/docs", "/redoc", "/openapi.json", "/session/oidc"}
OPEN_PREFIXES = ("/static/", "/static-offline-docs/", "/session/oidc/")
"""Paths that need no token: health, the page and the documentation, none of which holds a fact; and the way to a
sign-in elsewhere and back."""
SIGNED_PATHS = {"/sync/messages", "/sync/hashes", "/sync/witness/add-checkpoint"}
"""Paths of other sites, whose messages are signed: what is not is refused, whatever token it brings."""
READ_METHODS = ("GET", "HEAD", "OPTIONS")
BEARER = HTTPBearer(
    scheme_name="token",
    description="An API token, an access token of a configured provider, or one of the tokens of a cluster, of which "
    "one reads and another one reads and writes. On a single machine without accounts none is needed.",
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

    def principal_of(self, given: str) -> Principal:
        """Who makes a request with a token that is allowed: a person of the file, or a program, which may follow feeds.
        These tokens were made before there were accounts, hold in the whole tree, and administer nothing."""
        writes, name = self.allows(given, writes=True), self.name_of(given)
        reads_all = self.class_of(given) is TokenClass.PERSONAL
        reads = (Role.AUDITOR,) if reads_all else (Role.INTEGRATION,)
        roles = (Role.OFFICER, Role.HEAD) if writes else reads
        return Principal(
            f"token:{name or ('write' if writes else 'read')}",
            name,
            "token",
            tuple(Grant(role, (EVERYTHING,)) for role in roles),
            "SECRET" if reads_all else "INTERNAL",
            may_record=writes,
        )

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
    tokens: BearerTokens | None,
    sealed: SealedFields,
    find_secret: Callable[[], SecretIds],
    sign_in: Authentication | None = None,
) -> Callable[..., Awaitable[None]]:
    """A dependency of every route: 401 for nobody, 403 for a write by who only reads. Without `tokens`, and without
    accounts in `sign_in`, whoever asks has this machine.

    It also says who asks, and what they may see of the `sealed` fields, and of the ids that `find_secret` reads.
    """

    async def check(
        request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
    ) -> None:
        path, bearer = request.url.path, given.credentials if given else ""
        if tokens is None and (sign_in is None or not sign_in.is_required()):
            set_principal(LAPTOP)
            return
        set_principal(NOBODY)
        if is_open(path):
            return
        principal = await sign_in.find(request, bearer) if sign_in else None
        sees, records, name = TokenClass.PUBLIC, False, ""
        if principal and sign_in:
            day = sign_in.today()
            sees, records, name = class_of(principal, day), may_record(principal, day), principal.name
        elif tokens is not None and tokens.allows(bearer, writes=False):
            principal, sees = tokens.principal_of(bearer), tokens.class_of(bearer)
            records, name = tokens.allows(bearer, writes=True), tokens.name_of(bearer)
        named = frozenset([*path.split("/"), *request.query_params.values()])
        set_reader(Reader(sees, sealed, named, find_secret))
        if principal is None:
            if path in SIGN_IN_PATHS:
                return
            raise _sign_in_needed(sign_in is not None and sign_in.is_required())
        set_principal(principal)
        request.state.signed_in = name
        if is_own_path(path):
            return
        if is_about_identity(path) and not (sign_in and principal.roles_on(sign_in.today()) & SEE_IDENTITY):
            raise _not_for_you()
        if request.method not in READ_METHODS and not records:
            raise _reads_only()
        if sees is TokenClass.PUBLIC and not is_public(request) and not is_about_identity(path):
            raise _not_public()

    return check


def _sign_in_needed(has_accounts: bool) -> Problem:
    """`sign_in` of the answer: the page on which persons sign in."""
    where = {"sign_in": "/sign-in"} if has_accounts else {}
    return Problem(
        401,
        "Unauthorised",
        "A token is needed.",
        "Cần mã truy cập",
        "send Authorization: Bearer …, or sign in",
        **where,
    ).with_headers({"WWW-Authenticate": "Bearer"})


def _reads_only() -> Problem:
    return Problem(
        403,
        "ReadsOnly",
        "This token may only read.",
        "Mã truy cập này chỉ được đọc",
        "send the token that may write",
    ).with_headers({"WWW-Authenticate": 'Bearer error="insufficient_scope"'})


def _not_public() -> Problem:
    return Problem(
        403,
        "NotPublic",
        "A public token sees units, posts, documents and rules, and nothing about persons.",
        "Mã truy cập công khai chỉ xem được đơn vị, chức vụ, văn bản và quy định, không xem về cá nhân",
        "ask for a token of the class internal or personal",
    )


def _not_for_you() -> Problem:
    return Problem(
        403,
        "RoleNeeded",
        "Accounts and access are read by administrators and auditors.",
        "Chỉ người quản trị hệ thống và người kiểm tra được xem tài khoản và truy cập",
        "ask one of them",
    )
