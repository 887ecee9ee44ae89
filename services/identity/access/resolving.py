"""Finding who makes a request, by its cookie or token, in every process by itself."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from msgspec.structs import replace

from services.identity.credentials.sessions import MINUTE, Found
from services.identity.credentials.store import CredentialStore
from shared.core.clock import Clock
from shared.core.partial_dates import later
from shared.http.principal import Principal

CACHE_SECONDS = 2.0
"""How long a process of a cluster may believe what it read; a revoked session or grant is known within 5 seconds."""
MAX_CACHED = 10_000


class StoredPrincipals:
    """Reads sessions and tokens; `cache_seconds` 0 reads each time."""

    def __init__(self, store: CredentialStore, clock: Clock, cache_seconds: float = 0.0) -> None:
        self._store, self._clock, self._seconds = store, clock, cache_seconds
        self._cached: dict[str, tuple[float, Found | Principal | None]] = {}
        self._lock = Lock()
        self._required = False

    def is_required(self) -> bool:
        """Whether somebody has to sign in: from the first account on, for ever."""
        self._required = self._required or self._store.has_accounts()
        return self._required

    def find_session(self, secret: str) -> Found | None:
        """The session of a cookie, also one that waits for its code."""
        found = self._remember(f"session:{secret}", lambda: self._read_session(secret))
        return found if isinstance(found, Found) else None

    def by_session(self, secret: str) -> Principal | None:
        """Who is signed in with this cookie."""
        found = self.find_session(secret)
        if found is None or found.waits_for_code:
            return None
        emergency = found.principal.emergency
        if emergency and emergency.until <= self._clock():  # what is remembered may have ended meanwhile
            return replace(found.principal, emergency=None)
        return found.principal

    def by_token(self, token: str) -> Principal | None:
        """For whom a program acts with this token."""
        found = self._remember(f"token:{token}", lambda: self._store.tokens.find(token, self._clock()))
        return found if isinstance(found, Principal) else None

    def _read_session(self, secret: str) -> Found | None:
        now = self._clock()
        found = self._store.sessions.find(secret, now)
        if found and not found.waits_for_code and found.seen_at <= later(now, -MINUTE):
            self._store.sessions.mark_seen(secret, now)
        return found

    def _remember(self, key: str, read: Callable[[], Found | Principal | None]) -> Found | Principal | None:
        if not self._seconds:
            return read()
        with self._lock:
            at, known = self._cached.get(key, (0.0, None))
        if known is not None and monotonic() - at < self._seconds:
            return known
        began, found = monotonic(), read()
        with self._lock:
            if len(self._cached) >= MAX_CACHED:
                self._cached.clear()
            self._cached[key] = began, found
        return found
