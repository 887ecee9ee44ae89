"""Sessions: a cookie holds a random id, the table its hash. They end when idle, after a day's work, or when told."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Engine, Row, and_, delete, insert, select, update

from services.identity.credentials.tables import ACCOUNTS, EMERGENCIES, SESSIONS
from shared.core.clock import new_id
from shared.core.partial_dates import Instant, later
from shared.http.principal import EmergencyAccess, Grant, Principal

MINUTE = 60 * 1_000_000
MAX_AGENT_LENGTH = 200


class SessionLimits(msgspec.Struct, frozen=True):
    """How long a session lasts, in minutes."""

    idle: int = 30
    absolute: int = 12 * 60
    code: int = 5
    """How long it waits for the one-time code."""


class Session(msgspec.Struct, frozen=True):
    """A session as its owner sees it."""

    id: str
    """Id of the session; not what the cookie holds."""
    started_at: str
    """When somebody signed in."""
    seen_at: str
    """When it was last used, to the minute."""
    address: str
    """The address of the network from which they signed in."""
    agent: str
    """The browser, as it names itself."""
    current: bool = False
    """Whether it is the one that asks."""


class Found(msgspec.Struct, frozen=True):
    """Whose session it is."""

    principal: Principal
    handle: str
    waits_for_code: bool
    seen_at: Instant


def hash_secret(secret: str) -> str:
    """What is stored of a random secret of 256 bits: nobody finds the secret by it."""
    return sha256(secret.encode()).hexdigest()


class Sessions:
    """The sessions of an installation."""

    def __init__(self, engine: Engine, limits: SessionLimits) -> None:
        self._engine, self.limits = engine, limits

    def start(
        self,
        account: str,
        now: Instant,
        waits_for_code: bool,
        address: str,
        agent: str,
        proved_at: Instant | None = None,
    ) -> str:
        """Begin a session. `proved_at`: when somebody else asked for the password; None: it was given now. Returns what
        the cookie holds."""
        secret = secrets.token_urlsafe(32)
        row = {
            "hash": hash_secret(secret),
            "handle": new_id(),
            "account": account,
            "started_at": now,
            "seen_at": now,
            "authenticated_at": "" if waits_for_code else proved_at or now,
            "waits_for_code": int(waits_for_code),
            "address": address[:MAX_AGENT_LENGTH],
            "agent": agent[:MAX_AGENT_LENGTH],
        }
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.started_at <= self._oldest(now)))
            connection.execute(insert(SESSIONS), row)
        return secret

    def renew(self, secret: str, now: Instant) -> str:
        """Give a session another id, after its owner has proved who they are. Returns what the cookie holds from now
        on; empty: it has ended meanwhile."""
        new = secrets.token_urlsafe(32)
        values = {"hash": hash_secret(new), "authenticated_at": now, "seen_at": now, "waits_for_code": 0}
        changed = update(SESSIONS).where(SESSIONS.c.hash == hash_secret(secret)).values(values)
        with self._engine.begin() as connection:
            return new if connection.execute(changed).rowcount == 1 else ""

    def find(self, secret: str, now: Instant) -> Found | None:
        """Whose it is; None where there is no such session, it is over, or the account is disabled."""
        of_account = SESSIONS.join(ACCOUNTS, ACCOUNTS.c.id == SESSIONS.c.account)
        is_emergency = and_(EMERGENCIES.c.session == SESSIONS.c.handle, EMERGENCIES.c.until > now)
        of_account_now = of_account.outerjoin(EMERGENCIES, is_emergency)
        account = (ACCOUNTS.c.name, ACCOUNTS.c.clearance, ACCOUNTS.c.grants)
        query = select(SESSIONS, *account, EMERGENCIES.c.entry, EMERGENCIES.c.until)
        query = query.select_from(of_account_now)
        with self._engine.connect() as connection:
            row = connection.execute(
                query.where(SESSIONS.c.hash == hash_secret(secret), ACCOUNTS.c.enabled == 1)
            ).first()
        if row is None or not self._is_alive(row, now):
            return None
        return Found(
            build_principal(row, row.account), row.handle, bool(row.waits_for_code), Instant(row.seen_at)
        )

    def start_emergency(self, account: str, secret: str, emergency: EmergencyAccess) -> bool:
        """Let a session of an account read out of its scope. Returns whether it has such a session."""
        find = select(SESSIONS.c.handle).where(
            SESSIONS.c.hash == hash_secret(secret), SESSIONS.c.account == account
        )
        with self._engine.begin() as connection:
            handle = connection.execute(find).scalar()
            if handle is None:
                return False
            is_over = EMERGENCIES.c.session.not_in(select(SESSIONS.c.handle))
            connection.execute(delete(EMERGENCIES).where(is_over | (EMERGENCIES.c.session == handle)))
            row = {"session": handle, "entry": emergency.entry, "until": emergency.until}
            connection.execute(insert(EMERGENCIES), row)
            return True

    def mark_seen(self, secret: str, now: Instant) -> None:
        changed = update(SESSIONS).where(SESSIONS.c.hash == hash_secret(secret)).values(seen_at=now)
        with self._engine.begin() as connection:
            connection.execute(changed)

    def list_of(self, account: str, now: Instant, current: str = "") -> list[Session]:
        """The sessions of an account that are not over, the newest first. `current`: handle of the one that asks."""
        query = select(SESSIONS).where(SESSIONS.c.account == account, SESSIONS.c.waits_for_code == 0)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(SESSIONS.c.started_at.desc())).all()
        return [
            Session(row.handle, row.started_at, row.seen_at, row.address, row.agent, row.handle == current)
            for row in rows
            if self._is_alive(row, now)
        ]

    def end(self, account: str, handles: Sequence[str] | None = None, but: str = "") -> int:
        """End these sessions of an account, or all of them `but` one. Returns how many there were."""
        ended = delete(SESSIONS).where(SESSIONS.c.account == account, SESSIONS.c.handle != but)
        if handles is not None:
            ended = ended.where(SESSIONS.c.handle.in_(handles))
        with self._engine.begin() as connection:
            return connection.execute(ended).rowcount

    def _is_alive(self, row: Row[Any], now: Instant) -> bool:
        if row.started_at <= self._oldest(now):
            return False
        if row.waits_for_code:
            return bool(row.started_at > later(now, -self.limits.code * MINUTE))
        return bool(row.seen_at > later(now, -self.limits.idle * MINUTE))

    def _oldest(self, now: Instant) -> Instant:
        return later(now, -self.limits.absolute * MINUTE)


def build_principal(row: Row[Any], account: str) -> Principal:
    """The principal of an account, as the copy of the facts has it."""
    authenticated = getattr(row, "authenticated_at", "")
    entry = getattr(row, "entry", None)
    return Principal(
        account,
        row.name,
        "person",
        msgspec.json.decode(row.grants, type=tuple[Grant, ...]),
        row.clearance,
        datetime.fromisoformat(authenticated) if authenticated else None,
        emergency=EmergencyAccess(entry, row.until) if entry else None,
    )
