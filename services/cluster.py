"""The same services as separate processes: logs and rows in PostgreSQL, Kafka between them, Faust at the rows."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from services.chronicle.projections import PROJECTIONS
from services.composition import SERVICES
from shared.answering import answer
from shared.application import IMPORTED, AnyApplication, Application
from shared.clock import Clock, system_clock
from shared.inbox import Inbox
from shared.keyring import Keyring
from shared.keyring_postgres import PostgresKeyring
from shared.reaction import Reaction
from shared.recorders.postgres import PostgresBookmark
from shared.runtime import Progress, quiet
from shared.store import Log
from shared.tables import Tables, engine_for
from shared.writer import StoreUnavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Where a cluster's processes find each other: `postgresql://…`, Kafka's `host:port`, and the site's name."""

    database: str
    kafka: str
    site: str


SETTINGS = ("CADRE_DATABASE", "CADRE_KAFKA", "CADRE_SITE")


def from_environment(env: Mapping[str, str]) -> Cluster:
    """ValueError names what is not set."""
    missing = [name for name in SETTINGS if not env.get(name)]
    if missing:
        raise ValueError(f"{', '.join(missing)} not set")
    database, kafka, site = (env[name] for name in SETTINGS)
    return Cluster(database=database, kafka=kafka, site=site)


class Node:
    """One process of a cluster. It reads every log and appends to those of the services it serves."""

    def __init__(self, cluster: Cluster, clock: Clock = system_clock) -> None:
        self.cluster = cluster
        self.keys: Keyring = PostgresKeyring(cluster.database)
        self.tables = Tables(engine_for(cluster.database), PROJECTIONS)
        self.inbox = Inbox(self.tables, [service.topic for service in SERVICES.values()], self.keys)
        self.logs: dict[str, Log[Any]] = {
            name: Log(service.topic, cluster.database, cluster.site, clock, self.keys, create=False)
            for name, service in SERVICES.items()
        }
        self.apps: dict[str, AnyApplication] = {
            name: Application(service, self.logs[name], self.tables) for name, service in SERVICES.items()
        }

    def settle(self, progress: Progress = quiet) -> int:
        """Rows come by themselves, a moment later."""
        return 0

    def rebuild(self, progress: Progress = quiet) -> dict[str, int]:
        """Likewise."""
        return {}

    def keep_answering(self, stop: Event, names: Sequence[str], pause: float = 0.2) -> None:
        """Answer what others say for as long as this process serves; failures are told and tried again."""
        while not stop.wait(pause):
            for name in names:
                for reaction in self.apps[name].service.reactions if name in self.apps else ():
                    try:
                        self._answer(self.apps[name], reaction)
                    except (StoreUnavailable, SQLAlchemyError) as error:
                        log.warning("%s waits: %s", reaction.name, error)

    def _answer(self, app: AnyApplication, reaction: Reaction[Any]) -> None:
        """Facts whose rows stand already, so that what the reaction looks up is there."""
        topic, follower = reaction.follows.name, f"reactions/{reaction.name}"
        with self.tables.transaction() as connection:
            position = self.tables.position(connection, follower)
            batch = self.logs[topic].read(position, 500)
            arrived = self.inbox.arrived(connection, topic, [event for _, event in batch])
        for at, event in batch:
            if event.event_id not in arrived:
                break
            if not event.actor.startswith(IMPORTED):
                answer(app, reaction, event, self.tables)
            position = at
        if batch:
            with self.tables.transaction() as connection:
                self.tables.set_position(connection, follower, position)

    def close(self) -> None:
        for each in self.logs.values():
            each.close()
        self.keys.close()
        self.tables.engine.dispose()


def migrate(cluster: Cluster) -> None:
    """Schemas, tables and topics: once, by one process, before the others start. Repeating it changes nothing."""
    from shared.runtime.kafka import create_topics

    PostgresKeyring.create(cluster.database)
    node = Node(cluster)
    for log in node.logs.values():
        log.shelf.create()
    node.tables.create()
    node.close()
    create_topics(cluster.kafka, list(SERVICES))


def bookmark(cluster: Cluster, topic: str) -> PostgresBookmark:
    return PostgresBookmark(cluster.database, topic, f"relay/{topic}")
