"""Access tokens of other issuers that were withdrawn before their time, by their `jti`."""

from threading import Lock
from time import monotonic
from typing import Any

from services.identity.access_events import AccessTokenRevoked
from services.identity.credentials.revoked_tokens import RevokedTokenTable
from shared.core.clock import Clock
from shared.core.partial_dates import Instant, later
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest

STREAM = "access-tokens"
KEPT_MICROSECONDS = 2 * 86_400 * 1_000_000
"""A token lasts a day at most, and clocks differ by little: after two days none needs to be refused by name."""
REREAD_SECONDS = 2.0


class RevokedTokens:
    """Which tokens are withdrawn: facts of the log, and a table of them that every process reads. Another process knows
    within a few seconds. Safe to share among threads."""

    def __init__(self, log: EventLog[Any], table: RevokedTokenTable, clock: Clock) -> None:
        self._log, self._table, self._clock, self._lock = log, table, clock, Lock()
        self._revoked = set[tuple[str, str]]()
        self._read_at = float("-inf")

    def revoke(self, issuer: str, jti: str, actor: str) -> Instant:
        """Refuse a token from now on; until when it has to be refused. Raises Conflict, StoreUnavailable."""
        until = later(self._clock(), KEPT_MICROSECONDS)
        fact = AccessTokenRevoked(issuer=issuer, jti=jti, until=until)
        with self._lock:
            self._log.append(AppendRequest(STREAM, self._log.version(STREAM), [fact], actor))
            self._copy()
        return until

    def refresh(self) -> None:
        """Bring the table up to the facts: at the start of the process that writes them."""
        with self._lock:
            self._copy()

    def is_revoked(self, issuer: str, jti: str) -> bool:
        """Whether this token is withdrawn."""
        with self._lock:
            if monotonic() - self._read_at >= REREAD_SECONDS:
                self._revoked, self._read_at = self._table.read(self._clock()), monotonic()
            return (issuer, jti) in self._revoked

    def _copy(self) -> None:
        facts = [event.fact for event in self._log.load_stream(STREAM)]
        stated = [
            (each.issuer, each.jti, each.until) for each in facts if isinstance(each, AccessTokenRevoked)
        ]
        self._table.replace(stated, self._clock())
        self._read_at = float("-inf")
