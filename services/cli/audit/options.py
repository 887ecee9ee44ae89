"""What the commands of an audit share: the signing key, the seals, who asks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from services.audit.sealing import (
    ChainBroken,
    KeyExposed,
    SealBroken,
    Seals,
    load_signing_key,
    load_trusted_keys,
)
from services.cli.common import Context, fail
from shared.eventlog.signed_notes import Signer
from shared.runtime.ledger import Ledger

AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def signer(context: Context) -> Signer:
    settings = context.settings()
    try:
        return load_signing_key(settings.home, settings.site, os.environ)
    except KeyExposed as error:
        fail(str(error))


@contextmanager
def sealing(context: Context, ledger: Ledger) -> Iterator[Seals]:
    """A log that is not what was sealed ends the command."""
    settings = context.settings()
    keys = load_trusted_keys(settings.home, signer(context))
    seals = Seals(ledger.logs, settings.home / "trees", settings.site, keys)
    try:
        yield seals
    except (SealBroken, ChainBroken) as error:
        fail(
            str(error), "the past was changed: keep this ledger as it is, and call who is to judge it", code=1
        )
    finally:
        seals.close()


def actor() -> str:
    return f"audit:{os.environ.get('USER') or 'console'}"
