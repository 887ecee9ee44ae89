"""Folders that are costly to make: one worker of a run builds each, all of them use it."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def run_folder(factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of this run, the same for all workers of pytest-xdist."""
    base = factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


def build_once(folder: Path, build: Callable[[Path], object]) -> Path:
    """Return the folder; build it first where it is not there. Other processes wait, and never see half of it."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            draft = folder.with_name(f"{folder.name}.new")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            build(draft)
            draft.rename(folder)
    return folder
