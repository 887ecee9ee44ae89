"""The key with which a site signs its checkpoints: one line in a file that only its owner may read."""

import os
import secrets
from pathlib import Path

from shared.eventlog.signed_notes import Signer, Verifier, key_name

EARLIER_KEYS_FILE = "earlier.keys"
"""File in the home with public keys that this site signed with before, one a line."""


class KeyExposed(Exception):
    """Others than its owner may read the signing key."""


def load_signing_key(home: Path, site: str, file: Path | None = None) -> Signer:
    """Read the signing key from the file, else from `signing.key` in the home; made on first use. Raises KeyExposed."""
    file = file or home / "signing.key"
    if not file.exists():
        signer = Signer(key_name(site), secrets.token_bytes(32))
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(f"{signer}\n")
    if (mode := file.stat().st_mode & 0o777) & 0o077:
        raise KeyExposed(f"{file} has mode {mode:o}; run: chmod 600 {file}")
    return Signer.parse(file.read_text(encoding="ascii").strip())


def load_trusted_keys(home: Path, signer: Signer) -> list[Verifier]:
    """The keys that checkpoints of this site may be signed by."""
    file = home / EARLIER_KEYS_FILE
    lines = file.read_text(encoding="utf-8").split() if file.exists() else []
    return [signer.verifier, *map(Verifier.parse, lines)]
