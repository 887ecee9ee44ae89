"""One process of a cluster: logs and rows in PostgreSQL, events between processes through Kafka."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event
from time import sleep
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, AnyApplication, AnyService, Application
from shared.commands.consequences import ConsequenceFinder
from shared.commands.reaction_runner import run_reaction
from shared.commands.read_model_progress import ReadModelProgress
from shared.core.clock import Clock, SimulatedClock
from shared.core.clock_guard import ClockGuard
from shared.core.errors import Conflict, Fenced, ReadModelBehind, SiteClosed, StoreUnavailable
from shared.core.facts import AnyEvent
from shared.core.follow_ups import AnyReaction
from shared.core.partial_dates import Instant
from shared.core.projection import AnyProjection
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.eventlog.key_store import KeyStore
from shared.eventlog.key_store_postgres import PostgresKeyStore
from shared.eventlog.recorders.pool import ReaderPool
from shared.eventlog.recorders.postgres import PostgresLogStorage
from shared.messaging.backoff import Backoff
from shared.messaging.foreign_projector import ForeignProjector, load_foreign_positions
from shared.messaging.gap_filler import GapFiller, inbox_follower
from shared.messaging.inbox import Inbox
from shared.messaging.inbox_reader import InboxReader, ReactionOffset, take_back_offset
from shared.operations.integrity_check import (
    AcknowledgedCommand,
    IntegrityReport,
    TopicSnapshot,
    check_integrity,
)
from shared.readmodel.row_store import RowStore, engine_for
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.cluster_foreign import IMPORT_LOCK, ClusterForeignEvents, ForeignCounting, hold_lock
from shared.runtime.cluster_watermark import ClusterWatermark
from shared.runtime.ledger import Progress, no_progress
from shared.runtime.postgres_timestamps import COUNTING, PostgresTimestamps
from shared.runtime.row_progress import ClusterProgress
from shared.runtime.row_sources import (
    find_missing_facts,
    raise_last_failure,
    require_rows_in_foreign,
    require_rows_in_logs,
)
from shared.runtime.shadow_rebuild import rebuild_shadow
from shared.runtime.shared_closing import SharedClosing
from shared.runtime.watermark import Coalesced, find_logs_ahead

UNAVAILABLE = (*PostgresLogStorage.failures, StoreUnavailable, SQLAlchemyError)
"""What is raised while the database cannot be reached."""
log = logging.getLogger(__name__)


class ClusterLedger:
    """All services as one process of a cluster sees them: it reads every log and appends to those of the services it
    serves."""

    projector = None
    """Workers project the rows."""
    is_shared = True

    def __init__(
        self,
        services: Mapping[str, AnyService],
        projections: Sequence[AnyProjection],
        database: str,
        kafka: str,
        site: str,
        clock: Clock,
        guard: ClockGuard | None = None,
        when_closed: tuple[type[Any], ...] = (),
    ) -> None:
        """`when_closed`: the kinds of fact that a closed site still records."""
        self.database, self.kafka = database, kafka
        topics = {name: service.topic for name, service in services.items()}
        self.tables = RowStore(engine_for(database), projections)
        exchanged = {name: service.topic for name, service in services.items() if not service.local}
        replica = ReplicaStore(database, exchanged, site=site, create=False)
        self._shared = ClusterForeignEvents(replica, self.tables.engine, list(topics))
        self.foreign: ForeignEvents = self._shared
        self.notices = self._shared.notices
        self.foreign_store = replica
        """What the replica holds beside the events that count."""
        self.keys: KeyStore = PostgresKeyStore(database, site)
        # who makes rows believes nothing that was so a moment ago
        self.inbox = Inbox(
            self.tables,
            topics.values(),
            self.keys,
            ClusterForeignEvents(replica, self.tables.engine, list(topics), 0),
        )
        readers = ReaderPool(database)
        self._clock = clock
        self.timestamps = PostgresTimestamps(
            self.tables,
            clock,
            self._read_last,
            guard,
            isinstance(clock, SimulatedClock),
        )
        self.logs: dict[str, EventLog[Any]] = {
            name: EventLog(
                service.topic,
                readers,
                site,
                clock,
                self.keys,
                create=False,
                timestamps=self.timestamps,
                boundary=service.boundary,
            )
            for name, service in services.items()
        }
        self._closing = SharedClosing(self.tables, self.timestamps.wait_for_commits)
        for log_ in self.logs.values():
            log_.observe_lamports(self.foreign.highest_lamport)
            log_.share_closing(self._closing.read, when_closed)
        self._counting = ForeignCounting(
            database, self._shared, clock, self.timestamps.read_closed, self.has_foreign_rows
        )
        self._exchanged = {name: self.logs[name] for name in exchanged}
        """The logs that go to other sites. Whoever brings them there may read no other; rows are made of no other."""
        self._read_watermark = Coalesced(
            ClusterWatermark(self._exchanged, self.inbox, self.timestamps, clock, self._shared).read
        )
        self.inbox_readers = {
            name: InboxReader(self.tables.engine, service.topic, self.keys, self.tables.schema)
            for name, service in services.items()
        }
        self.progress: ReadModelProgress = ClusterProgress(
            self.logs, self.tables, self.inbox_readers, self.has_foreign_rows
        )
        self.apps: dict[str, AnyApplication] = {
            name: Application(
                service,
                self.logs[name],
                self.tables,
                self.progress,
                NO_FOREIGN_EVENTS if service.local else self.foreign,
            )
            for name, service in services.items()
        }
        judge = ConsequenceFinder(services, self.tables.projections, self._load_received)
        for app in self.apps.values():
            app.correction_judge = judge
        for name, log_ in self.logs.items():
            log_.check_before_writing(partial(self._require_rows_in_sources, (name,)))

    def _load_received(self, topic: str, stream: str) -> list[AnyEvent]:
        """The facts of a stream as they were received: a process may not read the logs of other services."""
        with self.tables.transaction() as connection:
            received = self.inbox.load_streams(connection, topic, {stream})[stream]
        own = {stream: sorted(received, key=lambda event: event.version)} if received else {}
        return self.inbox.count_in(topic, [stream], own).get(stream, [])

    def _read_last(self, topic: str) -> Instant:
        return self._shared.read_floor() if topic == COUNTING else self.logs[topic].last_recorded_at()

    @contextmanager
    def count_foreign_events(self) -> Iterator[Instant]:
        """As `EmbeddedLedger.count_foreign_events`, for all processes of the cluster at once."""
        with self._counting.count() as known:
            yield known

    def close_site(self, closed: SiteClosed | None, admitted: tuple[type[Any], ...] = ()) -> None:
        """As `EmbeddedLedger.close_site`, for all processes of the cluster: each knows what is admitted."""
        self._closing.write(closed)

    def read_positions(self) -> tuple[int, ...]:
        """The positions of all logs, by one query."""
        last = ", ".join(f"(SELECT max(notification_id) FROM {name}.stored_events)" for name in self.logs)
        with self.tables.transaction() as connection:
            [row] = connection.execute(text(f"SELECT {last}"))
        return tuple(position or 0 for position in row)

    @contextmanager
    def import_alone(self) -> Iterator[None]:
        """No other process of the cluster imports what came from other sites meanwhile. Waits for one that does; raises
        StoreUnavailable where it takes too long."""
        with hold_lock(self.database, IMPORT_LOCK, "another process imports what came from other sites"):
            yield

    def has_foreign_events(self) -> bool:
        """Whether events of other sites count here, or did."""
        return self._shared.is_used()

    def has_foreign_rows(self) -> bool:
        """Whether all that counts of other sites has its rows."""
        used = self._shared.is_used(now=True)
        return not used or not self._shared.find_changed(load_foreign_positions(self.tables))

    def project_pending(self, progress: Progress = no_progress) -> int:
        """Nothing: the workers follow by themselves."""
        return 0

    def project_recorded(self) -> int:
        """Nothing: the workers follow by themselves."""
        return 0

    def project_slice(self) -> int:
        """Nothing: the workers follow by themselves."""
        return 0

    def foreign_projector(self) -> ForeignProjector:
        """What makes the rows anew where events of other sites come to count."""
        return ForeignProjector(self.foreign, self.inbox, self._shared.find_changed)

    def run_foreign_projector(self, stop: Event, pause: float = 0.2) -> None:
        """Make the rows anew where events of other sites come to count, until `stop` is set."""
        projector = self.foreign_projector()
        while not stop.wait(pause):
            try:
                if self.has_foreign_events():
                    projector.poll()
            except UNAVAILABLE as error:
                log.warning("the rows of events of other sites wait: %s", error)

    def watermark(self) -> Instant:
        return self._read_watermark()

    def close_timestamp(self) -> Instant:
        """An instant up to which the logs are complete: here it has rows too."""
        return self._read_watermark()

    def logs_ahead(self, topics: Sequence[str] | None = None) -> dict[str, Instant]:
        return find_logs_ahead(self.logs if topics else self._exchanged, topics, self._clock())

    def _require_received_in_log(self, topics: Collection[str]) -> None:
        """Raise LogBehindRows where facts were received that a log does not have."""
        require_rows_in_logs({topic: self.logs[topic] for topic in topics}, self.tables, inbox_follower)

    def _require_rows_in_sources(self, topics: Collection[str]) -> None:
        self._require_received_in_log(topics)
        if topics:  # who serves no facts may not read how far the rows are
            require_rows_in_foreign(topics, self.foreign, self.tables)

    def check_stores(self, topics: Collection[str]) -> None:
        self._require_rows_in_sources(topics)
        raise_last_failure(self.logs[topic] for topic in topics)

    def wait_until_idle(self) -> None:
        """Wait for the workers, and run all reactions as the serving processes would: for a process that works
        alone."""
        while not self.has_foreign_rows():
            sleep(0.05)
        recorded = -1
        while recorded != (recorded := sum(log.position() for log in self.logs.values())):
            for name, log_ in self.logs.items():
                while not self.inbox_readers[name].is_complete(log_.position()):
                    sleep(0.05)
            for app, reaction in self._reactions(list(self.apps)):
                self._run_reaction(app, reaction, Event())

    def rebuild(self, progress: Progress = no_progress) -> dict[str, int]:
        """Compute all rows into a second schema while other processes go on, then replace the live ones.

        Where a log has lost facts that were received, those are given up first; processes that have met them are to be
        started again."""
        self._forget_lost_facts()
        schema = f"{self.tables.schema}_next"
        shadow = RowStore(engine_for(self.database, schema), self.tables.projections.values(), schema)
        try:
            results = rebuild_shadow(self.logs, self.inbox, self.foreign, self.tables, shadow, progress)
        finally:
            shadow.engine.dispose()
        for name, result in results.items():
            if result.changed:
                log.warning("%s: %s rows were not as the logs say", name, result.changed)
        return {name: result.rows for name, result in results.items()}

    def _forget_lost_facts(self) -> None:
        for lost in find_missing_facts(self.logs, self.tables, inbox_follower):
            log_ = self.logs[lost.topic]
            end = log_.position()
            with self.tables.transaction() as connection:
                forgotten = self.inbox.forget_unknown(connection, lost.topic)
                self.tables.set_position(connection, inbox_follower(lost.topic), end, log_.chain_hash(end))
                take_back_offset(connection, lost.topic, f"relay/{lost.topic}", end)
                for app in self.apps.values():
                    for reaction in app.service.reactions:
                        if reaction.follows.name == lost.topic:
                            take_back_offset(
                                connection, app.log.topic.name, f"reactions/{reaction.name}", end
                            )
            log.warning("%s: %s facts that the log does not have are given up", lost.topic, forgotten)

    def run_gap_fillers(self, stop: Event, timeout: float, pause: float = 5.0) -> None:
        """Read from the logs what Kafka does not deliver, until `stop` is set."""
        fillers = [GapFiller(source, self.inbox, timeout) for source in self.logs.values()]
        while not stop.wait(pause):
            for filler in fillers:
                try:
                    self._require_received_in_log((filler.source.topic.name,))
                    filler.poll()
                except (*UNAVAILABLE, msgspec.ValidationError) as error:
                    log.warning("%s waits: %s", filler.follower, error)

    def run_reactions(self, stop: Event, names: Sequence[str], pause: float = 0.2) -> None:
        """Run the reactions of these services until `stop` is set; failures are logged and tried again."""
        backoff = Backoff(pause)
        while not backoff.wait(stop):
            try:
                for app, reaction in self._reactions(names):
                    self._run_reaction(app, reaction, stop)
                backoff.reset()
            except (*UNAVAILABLE, Fenced, Conflict, ReadModelBehind) as error:
                log.warning("reactions wait: %s", error)

    def _reactions(self, names: Sequence[str]) -> Iterator[tuple[AnyApplication, AnyReaction]]:
        for name in names:
            for reaction in self.apps[name].service.reactions if name in self.apps else ():
                yield self.apps[name], reaction

    def _run_reaction(self, app: AnyApplication, reaction: AnyReaction, stop: Event) -> None:
        """Run policies on events whose predecessors in the same log, and our own earlier events, are already
        projected."""
        offset = ReactionOffset(app.log.topic.name, f"reactions/{reaction.name}")
        with self.tables.transaction() as connection:
            position = offset.read(connection)
        batch = self.inbox_readers[reaction.follows.name].read_after(position)
        recorded = app.log.position() if batch else 0
        while not self.inbox_readers[app.log.topic.name].is_complete(recorded):
            if stop.wait(0.05):
                return
        for _, event in batch:
            if not event.actor.startswith(IMPORT_ACTOR_PREFIX):
                run_reaction(app, reaction, event, self.tables)
        if batch:
            with self.tables.transaction() as connection:
                offset.advance(connection, batch[-1][0])

    def pending_reactions(self, names: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Each reaction, and how many received events it has not run on."""
        for app, reaction in self._reactions(names):
            with self.tables.transaction() as connection:
                position = ReactionOffset(app.log.topic.name, f"reactions/{reaction.name}").read(connection)
            yield reaction.name, self.inbox_readers[reaction.follows.name].count_after(position)

    def behind(self, topic: str) -> int:
        return self.inbox.count_missing(self.logs[topic])

    def skip_reactions(self) -> None:
        """Run no reaction on the events recorded so far: they were imported together with what follows from them."""
        for app, reaction in self._reactions(list(self.apps)):
            with self.tables.transaction() as connection:
                offset = ReactionOffset(app.log.topic.name, f"reactions/{reaction.name}")
                offset.advance(connection, self.logs[reaction.follows.name].position())

    def check_integrity(self, acknowledged: Sequence[AcknowledgedCommand] = ()) -> IntegrityReport:
        return check_integrity(
            self.logs,
            self.tables,
            self.inbox,
            acknowledged,
            self.topic_snapshots(),
            self.foreign.find_damage(),
            self.foreign,
        )

    def topic_snapshots(self) -> dict[str, TopicSnapshot]:
        """The contents of every topic."""
        from shared.messaging.kafka import read_topic

        with self.tables.transaction() as connection:
            ends = {name: ReactionOffset(name, f"relay/{name}").read(connection) for name in self.logs}
        return {name: TopicSnapshot(end, read_topic(self.kafka, name)) for name, end in ends.items()}

    def close(self) -> None:
        for source in self.logs.values():
            source.close()
        self.foreign.close()
        self.keys.close()
        self.tables.engine.dispose()
