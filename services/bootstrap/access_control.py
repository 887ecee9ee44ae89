"""What limits and records access, opened with the accounts of a ledger in one process."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from services.identity.access.identity_access import IdentityAccess
from services.identity.access_control import AccessControl, open_access_control
from services.identity.access_record.recorder import AccessNotRecorded, AccessRecorder
from services.identity.access_record.spooled import CollectingRecorder, NotingRecorder
from services.identity.oidc.configuration import OidcConfiguration
from shared.core.clock import Clock
from shared.eventlog.event_log import EventLog
from shared.runtime.cluster import ClusterLedger
from shared.runtime.ledger import Ledger


@contextmanager
def open_control(
    ledger: Ledger,
    identity: IdentityAccess | None,
    clock: Clock,
    providers: OidcConfiguration | None = None,
    keeps: bool = True,
) -> Iterator[tuple[IdentityAccess | None, AccessControl | None]]:
    """The accounts, which know access tokens of the providers too, and what is around their routes; None without
    accounts. What waits to be put on record is recorded before the ledger is closed. `keeps`: whether this process
    writes the log of identity; another one of a cluster notes in a table, from which that one records."""
    if identity is None:
        yield None, None
        return
    make: Callable[[EventLog[Any], Clock], AccessRecorder] = AccessRecorder
    if isinstance(ledger, ClusterLedger):
        make = partial(CollectingRecorder if keeps else NotingRecorder, notes=identity.store.access_notes)
    control = open_access_control(ledger.logs["identity"], identity.store, clock, providers, make)
    if keeps:
        control.revoked.refresh()
    tokens = control.access_tokens(identity.store)
    try:
        yield replace(identity, resolvers=(*identity.resolvers, tokens.resolve)), control
    finally:
        try:
            control.recorder.close()
        except AccessNotRecorded:
            logging.getLogger(__name__).exception("notes of access are lost: the log could not be written")
