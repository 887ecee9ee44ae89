"""The key with which a site signs its checkpoints: one line in a file that only its owner may read."""

import secrets
from collections.abc import Iterable
from pathlib import Path

from shared.eventlog.signed_notes import Signer, Verifier, key_name
from shared.operations.home_files import write_own_file

EARLIER_KEYS_FILE = "earlier.keys"
"""File in the home with public keys that this site signed with before, one a line."""


class KeyExposed(Exception):
    """Others than its owner may read the signing key."""


def load_signing_key(home: Path, site: str, file: Path | None = None) -> Signer:
    """Read the signing key from the file, else from `signing.key` in the home; made on first use. Raises KeyExposed."""
    return _load_or_make(file or signing_key_file(home), site)


def signing_key_file(home: Path) -> Path:
    """Where the signing key is, unless the settings name another file."""
    return home / "signing.key"


def prepare_next_key(file: Path, site: str) -> Signer:
    """The key that will take the place of the one in this file: made beside it, where there is none yet. Raises
    KeyExposed."""
    return _load_or_make(_next_file(file), site)


def load_next_key(file: Path, site: str) -> Signer | None:
    """The key that was prepared to take the place of the one in this file; None where there is none."""
    return _load_or_make(_next_file(file), site) if _next_file(file).exists() else None


def use_next_key(home: Path, file: Path, present: Signer) -> None:
    """Put the prepared key in the place of the present one, of which the public key stays trusted. Whenever this is cut
    short, doing it again ends the same."""
    keys = _read_earlier(home)
    if present.verifier not in keys:
        write_own_file(home / EARLIER_KEYS_FILE, "".join(f"{key}\n" for key in (*keys, present.verifier)))
    _next_file(file).replace(file)


def keep_earlier_keys(home: Path, former: Iterable[Verifier]) -> None:
    """Keep public keys with which this site signed before, whose private keys are gone."""
    keys = _read_earlier(home)
    if new := [key for key in former if key not in keys]:
        write_own_file(home / EARLIER_KEYS_FILE, "".join(f"{key}\n" for key in (*keys, *new)))


def load_trusted_keys(home: Path, signer: Signer) -> list[Verifier]:
    """The keys that checkpoints of this site may be signed by."""
    return [signer.verifier, *_read_earlier(home)]


def _read_earlier(home: Path) -> list[Verifier]:
    file = home / EARLIER_KEYS_FILE
    lines = file.read_text(encoding="utf-8").split() if file.exists() else []
    return list(map(Verifier.parse, lines))


def _next_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.next")


def _load_or_make(file: Path, site: str) -> Signer:
    if not file.exists():
        write_own_file(file, f"{Signer(key_name(site), secrets.token_bytes(32))}\n", keep=True)
    if (mode := file.stat().st_mode & 0o777) & 0o077:
        raise KeyExposed(f"{file} has mode {mode:o}; run: chmod 600 {file}")
    return Signer.parse(file.read_text(encoding="ascii").strip())
