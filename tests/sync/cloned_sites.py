"""A tree of sites with open ledgers, one of which is resumed twice from one machine image."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from typer.testing import CliRunner

from services.__main__ import application
from services.sync.exchange.status import SyncStatus, read_status
from shared.core.partial_dates import Instant
from tests.sites.office import ENV, Office
from tests.sync.test_random_exchanges import LiveSite

PARENTS = {"huyen": "tinh", "px": "huyen", "py": "huyen"}
KNOWN_AT = "SELECT stream, name FROM cadres WHERE known_from <= :at AND known_to > :at ORDER BY 1, 2"


@cache
def _made_tree() -> TemporaryDirectory[str]:
    """Homes of a province, a district and two wards that have joined one tree, to be copied."""
    made = TemporaryDirectory(prefix="cadre-tree-")
    offices = {site: Office(Path(made.name), site) for site in ("tinh", *PARENTS)}
    offices["tinh"].well("init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root")
    for site, parent in PARENTS.items():
        offices[site].join_below(offices[parent])
    return made


def made_tree(folder: Path) -> Path:
    """A copy of the homes of all sites of the tree, none of them open. Returns the folder."""
    return Path(shutil.copytree(_made_tree().name, folder))


class LiveTree:
    """A province, a district and a ward, and another ward once it is opened; `files`: bundles between them so far."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder, 0
        self.sites: dict[str, LiveSite] = {}
        for site in ("tinh", "huyen", "px"):
            self.open(site)

    def open(self, site: str) -> LiveSite:
        """A site as it joined the tree."""
        shutil.copytree(Path(_made_tree().name) / site, self.folder / site)
        self.sites[site] = LiveSite(self.folder, site)
        return self.sites[site]

    def carry(self, giver: LiveSite, taker: LiveSite) -> Path:
        """One bundle from a site to another."""
        self.files += 1
        file = self.folder / f"{self.files}.cadre"
        giver.make(taker.site, file)
        taker.apply(file)
        return file

    def round(self, *more: LiveSite) -> None:
        """Bundles up along every line and down again. `more`: further copies of the ward, each answered by itself."""
        tinh, huyen, px = (self.sites[name] for name in ("tinh", "huyen", "px"))
        for ward in (px, *more):
            self.carry(ward, huyen)
        self.carry(huyen, tinh)
        self.carry(tinh, huyen)
        for ward in (px, *more):
            self.carry(ward, huyen)
            self.carry(huyen, ward)

    def cadre(self, site: str, *words: str, user: str = "lan") -> tuple[int, str, str]:
        """A command at a site, whose ledger is closed meanwhile."""
        live = self.sites[site]
        live.close()
        try:
            env = ENV | {"CADRE_SITE": site, "LC_ALL": "C.UTF-8", "USER": user}
            done = CliRunner().invoke(application(), ["--home", str(live.home), *words], env=env)
            assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
            return done.exit_code, done.stdout, done.stderr
        finally:
            live.open()

    def resume_twice(self, site: str) -> LiveSite:
        """A second machine that goes on from the image of a running site, its memory included: in the same epoch."""
        return self.sites[site].resume_twice(self.folder / f"second machine {self.files}")


@contextmanager
def live_tree(folder: Path) -> Iterator[LiveTree]:
    tree = LiveTree(folder)
    try:
        yield tree
    finally:
        for site in tree.sites.values():
            site.close()


def status(site: LiveSite) -> SyncStatus:
    return read_status(site.replica)


def alarms(site: LiveSite) -> list[str]:
    return [alarm.text for alarm in status(site).alarms]


def known_at(site: LiveSite, instant: Instant) -> list[tuple[str, str]]:
    """The cadres as they were known at an instant: (id, name)."""
    with site.ledger.tables.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(KNOWN_AT, {"at": instant})]
