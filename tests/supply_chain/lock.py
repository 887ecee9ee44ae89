"""The libraries in a lock: exactly what is installed with the product."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.txt"
_PINNED = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?P<rest>[^\\]*)"
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Library(NamedTuple):
    """A library, its version, and the hashes of the files of it that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]
    marker: str = ""
    """On which systems it is installed; empty: on all."""

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{re.sub(r'[-_.]+', '-', self.name).lower()}@{self.version}"


def read_lock(path: Path = LOCK) -> list[Library]:
    """All libraries, in order. ValueError where one has no hash, so that any file would be taken for it."""
    found = []
    for entry in re.split(r"\n(?=[A-Za-z0-9])", "\n" + path.read_text(encoding="utf-8")):
        if match := _PINNED.match(entry.strip()):
            library = Library(
                match["name"], match["version"], tuple(_HASH.findall(entry)), match["rest"].strip(" ;\n")
            )
            if not library.hashes:
                raise ValueError(f"{library.name} has no hash in {path.name}")
            found.append(library)
    if not found:
        raise ValueError(f"{path.name} names no library")
    return found
