"""Passwords: how they are hashed, and which are refused."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, delete, insert, select

from services.identity.credentials.published import PUBLISHED_PASSWORD
from services.identity.credentials.tables import PASSWORDS
from shared.core.partial_dates import Instant
from shared.core.text import nfc

MIN_LENGTH = 12
MAX_LENGTH = 200
"""Characters; hashing a longer one would only cost time."""
COMMON = frozenset(
    {
        *("password1234", "password12345", "123456789012", "1234567890123", "qwertyuiop12", "qwerty123456"),
        *("matkhau12345", "matkhau123456", "administrator", "adminadmin12", "changeme1234", "cadreledger1"),
        *("iloveyou1234", "letmein12345", "vietnam12345", "vietnam123456", "abcdefghijkl", "abcd12345678"),
        PUBLISHED_PASSWORD,
    }
)
"""Passwords of this length that are tried first."""


class WeakPassword(Exception):
    """A password that could be guessed. Its text says why, in English; `vi` in Vietnamese."""

    def __init__(self, text: str, vi: str) -> None:
        super().__init__(text)
        self.vi = vi


def check_password(password: str, login: str, name: str) -> None:
    """Raises WeakPassword."""
    plain = nfc(password)
    if not MIN_LENGTH <= len(plain) <= MAX_LENGTH:
        raise WeakPassword(
            f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters",
            f"mật khẩu có {MIN_LENGTH} đến {MAX_LENGTH} ký tự",
        )
    folded = plain.casefold().strip()
    if folded in COMMON or len(set(folded)) < 5:
        raise WeakPassword("this password is one of those tried first", "mật khẩu này quá phổ biến")
    if folded in (each.casefold() * times for each in (login, name) for times in (1, 2, 3)):
        raise WeakPassword(
            "a password is not the login or the name", "mật khẩu không được là tên đăng nhập hay họ tên"
        )


class Passwords:
    """The stored hashes, argon2id with the parameters that OWASP recommends: about 30 ms for each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._of_nobody = self.hasher.hash("nobody has this password")

    def store(self, account: str, password: str, now: Instant) -> None:
        row = {"account": account, "hash": self.hasher.hash(nfc(password)), "changed_at": now}
        with self._engine.begin() as connection:
            connection.execute(delete(PASSWORDS).where(PASSWORDS.c.account == account))
            connection.execute(insert(PASSWORDS), row)

    def has_one(self, account: str) -> bool:
        return self._find(account) is not None

    def verify(self, account: str, password: str, now: Instant) -> bool:
        """Whether it is the password of the account. Takes as long where there is none, or no such account (empty)."""
        stored = self._find(account) if account else None
        if not self.matches(stored or self._of_nobody, password) or stored is None:
            return False
        if self.hasher.check_needs_rehash(stored):
            self.store(account, password, now)
        return True

    def matches(self, stored: str, password: str) -> bool:
        """Whether a stored hash is that of a password."""
        try:
            return self.hasher.verify(stored, nfc(password[: 4 * MAX_LENGTH]))
        except (VerificationError, InvalidHashError):
            return False

    def list_hashes(self) -> dict[str, str]:
        """The stored hash of each account that has a password."""
        with self._engine.connect() as connection:
            query = select(PASSWORDS.c.account, PASSWORDS.c.hash)
            return {row.account: row.hash for row in connection.execute(query)}

    def _find(self, account: str) -> str | None:
        with self._engine.connect() as connection:
            found = connection.execute(
                select(PASSWORDS.c.hash).where(PASSWORDS.c.account == account)
            ).scalar()
        return str(found) if found is not None else None
