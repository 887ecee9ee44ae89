"""API tokens: shown once, stored as a hash, with the day on which they were last used."""

import secrets

import msgspec
from sqlalchemy import Engine, delete, insert, select, update

from services.identity.credentials.sessions import MINUTE, build_principal, hash_secret
from services.identity.credentials.tables import ACCOUNTS, TOKENS
from shared.core.partial_dates import Instant, day_of, later
from shared.http.principal import Principal

PREFIX = "cadre_"
"""Begins every token, so that programs that look for leaked secrets find it."""


class Tokens:
    """The tokens that programs send."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def issue(self, id_: str, owner: str, label: str, records: bool, ends: str) -> str:
        """Make a token. Returns what the program sends; it is kept nowhere."""
        token = PREFIX + secrets.token_urlsafe(32)
        self.store(id_, token, owner, label, records, ends)
        return token

    def store(self, id_: str, token: str, owner: str, label: str, records: bool, ends: str) -> None:
        """Keep the hash of a token, so that it can be used."""
        row = {
            "id": id_,
            "hash": hash_secret(token),
            "owner": owner,
            "label": label,
            "records": int(records),
            "ends": ends,
            "used_at": "",
        }
        with self._engine.begin() as connection:
            connection.execute(insert(TOKENS), row)

    def find_owner(self, token: str) -> tuple[str, str]:
        """(id, account) of a token that was not revoked, also where it is over; empty where there is none."""
        query = select(TOKENS.c.id, TOKENS.c.owner).where(TOKENS.c.hash == hash_secret(token))
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return (row.id, row.owner) if row else ("", "")

    def find(self, token: str, now: Instant) -> Principal | None:
        """For whom the token acts; None where it is unknown or over, or its owner is disabled."""
        if not token.startswith(PREFIX):
            return None
        of_owner = TOKENS.join(ACCOUNTS, ACCOUNTS.c.id == TOKENS.c.owner)
        query = select(TOKENS, ACCOUNTS.c.name, ACCOUNTS.c.clearance, ACCOUNTS.c.grants).select_from(of_owner)
        with self._engine.connect() as connection:
            row = connection.execute(
                query.where(TOKENS.c.hash == hash_secret(token), ACCOUNTS.c.enabled == 1)
            ).first()
        if row is None or row.ends < day_of(now):
            return None
        if row.used_at <= later(now, -MINUTE):
            with self._engine.begin() as connection:
                connection.execute(update(TOKENS).where(TOKENS.c.id == row.id).values(used_at=now))
        owner = build_principal(row, row.owner)
        return msgspec.structs.replace(owner, id=row.id, kind="token", may_record=bool(row.records))

    def last_uses(self) -> dict[str, str]:
        """When each token was last used, to the minute; empty: never."""
        with self._engine.connect() as connection:
            return {row.id: row.used_at for row in connection.execute(select(TOKENS.c.id, TOKENS.c.used_at))}

    def revoke(self, id_: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(TOKENS).where(TOKENS.c.id == id_))
