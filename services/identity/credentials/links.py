"""One-time links with which somebody sets the password of their account."""

import secrets

from sqlalchemy import Engine, delete, insert, select

from services.identity.credentials.sessions import MINUTE, hash_secret
from services.identity.credentials.tables import LINKS
from shared.core.partial_dates import Instant, later

LIFETIME = 24 * 60 * MINUTE


class Links:
    """Links that were made and not used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, account: str, now: Instant) -> str:
        """The secret part of a new link; an earlier one of the account is void."""
        secret = secrets.token_urlsafe(32)
        row = {"hash": hash_secret(secret), "account": account, "expires_at": later(now, LIFETIME)}
        with self._engine.begin() as connection:
            connection.execute(
                delete(LINKS).where((LINKS.c.account == account) | (LINKS.c.expires_at <= now))
            )
            connection.execute(insert(LINKS), row)
        return secret

    def find(self, secret: str, now: Instant) -> str:
        """The account of a link that can be used; empty where there is none."""
        query = select(LINKS.c.account).where(LINKS.c.hash == hash_secret(secret), LINKS.c.expires_at > now)
        with self._engine.connect() as connection:
            return str(connection.execute(query).scalar() or "")

    def use(self, secret: str) -> bool:
        """Whether it was there; it is not any more."""
        with self._engine.begin() as connection:
            return connection.execute(delete(LINKS).where(LINKS.c.hash == hash_secret(secret))).rowcount == 1
