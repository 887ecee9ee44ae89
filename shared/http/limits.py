"""The part of everything that the principal of a request may read, said to the reader of its answers."""

from collections.abc import Awaitable, Callable, Collection
from datetime import date
from typing import Literal, Protocol

from fastapi import Request

from shared.core.clock import Clock
from shared.core.partial_dates import day_of
from shared.http.authentication import is_about_identity
from shared.http.principal import Principal, current_principal
from shared.http.problems import role_may_not
from shared.http.scope import Scope, ScopedIds
from shared.http.token_classes import Reader, SealedFields, SecretIds, TokenClass, current_reader, set_reader


class ReadPolicy(Protocol):
    """Says where a principal may read what."""

    def scope_of(
        self,
        principal: Principal,
        action: Literal["read", "readPersonal", "readSensitive", "export"],
        day: date,
    ) -> Scope: ...

    def scope_of_records(self, principal: Principal, day: date) -> Scope:
        """Of which part a principal may read the facts of accounts and of access."""
        ...


def limit_reader(
    policy: ReadPolicy,
    find_scoped: Callable[[Scope], ScopedIds],
    clock: Clock,
    sealed: SealedFields,
    find_secret: Callable[[], SecretIds],
    takes_out: Callable[[Request], bool] = lambda _: False,
    find_known: Callable[[Collection[str]], frozenset[str]] = lambda _: frozenset(),
) -> Callable[..., Awaitable[None]]:
    """A dependency of every route, after the one that says who asks and what class they see. Whoever holds a ledger on
    a laptop is not limited. `takes_out`: whether a request takes data out, which is another action than to read.
    `find_known`: those of some texts that are ids of units, posts, persons or what belongs to them."""

    async def limit(request: Request) -> None:
        principal = current_principal()
        if principal.kind == "laptop":
            return
        day = date.fromisoformat(day_of(clock()))
        scope = _find_scope(policy, principal, day, request, takes_out)
        personal = policy.scope_of(principal, "readPersonal", day)
        named = frozenset([*request.url.path.split("/"), *request.query_params.values()])
        token_class = current_reader().token_class
        if token_class.sees_personal and not personal.covers(scope):
            token_class = TokenClass.INTERNAL
        reader = Reader(
            token_class,
            sealed,
            named,
            find_secret,
            principal.clearance == "SECRET",
            None if scope.is_whole else scope,
            find_scoped,
            policy.scope_of(principal, "readSensitive", day).covers(scope),
            principal.emergency.until if principal.emergency else "",
            find_known,
        )
        set_reader(reader)

    return limit


def _find_scope(
    policy: ReadPolicy,
    principal: Principal,
    day: date,
    request: Request,
    takes_out: Callable[[Request], bool],
) -> Scope:
    """Where a principal may do what a request does. Raises Problem where they may take nothing out."""
    if is_about_identity(request.url.path):
        return policy.scope_of_records(principal, day)
    if not takes_out(request):
        return policy.scope_of(principal, "read", day)
    scope = policy.scope_of(principal, "export", day)
    if scope.is_empty:
        raise role_may_not("export")
    return scope
