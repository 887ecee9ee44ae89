"""Keeps the home of a ledger to its owner: the folder 0700, what the program makes in it 0600."""

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
)
"""Names of the files that the program makes in a home. The signing key is not among them: one that others could read
is refused, because it may have been read."""
OWN_FOLDERS = ("trees",)
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
