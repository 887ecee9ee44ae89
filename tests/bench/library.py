"""Our reads and writes of a log beside those of the eventsourcing library's recorder, on the same file or schema.

    python -m tests.bench.library

Prints a Markdown table of medians. The recorder stores and returns bare rows: no chain, no epochs, no idempotency keys.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from shared.core.clock import system_clock
from shared.eventlog.event_log import EventLog
from shared.eventlog.key_store import KeyStore
from tests.bench.measure import rounds
from tests.engines.servers import postgres
from tests.kernel.toy import append_request, note, topic

STREAMS, EACH, PAGE, ROUNDS = 6_000, 5, 1_000, 7
SINGLE, CALLERS = 400, 8


def timed(work: Callable[[], int]) -> Callable[[], float]:
    """A cell: how many a second."""

    def cell() -> float:
        started = perf_counter()
        return work() / (perf_counter() - started)

    return cell


def reads(log: EventLog[Any], recorder: ApplicationRecorder) -> dict[str, Callable[[], float]]:
    """Cells `ours …` and `library …` for a whole log in pages, and for 500 streams one by one."""
    streams = [f"stream {number}" for number in range(0, STREAMS, STREAMS // 500)]

    def pages_ours() -> int:
        position = events = 0
        while page := log.read_stored(position, PAGE):
            position, events = page[-1][0], events + len(page)
        return events

    def pages_library() -> int:
        position = events = 0
        while page := recorder.select_notifications(position, PAGE, inclusive_of_start=False):
            position, events = int(page[-1].id), events + len(page)
        return events

    state = log.storage.bytes_format.format("state")
    select = f"SELECT {state} FROM stored_events WHERE originator_id = ? ORDER BY originator_version"
    return {
        "ours, whole log in pages": timed(pages_ours),
        "library, whole log in pages": timed(pages_library),
        "ours, one stream": timed(lambda: sum(len(log.storage.select(select, (each,))) for each in streams)),
        "library, one stream": timed(lambda: sum(len(recorder.select_events(each)) for each in streams)),
    }


def writes(log: EventLog[Any], recorder: ApplicationRecorder, state: bytes) -> dict[str, Callable[[], float]]:
    """Cells for one durable event after another, and for several callers at once. Ours are chained and fenced."""

    def stored() -> StoredEvent:
        return StoredEvent(str(uuid4()), 1, "toy.noted", state)

    def alone(append: Callable[[], object]) -> int:
        for _ in range(SINGLE):
            append()
        return SINGLE

    def together(append: Callable[[], object]) -> int:
        with ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(lambda _: append(), range(SINGLE)))
        return SINGLE

    def one_ours() -> object:
        return log.append(append_request(str(uuid4()), 0, note()))

    def one_library() -> object:
        return recorder.insert_events([stored()])

    return {
        "ours, one caller": timed(lambda: alone(one_ours)),
        "library, one caller": timed(lambda: alone(one_library)),
        f"ours, {CALLERS} callers at once": timed(lambda: together(one_ours)),
        f"library, {CALLERS} callers at once": timed(lambda: together(one_library)),
    }


def engines(
    folder: Path, database: str
) -> Iterator[tuple[str, Path | str, ApplicationRecorder, ApplicationRecorder]]:
    """Name, where our log is, the library's recorder over it, and another over tables of its own."""
    file = SQLiteDatastore(str(folder / "toy.db"), originator_id_type="text", lock_timeout=60)
    other = SQLiteDatastore(
        str(folder / "library.db"), originator_id_type="text", lock_timeout=60, pool_size=CALLERS
    )
    yield "SQLite", folder / "toy.db", SQLiteApplicationRecorder(file), SQLiteApplicationRecorder(other)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA library")

    def datastore(schema: str) -> PostgresDatastore:
        parts = urlsplit(database)
        return PostgresDatastore(
            dbname=parts.path.lstrip("/"),
            host=parts.hostname or "",
            port=parts.port or 5432,
            user=parts.username or "",
            password=parts.password or "",
            schema=schema,
            originator_id_type="text",
        )

    yield (
        "PostgreSQL",
        database,
        PostgresApplicationRecorder(datastore("toy")),
        PostgresApplicationRecorder(datastore("library")),
    )


def main() -> None:
    folder = Path(mkdtemp())
    out = sys.stdout.write
    out(
        f"| a second, median of {ROUNDS} | eventsourcing's recorder | ours | ours / library |\n|---|---|---|---|\n"
    )
    with ExitStack() as open_:
        database = open_.enter_context(postgres(folder))
        keys = open_.enter_context(closing(KeyStore(folder / "keys.db", "here")))
        for name, where, recorder, other in engines(folder, database):
            log = open_.enter_context(closing(EventLog(topic, where, "here", system_clock, keys)))
            other.create_table()  # type: ignore[attr-defined]  # of the recorders, not of their protocol
            drafts = [
                append_request(f"stream {number}", 0, *(note(number=n) for n in range(EACH)))
                for number in range(STREAMS)
            ]
            for start in range(0, STREAMS, 500):
                log.append_all(drafts[start : start + 500])
            state = log.read_stored(0, 1)[0][3]
            measured = rounds(reads(log, recorder), ROUNDS) | rounds(writes(log, other, state), ROUNDS)
            for each in [cell.removeprefix("ours, ") for cell in measured if cell.startswith("ours")]:
                ours, library = measured[f"ours, {each}"], measured[f"library, {each}"]
                ratio = median(a / b for a, b in zip(ours, library, strict=True))
                out(f"| {name}: {each} | {median(library):,.0f} | {median(ours):,.0f} | {ratio:.1f} |\n")


if __name__ == "__main__":
    main()
