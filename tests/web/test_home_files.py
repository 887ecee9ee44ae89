"""The home of a ledger is for its owner (repro perms; integrity 6): 0700, files 0600, also those made before."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.bootstrap.services import open_embedded_ledger
from services.organization.events import Kind, UnitEstablished
from shared.commands.command_handler import Origin
from shared.core.partial_dates import PDate
from shared.http.start_token import MIN_LENGTH, read_start_token, start_token
from shared.operations.home_files import restrict_home
from shared.operations.settings import load

UNIT = UnitEstablished(name="Xã", kind=Kind.COMMUNE, effective_from=PDate("2000"))


def open_to_others(home: Path) -> dict[str, str]:
    """Name and mode of everything in the home, itself included, that others may do something with."""
    modes = {str(path): path.stat().st_mode & 0o777 for path in (home, *home.rglob("*"))}
    return {path: f"{mode:o}" for path, mode in modes.items() if mode & 0o077}


def test_a_home_that_was_open_to_others_is_closed_when_it_is_opened(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for _ in range(2):
        ledger = open_embedded_ledger(load(home))
        ledger.apps["organization"].handle("a", UNIT, Origin(actor="local"))
        ledger.project_pending()
        assert any(name.suffix == ".db-wal" for name in home.iterdir())
        assert open_to_others(home) == {}
        ledger.close()
        (home / "trees").mkdir(exist_ok=True)
        (home / "trees" / "organization").write_text("")
        home.chmod(0o755)
        for path in home.rglob("*"):
            path.chmod(0o777 if path.is_dir() else 0o666)
    load(home)
    assert open_to_others(home) == {}


def test_what_is_not_ours_keeps_its_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger may be put into a folder with other files, into the folder of a user, or into /tmp."""
    other, key = tmp_path / "photo.jpg", tmp_path / "signing.key"
    for file in (other, key):
        file.write_text("")
        file.chmod(0o644)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    elsewhere.chmod(0o644)
    (tmp_path / "chronicle.db").symlink_to(elsewhere)
    tmp_path.chmod(0o1777)
    restrict_home(tmp_path)
    assert tmp_path.stat().st_mode & 0o7777 == 0o1777
    assert all(file.stat().st_mode & 0o777 == 0o644 for file in (other, key, elsewhere))
    monkeypatch.setenv("HOME", str(tmp_path))
    tmp_path.chmod(0o755)
    restrict_home(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_what_a_command_writes_is_for_its_user(tmp_path: Path) -> None:
    """Whatever the umask of the shell is: the home, and an archive beside it."""
    home, archive = tmp_path / "home", tmp_path / "archive"
    ledger = open_embedded_ledger(load(home))
    ledger.apps["organization"].handle("a", UNIT, Origin(actor="local"))
    ledger.close()
    for words in (("audit", "seal"), ("audit", "export", str(archive))):
        script = "import os; os.umask(0); from services.__main__ import main; main()"
        command = [sys.executable, "-c", script, "--home", str(home), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
    assert list(archive.rglob("*.ndjson"))
    assert open_to_others(home) == {}
    assert open_to_others(archive) == {}


def test_the_start_token_is_made_once_and_anew_when_its_file_is_gone(tmp_path: Path) -> None:
    assert read_start_token(tmp_path) == ""
    first = start_token(tmp_path)
    assert len(first) >= MIN_LENGTH
    assert start_token(tmp_path) == read_start_token(tmp_path) == first
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    (tmp_path / "token").unlink()
    assert start_token(tmp_path) != first
    (tmp_path / "token").write_text("short")
    assert len(start_token(tmp_path)) >= MIN_LENGTH
