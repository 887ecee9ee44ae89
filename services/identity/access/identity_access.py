"""Everything about accounts that a process uses, put together over one store."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from services.identity.access.administration import Administration
from services.identity.access.resolving import StoredPrincipals
from services.identity.access.signing_in import SignIn
from services.identity.credentials.store import CredentialStore
from services.identity.policy import Policy
from shared.commands.command_handler import AnyApplication
from shared.core.clock import Clock
from shared.http.authentication import Authentication, Resolver


@dataclass(frozen=True)
class IdentityAccess:
    """`resolvers`: further kinds of tokens, asked after those of this store."""

    app: AnyApplication
    store: CredentialStore
    clock: Clock
    cache_seconds: float = 0.0
    resolvers: Sequence[Resolver] = ()

    @cached_property
    def administration(self) -> Administration:
        return Administration(self.app, self.store, self.clock)

    @cached_property
    def policy(self) -> Policy:
        return Policy.load()

    @cached_property
    def sign_in(self) -> SignIn:
        return SignIn(self.administration)

    @cached_property
    def principals(self) -> StoredPrincipals:
        return StoredPrincipals(self.store, self.clock, self.cache_seconds)

    @cached_property
    def authentication(self) -> Authentication:
        return Authentication(self.principals, (self.principals.by_token, *self.resolvers), self.clock)
