"""An archive read back into logs of their own, so that it can be replayed as the store is."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from services.audit.replaying.working import Source, copied
from shared.runtime import Progress, quiet
from shared.scribe import GENESIS

PAGE = 10_000


class NotHere(Exception):
    """The archive does not hold a log of this ledger."""


def read_archive(archive: Path, source: Source, folder: Path, progress: Progress = quiet) -> None:
    """The events of an archive as logs in `folder`. `verify.py` judges the archive; this only reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, log in copied(source, folder).items():
        file = archive / "logs" / f"{name}.ndjson"
        if not file.exists():
            raise NotHere(f"{file} is missing")
        pen = log.shelf.pen()
        number, _ = pen.open_epoch("archive", log.site)
        rows = _rows(file, log.topic)
        done = 0
        while page := list(islice(rows, PAGE)):
            pen.write([], page, number)
            done += len(page)
            progress(f"{name}: reading", done, done)
        pen.close()
        log.close()


def _rows(file: Path, topic: Any) -> Iterator[tuple[Any, ...]]:
    chain = GENESIS
    with file.open("rb") as lines:
        for position, line in enumerate(lines, start=1):
            state = line.rstrip(b"\n")
            chain = sha256(chain + state).digest()
            event = topic.decode(state)
            yield (position, event.stream, event.version, topic.tag(event.fact), state, chain)
