"""Every service in one process over SQLite files: each log is read and handed to whoever follows it."""

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import IO, Any

from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, AnyApplication, AnyService, Application
from shared.commands.reaction_runner import run_reaction
from shared.core.bitemporal import fold_periods
from shared.core.clock import Clock
from shared.core.facts import Recorded
from shared.core.projection import Projection
from shared.eventlog.event_log import EventLog
from shared.eventlog.key_store import KeyStore
from shared.readmodel.projector import project_streams, projections_of
from shared.readmodel.row_store import RowStore, engine_for
from shared.runtime.ledger import Progress, no_progress

PAGE = 30_000


class LedgerLocked(Exception):
    """Another process writes to this ledger."""


class EmbeddedLedger:
    """`writes=False` only reads, beside a process that writes. `project_pending` brings the rows up to the logs."""

    def __init__(
        self,
        services: Mapping[str, AnyService],
        projections: Iterable[Projection[Any, Any]],
        home: Path,
        site: str,
        clock: Clock,
        writes: bool = True,
        database: str = "",
    ) -> None:
        self.home = home
        self.lease = _take_lease(home) if writes else None
        self.keys = KeyStore(home / "keys.db")
        self.tables = RowStore(engine_for(database or home / "chronicle.db"), projections)
        if writes:
            self.tables.create()
        self.logs: dict[str, EventLog[Any]] = {
            name: EventLog(service.topic, database or home / f"{name}.db", site, clock, self.keys)
            for name, service in services.items()
        }
        self.apps: dict[str, AnyApplication] = {
            name: Application(service, self.logs[name], self.tables) for name, service in services.items()
        }
        self._settling = RLock()

    def close(self) -> None:
        for each in self.logs.values():
            each.close()
        self.keys.close()
        self.tables.engine.dispose()
        if self.lease:
            self.lease.close()

    def project_pending(self, progress: Progress = no_progress) -> int:
        """Fold and answer everything new, until nobody has anything more to say. Returns how many facts were new."""
        with self._settling:
            settled, busy = 0, True
            while busy:
                folded = sum(self._fold(topic, progress) for topic in self.logs)
                settled += folded
                busy = bool(folded + sum(map(self._answer, self.logs)))
            return settled

    def behind(self, topic: str) -> int:
        with self.tables.transaction() as connection:
            return self.logs[topic].position() - self.tables.position(connection, f"chronicle/{topic}")

    def _fold(self, topic: str, progress: Progress) -> int:
        follower, done = f"chronicle/{topic}", 0
        with self.tables.transaction() as connection:
            position = self.tables.position(connection, follower)
        end = self.logs[topic].position()
        while batch := self.logs[topic].read(position, PAGE):
            done += len(batch)
            position = batch[-1][0]
            self._project(topic, [event for _, event in batch], follower, position)
            progress(topic, position, end)
        return done

    def _answer(self, topic: str) -> int:
        """Once all rows stand. Keeps its own position, so that no answer is lost when the process dies in between."""
        follower, done = f"reactions/{topic}", 0
        reactions = [
            (app, reaction)
            for app in self.apps.values()
            for reaction in app.service.reactions
            if reaction.follows.name == topic
        ]
        with self.tables.transaction() as connection:
            position = self.tables.position(connection, follower)
        while reactions and (batch := self.logs[topic].read(position, PAGE)):
            done += len(batch)
            position = batch[-1][0]
            for _, event in batch:
                if not event.actor.startswith(IMPORT_ACTOR_PREFIX):
                    for app, reaction in reactions:
                        run_reaction(app, reaction, event, self.tables)
            with self.tables.transaction() as connection:
                self.tables.set_position(connection, follower, position)
        return done

    def _project(self, topic: str, events: list[Recorded[Any]], follower: str, position: int) -> None:
        streams: dict[str, list[Recorded[Any]]] = defaultdict(list)
        for event in events:
            streams[event.stream].append(event)
        new = {stream for stream, batch in streams.items() if batch[0].version == 1}
        history = {
            stream: batch if stream in new else self.logs[topic].load_stream(stream, upto=batch[-1].version)
            for stream, batch in streams.items()
        }
        with self.tables.transaction() as connection:
            project_streams(self.tables, connection, topic, history, new)
            self.tables.set_position(connection, follower, position)

    def wait_until_idle(self) -> None:
        self.project_pending()

    def fill(self, progress: Progress = no_progress) -> None:
        self.rebuild(progress)

    def rebuild(self, progress: Progress = no_progress) -> dict[str, int]:
        """All rows anew from the logs, in one transaction: readers see the old rows until the new ones stand."""
        counts: dict[str, int] = {}
        with self._settling, self.tables.transaction() as connection:
            for topic, source in self.logs.items():
                end = source.position()
                done = 0
                for projection in projections_of(self.tables.projections.values(), topic):
                    self.tables.clear(connection, projection.name)
                    counts[projection.name] = 0
                for chunk in _chunks(source.iterate_streams(upto=end), 2000):
                    for projection in projections_of(self.tables.projections.values(), topic):
                        rows = {events[0].stream: fold_periods(projection, events) for events in chunk}
                        self.tables.store(connection, projection.name, rows, fresh=True)
                        counts[projection.name] += sum(map(len, rows.values()))
                    done += sum(map(len, chunk))
                    progress(topic, done, end)
                self.tables.set_position(connection, f"chronicle/{topic}", end)
        return counts


def _chunks(streams: Iterator[list[Recorded[Any]]], size: int) -> Iterator[list[list[Recorded[Any]]]]:
    while chunk := list(islice(streams, size)):
        yield chunk


def _take_lease(home: Path) -> IO[str]:
    """One writer per home. The lease goes with the process, however it ends."""
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
