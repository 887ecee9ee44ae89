"""A site that exchanges with others while its ledger is served: one importer, and whoever comes gets a turn."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock
from typing import BinaryIO

from services.sync.bundles.reading import Bundle
from services.sync.exchange.answering import answer_message
from services.sync.exchange.hashes import answer_hashes
from services.sync.exchange.introducing import open_introduced
from services.sync.exchange.messages import Message, open_message
from services.sync.exchange.receiving import Steps, T
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.status import SyncStatus, read_status
from services.sync.exchange.turns import MAX_WAITING, Busy, TurnQueue
from services.sync.exchange.witnessing import WitnessAnswer, add_checkpoint


class SiteExchange:
    """The exchange of one site, over its open replica; closed before it."""

    def __init__(self, replica: SiteReplica) -> None:
        self.replica = replica
        self._turns = TurnQueue(replica.ledger.import_alone, tidy=lambda: replica.ledger.project_slice() > 0)
        self._admitted, self._lock = 0, Lock()

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Let a message come in, as long as there are not too many. Raises Busy."""
        with self._lock:
            if self._admitted >= MAX_WAITING:
                raise Busy(f"{self._admitted} messages are coming in")
            self._admitted += 1
        try:
            yield
        finally:
            with self._lock:
                self._admitted -= 1

    def open(self, file: BinaryIO) -> Bundle:
        """A message, verified. Raises BadBundle."""
        self.replica.catch_up()
        replica = self.replica
        return open_introduced(
            replica, file, lambda: open_message(replica, file), replica.ledger.import_alone()
        )

    def submit(self, request: Bundle, digest: str) -> "Future[Message]":
        """Take a message, in its turn, and make the answer. Raises Busy."""
        return self._turns.submit(request.header.sender, answer_message(self.replica, request, digest))

    def answer_hashes(self, body: str) -> str:
        """Answer a request for roots; nothing is written. Raises HashesRefused."""
        self.replica.catch_up()
        return answer_hashes(self.replica, body)

    def cosign(self, body: str) -> "Future[WitnessAnswer]":
        """Answer a request to cosign a checkpoint, in its turn. Raises Busy."""
        return self._turns.submit("", _cosign(self.replica, body))

    def work(self, site: str, steps: Steps[T]) -> T:
        """Do other work of the importer for a site, in its turn. Raises Busy, and what the work raises."""
        return self._turns.submit(site, steps).result()

    def read_status(self) -> SyncStatus:
        """How this site stands with the others."""
        self.replica.catch_up()
        return read_status(self.replica)

    def close(self) -> None:
        """End after the step under way."""
        self._turns.close()


def _cosign(replica: SiteReplica, body: str) -> Steps[WitnessAnswer]:
    replica.catch_up()
    yield
    return add_checkpoint(replica, body)
