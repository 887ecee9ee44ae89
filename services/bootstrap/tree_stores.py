"""Where a ledger keeps what it knows of its tree: in its home, or, in a cluster, where every process reads it."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from services.audit.sealing.trees import LogTree
from services.bootstrap.services import replica_address
from services.sites.enrolment import Ticket
from services.sites.membership import TICKET_FILE
from shared.eventlog.event_log import EventLog
from shared.eventlog.signed_notes import Signer, split_note
from shared.replica.store.own_log import OwnLog
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.embedded import EmbeddedLedger

Logs = Mapping[str, EventLog[Any]]
JOINED_BY = "ticket"
"""Under this name the replica of a cluster has the ticket."""


class TreeStores(Protocol):
    """The ticket and the replica of a site, to be read."""

    believed: float
    """For how many seconds it is believed that the site belongs to no tree."""

    def ticket_version(self) -> int:
        """Changes when another ticket is kept; 0: there is none."""
        ...

    def load_ticket(self) -> Ticket:
        """The ticket by which the site joined, which was verified when it was kept."""
        ...

    def replica(self) -> ReplicaStore | None:
        """What counts of other sites; None where nothing ever came."""
        ...

    def open_with_own_logs(self, site: str, logs: Logs) -> AbstractContextManager[ReplicaStore]:
        """The replica together with the own logs."""
        ...

    def close(self) -> None: ...


class HomeStores:
    """Those of a ledger in one process: files of its home."""

    believed = 0.0

    def __init__(self, ledger: EmbeddedLedger) -> None:
        self._ledger, self._home = ledger, ledger.home
        self._ticket = ledger.home / TICKET_FILE

    def ticket_version(self) -> int:
        return self._ticket.stat().st_mtime_ns if self._ticket.exists() else 0

    def load_ticket(self) -> Ticket:
        note = self._ticket.read_text(encoding="utf-8", errors="replace")
        return msgspec.json.decode(split_note(note)[0], type=Ticket)

    def replica(self) -> ReplicaStore | None:
        return self._ledger.foreign if isinstance(self._ledger.foreign, ReplicaStore) else None

    def open_with_own_logs(self, site: str, logs: Logs) -> AbstractContextManager[ReplicaStore]:
        address = replica_address(self._home, self._ledger.database)
        return open_replica_at(address, self._home / "trees", site, logs)

    def close(self) -> None:
        """Nothing is open."""


def share_ticket(store: ReplicaStore, ticket: Ticket | None) -> None:
    """Let all processes of a cluster read the ticket of the site, without the key that is sealed in it."""
    if ticket is not None:
        store.keep_document(JOINED_BY, msgspec.json.encode(replace(ticket, identity_key="")))


@contextmanager
def open_replica_at(
    address: Path | str, trees: Path, site: str, logs: Logs, signer: Signer | None = None
) -> Iterator[ReplicaStore]:
    """The replica together with own logs. `signer`: needed where it matters what they are signed with."""
    signer = signer or Signer(site, bytes(32))  # nothing is signed where nothing is sent
    with ExitStack() as opened:
        own = []
        for name, log in logs.items():
            tree = LogTree(trees / f"{name}.tree")
            opened.callback(tree.close)
            own.append(OwnLog(log, tree, signer))
        topics = {name: log.topic for name, log in logs.items()}
        store = ReplicaStore(address, topics, own, create=isinstance(address, Path))
        opened.callback(store.close)
        yield store
