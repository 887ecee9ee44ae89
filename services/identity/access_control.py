"""What stands around the routes of an installation with accounts: limits, the record of access, sign-in elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.identity.access_record.recorder import AccessRecorder
from services.identity.access_record.revocations import RevokedTokens
from services.identity.access_tokens import AccessTokens
from services.identity.credentials.sessions import Sessions
from services.identity.credentials.store import CredentialStore
from services.identity.oidc.configuration import OidcConfiguration
from services.identity.oidc.connection import ProviderConnection, Seconds
from services.identity.oidc.routes import open_connections
from services.identity.policy import Policy
from services.identity.rate_limits import RateLimits
from shared.core.clock import Clock
from shared.eventlog.event_log import EventLog


@dataclass(frozen=True)
class AccessControl:
    """Opened with the log of identity; `recorder` is closed before the log is."""

    log: EventLog[Any]
    recorder: AccessRecorder
    revoked: RevokedTokens
    now: Seconds
    sessions: Sessions
    limits: RateLimits = field(default_factory=RateLimits)
    providers: OidcConfiguration | None = None
    connections: Mapping[str, ProviderConnection] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy.load)

    def access_tokens(self, store: CredentialStore) -> AccessTokens:
        """The resolver of access tokens of providers: one of the `resolvers` of IdentityAccess."""
        return AccessTokens(self.connections, store.find_principal, self.revoked.is_revoked)


def open_access_control(
    log: EventLog[Any],
    store: CredentialStore,
    clock: Clock,
    providers: OidcConfiguration | None = None,
    make_recorder: Callable[[EventLog[Any], Clock], AccessRecorder] = AccessRecorder,
) -> AccessControl:
    """The record writes to the log every few seconds from now on, until it is closed."""

    def now() -> int:
        return int(datetime.fromisoformat(clock()).timestamp())

    recorder = make_recorder(log, clock)
    recorder.start()
    return AccessControl(
        log,
        recorder,
        RevokedTokens(log, store.revoked_tokens, clock),
        now,
        store.sessions,
        RateLimits(clock=clock),
        providers,
        open_connections(providers, now) if providers else {},
    )
