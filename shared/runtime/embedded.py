"""Every service in one process, over SQLite files in one folder or one PostgreSQL database."""

import fcntl
import logging
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock, RLock
from typing import IO, TYPE_CHECKING, Any

from shared.commands.command_handler import AnyApplication, AnyService, Application
from shared.commands.consequences import ConsequenceFinder
from shared.commands.read_model_progress import ReadModelProgress
from shared.core.clock import Clock, SimulatedClock
from shared.core.clock_guard import ClockGuard
from shared.core.errors import DamagedStore, SiteClosed
from shared.core.partial_dates import Instant, from_microseconds, later
from shared.core.projection import AnyProjection
from shared.database.store_files import StoreFiles, find_damage
from shared.eventlog.commit_timestamps import NEVER, ProcessTimestamps
from shared.eventlog.corrected_times import LogCorrections
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.eventlog.key_store import KeyStore
from shared.operations.home_files import restrict_home
from shared.readmodel.row_store import ROWS_NAME, WATERMARK, RowStore, engine_for, rows_follower
from shared.runtime.closed_file import accepted_file, closed_file
from shared.runtime.ledger import Progress, no_progress
from shared.runtime.projection_runner import ProjectionRunner
from shared.runtime.row_progress import EmbeddedProgress
from shared.runtime.row_sources import (
    find_missing_facts,
    raise_last_failure,
    remember_chains,
    require_rows_in_foreign,
    require_rows_in_logs,
)
from shared.runtime.watermark import Coalesced, find_logs_ahead

if TYPE_CHECKING:
    from shared.operations.integrity_check import AcknowledgedCommand, IntegrityReport


log = logging.getLogger(__name__)
_FOREIGN = "/foreign"
"""Stands among the logs with commits under way for events of other sites that are coming to count; no topic is called
so."""


class LedgerLocked(Exception):
    """Another process writes to this ledger."""


class RowsOutdated(Exception):
    """Another version of this program made the rows, and this process may not compute them anew."""


class EmbeddedLedger:
    """Logs, rows and keys of all services, opened together. `writes=False` only reads, beside a process that writes or
    in a home that may only be read.

    `new_rows`: a damaged file of rows is put aside, because all rows are about to be made anew. Rows that another
    version made are computed anew. `foreign`: the events of other sites, where this site belongs to a tree. Raises
    LedgerLocked when another process writes, ReadOnlyStore where the home may only be read, RowsOutdated where such
    rows may only be read, and DamagedStore where a file is not what was written.
    """

    is_shared = False

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
        new_rows: bool = False,
        foreign: ForeignEvents = NO_FOREIGN_EVENTS,
        find_corrections: Callable[[Mapping[str, EventLog[Any]]], LogCorrections] = lambda _: {},
    ) -> None:
        self.home, self.foreign, self.database = home, foreign, database
        self._counting, self._last_known = Lock(), NEVER
        self._importing = RLock()
        self.writes, self._clock = writes, clock
        self.logs: dict[str, EventLog[Any]] = {}
        self.changed_files: list[str] = []
        """Files whose bytes changed since the clean stop, and not by this program."""
        files = ["keys"] if database else ["keys", ROWS_NAME, *services]
        self._files = StoreFiles(home, [f"{name}.db" for name in files])
        self.is_read_only = not writes and not self._files.can_write()
        """Whether nothing can be written to the home: neither by this process nor by another one here."""
        rows_lost = False
        with ExitStack() as opened:
            if writes:
                self._files.check_permissions()
            elif self.is_read_only:
                self._files.check_complete()
                self.changed_files += self._files.check_changed()
            self.lease = opened.enter_context(_take_lease(home)) if writes else None
            if writes:
                opened.callback(self._files.remember)
                rows_lost = not database and self._rows_are_lost(services, new_rows)
                self.changed_files += self._files.check_changed()
            self.keys = KeyStore(home / "keys.db", site)
            opened.callback(self.keys.close)
            self.tables = RowStore(engine_for(database or home / f"{ROWS_NAME}.db"), projections)
            opened.callback(self.tables.engine.dispose)
            outdated = self.tables.create() if writes else self.tables.find_outdated()
            if outdated and not writes:
                raise RowsOutdated(
                    f"the rows of {', '.join(outdated)} were made by another version of Cadre Ledger"
                )
            self._timestamps = ProcessTimestamps(
                clock, self._read_last, closed_file(home), guard, history=isinstance(clock, SimulatedClock)
            )
            for name, service in services.items():
                log_ = EventLog(
                    service.topic,
                    database or home / f"{name}.db",
                    site,
                    clock,
                    self.keys,
                    create=writes,
                    timestamps=self._timestamps,
                    boundary=service.boundary,
                )
                opened.callback(log_.close)
                self.logs[name] = log_
            for name, corrections in find_corrections(self.logs).items():
                self.logs[name].correct_times(corrections)
            if writes:
                remember_chains(self.logs, self.tables)
                if outdated:  # the new rows would forget what the log lacks
                    self._require_rows_in_sources()
                opened.callback(self._timestamps.stop)
            self._opened = opened.pop_all()
        for log_ in self.logs.values():
            log_.check_before_writing(self._require_rows_in_sources)
        self._observe_foreign()
        self.apps: dict[str, AnyApplication] = {
            name: Application(
                service, self.logs[name], self.tables, foreign=NO_FOREIGN_EVENTS if service.local else foreign
            )
            for name, service in services.items()
        }
        self._runner = ProjectionRunner(self.apps, self.logs, self.tables, self._timestamps, foreign)
        self._project_closed = Coalesced(self._runner.project_closed)
        self._progress = EmbeddedProgress(self.logs, self.tables, self._runner)
        judge = ConsequenceFinder(
            services,
            self.tables.projections,
            lambda topic, stream: self.apps[topic].union.load_stream(stream),
        )
        for app in self.apps.values():
            app.progress = self._progress
            app.correction_judge = judge
        if rows_lost:  # and with them how far reactions had run: nothing is reacted to a second time
            self._runner.skip_reactions()
        if outdated:
            log.info("computing the rows anew: %s", ", ".join(outdated))
            self.tables.recreate(outdated)
            self.rebuild()
        restrict_home(home)

    def _rows_are_lost(self, topics: Iterable[str], new_rows: bool) -> bool:
        """Whether there are logs and no rows; with `new_rows` a damaged file of rows is put aside."""
        if new_rows:
            self._files.put_aside_if_damaged(f"{ROWS_NAME}.db")
        has_logs = any(_size(self.home / f"{topic}.db") for topic in topics)
        if has_logs and not _size(keys := self.home / "keys.db"):
            state = "empty" if keys.exists() else "missing"
            raise DamagedStore(
                f"{keys} is {state}: without its keys nobody can read personal data. Restore it"
            )
        return has_logs and not _size(self.home / f"{ROWS_NAME}.db")

    def _require_rows_in_sources(self) -> None:
        require_rows_in_logs(self.logs, self.tables)
        require_rows_in_foreign(self.logs, self.foreign, self.tables)

    def check_stores(self, topics: Collection[str]) -> None:
        logs = {topic: self.logs[topic] for topic in topics}
        require_rows_in_logs(logs, self.tables)
        if self.lease:
            self._files.check_writable()
            raise_last_failure(logs.values())
            if self._runner.has_failed:  # once there is room again, nobody has to write for rows to follow
                self._runner.project_recorded()
        else:
            self.tables.check_writable()
            if self.is_read_only:
                self._files.check_writable()

    def close(self) -> None:
        self._opened.close()
        self.foreign.close()

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

    def project_recorded(self) -> int:
        """The same for what was recorded here: what came from other sites may still wait for its rows."""
        return self._runner.project_recorded()

    def project_slice(self) -> int:
        """Make some of the rows of what came from other sites. Returns of how many streams; 0: none is left."""
        return self._runner.project_slice()

    def has_foreign_rows(self) -> bool:
        """Whether all that counts of other sites has its rows."""
        return self._runner.has_foreign_rows()

    def read_positions(self) -> tuple[int, ...]:
        """What changes with the positions of all logs."""
        if self.lease:  # nobody else writes to them: that is known without a query
            return tuple(log_.commits[0] for log_ in self.logs.values())
        return tuple(log_.position() for log_ in self.logs.values())

    def close_site(self, closed: SiteClosed | None, admitted: tuple[type[Any], ...] = ()) -> None:
        """Refuse what a closed site does not record, which are all facts but the admitted; None: record again."""
        for log_ in self.logs.values():
            log_.close_site(closed, admitted)

    @contextmanager
    def import_alone(self) -> Iterator[None]:
        """No other thread imports what came from other sites meanwhile; other processes have no lease."""
        with self._importing:
            yield

    @contextmanager
    def count_foreign_events(self) -> Iterator[Instant]:
        """For the one importer: inside, the store of events of other sites is told which come to count, or cease to.

        Yields an instant after all that were final before. What is known, or known until, this instant or a later one
        at which a receipt is recorded inside is in no final answer before the block ends, and in all that come after.
        Readers wait for the end of the block, so it is short. Raises ClockJumped.
        """
        with self._counting:
            known = self._last_known
            try:
                after = max(self._timestamps.begin(_FOREIGN), self._last_known)
                known = self._last_known = max(self._clock(), later(after) if after else after)
                yield known
            finally:
                try:
                    self._observe_foreign()
                finally:
                    self._runner.note_foreign_changes(known)
                    self._timestamps.finish(_FOREIGN, NEVER)  # no log keeps it beyond the end of this process

    def _observe_foreign(self) -> None:
        """Let what is recorded here come after all events of other sites that count, in total order."""
        if self.foreign is not NO_FOREIGN_EVENTS and (lamport := self.foreign.highest_lamport()):
            for log_ in self.logs.values():
                log_.observe_lamport(lamport)

    def watermark(self) -> Instant:
        return self._project_closed() if self.writes else self._read_watermark()

    def close_timestamp(self) -> Instant:
        """An instant up to which the logs are complete, whatever of it has rows."""
        return self._timestamps.close() if self.writes else self._read_watermark()

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

        return check_integrity(
            self.logs,
            self.tables,
            acknowledged=acknowledged,
            damages=self._find_damages(),
            foreign=self.foreign,
        )

    def _find_damages(self) -> Iterator[str]:
        """What is wrong with the files of the home, and rows that a log lacks the facts of."""
        altered = self._files.find_altered() if self.lease or self.is_read_only else []
        for name in dict.fromkeys([*self.changed_files, *altered]):
            yield (
                f"{name}: its bytes are not those of the last clean stop, and this program did not write them; "
                "if nothing else is listed, it was a restored copy, or unused space"
            )
        for name in self._files.databases():
            yield from find_damage(self.home / name, thorough=True)
        yield from map(str, find_missing_facts(self.logs, self.tables))
        yield from self.foreign.find_damage()
        for small in (closed_file(self.home), accepted_file(self.home)):
            if damage := small.find_damage():
                yield damage


def _size(file: Path) -> int:
    """Bytes of a file; 0 where there is none."""
    return file.stat().st_size if file.exists() else 0


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
