"""Access tokens of other issuers that were withdrawn before their time, by their `jti`."""

from threading import Lock
from time import monotonic
from typing import Any

from services.identity.access_events import AccessTokenRevoked
from shared.core.clock import Clock
from shared.core.partial_dates import Instant, later
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest

STREAM = "access-tokens"
KEPT_MICROSECONDS = 2 * 86_400 * 1_000_000
"""A token lasts a day at most, and clocks differ by little: after two days none needs to be refused by name."""
REREAD_SECONDS = 2.0
PAGE = 1000


class RevokedTokens:
    """Which tokens are withdrawn. Another process knows within a few seconds. Safe to share among threads."""

    def __init__(self, log: EventLog[Any], clock: Clock) -> None:
        self._log, self._clock, self._lock = log, clock, Lock()
        self._revoked = set[tuple[str, str]]()
        self._read_to, self._read_at = 0, float("-inf")

    def revoke(self, issuer: str, jti: str, actor: str) -> Instant:
        """Refuse a token from now on; until when it has to be refused. Raises Conflict, StoreUnavailable."""
        until = later(self._clock(), KEPT_MICROSECONDS)
        fact = AccessTokenRevoked(issuer=issuer, jti=jti, until=until)
        self._log.append(AppendRequest(STREAM, self._log.version(STREAM), [fact], actor))
        with self._lock:
            self._revoked.add((issuer, jti))
        return until

    def is_revoked(self, issuer: str, jti: str) -> bool:
        """Whether this token is withdrawn."""
        with self._lock:
            if monotonic() - self._read_at >= REREAD_SECONDS:
                self._read_new()
            return (issuer, jti) in self._revoked

    def _read_new(self) -> None:
        tags, now = [str(AccessTokenRevoked.__struct_config__.tag)], self._clock()
        while page := self._log.read_feed(self._read_to, 2**62, PAGE, tags, STREAM):
            facts = [self._log.topic.decode(bytes(state)).fact for _, _, state, _ in page]
            self._revoked.update((fact.issuer, fact.jti) for fact in facts if fact.until > now)
            self._read_to = page[-1][0]
        self._read_at = monotonic()
