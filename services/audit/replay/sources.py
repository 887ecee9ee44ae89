"""Reads events from an archive or from the topics of a broker into logs of their own, to replay them."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

import msgspec

from services.audit.replay.worker import ReplaySource
from shared.contract.counting_notices import is_notice
from shared.core.facts import F, Topic
from shared.eventlog.event_log import EventLog
from shared.eventlog.log_writer import GENESIS
from shared.eventlog.recorders.bulk_loader import BulkLoader
from shared.runtime.ledger import Progress, no_progress

_PAGE = 10_000
RecordReader = Callable[[str], Iterable[tuple[str, bytes]]]
"""Reads stream and stored bytes of every record of a topic, in any order, some of them perhaps twice."""


class IncompleteSource(Exception):
    """The source does not hold a log of this ledger, or not all of it."""


class StreamVersion(msgspec.Struct, gc=False):
    """The stream and version of a stored event, the only fields needed to file it."""

    stream: str
    version: int


def read_archive(archive: Path, source: ReplaySource, folder: Path, progress: Progress = no_progress) -> None:
    """Read the events of an archive into logs in `folder`. Verifying the archive is the task of `verify.py`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, log in source.logs.items():
        file = archive / "logs" / f"{name}.ndjson"
        if not file.exists():
            raise IncompleteSource(f"{file} is missing")
        with file.open("rb") as lines:
            _fill(folder, log, (line.rstrip(b"\n") for line in lines), progress)


def read_topics(
    records: RecordReader, source: ReplaySource, folder: Path, progress: Progress = no_progress
) -> None:
    """Read the contents of topics into logs in `folder`: in the order of the log, repeats dropped.

    A missing event leaves a hole in the sequence numbers, which the replay reports. Raises IncompleteSource
    where two events of one site claim one Lamport time, or the last events of a log are missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, log in source.logs.items():
        with EventSorter(folder / f"{name}.sort", log.topic) as sorting:
            records_of_topic = iter(records(name))
            while page := list(islice(records_of_topic, _PAGE)):
                sorting.add([state for _, state in page if not is_notice(state)])
                progress(f"{name}: from the broker", sorting.count, sorting.count)
            for position, last in source.logs[name].read(source.logs[name].position() - 1, 1):
                if last.lamport > sorting.last.get(last.site, 0):
                    raise IncompleteSource(
                        f"the topic {name} ends before the log does: {sorting.count} of {position} events"
                    )
            _fill(folder, log, sorting.states(), progress)


class EventSorter:
    """Sorts the events of a topic on disk in total order. Lamport time grows along the log of one site over all of its
    epochs; sites that did not know of each other may have given the same."""

    def __init__(self, path: Path, topic: Topic[F]) -> None:
        self._path, self._topic = path, topic
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute(
            "CREATE TABLE events (lamport INTEGER, site TEXT, state BLOB, PRIMARY KEY (lamport, site))"
        )
        self.count = 0
        self.last: dict[str, int] = {}
        """The highest Lamport time of each site."""

    def __enter__(self) -> "EventSorter":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._path.unlink()

    def add(self, states: list[bytes]) -> None:
        execute = self._connection.execute
        execute("BEGIN")
        for state in states:
            event = self._topic.decode(state)
            place = event.lamport, event.site
            if execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?)", (*place, state)).rowcount:
                self.count += 1
                self.last[event.site] = max(self.last.get(event.site, 0), event.lamport)
            elif execute("SELECT state FROM events WHERE lamport = ? AND site = ?", place).fetchone() != (
                state,
            ):
                raise IncompleteSource(
                    f"two events of the topic {self._topic.name} claim place {event.lamport} of site {event.site}"
                )
        execute("COMMIT")

    def states(self) -> Iterator[bytes]:
        for (state,) in self._connection.execute("SELECT state FROM events ORDER BY lamport, site"):
            yield state


def _fill(folder: Path, log: EventLog[F], states: Iterator[bytes], progress: Progress) -> None:
    """Write a log of the same topic and site in `folder`."""
    loader = BulkLoader(folder / f"{log.topic.name}.db", "elsewhere", log.site)
    loader.write(_rows(states, log.topic.name, progress))
    loader.close()


def _rows(
    states: Iterator[bytes], name: str, progress: Progress
) -> Iterator[tuple[int, str, int, str, bytes, bytes]]:
    chain, decode_position = GENESIS, msgspec.json.Decoder(StreamVersion).decode
    for position, state in enumerate(states, start=1):
        chain = sha256(chain + state).digest()
        at = decode_position(state)
        yield position, at.stream, at.version, "", state, chain
        if position % _PAGE == 0:
            progress(f"{name}: reading", position, position)
