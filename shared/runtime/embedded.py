"""Every service in one process, over SQLite files in one folder or one PostgreSQL database."""

import fcntl
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from shared.commands.command_handler import AnyApplication, AnyService, Application
from shared.core.clock import Clock
from shared.core.projection import AnyProjection
from shared.database.store_files import StoreFiles
from shared.eventlog.event_log import EventLog
from shared.eventlog.key_store import KeyStore
from shared.readmodel.row_store import ROWS_NAME, RowStore, engine_for, rows_follower
from shared.runtime.ledger import Progress, no_progress
from shared.runtime.projection_runner import ProjectionRunner
from shared.runtime.row_sources import remember_chains, require_rows_in_logs

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
        self.logs: dict[str, EventLog[Any]] = {}
        self.changed_files: list[str] = []
        """Files whose bytes changed since the clean stop, and not by this program."""
        with ExitStack() as opened:
            self.lease = opened.enter_context(_take_lease(home)) if writes else None
            if writes:
                self._files = StoreFiles(home, [f"{name}.db" for name in self._file_names(services, database)])
                opened.callback(self._files.remember)
                self.changed_files += self._files.check_changed()
            self.keys = KeyStore(home / "keys.db")
            opened.callback(self.keys.close)
            self.tables = RowStore(engine_for(database or home / f"{ROWS_NAME}.db"), projections)
            opened.callback(self.tables.engine.dispose)
            if writes:
                self.tables.create()
            for name, service in services.items():
                log = EventLog(service.topic, database or home / f"{name}.db", site, clock, self.keys)
                opened.callback(log.close)
                self.logs[name] = log
            if writes:
                remember_chains(self.logs, self.tables)
            self._opened = opened.pop_all()
        for log in self.logs.values():
            log.check_before_writing(self.require_rows_in_logs)
        self.apps: dict[str, AnyApplication] = {
            name: Application(service, self.logs[name], self.tables) for name, service in services.items()
        }
        self._runner = ProjectionRunner(self.apps, self.logs, self.tables)

    @staticmethod
    def _file_names(services: Iterable[str], database: str) -> list[str]:
        return ["keys"] if database else ["keys", ROWS_NAME, *services]

    def require_rows_in_logs(self) -> None:
        """Raise LogBehindRows where rows were made from facts that a log does not have."""
        require_rows_in_logs(self.logs, self.tables)

    def close(self) -> None:
        self._opened.close()

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
