"""Accounts of an installation, opened with its ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.identity.access.identity_access import IdentityAccess
from services.identity.access.resolving import CACHE_SECONDS
from services.identity.credentials.store import open_credentials
from services.identity.credentials.tables import FILE_NAME
from shared.core.clock import Clock
from shared.core.errors import ReadOnlyStore
from shared.http.principal import Role
from shared.runtime.cluster import ClusterLedger
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.ledger import Ledger

FIRST_LOGIN = "admin"
FIRST_NAME = "Quản trị hệ thống"


@contextmanager
def open_identity(
    ledger: Ledger, clock: Clock, database: str = "", keeps: bool = True
) -> Iterator[IdentityAccess | None]:
    """What a process uses of accounts. In a cluster `cadre migrate` has made the tables. `database`: of a ledger in one
    process that keeps its facts there. None: there are no accounts, and the home may only be read. Raises ReadOnlyStore
    where there are accounts and who asks cannot be known, because their credentials are lost. `keeps`: whether this
    process keeps the copy of the facts; others of a cluster only read it, and not for each request."""
    is_cluster = isinstance(ledger, ClusterLedger)
    where: Path | str = ledger.database if isinstance(ledger, ClusterLedger) else database
    if not where and isinstance(ledger, EmbeddedLedger):
        where = ledger.home / FILE_NAME
    store = open_credentials(where, ledger.keys.digest, create=not is_cluster)
    if store is None:
        if ledger.logs["identity"].position():
            raise ReadOnlyStore(
                f"{where}: the credentials of the accounts are not there, and the home is read-only"
            )
        yield None
        return
    try:
        access = IdentityAccess(ledger.apps["identity"], store, clock, 0.0 if keeps else CACHE_SECONDS)
        if keeps:
            access.administration.refresh()
        yield access
    finally:
        store.close()


def add_first_administrator(access: IdentityAccess, actor: str) -> str:
    """The secret of the link with which the first administrator sets a password; empty where there are accounts."""
    if access.administration.directory().accounts:
        return ""
    _, link = access.administration.add_account(FIRST_LOGIN, FIRST_NAME, actor, role=Role.ADMINISTRATOR)
    return link
