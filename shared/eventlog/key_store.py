"""Encryption keys, one per subject, kept apart from the log: without its key a person's data cannot be read in any
copy."""

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
"""The text of a personal field whose key is destroyed."""
SEALED = "sealed:"
"""Begins every stored ciphertext."""


class KeyStore:
    """Keeps one encryption key per subject in a SQLite file beside the logs; never backed up with them."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.execute("CREATE TABLE IF NOT EXISTS keys (subject TEXT PRIMARY KEY, key BLOB) WITHOUT ROWID")
        self._lock = Lock()
        self.provide(["site"])

    def provide(self, subjects: Iterable[str]) -> None:
        """Create a key for each subject that never had one. A destroyed key (NULL) is never created again."""
        self.keep((subject, secrets.token_bytes(32)) for subject in subjects)

    def keep(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Store keys that were generated elsewhere; a subject that has had a key keeps its own."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?)", rows)
            self._db.execute("COMMIT")

    def destroy(self, subject: str) -> None:
        """Destroy a key for ever: its bytes are overwritten and do not stay in the journal."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO keys VALUES (?, NULL)", (subject,))
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def key(self, subject: str) -> bytes | None:
        """The key of a subject; None where it is destroyed or was never created."""
        with self._lock:
            found = self._db.execute("SELECT key FROM keys WHERE subject = ?", (subject,)).fetchone()
        return found[0] if found else None

    def some(self, subjects: Iterable[str]) -> dict[str, bytes | None]:
        """The keys of many subjects; None or missing where there is none."""
        return {subject: self.key(subject) for subject in subjects}

    @cached_property
    def _site(self) -> bytes:
        """The key of the installation itself, which is never destroyed."""
        if found := self.key("site"):
            return found
        raise KeyError("the site has no key: cadre migrate makes it")

    def digest(self, text: str) -> str:
        """Keyed hash for looking up a personal number, which itself is never a key, an id or part of a URL."""
        return hmac.new(self._site, text.encode(), sha256).hexdigest()

    def named(self, text: str) -> str:
        """A UUIDv8 that nobody without the site's key can guess, always the same for the same text."""
        digits = self.digest(text)
        return f"{digits[:8]}-{digits[8:12]}-8{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"

    def close(self) -> None:
        self._db.close()


def encrypt_fields(topic: Topic[Any], event: Recorded[Any], keys: KeyStore) -> Recorded[Any]:
    """The event as it is stored: personal fields as ciphertext under the key of its stream."""
    if not topic.personal:
        return event
    key = keys.key(event.stream) if type(event.fact) in topic.personal else None
    return encrypt_fields_with(topic, event, key, secrets.token_bytes)


def encrypt_fields_with(
    topic: Topic[Any], event: Recorded[Any], key: bytes | None, chance: Callable[[int], bytes]
) -> Recorded[Any]:
    """The same with a given key. `chance` gives so many random bytes, never the same again under one key."""

    cipher = AESGCM(key) if key else None

    def sealed(name: str, text: str) -> str:
        if cipher is None:
            raise KeyError(f"the key of {event.stream} is destroyed or was never made")
        nonce = chance(12)
        ciphertext = cipher.encrypt(nonce, text.encode(), f"{event.stream}/{name}".encode())
        return SEALED + base64.b64encode(nonce + ciphertext).decode()

    return _personal(topic, event, lambda name, text: sealed(name, text) if text else text)


def decrypt_fields(topic: Topic[Any], event: Recorded[Any], keys: KeyStore) -> Recorded[Any]:
    """The event as it is read: clear text, or `ERASED` where the key is gone."""
    return decrypt_events(topic, [event], keys)[0]


def decrypt_events(topic: Topic[Any], events: list[Recorded[Any]], keys: KeyStore) -> list[Recorded[Any]]:
    """As `decrypt_fields` for many events, with one look-up of all keys."""
    streams = {event.stream for event in events if type(event.fact) in topic.personal}
    if not streams:
        return events
    held = keys.some(streams)
    return [
        _unsealed(topic, event, held.get(event.stream)) if type(event.fact) in topic.personal else event
        for event in events
    ]


def _unsealed(topic: Topic[Any], event: Recorded[Any], key: bytes | None) -> Recorded[Any]:
    cipher = AESGCM(key) if key else None

    def clear(name: str, text: str) -> str:
        return _open(cipher, text, f"{event.stream}/{name}") if text.startswith(SEALED) else text

    return _personal(topic, event, clear)


def _personal(topic: Topic[Any], event: Recorded[Any], change: Callable[[str, str], str]) -> Recorded[Any]:
    """The event with every personal text changed, also inside a correction and inside a correction of a correction."""
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
    raw = base64.b64decode(text[len(SEALED) :])
    try:
        return cipher.decrypt(raw[:12], raw[12:], context.encode()).decode()
    except InvalidTag:
        return ERASED
