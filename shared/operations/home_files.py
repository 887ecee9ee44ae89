"""Keeps the home of a ledger to its owner: the folder 0700, what the program makes in it 0600."""

import os
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE, S_ISVTX

OWN_FILES = (
    "*.db",
    "*.db-*",
    "lease",
    "lease.address",
    "site.json",
    "closed.json",
    "clock.json",
    "clean-stop.json",
    "unfinished-corrections.json",
    "*.damaged",
    "token",
    "replay.ndjson",
    "site-ticket.note",
    "earlier-box.keys",
)
"""Names of the files that the program makes in a home. The signing key is not among them: one that others could read
is refused, because it may have been read."""
OWN_FOLDERS = ("trees", "tickets", "handovers")
OTHERS = 0o077


def restrict_home(home: Path) -> None:
    """Take from everybody but the owner what they may do with the home and the program's files in it, also where an
    earlier version made them. What belongs to somebody else, or cannot be changed, is left as it is."""
    if not _is_shared(home):
        _restrict(home)
    for pattern in OWN_FILES:
        for file in home.glob(pattern):
            _restrict(file)
    for name in OWN_FOLDERS:
        for path in (home / name, *(home / name).rglob("*")):
            _restrict(path)


def _is_shared(home: Path) -> bool:
    """Whether the folder is one of the system, such as /tmp, or holds the folder of a user."""
    return bool(home.stat().st_mode & S_ISVTX) or home in (Path.home(), *Path.home().parents)


def _restrict(path: Path) -> None:
    with suppress(OSError):
        mode = S_IMODE(path.stat(follow_symlinks=False).st_mode)
        if mode & OTHERS and not path.is_symlink():
            path.chmod(mode & ~OTHERS)


def write_own_file(file: Path, text: str, keep: bool = False) -> None:
    """Make a file that only its owner may read, or replace it: after a crash it has the new text or the old one.
    `keep`: one that another process has made meanwhile stays."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    if keep and file.exists():
        draft.unlink()
        return
    draft.replace(file)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """What a folder names is on disk too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
