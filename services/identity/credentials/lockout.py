"""Waiting times after failed attempts to sign in: they double, by login and by address, and outlast a restart."""

from collections.abc import Sequence

from sqlalchemy import Engine, delete, select, text, update

from services.identity.credentials.sessions import hash_secret
from services.identity.credentials.tables import FAILURES
from shared.core.partial_dates import Instant, later

FIRST_WAIT = 30
LONGEST_WAIT = 900
"""Seconds."""
ATTEMPTS_OF_LOGIN = 5
ATTEMPTS_OF_ADDRESS = 50
"""So many are free before the first wait; an office shares one address."""
_FORGOTTEN_AFTER = 24 * 3600 * 1_000_000
_COUNT = text(
    "INSERT INTO failures (key, count, last_at, locked_until) VALUES (:key, 1, :now, '') "
    "ON CONFLICT (key) DO UPDATE SET last_at = :now, count = failures.count + 1 "
    "WHERE failures.locked_until <= :now RETURNING count"
)


class Locked(Exception):
    """Too many attempts failed; the next one may be made at `until`."""

    def __init__(self, until: Instant) -> None:
        super().__init__(f"locked until {until}")
        self.until = until


def wait_after(count: int, free: int) -> int:
    """Seconds to wait after so many attempts."""
    return min(FIRST_WAIT << min(count - free, 10), LONGEST_WAIT) if count >= free else 0


class Lockout:
    """Counts each attempt before it is looked at, so that many at once do not escape, and takes it back if it was
    right."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def admit(self, login: str, address: str, now: Instant) -> None:
        """Count an attempt. Raises Locked, where it is not to be looked at."""
        for key, free in self._keys(login, address):
            self._count(key, free, now)

    def forget(self, login: str, address: str) -> None:
        """The attempt was right: its login starts anew, and its address does not count it."""
        (login_key, _), *others = self._keys(login, address)
        with self._engine.begin() as connection:
            connection.execute(delete(FAILURES).where(FAILURES.c.key == login_key))
            for key, _ in others:
                fewer = update(FAILURES).where(FAILURES.c.key == key, FAILURES.c.count > 0)
                connection.execute(fewer.values(count=FAILURES.c.count - 1, locked_until=""))

    def _keys(self, login: str, address: str) -> Sequence[tuple[str, int]]:
        keys = [(_key("login", login), ATTEMPTS_OF_LOGIN)]
        return [*keys, (_key("address", address), ATTEMPTS_OF_ADDRESS)] if address else keys

    def _count(self, key: str, free: int, now: Instant) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(FAILURES).where(FAILURES.c.last_at < later(now, -_FORGOTTEN_AFTER)))
            count = connection.execute(_COUNT, {"key": key, "now": now}).scalar()
            if count is None:
                until = connection.execute(
                    select(FAILURES.c.locked_until).where(FAILURES.c.key == key)
                ).scalar()
                raise Locked(Instant(str(until)))
            if seconds := wait_after(int(count), free):
                until = later(now, seconds * 1_000_000)
                connection.execute(update(FAILURES).where(FAILURES.c.key == key).values(locked_until=until))


def _key(kind: str, text_: str) -> str:
    """Some type their password where the login belongs, so neither is stored."""
    return f"{kind}:{hash_secret(text_)[:32]}"
