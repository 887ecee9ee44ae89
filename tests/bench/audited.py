"""A generated ledger for measuring audits, in files, on PostgreSQL and as an archive; and the library's own store."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from services.audit.archive import export_archive
from services.audit.sealing import Seals, load_signing_key
from services.bootstrap.services import open_embedded_ledger
from services.loadgen import generate_history
from shared.core.clock import system_clock
from shared.core.facts import Recorded
from shared.operations.settings import Settings, load
from shared.runtime.embedded import EmbeddedLedger

SEED = 7
COLUMNS = "notification_id, originator_id, originator_version, topic, state, chain"


def settings(home: Path, database: str = "") -> Settings:
    return load(home, {"CADRE_DATABASE": database})


def looking(home: Path, database: str = "") -> EmbeddedLedger:
    """For each process of a replay."""
    return open_embedded_ledger(settings(home, database), writes=False)


def seals(ledger: EmbeddedLedger, home: Path) -> Seals:
    return Seals(ledger.logs, home / "trees", settings(home).site)


def build(home: Path, events: int) -> None:
    """Logs of the real shape in files, and their rows."""
    generate_history(home, events, SEED)
    ledger = open_embedded_ledger(settings(home))
    ledger.rebuild()
    ledger.close()


def build_on(database: str, files: Path, home: Path) -> None:
    """The same logs on PostgreSQL, and their rows. Keys stay in a home of their own."""
    home.mkdir()
    for name in ("site.json", "keys.db"):
        shutil.copy(files / name, home / name)
    ledger = open_embedded_ledger(settings(home, database))
    source = looking(files)
    with psycopg.connect(database) as connection:
        for name, log in source.logs.items():
            into = f"COPY {name}.stored_events ({COLUMNS}) FROM STDIN"
            with connection.cursor() as cursor, cursor.copy(into.encode()) as copy:
                position = 0
                while page := log.read_stored(position, 5000):
                    chains = log.read_chained(position, 5000)
                    for (at, stream, tag, state), (_, _, chain) in zip(page, chains, strict=True):
                        copy.write_row((at, stream, _version(state), tag, state, chain))
                    position = page[-1][0]
    source.close()
    ledger.rebuild()
    ledger.close()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


class _Version(msgspec.Struct):
    version: int


def _version(state: bytes) -> int:
    return msgspec.json.decode(state, type=_Version).version


def build_archive(home: Path, folder: Path) -> None:
    ledger = looking(home)
    kept = seals(ledger, home)
    export_archive(kept, load_signing_key(home, kept.site, {}), folder, system_clock())
    kept.close()
    ledger.close()


class Life(Aggregate):
    """The same facts as the library keeps them."""

    @event("Opened")
    def __init__(self, stream: str) -> None:
        self.stream = stream

    @event("Told")
    def told(self, recorded: dict[str, Any]) -> None:
        pass


def library(home: Path, file: Path) -> Application[Any]:
    app: Application[Any] = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(file)}
    )
    for events in _streams(home):
        life = Life(events[0].stream)
        for each in events:
            life.told(msgspec.to_builtins(each))
        app.save(life)
    return app


def _streams(home: Path) -> Iterator[list[Recorded[Any]]]:
    ledger = looking(home)
    for log in ledger.logs.values():
        yield from log.iterate_streams()
    ledger.close()


def unverified(app: Application[Any], page: int) -> int:
    """The library reads, decodes, and the least fold makes of it who holds what. Returns the events."""
    start, events = 1, 0
    held: dict[str, tuple[str, str, str]] = {}
    while found := app.recorder.select_notifications(start, page):
        for notification in found:
            told: Any = app.mapper.to_domain_event(notification)
            if type(told) is Life.ConsumedEvent:  # type: ignore[attr-defined]  # made by the decorator
                events += 1
                fact = told.recorded["fact"]
                if fact["type"] == "appointment.appointed":
                    held[fact["tenure"]] = (fact["post"], fact.get("effective_from", ""), "")
                elif fact["type"] == "appointment.tenure-ended" and (row := held.get(fact["tenure"])):
                    held[fact["tenure"]] = (row[0], row[1], fact.get("effective_from", ""))
        start = int(found[-1].id) + 1
    return events
