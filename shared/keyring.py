"""One key per subject, kept apart from the log: destroy the key and the person is gone from every copy of the log."""

import base64
import hmac
import secrets
import sqlite3
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from shared.facts import Recorded, Topic

ERASED = "\u2298"
"""What a personal field reads as once its key is destroyed."""
SEALED = "sealed:"


class Keyring:
    """A SQLite file of (subject, key) beside the logs; never backed up with them."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE IF NOT EXISTS keys (subject TEXT PRIMARY KEY, key BLOB) WITHOUT ROWID")
        self._lock = Lock()
        self.provide(["site"])

    def provide(self, subjects: Iterable[str]) -> None:
        """A key for each subject that never had one. A destroyed key (NULL) is never made again."""
        rows = [(subject, secrets.token_bytes(32)) for subject in subjects]
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?)", rows)
            self._db.execute("COMMIT")

    def destroy(self, subject: str) -> None:
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO keys VALUES (?, NULL)", (subject,))

    def key(self, subject: str) -> bytes | None:
        with self._lock:
            found = self._db.execute("SELECT key FROM keys WHERE subject = ?", (subject,)).fetchone()
        return found[0] if found else None

    def digest(self, text: str) -> str:
        """Keyed hash for look-up by a personal number, which is itself never a key, an id or part of a URL."""
        return hmac.new(self.key("site") or b"", text.encode(), sha256).hexdigest()

    def close(self) -> None:
        self._db.close()


def seal(topic: Topic[Any], event: Recorded[Any], keys: Keyring) -> Recorded[Any]:
    """The event as it is stored: personal fields as ciphertext under the key of its stream."""
    fields = topic.personal.get(type(event.fact))
    if not fields:
        return event
    key = keys.key(event.stream)
    if key is None:
        raise KeyError(f"the key of {event.stream} is destroyed or was never made")
    cipher = AESGCM(key)
    sealed = {}
    for name in fields:
        text = getattr(event.fact, name)
        if text:
            nonce = secrets.token_bytes(12)
            sealed[name] = (
                SEALED
                + base64.b64encode(
                    nonce + cipher.encrypt(nonce, text.encode(), f"{event.stream}/{name}".encode())
                ).decode()
            )
    return replace(event, fact=replace(event.fact, **sealed))


def unseal(topic: Topic[Any], event: Recorded[Any], keys: Keyring) -> Recorded[Any]:
    """The event as it is read: clear text, or `ERASED` where the key is gone."""
    fields = topic.personal.get(type(event.fact))
    if not fields:
        return event
    key = keys.key(event.stream)
    clear = {
        name: _open(key, text, f"{event.stream}/{name}")
        for name in fields
        if (text := getattr(event.fact, name)).startswith(SEALED)
    }
    return replace(event, fact=replace(event.fact, **clear)) if clear else event


def _open(key: bytes | None, text: str, context: str) -> str:
    if key is None:
        return ERASED
    raw = base64.b64decode(text[len(SEALED) :])
    try:
        return AESGCM(key).decrypt(raw[:12], raw[12:], context.encode()).decode()
    except InvalidTag:
        return ERASED
