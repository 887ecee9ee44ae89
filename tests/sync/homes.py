"""Sites with homes of their own, at several levels, that exchange facts in files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.sites.office import Office
from tests.sync.test_exchange_by_file import Tree


class Homes(Tree):
    """`parents`: below whom each site stands, those above first; `tinh` is the top. Homes that are in the folder
    already, such as copies, are used as they are."""

    def __init__(self, folder: Path, parents: Mapping[str, str]) -> None:
        self.folder, self.files = folder, 0
        self.sites = ("tinh", *parents)
        self.offices = {site: Office(folder, site) for site in self.sites}
        if not (folder / "tinh").exists():
            self.offices["tinh"].well("init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root")
            for site, parent in parents.items():
                self.offices[site].join_below(self.offices[parent])

    def status(self, site: str) -> Any:
        return self.told(site, "sync", "status")

    def own(self, site: str) -> tuple[int, int, int]:
        own = self.status(site)["own"]
        return own["recorded"], own["sent"], own["delivered"]

    def origin(self, at: str, origin: str) -> Any:
        """How one site stands with another."""
        [line] = [each for each in self.status(at)["origins"] if each["origin"] == origin]
        return line

    def refused(self, site: str, *words: str) -> str:
        """What is said on standard error by a command that is refused."""
        code, _, errors = self.cadre(site, *words)
        assert code in (1, 2), errors
        return errors

    def bytes_of(self, site: str) -> dict[str, bytes]:
        """The database files of a home, journals included where one is left."""
        return {file.name: file.read_bytes() for file in (self.folder / site).glob("*.db")}
