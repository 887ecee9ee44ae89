"""A site whose signing key somebody else has too, and the commands with which the site above takes it away."""

import json
import shutil
from pathlib import Path

from services.sites.events import LogHead
from tests.sync.cloned_sites import LiveTree


def write_heads(tree: LiveTree, site: str) -> Path:
    """The last entries of the logs of a site, as it says itself."""
    code, heads, errors = tree.cadre(site, "site", "heads")
    assert code == 0, errors
    file = tree.folder / f"{site}.heads"
    file.write_text(heads, encoding="utf-8")
    return file


def ask_for_new_key(tree: LiveTree, site: str) -> Path:
    """The request of a site for new keys; the old ones are moved away."""
    home, request = tree.sites[site].home, tree.folder / f"{site}.request"
    for file in ("signing.key", "box.key"):
        shutil.move(home / file, tree.folder / f"{site} {file}")
    request.unlink(missing_ok=True)
    words = ("init", "--name", f"Site {site}", "--level", "COMMUNE", "--out", str(request))
    code, _, errors = tree.cadre(site, "site", *words)
    assert code == 0, errors
    return request


def revoke_key(tree: LiveTree, above: str, site: str, request: Path, trusted: Path | None = None) -> str:
    """The site above states the new keys. Returns what it says on standard error."""
    words = ("key", site, "--request", str(request), "--reason", "mất khóa")
    more = ("--trusted", str(trusted)) if trusted else ()
    code, _, errors = tree.cadre(above, "site", *words, *more)
    assert code == 0, errors
    return errors


def join_again(tree: LiveTree, above: str, site: str, request: Path) -> None:
    """The site goes on with its new keys."""
    ticket = tree.folder / f"{site}-again.ticket"
    code, _, errors = tree.cadre(above, "site", "admit", str(request), "--out", str(ticket))
    assert code == 0, errors
    code, _, errors = tree.cadre(site, "site", "join", str(ticket))
    assert code == 0, errors


def read_heads(file: Path) -> list[LogHead]:
    return [LogHead(**each) for each in json.loads(file.read_text(encoding="utf-8"))]
