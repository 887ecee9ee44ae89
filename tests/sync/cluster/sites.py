"""A site that is a cluster, and one that is a folder, with their commands."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap import db_roles
from services.bootstrap.cluster import create_stores, open_cluster_ledger
from services.bootstrap.replicas import open_site_replica
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import CADRES
from services.personnel.events import ProfileAmended, Registered
from services.sync.exchange.site_replica import SiteReplica
from shared.commands.command_handler import Origin
from shared.core.clock import system_clock
from shared.core.facts import Corrected
from shared.core.partial_dates import Instant, PDate
from shared.messaging.gap_filler import GapFiller
from shared.operations.integrity_check import check_integrity
from shared.operations.settings import ClusterSettings, Settings
from shared.readmodel.row_digests import digest_rows
from shared.runtime.cluster import ClusterLedger
from shared.runtime.ledger import Ledger
from tests.sites.office import ENV

DAY = PDate("2026-01-01")


class Site:
    """A home and the commands that are given there. `env`: more than the id of the site."""

    def __init__(self, folder: Path, site: str, env: Mapping[str, str]) -> None:
        self.folder, self.site, self.home = folder, site, folder / site
        self.env = ENV | {"CADRE_SITE": site, "CADRE_HOME": str(self.home)} | dict(env)
        self.files = 0

    def cadre(self, *words: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(application(), list(words), env=self.env)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    def well(self, *words: str) -> str:
        code, output, errors = self.cadre(*words)
        assert code == 0, errors
        return output

    def told(self, *words: str) -> Any:
        return json.loads(self.well(*words, "--json"))

    def join_below(self, parent: "Site") -> None:
        request, ticket = self.folder / f"{self.site}.request", self.folder / f"{self.site}.ticket"
        self.well("site", "init", "--name", self.site, "--level", "COMMUNE", "--out", str(request))
        parent.well("site", "admit", str(request), "--out", str(ticket))
        self.well("site", "join", str(ticket))

    def make(self, to: "Site") -> Path:
        self.files += 1
        file = self.folder / f"{self.site}-{self.files}.cadre"
        self.well("bundle", "make", "--for", to.site, "--out", str(file))
        return file

    def apply(self, file: Path) -> Any:
        return self.told("bundle", "apply", str(file))

    def carry(self, to: "Site") -> Any:
        return to.apply(self.make(to))


def register(ledger: Ledger, person: str, name: str) -> None:
    fact = Registered(name=name, effective_from=DAY)
    ledger.apps["personnel"].handle(person, fact, Origin(actor="user:lan"))


def rename(ledger: Ledger, person: str, name: str) -> str:
    """The ETag of the answer."""
    fact = ProfileAmended(name=name, effective_from=DAY)
    return ledger.apps["personnel"].handle(person, fact, Origin(actor="user:lan")).etag


def void(ledger: Ledger, person: str) -> None:
    """Take back the first fact about a person, whoever recorded it."""
    app = ledger.apps["personnel"]
    correction = Corrected(target=app.union.load_stream(person)[0].event_id, mode="VOID", reason="nhầm")
    app.correct(person, correction, Origin(actor="user:lan"))


def names(ledger: Ledger) -> dict[str, str]:
    return {row.cadre_id: row.name for row in ledger.tables.rows(CADRES)}


class Ward(Site):
    """A site in one process, with files in its home or logs in a database."""

    def __init__(self, folder: Path, site: str, database: str = "") -> None:
        super().__init__(folder, site, {"CADRE_DATABASE": database})
        self.database = database

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        settings = Settings(home=self.home, site=self.site, database=self.database)
        with closing(open_embedded_ledger(settings)) as ledger:
            yield ledger
            ledger.project_pending()


class ClusterOffice(Site):
    """A cluster whose database is here. Commands are given as the operator, and those that exchange facts as the role
    of the importer."""

    def __init__(self, folder: Path, site: str, database: str, kafka: str = "127.0.0.1:9") -> None:
        super().__init__(folder, site, {"CADRE_KAFKA": kafka})
        self.database, self.kafka = database, kafka
        self._ledgers: dict[str, ClusterLedger] = {}

    def migrate(self) -> None:
        """The administrator makes tables and roles."""
        create_stores(self.settings(), dict.fromkeys(db_roles.roles(), "p" * 32))

    def settings(self, role: str = "") -> ClusterSettings:
        return ClusterSettings(database=self.address(role), kafka=self.kafka, site=self.site)

    def address(self, role: str = "") -> str:
        if not role:
            return self.database
        return f"postgresql://{role}:{'p' * 32}@{self.database.rpartition('@')[2]}"

    def environment(self, role: str) -> dict[str, str]:
        return self.env | {"CADRE_DATABASE": self.address(role)}

    def cadre(self, *words: str) -> tuple[int, str, str]:
        role = db_roles.IMPORTER if words[0] in ("bundle", "sync") else db_roles.OPERATOR
        self.env["CADRE_DATABASE"] = self.address(role)
        return super().cadre(*words)

    @contextmanager
    def ledger(self, role: str = "") -> Iterator[ClusterLedger]:
        """As a process with this role has it, or the administrator. It stays open."""
        if role not in self._ledgers:
            self._ledgers[role] = open_cluster_ledger(self.settings(role))
        yield self._ledgers[role]

    def close(self) -> None:
        for ledger in self._ledgers.values():
            ledger.close()

    @contextmanager
    def replica(self) -> Iterator[SiteReplica]:
        with self.ledger(db_roles.IMPORTER) as ledger:
            settings = Settings(home=self.home, site=self.site)
            with open_site_replica(settings, ledger, system_clock) as replica:
                yield replica

    def follow(self) -> None:
        """What the workers do, where Kafka brings nothing."""
        with self.ledger(db_roles.READER) as ledger:
            for log in ledger.logs.values():
                GapFiller(log, ledger.inbox).backfill(log.position())
            while not ledger.has_foreign_rows():
                ledger.foreign_projector().poll()

    def names(self) -> dict[str, str]:
        with self.ledger(db_roles.READER) as ledger:
            return names(ledger)

    def names_known(self, at: Instant) -> dict[str, str]:
        """What was known at an instant, of all days."""
        query = SQL("SELECT cadre_id, name FROM chronicle.{} WHERE known_from <= %s AND %s < known_to")
        with psycopg.connect(self.database) as connection:
            return dict(connection.execute(query.format(Identifier(CADRES.name)), (at, at)).fetchall())

    def watermark(self) -> Instant:
        with self.ledger(db_roles.READER) as ledger:
            return ledger.watermark()


def check_well(city: ClusterOffice) -> None:
    """Every row follows from the facts, and a rebuild makes the same rows."""
    city.follow()
    with city.ledger() as ledger:
        report = check_integrity(
            ledger.logs,
            ledger.tables,
            ledger.inbox,
            damages=ledger.foreign.find_damage(),
            foreign=ledger.foreign,
        )
        assert report.complaints == []
        before = digest_rows(ledger.tables)
        ledger.rebuild()
        assert digest_rows(ledger.tables) == before
