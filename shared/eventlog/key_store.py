"""Encryption keys, one per subject, kept apart from the log: without its key a person's data cannot be read in any
copy."""

import base64
import hmac
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from shared.core.errors import ReadOnlyStore
from shared.core.facts import Corrected, F, Recorded, Topic
from shared.database.failures import name_failure
from shared.database.sqlite_address import can_write, connect_sqlite

ERASED = "\u2298"
"""The text of a personal field whose key is destroyed."""
CIPHERTEXT_PREFIX = "sealed:"
"""Begins every stored ciphertext."""


SITE_KEY = "site/key"
"""The stored name of the installation's own key."""
SUBJECT_PREFIX = "stream/"
"""Begins the stored name of a subject's key, so that no id that a caller gives can be the name of another key."""
NAMESPACES = (
    "INSERT INTO {table} SELECT 'site/key', key FROM {table} WHERE subject = 'site' "
    "AND NOT EXISTS (SELECT 1 FROM {table} WHERE subject = 'site/key')",
    "UPDATE {table} SET subject = 'stream/' || subject WHERE subject NOT LIKE '%/%'",
)
"""Gives the names of earlier versions, which had no namespaces, their prefixes. A cadre called `site` shared the key of
the installation, and keeps a copy of it."""


class KeyStore:
    """Keeps one encryption key per subject in a SQLite file beside the logs; never backed up with them."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        with self._named_failures():
            self._db = connect_sqlite(path)
        self._lock = Lock()
        try:
            if can_write(path):
                self._create()
            elif self._find(SITE_KEY) is None:  # names of keys have no namespaces yet, so none would be found
                raise ReadOnlyStore(f"{path}: an earlier version made it, and it may only be read")
        except BaseException:
            self._db.close()
            raise

    def _create(self) -> None:
        with self._named_failures():
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA secure_delete=ON")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS keys (subject TEXT PRIMARY KEY, key BLOB) WITHOUT ROWID"
            )
        if self._find(SITE_KEY) is None:
            with self._named_failures():
                self._db.execute("BEGIN IMMEDIATE")
                for statement in NAMESPACES:
                    self._db.execute(statement.format(table="keys"))
                self._db.execute(
                    "INSERT OR IGNORE INTO keys VALUES (?, ?)", (SITE_KEY, secrets.token_bytes(32))
                )
                self._db.execute("COMMIT")

    @contextmanager
    def _named_failures(self) -> Iterator[None]:
        """Name what SQLite raises; what was begun is rolled back, so that the next transaction can begin."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            with suppress(AttributeError, sqlite3.Error):
                self._db.rollback()
            raise name_failure(error, self._name) from error

    def create_keys(self, subjects: Iterable[str]) -> None:
        """Create a key for each subject that never had one. A destroyed key (NULL) is never created again."""
        self.store_keys((subject, secrets.token_bytes(32)) for subject in subjects)

    def store_keys(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Store keys that were generated elsewhere; a subject that has had a key keeps its own."""
        with self._lock, self._named_failures():
            self._db.execute("BEGIN IMMEDIATE")
            named = ((SUBJECT_PREFIX + subject, key) for subject, key in rows)
            self._db.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?)", named)
            self._db.execute("COMMIT")

    def destroy(self, subject: str) -> None:
        """Destroy a key for ever: its bytes are overwritten and do not stay in the journal."""
        with self._lock, self._named_failures():
            self._db.execute("INSERT OR REPLACE INTO keys VALUES (?, NULL)", (SUBJECT_PREFIX + subject,))
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def find_key(self, subject: str) -> bytes | None:
        """The key of a subject; None where it is destroyed or was never created."""
        return self._find(SUBJECT_PREFIX + subject)

    def _find(self, name: str) -> bytes | None:
        """The key of this stored name."""
        with self._lock, self._named_failures():
            row = self._db.execute("SELECT key FROM keys WHERE subject = ?", (name,)).fetchone()
        return row[0] if row else None

    def find_keys(self, subjects: Iterable[str]) -> dict[str, bytes | None]:
        """The keys of many subjects; None or missing where there is none."""
        return {subject: self.find_key(subject) for subject in subjects}

    def find_unknown(self, subjects: Iterable[str]) -> set[str]:
        """Those of these subjects that never had a key here; one whose key is destroyed had one."""
        with self._lock, self._named_failures():
            sql = "SELECT 1 FROM keys WHERE subject = ?"
            names = {subject: (SUBJECT_PREFIX + subject,) for subject in subjects}
            return {s for s, name in names.items() if self._db.execute(sql, name).fetchone() is None}

    @cached_property
    def _site(self) -> bytes:
        """The key of the installation itself, which is never destroyed."""
        if row := self._find(SITE_KEY):
            return row
        raise KeyError("the site has no key: cadre migrate makes it")

    def digest(self, text: str) -> str:
        """Keyed hash for looking up a personal number, which itself is never a key, an id or part of a URL."""
        return hmac.new(self._site, text.encode(), sha256).hexdigest()

    def derive_id(self, text: str) -> str:
        """A UUIDv8 that nobody without the site's key can guess, always the same for the same text."""
        digits = self.digest(text)
        return f"{digits[:8]}-{digits[8:12]}-8{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"

    def close(self) -> None:
        self._db.close()


def encrypt_fields(topic: Topic[F], event: Recorded[F], keys: KeyStore) -> Recorded[F]:
    """The event as it is stored: personal fields as ciphertext under the key of its stream."""
    if not topic.personal:
        return event
    key = keys.find_key(event.stream) if type(event.fact) in topic.personal else None
    return encrypt_fields_with(topic, event, key, secrets.token_bytes)


def encrypt_fields_with(
    topic: Topic[F], event: Recorded[F], key: bytes | None, random_bytes: Callable[[int], bytes]
) -> Recorded[F]:
    """As `encrypt_fields`, with a given key. `random_bytes` must never return the same bytes twice under one key."""

    cipher = AESGCM(key) if key else None

    def encrypt(name: str, text: str) -> str:
        if cipher is None:
            raise KeyError(f"the key of {event.stream} is destroyed or was never made")
        nonce = random_bytes(12)
        ciphertext = cipher.encrypt(nonce, text.encode(), f"{event.stream}/{name}".encode())
        return CIPHERTEXT_PREFIX + base64.b64encode(nonce + ciphertext).decode()

    return _change_personal(topic, event, lambda name, text: encrypt(name, text) if text else text)


def decrypt_fields(topic: Topic[F], event: Recorded[F], keys: KeyStore) -> Recorded[F]:
    """The event as it is read: clear text, or `ERASED` where the key is gone."""
    return decrypt_events(topic, [event], keys)[0]


def decrypt_events(topic: Topic[F], events: list[Recorded[F]], keys: KeyStore) -> list[Recorded[F]]:
    """As `decrypt_fields` for many events, with one look-up of all keys."""
    streams = {event.stream for event in events if type(event.fact) in topic.personal}
    if not streams:
        return events
    keys_by_stream = keys.find_keys(streams)
    return [
        _decrypt_event(topic, event, keys_by_stream.get(event.stream))
        if type(event.fact) in topic.personal
        else event
        for event in events
    ]


def _decrypt_event(topic: Topic[F], event: Recorded[F], key: bytes | None) -> Recorded[F]:
    cipher = AESGCM(key) if key else None

    def decrypt(name: str, text: str) -> str:
        return (
            _decrypt_text(cipher, text, f"{event.stream}/{name}")
            if text.startswith(CIPHERTEXT_PREFIX)
            else text
        )

    return _change_personal(topic, event, decrypt)


def _change_personal(topic: Topic[F], event: Recorded[F], change: Callable[[str, str], str]) -> Recorded[F]:
    """The event with every personal text changed, also inside a correction and inside a correction of a correction."""
    fact = event.fact
    fields = topic.personal.get(type(fact), ())
    changes: dict[str, Any]
    if isinstance(fact, Corrected):
        changes = {"new_values": _change_values(fact.new_values, fields, change)} if fact.new_values else {}
    else:
        changes = {name: change(name, getattr(fact, name)) for name in fields}
    return replace(event, fact=replace(fact, **changes)) if changes else event


def _change_values(
    values: dict[str, Any], fields: tuple[str, ...], change: Callable[[str, str], str]
) -> dict[str, Any]:
    changed = dict(values)
    for name, value in values.items():
        if name in fields and isinstance(value, str):
            changed[name] = change(name, value)
        elif name == "new_values" and isinstance(value, dict):
            changed[name] = _change_values(value, fields, change)
    return changed


def _decrypt_text(cipher: AESGCM | None, text: str, context: str) -> str:
    if cipher is None:
        return ERASED
    stored = base64.b64decode(text[len(CIPHERTEXT_PREFIX) :])
    try:
        return cipher.decrypt(stored[:12], stored[12:], context.encode()).decode()
    except InvalidTag:
        return ERASED
