"""One-time codes (TOTP, RFC 6238) and recovery codes."""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime

import pyotp
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, delete, func, insert, select, update

from services.identity.credentials.tables import CODES, RECOVERY_CODES
from shared.core.partial_dates import Instant

ISSUER = "Cadre Ledger"
RECOVERY_CODES_MADE = 10
STEP_SECONDS = 30
TOLERANCE = 1
"""Steps by which the clock of a telephone may differ."""
_NONCE = 12
Digest = Callable[[str], str]
"""A keyed hash in hexadecimal, under a key that is not in these tables."""


class OneTimeCodes:
    """Codes that are taken once. Secrets are encrypted under a key of the installation, which is kept elsewhere."""

    def __init__(self, engine: Engine, digest: Digest) -> None:
        self._engine, self._digest = engine, digest

    def begin(self, account: str, login: str) -> str:
        """Make a secret that counts once a code of it was given. Returns the address that a telephone scans."""
        secret = pyotp.random_base32()
        row = {"account": account, "secret": self._seal(account, secret), "last_counter": -1, "confirmed": 0}
        with self._engine.begin() as connection:
            connection.execute(delete(CODES).where(CODES.c.account == account, CODES.c.confirmed == 0))
            connection.execute(insert(CODES), row)
        return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)

    def confirm(self, account: str, code: str, now: Instant) -> list[str] | None:
        """Let the secret count from now on. Returns recovery codes, to be shown once; None: the code is wrong."""
        if not self._take(account, code, now, confirmed=0):
            return None
        codes = [secrets.token_hex(5) for _ in range(RECOVERY_CODES_MADE)]
        rows = [{"account": account, "hash": self._hash(account, each)} for each in codes]
        with self._engine.begin() as connection:
            connection.execute(delete(CODES).where(CODES.c.account == account, CODES.c.confirmed == 1))
            connection.execute(update(CODES).where(CODES.c.account == account).values(confirmed=1))
            connection.execute(delete(RECOVERY_CODES).where(RECOVERY_CODES.c.account == account))
            connection.execute(insert(RECOVERY_CODES), rows)
        return codes

    def is_enrolled(self, account: str) -> bool:
        """Whether signing in to the account asks for a code."""
        with self._engine.connect() as connection:
            found = select(func.count()).where(CODES.c.account == account, CODES.c.confirmed == 1)
            return bool(connection.execute(found).scalar())

    def take(self, account: str, code: str, now: Instant) -> bool:
        """Whether it is a code or a recovery code of the account that was not used before; it is used then."""
        plain = "".join(code.split()).lower()
        if self._take(account, plain, now, confirmed=1):
            return True
        if not self.is_enrolled(account):
            return False
        used = delete(RECOVERY_CODES).where(
            RECOVERY_CODES.c.account == account, RECOVERY_CODES.c.hash == self._hash(account, plain)
        )
        with self._engine.begin() as connection:
            return connection.execute(used).rowcount == 1

    def remove(self, account: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(CODES).where(CODES.c.account == account))
            connection.execute(delete(RECOVERY_CODES).where(RECOVERY_CODES.c.account == account))

    def _take(self, account: str, code: str, now: Instant, confirmed: int) -> bool:
        with self._engine.connect() as connection:
            query = select(CODES.c.secret).where(CODES.c.account == account, CODES.c.confirmed == confirmed)
            sealed = connection.execute(query).scalar()
        if sealed is None:
            return False
        totp, present = pyotp.HOTP(self._open(account, bytes(sealed))), _counter(now)
        for counter in range(present - TOLERANCE, present + TOLERANCE + 1):
            if hmac.compare_digest(totp.at(counter).encode(), code.encode()):
                newer = update(CODES).where(
                    CODES.c.account == account,
                    CODES.c.confirmed == confirmed,
                    CODES.c.last_counter < counter,
                )
                with self._engine.begin() as connection:  # of two requests at once, one finds it used
                    return connection.execute(newer.values(last_counter=counter)).rowcount == 1
        return False

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(bytes.fromhex(self._digest("credentials/one-time codes")))

    def _seal(self, account: str, secret: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), account.encode())

    def _open(self, account: str, sealed: bytes) -> str:
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], account.encode()).decode()

    def _hash(self, account: str, code: str) -> str:
        return self._digest(f"credentials/recovery code/{account}/{code}")


def _counter(now: Instant) -> int:
    return int(datetime.fromisoformat(now).timestamp()) // STEP_SECONDS
