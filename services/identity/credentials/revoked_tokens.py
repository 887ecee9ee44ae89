"""A copy of the facts about withdrawn access tokens, for every process that has to know them."""

from collections.abc import Iterable

from sqlalchemy import Engine, delete, insert, select

from services.identity.credentials.tables import REVOKED
from shared.core.partial_dates import Instant

Key = tuple[str, str]
"""(issuer, jti)"""


class RevokedTokenTable:
    """Which access tokens of other issuers are refused, and until when they have to be."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, now: Instant) -> set[Key]:
        """Those that would still be valid."""
        query = select(REVOKED.c.issuer, REVOKED.c.jti).where(REVOKED.c.until > now)
        with self._engine.connect() as connection:
            return {(row.issuer, row.jti) for row in connection.execute(query)}

    def replace(self, revoked: Iterable[tuple[str, str, str]], now: Instant) -> None:
        """Make the copy hold these (issuer, jti, until), as far as they would still be valid; what is so already is not
        written."""
        latest = {(issuer, jti): until for issuer, jti, until in revoked if until > now}
        with self._engine.begin() as connection:
            present = {(row.issuer, row.jti): row.until for row in connection.execute(select(REVOKED))}
            for issuer, jti in present.keys() - latest.keys():
                gone = delete(REVOKED).where(REVOKED.c.issuer == issuer, REVOKED.c.jti == jti)
                connection.execute(gone)
            for key, until in latest.items():
                if key not in present:
                    row = {"issuer": key[0], "jti": key[1], "until": until}
                    connection.execute(insert(REVOKED), row)
