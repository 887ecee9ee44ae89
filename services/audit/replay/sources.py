"""Events from elsewhere, an archive or the topics of a broker, as logs of their own: replayed as the store is."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from services.audit.replay.worker import Source
from shared.core.facts import Topic
from shared.eventlog.event_log import EventLog
from shared.eventlog.log_writer import GENESIS
from shared.eventlog.recorders.bulk_loader import BulkLoader
from shared.runtime.ledger import Progress, no_progress

_PAGE = 10_000
Records = Callable[[str], Iterable[tuple[str, bytes]]]
"""Stream and stored bytes of every record of a topic, in any order, some of them perhaps twice."""


class NotHere(Exception):
    """What was named does not hold a log of this ledger, or not all of it."""


class Place(msgspec.Struct, gc=False):
    """All that is read of an event to file it; whether the rest can be read is for the replay to say."""

    stream: str
    version: int


def read_archive(archive: Path, source: Source, folder: Path, progress: Progress = no_progress) -> None:
    """The events of an archive as logs in `folder`. `verify.py` judges the archive; this only reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, log in source.logs.items():
        file = archive / "logs" / f"{name}.ndjson"
        if not file.exists():
            raise NotHere(f"{file} is missing")
        with file.open("rb") as lines:
            _fill(folder, log, (line.rstrip(b"\n") for line in lines), progress)


def read_topics(records: Records, source: Source, folder: Path, progress: Progress = no_progress) -> None:
    """What topics hold as logs in `folder`: in the order of the log, repeats dropped. An event that is missing leaves
    a hole in the sequence numbers, which the replay reports. Raises NotHere where one place is taken by two events, or
    the last events of a log are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, log in source.logs.items():
        with Sorting(folder / f"{name}.sort", log.topic) as sorting:
            told = iter(records(name))
            while page := list(islice(told, _PAGE)):
                sorting.add([state for _, state in page])
                progress(f"{name}: from the broker", sorting.count, sorting.count)
            last = source.logs[name].read(source.logs[name].position() - 1, 1)
            if last and last[0][1].lamport > sorting.last:
                raise NotHere(
                    f"the topic {name} ends before the log does: {sorting.count} of {last[0][0]} events"
                )
            _fill(folder, log, sorting.states(), progress)


class Sorting:
    """Events in the order of their log, on the disk. A log counts its lamport time up, over all of its epochs."""

    def __init__(self, path: Path, topic: Topic[Any]) -> None:
        self._path, self._topic = path, topic
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("CREATE TABLE events (lamport INTEGER PRIMARY KEY, state BLOB)")
        self.count, self.last = 0, 0

    def __enter__(self) -> "Sorting":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._path.unlink()

    def add(self, states: list[bytes]) -> None:
        execute = self._connection.execute
        execute("BEGIN")
        for state in states:
            lamport = self._topic.decode(state).lamport
            if execute("INSERT OR IGNORE INTO events VALUES (?, ?)", (lamport, state)).rowcount:
                self.count += 1
                self.last = max(self.last, lamport)
            elif execute("SELECT state FROM events WHERE lamport = ?", (lamport,)).fetchone()[0] != state:
                raise NotHere(f"two events of the topic {self._topic.name} claim place {lamport}")
        execute("COMMIT")

    def states(self) -> Iterator[bytes]:
        for (state,) in self._connection.execute("SELECT state FROM events ORDER BY lamport"):
            yield state


def _fill(folder: Path, log: EventLog[Any], states: Iterator[bytes], progress: Progress) -> None:
    """A log of the same topic and site in `folder`."""
    pen = BulkLoader(folder / f"{log.topic.name}.db", "elsewhere", log.site)
    pen.write(_rows(states, log.topic.name, progress))
    pen.close()


def _rows(states: Iterator[bytes], name: str, progress: Progress) -> Iterator[tuple[Any, ...]]:
    chain, place = GENESIS, msgspec.json.Decoder(Place).decode
    for position, state in enumerate(states, start=1):
        chain = sha256(chain + state).digest()
        at = place(state)
        yield position, at.stream, at.version, "", state, chain
        if position % _PAGE == 0:
            progress(f"{name}: reading", position, position)
