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

from services import roles
from services.chronicle.projections import PROJECTIONS
from services.composition import SERVICES
from shared.answering import answer
from shared.application import IMPORTED, AnyApplication, Application
from shared.clock import Clock, system_clock
from shared.filling import Filler
from shared.following import Following, Place
from shared.inbox import Inbox
from shared.keyring import Keyring
from shared.keyring_postgres import PostgresKeyring
from shared.patience import Patience
from shared.reaction import Reaction
from shared.recorders import Fenced
from shared.recorders.postgres import PostgresBookmark, PostgresShelf
from shared.recorders.reading import Readers
from shared.runtime import Progress, quiet
from shared.runtime.beside import NEXT, rebuild_beside
from shared.store import Log
from shared.tables import Tables, engine_for
from shared.verifying import Copy
from shared.writer import Conflict, StoreUnavailable

AWAY = (*PostgresShelf.failures, StoreUnavailable, SQLAlchemyError)
"""What a process meets while the database is away."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Where a cluster's processes find each other: `postgresql://…`, Kafka's `host:port`, and the site's name."""

    database: str
    kafka: str
    site: str


SETTINGS = ("CADRE_DATABASE", "CADRE_KAFKA", "CADRE_SITE")


def from_environment(env: Mapping[str, str]) -> Cluster:
    """ValueError names what is not set; OSError when CADRE_PASSWORD names a file that cannot be read."""
    missing = [name for name in SETTINGS if not env.get(name)]
    if missing:
        raise ValueError(f"{', '.join(missing)} not set")
    database, kafka, site = (env[name] for name in SETTINGS)
    if path := env.get("CADRE_PASSWORD"):
        database = _with_password(database, Path(path).read_text(encoding="utf-8").strip())
    return Cluster(database=database, kafka=kafka, site=site)


def _with_password(database: str, password: str) -> str:
    parts = urlsplit(database)
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{quote(password, safe='')}@{place}"))


class Node:
    """One process of a cluster. It reads every log and appends to those of the services it serves."""

    def __init__(self, cluster: Cluster, clock: Clock = system_clock) -> None:
        self.cluster = cluster
        self.keys: Keyring = PostgresKeyring(cluster.database)
        self.tables = Tables(engine_for(cluster.database), PROJECTIONS)
        self.inbox = Inbox(self.tables, [service.topic for service in SERVICES.values()], self.keys)
        readers = Readers(cluster.database)
        self.logs: dict[str, Log[Any]] = {
            name: Log(service.topic, readers, cluster.site, clock, self.keys, create=False)
            for name, service in SERVICES.items()
        }
        self.arrived = {
            name: Following(self.tables.engine, service.topic, self.keys)
            for name, service in SERVICES.items()
        }
        self.apps: dict[str, AnyApplication] = {
            name: Application(service, self.logs[name], self.tables) for name, service in SERVICES.items()
        }

    def settle(self, progress: Progress = quiet) -> int:
        """Rows come by themselves, a moment later."""
        return 0

    def catch_up(self) -> None:
        """Waits for the workers, and answers as the serving processes would: for whoever tells a story alone."""
        said = -1
        while said != (said := sum(log.position() for log in self.logs.values())):
            for name, log_ in self.logs.items():
                while not self.arrived[name].has_all(log_.position()):
                    sleep(0.05)
            for app, reaction in self._reactions(list(self.apps)):
                self._answer(app, reaction, Event())

    def fill(self, progress: Progress = quiet) -> None:
        """Likewise; making tables anew is not for everyone who may import."""

    def rebuild(self, progress: Progress = quiet) -> dict[str, int]:
        """All rows anew beside the live ones, while everybody goes on; then they take their place."""
        beside = Tables(engine_for(self.cluster.database, NEXT), PROJECTIONS, NEXT)
        try:
            found = rebuild_beside(self.logs, self.inbox, self.tables, beside, progress)
        finally:
            beside.engine.dispose()
        for name, each in found.items():
            if each.changed:
                log.warning("%s: %s rows were not as the logs say", name, each.changed)
        return {name: each.rows for name, each in found.items()}

    def keep_filling(self, stop: Event, patience: float, pause: float = 5.0) -> None:
        """Take from the logs what Kafka does not bring, for as long as this process works."""
        fillers = [Filler(source, self.inbox, patience) for source in self.logs.values()]
        while not stop.wait(pause):
            for each in fillers:
                try:
                    each.look()
                except (*AWAY, msgspec.ValidationError) as error:
                    log.warning("%s waits: %s", each.follower, error)

    def keep_answering(self, stop: Event, names: Sequence[str], pause: float = 0.2) -> None:
        """Answer what others say for as long as this process serves; failures are told and tried again."""
        patience = Patience(pause)
        while not patience.wait(stop):
            try:
                for app, reaction in self._reactions(names):
                    self._answer(app, reaction, stop)
                patience.well()
            except (*AWAY, Fenced, Conflict) as error:
                log.warning("answers wait: %s", error)

    def _reactions(self, names: Sequence[str]) -> Iterator[tuple[AnyApplication, Reaction[Any]]]:
        for name in names:
            for reaction in self.apps[name].service.reactions if name in self.apps else ():
                yield self.apps[name], reaction

    def _answer(self, app: AnyApplication, reaction: Reaction[Any], stop: Event) -> None:
        """Facts that stand with all before them, once all we said ourselves stands too: then look-ups miss nothing."""
        place = Place(app.log.topic.name, f"reactions/{reaction.name}")
        with self.tables.transaction() as connection:
            position = place.read(connection)
        batch = self.arrived[reaction.follows.name].after(position)
        said = app.log.position() if batch else 0
        while not self.arrived[app.log.topic.name].has_all(said):
            if stop.wait(0.05):
                return
        for _, event in batch:
            if not event.actor.startswith(IMPORTED):
                answer(app, reaction, event, self.tables)
        if batch:
            with self.tables.transaction() as connection:
                place.move(connection, batch[-1][0])

    def unanswered(self, names: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Each reaction, and how many facts have arrived for it that it has not answered."""
        for app, reaction in self._reactions(names):
            with self.tables.transaction() as connection:
                position = Place(app.log.topic.name, f"reactions/{reaction.name}").read(connection)
            yield reaction.name, self.arrived[reaction.follows.name].waiting(position)

    def behind(self, topic: str) -> int:
        return self.inbox.behind(self.logs[topic])

    def nothing_to_answer(self) -> None:
        """What stands in the logs now asks for no answer: it was brought in whole, answers included."""
        for app, reaction in self._reactions(list(self.apps)):
            with self.tables.transaction() as connection:
                place = Place(app.log.topic.name, f"reactions/{reaction.name}")
                place.move(connection, self.logs[reaction.follows.name].position())

    def copies(self) -> dict[str, Copy]:
        """Every topic as its readers find it."""
        from shared.runtime.kafka import records

        with self.tables.transaction() as connection:
            ends = {name: Place(name, f"relay/{name}").read(connection) for name in self.logs}
        return {name: Copy(end, records(self.cluster.kafka, name)) for name, end in ends.items()}

    def close(self) -> None:
        for each in self.logs.values():
            each.close()
        self.keys.close()
        self.tables.engine.dispose()


def migrate(cluster: Cluster, passwords: Mapping[str, str] | None = None) -> None:
    """Schemas, tables, topics, and with `passwords` the roles: once, by one process, before the others start.

    Repeating it changes nothing.
    """
    from shared.runtime.kafka import create_topics

    PostgresKeyring.create(cluster.database)
    node = Node(cluster)
    for log in node.logs.values():
        log.shelf.create()
    node.tables.create()
    node.close()
    if passwords is not None:
        roles.make(cluster.database, passwords)
    create_topics(cluster.kafka, list(SERVICES))


def bookmark(cluster: Cluster, topic: str, take_over: bool = False) -> PostgresBookmark:
    """Raises Fenced while another process holds it."""
    return PostgresBookmark(cluster.database, topic, f"relay/{topic}", take_over)
