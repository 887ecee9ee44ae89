"""The same services as separate processes: logs and rows in PostgreSQL, Kafka between them, Faust at the rows."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from services.bootstrap import db_roles
from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, AnyApplication, Application
from shared.commands.reaction_runner import run_reaction
from shared.core.clock import Clock, system_clock
from shared.core.reaction import Reaction
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import Conflict, StoreUnavailable
from shared.eventlog.key_store import KeyStore
from shared.eventlog.key_store_postgres import PostgresKeyStore
from shared.eventlog.recorders import Fenced
from shared.eventlog.recorders.pool import ReaderPool
from shared.eventlog.recorders.postgres import PostgresLogStorage, PostgresRelayOffset
from shared.messaging.backoff import Backoff
from shared.messaging.gap_filler import GapFiller
from shared.messaging.inbox import Inbox
from shared.messaging.inbox_reader import InboxReader, ReactionOffset
from shared.operations.integrity_check import (
    AcknowledgedCommand,
    IntegrityReport,
    TopicSnapshot,
    check_integrity,
)
from shared.readmodel.row_store import RowStore, engine_for
from shared.runtime.ledger import Progress, no_progress
from shared.runtime.shadow_rebuild import NEXT, rebuild_shadow

UNAVAILABLE = (*PostgresLogStorage.failures, StoreUnavailable, SQLAlchemyError)
"""What a process meets while the database is away."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    """Where a cluster's processes find each other: `postgresql://…`, Kafka's `host:port`, and the site's name."""

    database: str
    kafka: str
    site: str


SETTINGS = ("CADRE_DATABASE", "CADRE_KAFKA", "CADRE_SITE")


def from_environment(env: Mapping[str, str]) -> ClusterSettings:
    """ValueError names what is not set; OSError when CADRE_PASSWORD names a file that cannot be read."""
    missing = [name for name in SETTINGS if not env.get(name)]
    if missing:
        raise ValueError(f"{', '.join(missing)} not set")
    database, kafka, site = (env[name] for name in SETTINGS)
    if path := env.get("CADRE_PASSWORD"):
        database = _with_password(database, Path(path).read_text(encoding="utf-8").strip())
    return ClusterSettings(database=database, kafka=kafka, site=site)


def _with_password(database: str, password: str) -> str:
    parts = urlsplit(database)
    user, _, offset = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{quote(password, safe='')}@{offset}"))


class ClusterLedger:
    """One process of a cluster. It reads every log and appends to those of the services it serves."""

    projector = None
    """Workers keep the rows."""

    def __init__(self, cluster: ClusterSettings, clock: Clock = system_clock) -> None:
        self.cluster = cluster
        self.keys: KeyStore = PostgresKeyStore(cluster.database)
        self.tables = RowStore(engine_for(cluster.database), PROJECTIONS)
        self.inbox = Inbox(self.tables, [service.topic for service in SERVICES.values()], self.keys)
        readers = ReaderPool(cluster.database)
        self.logs: dict[str, EventLog[Any]] = {
            name: EventLog(service.topic, readers, cluster.site, clock, self.keys, create=False)
            for name, service in SERVICES.items()
        }
        self.inbox_readers = {
            name: InboxReader(self.tables.engine, service.topic, self.keys)
            for name, service in SERVICES.items()
        }
        self.apps: dict[str, AnyApplication] = {
            name: Application(service, self.logs[name], self.tables) for name, service in SERVICES.items()
        }

    def wait_until_idle(self) -> None:
        """Waits for the workers, and answers as the serving processes would: for whoever tells a story alone."""
        recorded = -1
        while recorded != (recorded := sum(log.position() for log in self.logs.values())):
            for name, log_ in self.logs.items():
                while not self.inbox_readers[name].has_all(log_.position()):
                    sleep(0.05)
            for app, reaction in self._reactions(list(self.apps)):
                self._answer(app, reaction, Event())

    def rebuild(self, progress: Progress = no_progress) -> dict[str, int]:
        """All rows anew beside the live ones, while everybody goes on; then they take their place."""
        beside = RowStore(engine_for(self.cluster.database, NEXT), PROJECTIONS, NEXT)
        try:
            found = rebuild_shadow(self.logs, self.inbox, self.tables, beside, progress)
        finally:
            beside.engine.dispose()
        for name, each in found.items():
            if each.changed:
                log.warning("%s: %s rows were not as the logs say", name, each.changed)
        return {name: each.rows for name, each in found.items()}

    def run_gap_fillers(self, stop: Event, timeout: float, pause: float = 5.0) -> None:
        """Take from the logs what Kafka does not bring, for as long as this process works."""
        fillers = [GapFiller(source, self.inbox, timeout) for source in self.logs.values()]
        while not stop.wait(pause):
            for each in fillers:
                try:
                    each.poll()
                except (*UNAVAILABLE, msgspec.ValidationError) as error:
                    log.warning("%s waits: %s", each.follower, error)

    def run_reactions(self, stop: Event, names: Sequence[str], pause: float = 0.2) -> None:
        """Answer what others say for as long as this process serves; failures are told and tried again."""
        backoff = Backoff(pause)
        while not backoff.wait(stop):
            try:
                for app, reaction in self._reactions(names):
                    self._answer(app, reaction, stop)
                backoff.reset()
            except (*UNAVAILABLE, Fenced, Conflict) as error:
                log.warning("answers wait: %s", error)

    def _reactions(self, names: Sequence[str]) -> Iterator[tuple[AnyApplication, Reaction[Any]]]:
        for name in names:
            for reaction in self.apps[name].service.reactions if name in self.apps else ():
                yield self.apps[name], reaction

    def _answer(self, app: AnyApplication, reaction: Reaction[Any], stop: Event) -> None:
        """Facts that stand with all before them, once all we said ourselves stands too: then look-ups miss nothing."""
        offset = ReactionOffset(app.log.topic.name, f"reactions/{reaction.name}")
        with self.tables.transaction() as connection:
            position = offset.read(connection)
        batch = self.inbox_readers[reaction.follows.name].after(position)
        recorded = app.log.position() if batch else 0
        while not self.inbox_readers[app.log.topic.name].has_all(recorded):
            if stop.wait(0.05):
                return
        for _, event in batch:
            if not event.actor.startswith(IMPORT_ACTOR_PREFIX):
                run_reaction(app, reaction, event, self.tables)
        if batch:
            with self.tables.transaction() as connection:
                offset.move(connection, batch[-1][0])

    def pending_reactions(self, names: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Each reaction, and how many facts have arrived for it that it has not answered."""
        for app, reaction in self._reactions(names):
            with self.tables.transaction() as connection:
                position = ReactionOffset(app.log.topic.name, f"reactions/{reaction.name}").read(connection)
            yield reaction.name, self.inbox_readers[reaction.follows.name].waiting(position)

    def behind(self, topic: str) -> int:
        return self.inbox.count_missing(self.logs[topic])

    def skip_reactions(self) -> None:
        """What stands in the logs now asks for no answer: it was brought in whole, answers included."""
        for app, reaction in self._reactions(list(self.apps)):
            with self.tables.transaction() as connection:
                offset = ReactionOffset(app.log.topic.name, f"reactions/{reaction.name}")
                offset.move(connection, self.logs[reaction.follows.name].position())

    def check_integrity(self, acknowledged: Sequence[AcknowledgedCommand] = ()) -> IntegrityReport:
        return check_integrity(self.logs, self.tables, self.inbox, acknowledged, self.topic_snapshots())

    def topic_snapshots(self) -> dict[str, TopicSnapshot]:
        """Every topic as its readers find it."""
        from shared.messaging.kafka import read_topic

        with self.tables.transaction() as connection:
            ends = {name: ReactionOffset(name, f"relay/{name}").read(connection) for name in self.logs}
        return {name: TopicSnapshot(end, read_topic(self.cluster.kafka, name)) for name, end in ends.items()}

    def close(self) -> None:
        for each in self.logs.values():
            each.close()
        self.keys.close()
        self.tables.engine.dispose()


def migrate(cluster: ClusterSettings, passwords: Mapping[str, str] | None = None) -> None:
    """Schemas, tables, topics, and with `passwords` the roles: once, by one process, before the others start.

    Repeating it changes nothing.
    """
    from shared.messaging.kafka import create_topics

    PostgresKeyStore.create(cluster.database)
    node = ClusterLedger(cluster)
    for log in node.logs.values():
        log.storage.create()
    node.tables.create()
    node.close()
    if passwords is not None:
        db_roles.create_roles(cluster.database, passwords)
    create_topics(cluster.kafka, list(SERVICES))


def open_relay_offset(cluster: ClusterSettings, topic: str, take_over: bool = False) -> PostgresRelayOffset:
    """Raises Fenced while another process holds it."""
    return PostgresRelayOffset(cluster.database, topic, f"relay/{topic}", take_over)
