"""Appending facts durably, against bare INSERT and COMMIT of the same bytes and against the library's own `save`."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from itertools import chain, count
from pathlib import Path
from threading import Barrier, Thread
from time import perf_counter
from typing import Any

import msgspec
from eventsourcing.application import Application as LibraryApplication
from eventsourcing.domain import Aggregate, event

from services.appointment.domain.boundary import boundary
from services.appointment.events import Appointed, AppointmentFact, topic
from shared.core.clock import generate_event_id, system_clock
from shared.core.consistency import AppendCondition, ConsistencyBoundary
from shared.core.errors import AppendConditionFailed
from shared.core.facts import Recorded
from shared.core.partial_dates import PDate
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest
from shared.eventlog.key_store import KeyStore
from tests.bench.measure import Cell, Line, Options, exact, line, rounds

Work = list[tuple[str, int, Appointed]]
Step = Callable[[str, int, Any], None]
_names = count()


def facts(number: int, streams: int) -> Work:
    """(stream, version before, fact) in an order that jumps between careers; deterministic."""
    chance = random.Random(7)
    order = [number % streams for number in range(number)]
    chance.shuffle(order)
    versions = dict.fromkeys(range(streams), 0)
    work = []
    for stream in order:
        day = f"{chance.randrange(1995, 2026)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
        fact = Appointed(
            tenure=f"t{chance.randrange(10**9):09d}",
            post=f"post-{chance.randrange(60_000):06d}",
            effective_from=PDate(day),
            decision=f"qd-{chance.randrange(10**6):06d}",
            term_months=60,
        )
        work.append((f"cadre-{stream:07d}", versions[stream], fact))
        versions[stream] += 1
    return work


def encoded(work: Work) -> dict[tuple[str, int], bytes]:
    """The bytes our log stores for each fact, for the raw table to store as well."""
    now, epoch = system_clock(), generate_event_id(system_clock())
    return {
        (stream, version): topic.encode(
            Recorded[AppointmentFact](
                event_id=generate_event_id(now),
                site="site-bench", epoch=epoch, seq=seq, stream=stream, version=version + 1,
                recorded_at=now, actor="user:lan", command_id="", lamport=seq, fact=fact,
            )
        )
        for seq, (stream, version, fact) in enumerate(work, start=1)
    }  # fmt: skip


def together(
    callers: int, work: Work, open_: Callable[[], Step], busy: Callable[[], None] = lambda: None
) -> float:
    """Facts a second when so many threads append, each to streams of its own. `busy` is called when they have begun."""
    shares: list[Work] = [[] for _ in range(callers)]
    for item in work:
        shares[int(item[0][-7:]) % callers].append(item)
    start, failed = Barrier(callers + 1), list[BaseException]()

    def call(share: Work) -> None:
        append = open_()
        start.wait()
        try:
            for stream, version, fact in share:
                append(stream, version, fact)
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [Thread(target=call, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    start.wait()
    began = perf_counter()
    busy()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return len(work) / (perf_counter() - began)


def ours(folder: Path, callers: int, work: Work) -> float:
    log = _log(folder)
    try:
        return together(callers, work, lambda: _appender(log))
    finally:
        log.close()


def _log(
    folder: Path, boundary: ConsistencyBoundary[AppointmentFact] | None = None
) -> EventLog[AppointmentFact]:
    name = next(_names)
    keys = KeyStore(folder / f"keys{name}.db", "site-bench")
    return EventLog(topic, folder / f"ours{name}.db", "site-bench", system_clock, keys, boundary=boundary)


def on_condition(folder: Path, callers: int, work: Work) -> float:
    """Every append on the condition that nobody has used its tenure id or taken its post since its caller looked."""
    log = _log(folder, boundary)

    def open_() -> Step:
        seen = 0

        def append(stream: str, version: int, fact: Any) -> None:
            nonlocal seen
            tags = boundary.dependencies_of(stream, fact, ())
            while True:
                condition = AppendCondition(tags, seen)
                request = AppendRequest(stream, version, (fact,), "user:lan", condition=condition, tags=tags)
                try:
                    log.append(request)
                    seen = request.position
                    return
                except AppendConditionFailed:
                    seen = log.position()

        return append

    try:
        return together(callers, work, open_)
    finally:
        log.close()


def _appender(log: EventLog[AppointmentFact]) -> Step:
    def append(stream: str, version: int, fact: Any) -> None:
        log.append(AppendRequest(stream, version, (fact,), "user:lan"))

    return append


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=60, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA cache_size=-65536")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS facts (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, "
        "version INTEGER NOT NULL, tag TEXT NOT NULL, state BLOB NOT NULL, UNIQUE (stream, version))"
    )
    return connection


def raw(folder: Path, callers: int, work: Work, states: dict[tuple[str, int], bytes]) -> float:
    """As many threads, each with a connection of its own, each committing its own INSERT."""
    path = folder / f"raw{next(_names)}.db"
    _connect(path).close()

    def open_() -> Step:
        execute = _connect(path).execute
        sql = "INSERT INTO facts (stream, version, tag, state) VALUES (?, ?, ?, ?)"

        def append(stream: str, version: int, fact: Any) -> None:
            execute(sql, (stream, version + 1, "appointment.appointed", states[stream, version]))

        return append

    return together(callers, work, open_)


def grouped(folder: Path, size: int, work: Work, states: dict[tuple[str, int], bytes]) -> float:
    """One thread that commits so many rows at a time, with nobody to wait for: what no group commit can pass."""
    connection = _connect(folder / f"grouped{next(_names)}.db")
    began = perf_counter()
    for start in range(0, len(work), size):
        part = work[start : start + size]
        values = [
            (stream, version + 1, "appointment.appointed", states[stream, version])
            for stream, version, _ in part
        ]
        marks = ", ".join(["(?, ?, ?, ?)"] * len(part))
        connection.execute(
            f"INSERT INTO facts (stream, version, tag, state) VALUES {marks}", list(chain(*values))
        )
    took = perf_counter() - began
    connection.close()
    return len(work) / took


class Career(Aggregate):
    @event("Appointed")
    def appoint(self, fields: dict[str, Any]) -> None:
        pass


def library(folder: Path, callers: int, work: Work) -> float:
    """The same with `save` of the eventsourcing library's own application and its SQLite recorder."""
    app: LibraryApplication[Any] = LibraryApplication(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(folder / f"library{next(_names)}.db"),
            "SQLITE_LOCK_TIMEOUT": "60",
            "SQLITE_POOL_SIZE": str(callers),
            "SQLITE_POOL_TIMEOUT": "60",
        }
    )
    careers = {stream: Career() for stream, _, _ in work}
    app.save(*careers.values())
    fields = {id(fact): msgspec.to_builtins(fact) for _, _, fact in work}

    def append(stream: str, version: int, fact: Any) -> None:
        career = careers[stream]
        career.appoint(fields[id(fact)])
        app.save(career)

    try:
        return together(callers, work, lambda: append)
    finally:
        app.close()


def lost_or_repeated(folder: Path, work: Work) -> int:
    """Readers at four page sizes run after eight writers; how many positions any of them skipped or saw twice."""
    log = _log(folder)
    wrong: list[int] = []

    def follow(page: int) -> None:
        position, expected, bad = 0, 1, 0
        while expected <= len(work):
            for at, recorded in log.read(position, page):
                bad += at != expected or recorded.seq != expected
                position, expected = at, at + 1
        wrong.append(bad)

    readers = [Thread(target=follow, args=(page,)) for page in (1, 10, 100, 1000)]

    def begin() -> None:
        for reader in readers:
            reader.start()

    together(8, work, lambda: _appender(log), begin)
    for reader in readers:
        reader.join()
    log.close()
    return sum(wrong) if len(wrong) == len(readers) else len(work)


def run(options: Options) -> Iterator[Line]:
    count_, folder = options.pick(7, 3), options.folder
    for callers, number, goal in ((1, 4000, 0.85), (8, 12_000, 3.0), (64, 40_000, 6.0)):
        work = facts(number // options.pick(1, 4), number // 10)
        states = encoded(work)
        cells: dict[str, Cell] = {
            "ours": lambda n=callers, w=work: ours(folder, n, w),  # type: ignore[misc]  # mypy infers no lambda with defaults
            "raw": lambda n=callers, w=work, s=states: raw(folder, n, w, s),  # type: ignore[misc]  # mypy infers no lambda with defaults
        }
        cells["conditions"] = lambda n=callers, w=work: on_condition(folder, n, w)  # type: ignore[misc]  # mypy infers no lambda with defaults
        if callers > 1:
            cells["grouped"] = lambda n=callers, w=work, s=states: grouped(folder, n, w, s)  # type: ignore[misc]  # mypy infers no lambda with defaults
        if callers == 8:
            cells["library"] = lambda w=work[:4000]: library(folder, 8, w)  # type: ignore[misc]  # mypy infers no lambda with defaults
        found = rounds(cells, count_)
        size = sum(map(len, states.values())) / len(states)
        who = f"{callers} caller{'s' if callers > 1 else ''}"
        yield line(f"append, {who}", "facts/s", found, "ours", "raw", goal, note=f"{size:.0f} bytes")
        yield line(f"append on conditions, {who} / without", "facts/s", found, "conditions", "ours", 0.95)
        if callers > 1:
            yield line(
                f"append, {who} / groups of {callers} by one", "facts/s", found, "ours", "grouped", None
            )
        if callers == 8:
            yield line(f"append, {who} / the library's save", "facts/s", found, "ours", "library", 5.0)
    bad = lost_or_repeated(folder, facts(options.pick(8000, 2000), 800))
    yield exact(
        "facts skipped or repeated by readers", "facts", bad, 0, "pages of 1, 10, 100, 1000; 8 writers"
    )
