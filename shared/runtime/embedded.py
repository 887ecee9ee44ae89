"""Every service in one process, over SQLite files in one folder or one PostgreSQL database."""

import fcntl
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from shared.commands.command_handler import AnyApplication, AnyService, Application
from shared.commands.consequences import ConsequenceFinder
from shared.commands.read_model_progress import ReadModelProgress
from shared.core.clock import Clock, SimulatedClock
from shared.core.clock_guard import ClockGuard
from shared.core.partial_dates import Instant, from_microseconds
from shared.core.projection import AnyProjection
from shared.eventlog.commit_timestamps import ProcessTimestamps
from shared.eventlog.event_log import EventLog
from shared.eventlog.key_store import KeyStore
from shared.operations.home_files import restrict_home
from shared.readmodel.row_store import ROWS_NAME, WATERMARK, RowStore, engine_for, rows_follower
from shared.runtime.closed_file import closed_file
from shared.runtime.ledger import Progress, no_progress
from shared.runtime.projection_runner import ProjectionRunner
from shared.runtime.row_progress import EmbeddedProgress
from shared.runtime.watermark import Coalesced, find_logs_ahead

if TYPE_CHECKING:
    from shared.operations.integrity_check import AcknowledgedCommand, IntegrityReport


log = logging.getLogger(__name__)


class LedgerLocked(Exception):
    """Another process writes to this ledger."""


class RowsOutdated(Exception):
    """Another version of this program made the rows, and this process may not compute them anew."""


class EmbeddedLedger:
    """Logs, rows and keys of all services, opened together. `writes=False` only reads, beside a process that writes.

    Rows that another version made are computed anew. Raises LedgerLocked when another process writes, and RowsOutdated
    where such rows may only be read.
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
        guard: ClockGuard | None = None,
    ) -> None:
        self.home = home
        self.lease = _take_lease(home) if writes else None
        self.keys = KeyStore(home / "keys.db")
        self.tables = RowStore(engine_for(database or home / f"{ROWS_NAME}.db"), projections)
        outdated = self.tables.create() if writes else self.tables.find_outdated()
        if outdated and not writes:
            raise RowsOutdated(
                f"the rows of {', '.join(outdated)} were made by another version of Cadre Ledger"
            )
        self.writes, self._clock = writes, clock
        self._timestamps = ProcessTimestamps(
            clock, self._read_last, closed_file(home), guard, history=isinstance(clock, SimulatedClock)
        )
        self.logs: dict[str, EventLog[Any]] = {
            name: EventLog(
                service.topic,
                database or home / f"{name}.db",
                site,
                clock,
                self.keys,
                timestamps=self._timestamps,
                boundary=service.boundary,
            )
            for name, service in services.items()
        }
        self.apps: dict[str, AnyApplication] = {
            name: Application(service, self.logs[name], self.tables) for name, service in services.items()
        }
        self._runner = ProjectionRunner(self.apps, self.logs, self.tables, self._timestamps)
        self._project_closed = Coalesced(self._runner.project_closed)
        self._progress = EmbeddedProgress(self.logs, self.tables, self._runner)
        judge = ConsequenceFinder(
            services, self.tables.projections, lambda topic, stream: self.logs[topic].load_stream(stream)
        )
        for app in self.apps.values():
            app.progress = self._progress
            app.correction_judge = judge
        if outdated:
            log.info("computing the rows anew: %s", ", ".join(outdated))
            self.tables.recreate(outdated)
            self.rebuild()
        restrict_home(home)

    def close(self) -> None:
        if self.writes:
            self._timestamps.stop()
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

    @property
    def progress(self) -> ReadModelProgress:
        return self._progress

    def project_pending(self, progress: Progress = no_progress) -> int:
        """Project new events and run reactions until nothing is new. Returns the number of events projected."""
        return self._runner.project_pending(progress)

    def watermark(self) -> Instant:
        return self._project_closed() if self.writes else self._read_watermark()

    def _read_watermark(self) -> Instant:
        """What the process that writes stored with the rows; the last event where it has not stored any."""
        with self.tables.transaction() as connection:
            stored = self.tables.position(connection, WATERMARK)
        return from_microseconds(stored) or max(self._read_last().values())

    def _read_last(self) -> dict[str, Instant]:
        return {topic: log.last_recorded_at() for topic, log in self.logs.items()}

    def logs_ahead(self, topics: Sequence[str] | None = None) -> dict[str, Instant]:
        return find_logs_ahead(self.logs, topics, self._clock())

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
