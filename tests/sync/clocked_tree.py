"""A province, a district and a ward that exchange files, each by a clock that the test sets."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import copy
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

import services.__main__
from services.appointment.events import Appointed
from services.bootstrap.http_app import create_http_app
from services.bootstrap.replicas import create_replica, open_site_replica
from services.bootstrap.services import open_embedded_ledger
from services.bootstrap.site_views import open_site_views
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.tenures.histories import list_holders
from services.chronicle.queries.units.subjects import list_units_below
from services.cli.context import Context
from services.organization.events import Kind, PostCreated, UnitEstablished
from services.personnel.events import Registered
from services.sync.bundles.reading import open_bundle
from services.sync.events import Received
from services.sync.exchange.receiving import Applied, apply_bundle
from services.sync.exchange.sending import BundleContents, make_bundle
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.status import SyncStatus, read_status
from shared.commands.command_handler import Origin
from shared.core.facts import Fact
from shared.core.partial_dates import Instant, PDate, civil_day
from shared.operations.settings import Settings
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.site_views import HERE, ViewChoice, describe_sites
from tests.sites.office import ENV, Office

SITES = {"tinh": "U-T", "huyen": "U-H", "px": "U-X"}
DAY = PDate("2020-01-01")
NOW = Instant("")
"""As known now."""


class ClockedTree:
    """Day 0 is the day after the sites were made, by the clock of this machine; `skew`: how far the clock of a site is
    ahead."""

    def __init__(self, folder: Path, units: dict[str, str] = SITES) -> None:
        self.folder, self.numbers = folder, 0
        self.skew: dict[str, timedelta] = {}
        offices = {site: Office(folder, site) for site in units}
        offices["tinh"].well(
            "init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root", "--unit", units["tinh"]
        )
        for site, parent in (("huyen", "tinh"), ("px", "huyen"), ("py", "huyen")):
            if site in units:
                ticket = str(folder / f"{site}.ticket")
                offices[parent].well("admit", offices[site].request("--unit", units[site]), "--out", ticket)
                offices[site].well("join", ticket)
        noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
        self._first = noon + timedelta(days=1)
        self.time = self._first

    def copy(self, folder: Path) -> "ClockedTree":
        """The same sites in another folder."""
        shutil.copytree(self.folder, folder)
        made = copy(self)
        made.folder, made.skew = folder, dict(self.skew)
        return made

    def back_up(self, site: str) -> None:
        """Copy the home of a site, which nobody has open."""
        shutil.copytree(self.folder / site, self.folder / f"{site}.backup")

    def restore(self, site: str) -> None:
        """Put the copy in the place of the home."""
        shutil.rmtree(self.folder / site)
        (self.folder / f"{site}.backup").rename(self.folder / site)

    def receipts(self, site: str) -> dict[str, Instant]:
        """By event id, when a site recorded each of its receipts."""
        with self.ledger(site) as ledger:
            page = ledger.logs["sync"].read(0, 1000)
            return {
                event.event_id: event.recorded_at for _, event in page if isinstance(event.fact, Received)
            }

    def on(self, day: float) -> Instant:
        """Noon of a day."""
        return _instant(self._first + timedelta(days=day))

    def go_to(self, day: float) -> None:
        self.time = self._first + timedelta(days=day)

    def now(self, site: str) -> Instant:
        """What the clock of a site says. Every look at it takes a millisecond."""
        self.time += timedelta(milliseconds=1)
        return _instant(self.time + self.skew.get(site, timedelta()))

    @contextmanager
    def ledger(self, site: str) -> Iterator[EmbeddedLedger]:
        settings = Settings(home=self.folder / site, site=site)
        with closing(open_embedded_ledger(settings, lambda: self.now(site))) as ledger:
            ledger.project_pending()
            yield ledger

    @contextmanager
    def replica(self, site: str) -> Iterator[SiteReplica]:
        create_replica(self.folder / site)
        settings = Settings(home=self.folder / site, site=site)
        with (
            self.ledger(site) as ledger,
            open_site_replica(settings, ledger, lambda: self.now(site)) as replica,
        ):
            yield replica

    def record(self, site: str, topic: str, stream: str, fact: Fact) -> str:
        """The event id of the fact."""
        with self.ledger(site) as ledger:
            [event, *_] = ledger.apps[topic].handle(stream, fact, Origin(actor="user:lan")).events
            ledger.project_pending()
            return event.event_id

    def register(self, site: str, *cadres: str) -> None:
        for cadre in cadres:
            self.record(site, "personnel", cadre, Registered(name=f"Cán bộ {cadre}", effective_from=DAY))

    def establish(self, site: str, unit: str, *posts: str, parent: str = "") -> None:
        self.record(
            site,
            "organization",
            unit,
            UnitEstablished(name=f"Đơn vị {unit}", kind=Kind.WARD, parent=parent, effective_from=DAY),
        )
        for post in posts:
            fact = PostCreated(unit=unit, title=f"Chức danh {post}", seats=100, effective_from=DAY)
            self.record(site, "organization", post, fact)

    def appoint(self, site: str, cadre: str, post: str, start: str = DAY) -> str:
        fact = Appointed(tenure=f"t-{cadre}", post=post, effective_from=PDate(start))
        return self.record(site, "appointment", cadre, fact)

    def make(self, site: str, to: str) -> bytes:
        self.numbers += 1
        file = BytesIO()
        with self.replica(site) as replica:
            make_bundle(replica, BundleContents(replica, to), to, self.numbers, file)
        return file.getvalue()

    def apply(self, site: str, file: bytes) -> Applied:
        with self.replica(site) as replica:
            bundle = open_bundle(BytesIO(file), site, replica.box_keys[0], replica.tree.present_keys())
            applied = apply_bundle(replica, bundle)
        assert applied.faults == ()
        return applied

    def carry(self, site: str, to: str) -> Applied:
        return self.apply(to, self.make(site, to))

    def synchronise(self) -> None:
        """Everything goes up, and what is decided above comes down."""
        for way in (("px", "huyen"), ("huyen", "tinh"), ("tinh", "huyen"), ("huyen", "px")):
            self.carry(*way)

    def status(self, site: str) -> SyncStatus:
        with self.replica(site) as replica:
            return read_status(replica)

    @contextmanager
    def client(self, site: str) -> Iterator[TestClient]:
        with self.ledger(site) as ledger:
            yield TestClient(create_http_app(ledger, lambda: self.now(site)))

    def holders(self, site: str, *known: Instant, choice: ViewChoice = HERE) -> list[bytes]:
        """Who holds the posts of unit U-X, as known at each of these instants, with what is said about sites, as the
        routes answer it."""
        with (
            self.ledger(site) as ledger,
            closing(open_site_views(ledger)) as views,
            views.connect(choice) as rows,
        ):
            answers = []
            for instant in known:
                known_at = instant or ledger.watermark()
                when = AsOf(civil_day("2026-01-01"), known_at)
                assert known_at <= ledger.watermark()
                lines = list_holders(rows, when, "U-X", "")
                said = describe_sites(views, choice, known_at, list_units_below(rows, "U-X", when))
                answers.append(msgspec.json.encode({"items": lines, **said}))
            return answers

    def cadre(self, site: str, *words: str) -> tuple[int, str, str]:
        """A command by the clock of the site."""
        env = ENV | {"CADRE_SITE": site, "LC_ALL": "C.UTF-8"}
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(services.__main__, "Context", lambda home: Context(home, lambda: self.now(site)))
            command = ["--home", str(self.folder / site), *words]
            done = CliRunner().invoke(services.__main__.application(), command, env=env)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    def told(self, site: str, *words: str) -> Any:
        """What a command says in JSON."""
        code, output, errors = self.cadre(site, *words, "--json")
        assert code == 0, errors
        return json.loads(output)


def _instant(time: datetime) -> Instant:
    return Instant(time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


def make_synchronised(folder: Path) -> ClockedTree:
    """Sites that have the same units, one post of the ward, and cadres."""
    made = ClockedTree(folder)
    made.establish("tinh", "U-T")
    made.establish("tinh", "U-H", parent="U-T")
    made.establish("tinh", "U-X", "P-X", parent="U-H")
    made.carry("tinh", "huyen")
    made.carry("huyen", "px")
    made.register("px", *(f"c{number}" for number in range(1, 11)))
    made.synchronise()
    return made
