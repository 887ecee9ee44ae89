"""What the commands of an audit share: the signing key, the seals, and who acts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from services.audit.sealing import (
    ChainBroken,
    KeyExposed,
    SealBroken,
    Seals,
    load_signing_key,
    load_trusted_keys,
)
from services.audit.sealing.keys import EARLIER_KEYS_FILE
from services.cli.context import Context
from services.cli.errors import fail
from shared.eventlog.signed_notes import Signer
from shared.runtime.ledger import Ledger


def load_signer(context: Context) -> Signer:
    """The signing key of this site, made at the first use."""
    settings = context.settings()
    try:
        return load_signing_key(settings.home, settings.site, settings.signing_key)
    except KeyExposed as error:
        fail(str(error))
    except ValueError as error:  # MalformedNote, or bytes that are no text
        fail(
            "the signing key {file} is damaged: {error}",
            "restore it from a backup: with another key, earlier seals are not by this site any more",
            code=1,
            file=settings.signing_key or settings.home / "signing.key",
            error=type(error).__name__,
        )


@contextmanager
def open_seals(context: Context, ledger: Ledger) -> Iterator[Seals]:
    """The seals of every log. Ends the command where a log is not what was sealed."""
    settings = context.settings()
    signer = load_signer(context)
    try:
        keys = load_trusted_keys(settings.home, signer)
    except ValueError as error:
        fail(
            "{file} is damaged: {error}",
            "restore it from a backup; it names the keys that this site signed with before",
            code=1,
            file=settings.home / EARLIER_KEYS_FILE,
            error=error,
        )
    seals = Seals(ledger.logs, settings.home / "trees", settings.site, keys)
    try:
        yield seals
    except (SealBroken, ChainBroken) as error:
        fail(
            str(error),
            "the past was changed: keep this ledger as it is, and call those who are to judge it",
            code=1,
        )
    finally:
        seals.close()


def current_actor(role: str = "audit") -> str:
    """Who runs the command: the actor of the facts it records."""
    return f"{role}:{os.environ.get('USER') or 'console'}"
