"""One key per subject, kept apart from the log: destroy the key and the person is gone from every copy of the log."""

import base64
import hmac
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from shared.core.facts import Corrected, Recorded, Topic

ERASED = "\u2298"
"""What a personal field reads as once its key is destroyed."""
CIPHERTEXT_PREFIX = "sealed:"


class KeyStore:
    """A SQLite file of (subject, key) beside the logs; never backed up with them."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.execute("CREATE TABLE IF NOT EXISTS keys (subject TEXT PRIMARY KEY, key BLOB) WITHOUT ROWID")
        self._lock = Lock()
        self.create_keys(["site"])

    def create_keys(self, subjects: Iterable[str]) -> None:
        """A key for each subject that never had one. A destroyed key (NULL) is never made again."""
        self.store_keys((subject, secrets.token_bytes(32)) for subject in subjects)

    def store_keys(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Keys that were made elsewhere, by subject; who has had one keeps that."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?)", rows)
            self._db.execute("COMMIT")

    def destroy(self, subject: str) -> None:
        """For good: its bytes are overwritten, and do not stay behind in the journal."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO keys VALUES (?, NULL)", (subject,))
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def find_key(self, subject: str) -> bytes | None:
        with self._lock:
            found = self._db.execute("SELECT key FROM keys WHERE subject = ?", (subject,)).fetchone()
        return found[0] if found else None

    def find_keys(self, subjects: Iterable[str]) -> dict[str, bytes | None]:
        """The keys of many subjects, where there are any."""
        return {subject: self.find_key(subject) for subject in subjects}

    @cached_property
    def _site(self) -> bytes:
        """The one key that is nobody's, and never destroyed."""
        if found := self.find_key("site"):
            return found
        raise KeyError("the site has no key: `cadre migrate` makes it")

    def digest(self, text: str) -> str:
        """Keyed hash for look-up by a personal number, which is itself never a key, an id or part of a URL."""
        return hmac.new(self._site, text.encode(), sha256).hexdigest()

    def derive_id(self, text: str) -> str:
        """An id that nobody without the key can guess or make, always the same for the same text (a UUIDv8)."""
        digits = self.digest(text)
        return f"{digits[:8]}-{digits[8:12]}-8{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"

    def close(self) -> None:
        self._db.close()


def encrypt_fields(topic: Topic[Any], event: Recorded[Any], keys: KeyStore) -> Recorded[Any]:
    """The event as it is stored: personal fields as ciphertext under the key of its stream."""
    if not topic.personal:
        return event
    key = keys.find_key(event.stream) if type(event.fact) in topic.personal else None
    return encrypt_fields_with(topic, event, key, secrets.token_bytes)


def encrypt_fields_with(
    topic: Topic[Any], event: Recorded[Any], key: bytes | None, chance: Callable[[int], bytes]
) -> Recorded[Any]:
    """The same with the key in hand. `chance` gives so many bytes, never the same again under this key."""

    cipher = AESGCM(key) if key else None

    def sealed(name: str, text: str) -> str:
        if cipher is None:
            raise KeyError(f"the key of {event.stream} is destroyed or was never made")
        nonce = chance(12)
        ciphertext = cipher.encrypt(nonce, text.encode(), f"{event.stream}/{name}".encode())
        return CIPHERTEXT_PREFIX + base64.b64encode(nonce + ciphertext).decode()

    return _personal(topic, event, lambda name, text: sealed(name, text) if text else text)


def decrypt_fields(topic: Topic[Any], event: Recorded[Any], keys: KeyStore) -> Recorded[Any]:
    """The event as it is read: clear text, or `ERASED` where the key is gone."""
    return decrypt_events(topic, [event], keys)[0]


def decrypt_events(topic: Topic[Any], events: list[Recorded[Any]], keys: KeyStore) -> list[Recorded[Any]]:
    """As `decrypt_fields`; all keys are asked for at once."""
    streams = {event.stream for event in events if type(event.fact) in topic.personal}
    if not streams:
        return events
    held = keys.find_keys(streams)
    return [
        _unsealed(topic, event, held.get(event.stream)) if type(event.fact) in topic.personal else event
        for event in events
    ]


def _unsealed(topic: Topic[Any], event: Recorded[Any], key: bytes | None) -> Recorded[Any]:
    cipher = AESGCM(key) if key else None

    def clear(name: str, text: str) -> str:
        return _open(cipher, text, f"{event.stream}/{name}") if text.startswith(CIPHERTEXT_PREFIX) else text

    return _personal(topic, event, clear)


def _personal(topic: Topic[Any], event: Recorded[Any], change: Callable[[str, str], str]) -> Recorded[Any]:
    """The event with every personal text changed, those of its correction and of that one's correction too."""
    fact = event.fact
    fields = topic.personal.get(type(fact), ())
    changes: dict[str, Any]
    if type(fact) is Corrected:
        changes = {"new_values": _within(fact.new_values, fields, change)} if fact.new_values else {}
    else:
        changes = {name: change(name, getattr(fact, name)) for name in fields}
    return replace(event, fact=replace(fact, **changes)) if changes else event


def _within(
    values: dict[str, Any], fields: tuple[str, ...], change: Callable[[str, str], str]
) -> dict[str, Any]:
    changed = dict(values)
    for name, value in values.items():
        if name in fields and isinstance(value, str):
            changed[name] = change(name, value)
        elif name == "new_values" and isinstance(value, dict):
            changed[name] = _within(value, fields, change)
    return changed


def _open(cipher: AESGCM | None, text: str, context: str) -> str:
    if cipher is None:
        return ERASED
    raw = base64.b64decode(text[len(CIPHERTEXT_PREFIX) :])
    try:
        return cipher.decrypt(raw[:12], raw[12:], context.encode()).decode()
    except InvalidTag:
        return ERASED
