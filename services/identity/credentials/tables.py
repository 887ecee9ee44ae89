"""The tables of credentials: a file beside the logs, or a schema of PostgreSQL."""

import os
from pathlib import Path

from sqlalchemy import BigInteger, Column, Engine, LargeBinary, MetaData, Table, Text, event, inspect, text

from shared.core.errors import ReadOnlyStore
from shared.database.failures import is_failure, name_failure
from shared.database.sqlite_address import can_write
from shared.readmodel.row_store import engine_for

FILE_NAME = "credentials.db"
SCHEMA = "credentials"
METADATA = MetaData()

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),  # in small letters, as it is compared
    Column("name", Text, nullable=False),
    Column("clearance", Text, nullable=False),
    Column("enabled", BigInteger, nullable=False),
    Column("grants", Text, nullable=False),  # JSON: what the facts of all accounts give this one
)
"""A copy of what the facts say about each account, for every process that has to know who asks."""
PASSWORDS = Table(
    "passwords",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("hash", Text, nullable=False),  # argon2id
    Column("changed_at", Text, nullable=False),
)
CODES = Table(
    "codes",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("secret", LargeBinary, nullable=False),  # encrypted
    Column("last_counter", BigInteger, nullable=False),
    Column("confirmed", BigInteger, primary_key=True),  # 0: no code of it was given yet
)
"""Secrets of one-time codes; `last_counter` is that of the last code that was taken."""
RECOVERY_CODES = Table(
    "recovery_codes",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("handle", Text, nullable=False, unique=True),
    Column("account", Text, nullable=False, index=True),
    Column("started_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Column("authenticated_at", Text, nullable=False),
    Column("waits_for_code", BigInteger, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
)
EMERGENCIES = Table(
    "emergencies",
    METADATA,
    Column("session", Text, primary_key=True),  # its handle
    Column("entry", Text, nullable=False),  # id of the event with the reason
    Column("until", Text, nullable=False),
)
"""In which sessions somebody reads out of their scope. A session that ends takes it along."""
TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("records", BigInteger, nullable=False),  # 1: may record facts, 0: only reads
    Column("ends", Text, nullable=False),  # the last day
    Column("used_at", Text, nullable=False),
)
LINKS = Table(
    "links",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
)
"""One-time links with which an account gets its password."""
FAILURES = Table(
    "failures",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("last_at", Text, nullable=False),
    Column("locked_until", Text, nullable=False),
)
"""Attempts to sign in since the last that succeeded, by login and by address."""
REVOKED = Table(
    "revoked_access_tokens",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("jti", Text, primary_key=True),
    Column("until", Text, nullable=False),
)
"""Access tokens of other issuers that are refused."""
NOTES = Table(
    "access_notes",
    METADATA,
    Column("id", Text, primary_key=True),  # in the order of time
    Column("note", Text, nullable=False),  # JSON
)
"""Who looked at what, until the process of identity has recorded it."""
READ_BY_ALL = (ACCOUNTS, SESSIONS, EMERGENCIES, TOKENS, REVOKED)
"""What every process reads to know who asks."""


def credentials_address(home: Path, database: str = "") -> Path | str:
    """Where the credentials of an installation are."""
    return database or home / FILE_NAME


def open_tables(where: Path | str, create: bool) -> Engine | None:
    """The engine; None where nothing was made there, and `create` does not ask for it, or it may only be read. A file
    is made for its owner only."""
    if isinstance(where, str):
        return _open_schema(where, create)
    if not where.exists():
        if not create or not can_write(where):
            return None
        os.close(os.open(where, os.O_CREAT | os.O_RDWR, 0o600))
    engine = engine_for(where)
    event.listen(engine, "connect", _keep_commits)
    if can_write(where):
        METADATA.create_all(engine)
    return engine if inspect(engine).has_table(ACCOUNTS.name) else None


def _open_schema(address: str, create: bool) -> Engine | None:
    engine, is_made = engine_for(address, SCHEMA), True
    try:
        if create:
            try:
                _make_schema(engine)
            except Exception as error:
                if not is_failure(error) or not isinstance(name_failure(error), ReadOnlyStore):
                    raise
                is_made = inspect(engine).has_table(ACCOUNTS.name, schema=SCHEMA)
    except BaseException:
        engine.dispose()
        raise
    if not is_made:
        engine.dispose()
    return engine if is_made else None


def _make_schema(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    METADATA.create_all(engine)


def _keep_commits(connection: object, _: object) -> None:
    """An ended session stays ended after a power failure: each commit is on the disk."""
    connection.execute("PRAGMA synchronous=FULL")  # type: ignore[attr-defined]  # a connection of sqlite3
