"""All credentials of an installation, over one database."""

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock

import msgspec
from sqlalchemy import Engine, delete, func, insert, select, text, update

from services.identity.credentials.access_notes import AccessNotes
from services.identity.credentials.api_tokens import Tokens
from services.identity.credentials.links import Links
from services.identity.credentials.lockout import Lockout
from services.identity.credentials.one_time_codes import Digest, OneTimeCodes
from services.identity.credentials.passwords import Passwords
from services.identity.credentials.revoked_tokens import RevokedTokenTable
from services.identity.credentials.sessions import SessionLimits, Sessions, build_principal
from services.identity.credentials.tables import ACCOUNTS, open_tables
from services.identity.domain.directory import Directory, fold_login
from shared.http.principal import Principal


class CredentialStore:
    """Opened together: one connection pool."""

    def __init__(self, engine: Engine, digest: Digest, limits: SessionLimits) -> None:
        self._engine = engine
        self.sessions, self.tokens = Sessions(engine, limits), Tokens(engine)
        self.lockout, self.links = Lockout(engine), Links(engine)
        self.access_notes, self.revoked_tokens = AccessNotes(engine), RevokedTokenTable(engine)
        self.codes = OneTimeCodes(engine, digest)
        self._passwords: Passwords | None = None
        self._copying = Lock()
        self._has_accounts: bool | None = None

    @property
    def passwords(self) -> Passwords:
        """Made at the first use: that costs one hash."""
        self._passwords = self._passwords or Passwords(self._engine)
        return self._passwords

    def has_accounts(self) -> bool:
        """Whether anybody has an account; where this process keeps the copy, it knows without asking."""
        if self._has_accounts is not None:
            return self._has_accounts
        with self._engine.connect() as connection:
            return bool(connection.execute(select(func.count()).select_from(ACCOUNTS)).scalar())

    def find_account(self, login: str) -> tuple[str, bool]:
        """(id, whether it is enabled) of the account with this login; an empty id where there is none."""
        query = select(ACCOUNTS.c.id, ACCOUNTS.c.enabled).where(ACCOUNTS.c.login == fold_login(login))
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return (row.id, bool(row.enabled)) if row else ("", False)

    def find_principal(self, login: str) -> Principal | None:
        """The account with this login; None where there is none, or it is disabled."""
        query = select(ACCOUNTS).where(ACCOUNTS.c.login == fold_login(login), ACCOUNTS.c.enabled == 1)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return build_principal(row, row.id) if row else None

    def copy_directory(self, load: Callable[[], Directory]) -> Directory:
        """Make the copy of what the facts say the same as they do; what did not change is not written. The facts are
        read when nobody else copies, so that an older state never replaces a newer one."""
        with self._copying, self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('cadre-ledger/accounts'))"))
            directory = load()
            wanted = {row["id"]: row for row in _rows(directory)}
            present = {row.id: row._asdict() for row in connection.execute(select(ACCOUNTS))}
            for id_ in present.keys() - wanted.keys():
                connection.execute(delete(ACCOUNTS).where(ACCOUNTS.c.id == id_))
            for id_, row in wanted.items():
                if id_ not in present:
                    connection.execute(insert(ACCOUNTS), row)
                elif present[id_] != row:
                    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == id_).values(row))
        self._has_accounts = bool(wanted)
        return directory

    def close(self) -> None:
        self._engine.dispose()


def _rows(directory: Directory) -> Iterable[dict[str, object]]:
    for account in directory.accounts.values():
        yield {
            "id": account.id,
            "login": fold_login(account.login),
            "name": account.name,
            "clearance": account.clearance,
            "enabled": int(account.enabled),
            "grants": msgspec.json.encode(list(directory.grants_of(account.id))).decode(),
        }


def open_credentials(
    where: Path | str, digest: Digest, create: bool, limits: SessionLimits | None = None
) -> CredentialStore | None:
    """The store at an address; None where there is none and `create` does not ask for one. `digest`: a keyed hash under
    a key of the installation."""
    engine = open_tables(where, create)
    return CredentialStore(engine, digest, limits or SessionLimits()) if engine is not None else None
