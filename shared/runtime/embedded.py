"""Every service in one process, over SQLite files in one folder or one PostgreSQL database."""

import fcntl
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from shared.commands.command_handler import AnyApplication, AnyService, Application
from shared.commands.consequences import ConsequenceFinder
from shared.core.clock import Clock
from shared.core.projection import AnyProjection
from shared.eventlog.event_log import EventLog
from shared.eventlog.key_store import KeyStore
from shared.readmodel.row_store import ROWS_NAME, RowStore, engine_for, rows_follower
from shared.runtime.ledger import Progress, no_progress
from shared.runtime.projection_runner import ProjectionRunner

if TYPE_CHECKING:
    from shared.operations.integrity_check import AcknowledgedCommand, IntegrityReport


class LedgerLocked(Exception):
    """Another process writes to this ledger."""


class EmbeddedLedger:
    """Logs, rows and keys of all services, opened together. `writes=False` only reads, beside a process that writes.

    Raises LedgerLocked when another process writes.
    """

    def __init__(
        self,
        services: Mapping[str, AnyService],
        projections: Iterable[AnyProjection],
        home: Path,
        site: str,
        clock: Clock,
        writes: bool = True,
        database: str = "",
    ) -> None:
        self.home = home
        self.lease = _take_lease(home) if writes else None
        self.keys = KeyStore(home / "keys.db")
        self.tables = RowStore(engine_for(database or home / f"{ROWS_NAME}.db"), projections)
        if writes:
            self.tables.create()
        self.logs: dict[str, EventLog[Any]] = {
            name: EventLog(service.topic, database or home / f"{name}.db", site, clock, self.keys)
            for name, service in services.items()
        }
        self.apps: dict[str, AnyApplication] = {
            name: Application(service, self.logs[name], self.tables) for name, service in services.items()
        }
        judge = ConsequenceFinder(
            services, self.tables.projections, lambda topic, stream: self.logs[topic].load_stream(stream)
        )
        for app in self.apps.values():
            app.correction_judge = judge
        self._runner = ProjectionRunner(self.apps, self.logs, self.tables)

    def close(self) -> None:
        for each in self.logs.values():
            each.close()
        self.keys.close()
        self.tables.engine.dispose()
        if self.lease:
            self.lease.close()

    @property
    def projector(self) -> ProjectionRunner:
        """Rows are kept by this process."""
        return self._runner

    def project_pending(self, progress: Progress = no_progress) -> int:
        """Project new events and run reactions until nothing is new. Returns the number of events projected."""
        return self._runner.project_pending(progress)

    def wait_until_idle(self) -> None:
        self._runner.project_pending()

    def skip_reactions(self) -> None:
        self._runner.skip_reactions()

    def rebuild(self, progress: Progress = no_progress) -> dict[str, int]:
        return self._runner.rebuild(progress)

    def behind(self, topic: str) -> int:
        with self.tables.transaction() as connection:
            return self.logs[topic].position() - self.tables.position(connection, rows_follower(topic))

    def check_integrity(self, acknowledged: Sequence["AcknowledgedCommand"] = ()) -> "IntegrityReport":
        from shared.operations.integrity_check import check_integrity  # brings in the messaging packages

        return check_integrity(self.logs, self.tables, acknowledged=acknowledged)


def _take_lease(home: Path) -> IO[str]:
    """Lock the folder for this process. The system releases the lock when the process ends, however it ends."""
    lease = (home / "lease").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lease.seek(0)
        holder = lease.read().strip() or "another process"
        lease.close()
        raise LedgerLocked(
            f"{home} is being written to by {holder}; stop it or use its HTTP interface"
        ) from None
    lease.truncate(0)
    lease.write(f"process {os.getpid()}")
    lease.flush()
    return lease
