"""The start token of a ledger on this machine: kept in its home, for the browser and for programs of the same user."""

import os
import secrets
from pathlib import Path

from shared.database.sqlite_address import can_write

FILE_NAME = "token"
MIN_LENGTH = 32


def start_token(home: Path) -> str:
    """The token in the home, made and written (mode 0600) where there is none. Delete the file to have another. In a
    home that may only be read, one that lasts as long as this process."""
    file = home / FILE_NAME
    if known := read_start_token(home):
        return known
    token = secrets.token_urlsafe(32)
    if not can_write(file):
        return token
    file.unlink(
        missing_ok=True
    )  # too short to be one of ours; and a file that is made anew has its mode from us
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(token + "\n")
    return token


def read_start_token(home: Path) -> str:
    """The token that a server of this home asks for; empty where there is none yet."""
    try:
        known = (home / FILE_NAME).read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
    return known if len(known) >= MIN_LENGTH else ""
