"""What a process of a cluster reads of the tree that its site belongs to."""

from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.bootstrap.tree_stores import JOINED_BY, Logs, open_replica_at
from services.sites.enrolment import Ticket
from shared.database.failures import name_failure
from shared.replica.store.database import SCHEMA
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.cluster import ClusterLedger
from shared.runtime.ledger import Ledger

_MADE = text(f"SELECT to_regclass('{SCHEMA}.documents')::text")
_VERSION = text(f"SELECT version FROM {SCHEMA}.documents WHERE name = :name")  # noqa: S608 - a constant


def open_cluster_stores(ledger: Ledger) -> "ClusterStores":
    """Those of a process of a cluster. Raises TypeError for another ledger."""
    if not isinstance(ledger, ClusterLedger):
        raise TypeError(f"{type(ledger).__name__} is neither in one process nor in a cluster")
    return ClusterStores(ledger)


class ClusterStores:
    """Those of a process of a cluster: the replica in the database. The trees of hashes of its home are out of reach:
    they are made anew from the logs where a view needs them, in a folder that ends with this process."""

    believed = 1.0

    def __init__(self, ledger: ClusterLedger) -> None:
        self._ledger, self._store = ledger, ledger.foreign_store
        self._is_made = False

    def ticket_version(self) -> int:
        try:  # over the connections that there are: a cluster without a tree has no more of them
            with self._ledger.tables.engine.connect() as connection:
                self._is_made = self._is_made or connection.execute(_MADE).scalar() is not None
                found = connection.execute(_VERSION, {"name": JOINED_BY}).scalar() if self._is_made else None
        except SQLAlchemyError as error:
            raise name_failure(error, SCHEMA) from error
        return int(found or 0)

    def load_ticket(self) -> Ticket:
        return msgspec.json.decode(self._store.read_document(JOINED_BY), type=Ticket)

    def replica(self) -> ReplicaStore | None:
        return self._store if self._ledger.has_foreign_events() else None

    @cached_property
    def _folder(self) -> Path:
        """Goes with this object, or at the latest with the process: an application that serves is not closed."""
        folder = mkdtemp(prefix="cadre-trees-")
        self._remove_folder = finalize(self, rmtree, folder, ignore_errors=True)
        return Path(folder)

    def open_with_own_logs(self, site: str, logs: Logs) -> AbstractContextManager[ReplicaStore]:
        return open_replica_at(self._ledger.database, self._folder, site, logs)

    def close(self) -> None:
        if "_folder" in self.__dict__:
            del self.__dict__["_folder"]
            self._remove_folder()
