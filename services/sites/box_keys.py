"""The box keys of a site: private keys (X25519) in files of the home, which open what is sealed to the site."""

import base64
import binascii
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from shared.core.partial_dates import Day, civil_day, days_between
from shared.operations.home_files import write_own_file

BOX_KEY_FILE = "box.key"
"""File in the home with the private key (base64) that opens what is sealed to this site."""
NEXT_BOX_KEY_FILE = "box.key.next"
"""The key that takes its place as soon as the registry names it."""
EARLIER_BOX_KEYS_FILE = "earlier-box.keys"
"""File in the home with those before it, each with the day on which it was replaced."""
DAYS_KEPT = 90
"""So long after its replacement a key opens what was sealed to it; then it is destroyed."""


class DamagedBoxKey(ValueError):
    """A file with a box key cannot be read as one."""


def load_box_key(home: Path) -> str:
    """The public box key of this site, in base64. The private one is made at the first use, for its owner alone."""
    return public_text(load_private_box_key(home))


def load_private_box_key(home: Path) -> X25519PrivateKey:
    """The private box key of this site, made at the first use. Raises DamagedBoxKey."""
    return _load_or_make(home / BOX_KEY_FILE)


def load_box_keys(home: Path) -> list[X25519PrivateKey]:
    """All that may open what is sealed to this site, the present one first. Raises DamagedBoxKey."""
    return [load_private_box_key(home), *(key for _, key in _read_earlier(home))]


def prepare_next_box_key(home: Path) -> str:
    """The public key of the one that will replace the present box key, made where there is none yet."""
    return public_text(_load_or_make(home / NEXT_BOX_KEY_FILE))


def use_next_box_key(home: Path, today: Day) -> None:
    """Put the next box key in the place of the present one, which is kept for a while. Repeating it changes nothing."""
    following = home / NEXT_BOX_KEY_FILE
    if following.exists():
        kept = [*_read_earlier(home), (today, load_private_box_key(home))]
        _write_earlier(home, kept)
        following.replace(home / BOX_KEY_FILE)


def destroy_old_box_keys(home: Path, today: Day) -> None:
    """Destroy the keys that were replaced too long ago."""
    kept = _read_earlier(home)
    young = [(day, key) for day, key in kept if days_between(day, today) <= DAYS_KEPT]
    if len(young) < len(kept):
        _write_earlier(home, young)


def public_text(key: X25519PrivateKey) -> str:
    """The public key of a private one, in base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def _load_or_make(file: Path) -> X25519PrivateKey:
    if not file.exists():
        write_own_file(file, _private_text(X25519PrivateKey.generate()) + "\n", keep=True)
    return _parse(file, file.read_text(encoding="utf-8", errors="replace").strip())


def _parse(file: Path, text: str) -> X25519PrivateKey:
    try:
        return X25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        raise DamagedBoxKey(f"{file} is damaged: it is no X25519 key in base64") from None


def _private_text(key: X25519PrivateKey) -> str:
    return base64.b64encode(key.private_bytes_raw()).decode()


def _read_earlier(home: Path) -> list[tuple[Day, X25519PrivateKey]]:
    file = home / EARLIER_BOX_KEYS_FILE
    if not file.exists():
        return []
    kept = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        day, _, text = line.partition(" ")
        try:
            kept.append((civil_day(day), _parse(file, text)))
        except ValueError as error:
            raise DamagedBoxKey(f"{file} is damaged: {error}") from None
    return kept


def _write_earlier(home: Path, kept: list[tuple[Day, X25519PrivateKey]]) -> None:
    """Each key once, with the day on which it was replaced first."""
    first: dict[str, Day] = {}
    for day, key in kept:
        first.setdefault(_private_text(key), day)
    write_own_file(home / EARLIER_BOX_KEYS_FILE, "".join(f"{day} {text}\n" for text, day in first.items()))
