"""The part of everything that the principal of a request may read, said to the reader of its answers."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Literal, Protocol

from fastapi import Request

from shared.core.clock import Clock
from shared.core.partial_dates import day_of
from shared.http.principal import Principal, current_principal
from shared.http.scope import Scope, ScopedIds
from shared.http.token_classes import Reader, SealedFields, SecretIds, TokenClass, current_reader, set_reader


class ReadPolicy(Protocol):
    """Says where a principal may read what."""

    def scope_of(
        self, principal: Principal, action: Literal["read", "readPersonal", "readSensitive"], day: date
    ) -> Scope: ...


def limit_reader(
    policy: ReadPolicy,
    find_scoped: Callable[[Scope], ScopedIds],
    clock: Clock,
    sealed: SealedFields,
    find_secret: Callable[[], SecretIds],
) -> Callable[..., Awaitable[None]]:
    """A dependency of every route, after the one that says who asks and what class they see. Whoever holds a ledger on
    a laptop is not limited."""

    async def limit(request: Request) -> None:
        principal = current_principal()
        if principal.kind == "laptop":
            return
        day = date.fromisoformat(day_of(clock()))
        scope = policy.scope_of(principal, "read", day)
        personal = policy.scope_of(principal, "readPersonal", day)
        named = frozenset([*request.url.path.split("/"), *request.query_params.values()])
        token_class = current_reader().token_class
        if token_class.sees_personal and personal != scope:
            token_class = TokenClass.INTERNAL
        reader = Reader(
            token_class,
            sealed,
            named,
            find_secret,
            principal.clearance == "SECRET",
            None if scope.is_whole else scope,
            find_scoped,
            policy.scope_of(principal, "readSensitive", day) == scope,
        )
        set_reader(reader)

    return limit
