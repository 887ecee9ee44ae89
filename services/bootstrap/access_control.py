"""What limits and records access, opened with the accounts of a ledger in one process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from services.identity.access.identity_access import IdentityAccess
from services.identity.access_control import AccessControl, open_access_control
from services.identity.access_record.recorder import AccessNotRecorded
from services.identity.oidc.configuration import OidcConfiguration
from shared.core.clock import Clock
from shared.runtime.ledger import Ledger


@contextmanager
def open_control(
    ledger: Ledger,
    identity: IdentityAccess | None,
    clock: Clock,
    providers: OidcConfiguration | None = None,
) -> Iterator[tuple[IdentityAccess | None, AccessControl | None]]:
    """The accounts, which know access tokens of the providers too, and what is around their routes; None without
    accounts. What waits to be put on record is recorded before the ledger is closed."""
    if identity is None:
        yield None, None
        return
    control = open_access_control(ledger.logs["identity"], clock, providers)
    tokens = control.access_tokens(identity.store)
    try:
        yield replace(identity, resolvers=(*identity.resolvers, tokens.resolve)), control
    finally:
        try:
            control.recorder.close()
        except AccessNotRecorded:
            logging.getLogger(__name__).exception("notes of access are lost: the log could not be written")
