"""Encryption keys of subjects, kept apart from the log: without its key a person's data cannot be read in any copy."""

import base64
import hmac
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
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
WITHHELD = "\u2299"
"""The text of a personal field of which this site does not have the key."""
CIPHERTEXT_PREFIX = "sealed:"
"""Begins every stored ciphertext."""


SITE_KEY = "site/key"
"""The stored name of the installation's own key."""
IDENTITY_KEY = "site/identity"
"""The stored name of the keys under which the sites of a tree hash personal numbers: each has a number in place of the
maker, and the last one counts. Without one a site hashes under its own key."""
IDENTITY_HASHED = "site/identity-hashed"
"""The stored name of the sign, with the number of such a key, that every file has its hash under that key."""
SUBJECT_PREFIX = "stream/"
"""Begins the stored name of a subject's key, so that no id that a caller gives can be the name of another key."""
KeyOwner = tuple[str, str]
"""The subject of a key, and the site that made it."""
ALL_MAKERS = ""
"""Stands for the maker where the keys of a subject are destroyed, whoever made them."""
CREATE_KEYS = (
    "CREATE TABLE IF NOT EXISTS keys (subject TEXT, maker TEXT, key BLOB, PRIMARY KEY (subject, maker)) "
    "WITHOUT ROWID"
)
FURTHER = "+"
"""Stands between a maker and the mark of a further key of it: no site has it in its id."""
FIND_DESTROYED = f"SELECT 1 FROM keys WHERE subject = {{}} AND maker = '{ALL_MAKERS}'"
MAKER_OF_EARLIER_KEY = "CASE WHEN subject = {mark} OR key IS NULL THEN {mark} ELSE {mark} END"
"""Of (name of the installation's key, all makers, this site)."""
NAMESPACES = (
    "INSERT INTO {table} SELECT 'site/key', key FROM {table} WHERE subject = 'site' "
    "AND NOT EXISTS (SELECT 1 FROM {table} WHERE subject = 'site/key')",
    "UPDATE {table} SET subject = 'stream/' || subject WHERE subject NOT LIKE '%/%'",
)
"""Gives the names of earlier versions, which had no namespaces, their prefixes. A cadre called `site` shared the key of
the installation, and keeps a copy of it."""


class KeyStore:
    """Keeps the encryption keys of subjects in a SQLite file beside the logs; never backed up with them.

    A subject has one key for each site that recorded something personal of it, its maker: a site encrypts under its own
    key, and whoever reads an event needs the key of the site that recorded it. A site that was restored from a backup
    and lost the key makes another; when the lost one comes back, the one that came later is kept as a further key of
    that maker, and what the first does not open is tried with it. `site`: the one that keeps this store.
    """

    def __init__(self, path: Path, site: str) -> None:
        self._name, self.site = path.name, site
        with self._named_failures():
            self._db = connect_sqlite(path)
        self._lock = Lock()
        try:
            if can_write(path):
                self._create()
            elif not self._is_current():  # names of keys have no makers yet, so none would be found
                raise ReadOnlyStore(f"{path}: an earlier version made it, and it may only be read")
        except BaseException:
            self._db.close()
            raise

    def _create(self) -> None:
        with self._named_failures():
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA secure_delete=ON")
            if self._is_current():
                return
            self._db.execute("BEGIN IMMEDIATE")
            if (columns := self._columns()) and "maker" not in columns:
                self._add_makers()
            self._db.execute(CREATE_KEYS)
            self._db.execute(
                "INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", (SITE_KEY, ALL_MAKERS, secrets.token_bytes(32))
            )
            self._db.execute("COMMIT")

    def _is_current(self) -> bool:
        return self._columns() == {"subject", "maker", "key"} and self._find_site_key() is not None

    def _columns(self) -> set[str]:
        return {name for _, name, *_ in self._db.execute("PRAGMA table_info(keys)")}

    def _add_makers(self) -> None:
        """Say of the keys of earlier versions, which knew of no other sites, that this site made them."""
        if not self._db.execute("SELECT 1 FROM keys WHERE subject = ?", (SITE_KEY,)).fetchone():
            for statement in NAMESPACES:
                self._db.execute(statement.format(table="keys"))
        self._db.execute("ALTER TABLE keys RENAME TO keys_of_one_site")
        self._db.execute(CREATE_KEYS)
        maker = MAKER_OF_EARLIER_KEY.format(mark="?")
        self._db.execute(
            f"INSERT INTO keys SELECT subject, {maker}, key FROM keys_of_one_site",
            (SITE_KEY, ALL_MAKERS, self.site),
        )
        self._db.execute("DROP TABLE keys_of_one_site")

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
        """Create this site's key for each subject for which it never had one. Once the keys of a subject are destroyed,
        none is created again."""
        wanted = {(subject, self.site) for subject in subjects}
        missing = wanted - self.find_keys(wanted).keys()
        if missing:
            made = [(subject, secrets.token_bytes(32)) for subject, _ in missing]
            self._insert_keys([name_key(subject, self.site, key) for subject, key in made])

    def store_keys(self, rows: Iterable[tuple[str, bytes]], maker: str = "") -> None:
        """Store the keys of subjects that a site made, this one unless another is named. A key that is there stays; one
        that differs from it is kept as a further one. Of a subject whose keys are destroyed none is stored."""
        given, maker = list(rows), maker or self.site
        self._insert_keys([name_key(subject, maker, key) for subject, key in given])
        kept = self.find_keys((subject, maker) for subject, _ in given)
        further = [(subject, key) for subject, key in given if kept.get((subject, maker)) not in (key, None)]
        if further:
            self._insert_keys([name_key(subject, _further(maker, key), key) for subject, key in further])

    def _insert_keys(self, named: list[tuple[str, str, bytes, str]]) -> None:
        """Insert keys as `name_key` gives them, where there is none of that maker and none is destroyed."""
        with self._lock, self._named_failures():
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                f"INSERT OR IGNORE INTO keys SELECT ?, ?, ? WHERE NOT EXISTS ({FIND_DESTROYED.format('?')})",
                named,
            )
            self._db.execute("COMMIT")

    def destroy(self, subject: str) -> None:
        """Destroy the keys of all makers for ever: their bytes are overwritten and do not stay in the journal. No key
        of the subject can be stored again, also where there was none."""
        name = SUBJECT_PREFIX + subject
        with self._lock, self._named_failures():
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM keys WHERE subject = ?", (name,))
            self._db.execute("INSERT INTO keys VALUES (?, ?, NULL)", (name, ALL_MAKERS))
            self._db.execute("COMMIT")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def find_key(self, subject: str, maker: str = "") -> bytes | None:
        """The key of a subject that a site made, this one unless another is named; None where it is destroyed or not
        here."""
        return self.find_keys([(subject, maker or self.site)]).get((subject, maker or self.site))

    def find_keys(self, wanted: Iterable[KeyOwner]) -> dict[KeyOwner, bytes | None]:
        """The keys by (subject, maker): None where they are destroyed, nothing where they are not here."""
        found: dict[KeyOwner, bytes | None] = {}
        pairs = set(wanted)
        rows = self._select_keys({subject for subject, _ in pairs})
        destroyed = {subject for subject, maker, _ in rows if maker == ALL_MAKERS}
        for subject, maker, key in rows:
            found[subject, maker] = key
        return {
            pair: None if pair[0] in destroyed else found[pair]
            for pair in pairs
            if pair[0] in destroyed or pair in found
        }

    def find_all_keys(self, wanted: Iterable[KeyOwner]) -> dict[KeyOwner, list[bytes]]:
        """As `find_keys`, with the further keys of each maker; nothing where they are destroyed or not here."""
        found: dict[KeyOwner, list[bytes]] = {}
        pairs = set(wanted)
        rows = sorted(self._select_keys({subject for subject, _ in pairs}))
        destroyed = {subject for subject, maker, _ in rows if maker == ALL_MAKERS}
        for subject, named, key in rows:
            owner = subject, named.partition(FURTHER)[0]
            if key and owner in pairs and subject not in destroyed:
                found.setdefault(owner, []).append(key)
        return found

    def _select_keys(self, subjects: Iterable[str]) -> list[tuple[str, str, bytes | None]]:
        """(subject, maker, key) of all keys of these subjects."""
        with self._lock, self._named_failures():
            return [
                (subject, maker, key)
                for subject in subjects
                for maker, key in self._db.execute(
                    "SELECT maker, key FROM keys WHERE subject = ?", (SUBJECT_PREFIX + subject,)
                )
            ]

    def _select_own(self, name: str) -> list[tuple[str, bytes]]:
        """(maker, key) of the keys of the installation itself that have this name, in order."""
        with self._lock, self._named_failures():
            sql = "SELECT maker, key FROM keys WHERE subject = ? ORDER BY maker"
            return self._db.execute(sql, (name,)).fetchall()

    def _insert_own(self, name: str, maker: str, key: bytes) -> None:
        with self._lock, self._named_failures():
            self._db.execute("INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", (name, maker, key))

    def _find_site_key(self) -> bytes | None:
        rows = self._select_own(SITE_KEY)
        return rows[0][1] if rows else None

    @cached_property
    def _site(self) -> bytes:
        """The key of the installation itself, which is never destroyed."""
        if row := self._find_site_key():
            return row
        raise KeyError("the site has no key: cadre migrate makes it")

    def digest(self, text: str) -> str:
        """Keyed hash under the site's own key, for recognising a text here."""
        return _hash(self._site, text)

    def identity_hasher(self) -> Callable[[str], str]:
        """What makes the keyed hashes for looking up personal numbers, which themselves are never a key, an id or part
        of a URL: under the key of the tree of sites, else the site's own."""
        key = self.find_identity_key() or self._site
        return lambda text: _hash(key, text)

    def find_identity_key(self) -> bytes | None:
        """The key under which the sites of the tree hash personal numbers; None where this site belongs to none."""
        rows = self._select_own(IDENTITY_KEY)
        return rows[-1][1] if rows else None

    def make_identity_key(self) -> None:
        """Make the key for a new tree, where there is none."""
        if self.find_identity_key() is None:
            self.keep_identity_key(secrets.token_bytes(32))

    def keep_identity_key(self, key: bytes) -> None:
        """Hash personal numbers under this key from now on. Files that have a hash already need another one."""
        if self.find_identity_key() != key:
            self._insert_own(IDENTITY_KEY, f"{len(self._select_own(IDENTITY_KEY)) + 1:06d}", key)

    def is_hashed(self) -> bool:
        """Whether every file has its hash under the key that counts now."""
        keys, done = self._select_own(IDENTITY_KEY), self._select_own(IDENTITY_HASHED)
        return not keys or keys[-1][0] in {number for number, _ in done}

    def mark_hashed(self) -> None:
        """Remember that every file has its hash under the key that counts now."""
        if keys := self._select_own(IDENTITY_KEY):
            self._insert_own(IDENTITY_HASHED, keys[-1][0], b"")

    def derive_id(self, text: str) -> str:
        """A UUIDv8 that nobody without the site's key can guess, always the same for the same text."""
        digits = self.digest(text)
        return f"{digits[:8]}-{digits[8:12]}-8{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"

    def close(self) -> None:
        self._db.close()


def name_key(subject: str, maker: str, key: bytes) -> tuple[str, str, bytes, str]:
    """A key as it is inserted, and the stored name of its subject once more, to look whether it is destroyed."""
    return SUBJECT_PREFIX + subject, maker, key, SUBJECT_PREFIX + subject


def _further(maker: str, key: bytes) -> str:
    """What stands in place of the maker for a further key of it."""
    return f"{maker}{FURTHER}{sha256(key).hexdigest()[:16]}"


def _hash(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), sha256).hexdigest()


def encrypt_fields(topic: Topic[F], event: Recorded[F], keys: KeyStore) -> Recorded[F]:
    """The event as it is stored: personal fields as ciphertext under the key of its stream that its site made."""
    if not topic.personal:
        return event
    key = keys.find_key(event.stream, event.site) if type(event.fact) in topic.personal else None
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
    """The event as it is read: clear text, `ERASED` where the key is destroyed, `WITHHELD` where it is not here."""
    return decrypt_events(topic, [event], keys)[0]


def decrypt_events(topic: Topic[F], events: list[Recorded[F]], keys: KeyStore) -> list[Recorded[F]]:
    """As `decrypt_fields` for many events, with one look-up of all keys."""
    owners = {(event.stream, event.site) for event in events if type(event.fact) in topic.personal}
    if not owners:
        return events
    found = keys.find_keys(owners)
    return [
        _decrypt_event(topic, event, found, keys) if type(event.fact) in topic.personal else event
        for event in events
    ]


def _decrypt_event(
    topic: Topic[F], event: Recorded[F], found: Mapping[KeyOwner, bytes | None], keys: KeyStore
) -> Recorded[F]:
    owner = event.stream, event.site
    key = found.get(owner)
    cipher = AESGCM(key) if key else None
    unreadable = ERASED if owner in found else WITHHELD

    def decrypt(name: str, text: str) -> str:
        if not text.startswith(CIPHERTEXT_PREFIX):
            return text
        if cipher is None:
            return unreadable
        context = f"{event.stream}/{name}"
        if (opened := _decrypt_text(cipher, text, context)) is not None:
            return opened
        for each in keys.find_all_keys([owner]).get(owner, ()):  # its site was restored and has made two keys
            if (opened := _decrypt_text(AESGCM(each), text, context)) is not None:
                return opened
        return ERASED if event.site == keys.site else WITHHELD

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


def _decrypt_text(cipher: AESGCM, text: str, context: str) -> str | None:
    """The text; None where this is not the key."""
    stored = base64.b64decode(text[len(CIPHERTEXT_PREFIX) :])
    try:
        return cipher.decrypt(stored[:12], stored[12:], context.encode()).decode()
    except InvalidTag:
        return None
