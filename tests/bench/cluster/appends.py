"""Appending to PostgreSQL and reading it whole, against bare INSERT and SELECT of the same bytes, and the library."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import psycopg
from eventsourcing.application import Application as LibraryApplication

from services.appointment.events import AppointmentFact, topic
from shared.core.clock import system_clock
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest
from shared.eventlog.key_store import KeyStore
from shared.eventlog.recorders.pool import ReaderPool
from shared.eventlog.recorders.postgres import PostgresLogStorage
from tests.bench.append import Career, Step, Work, encoded, facts, together
from tests.bench.measure import Cell, Line, Options, line, rounds

Rows = list[tuple[str, int, str, bytes]]
PROCESSES = 8
RAW = (
    "DROP TABLE IF EXISTS raw; CREATE TABLE raw (position bigserial PRIMARY KEY, stream text NOT NULL, "
    "version bigint NOT NULL, tag text NOT NULL, state bytea NOT NULL, UNIQUE (stream, version)); CHECKPOINT"
)
ONE = "INSERT INTO raw (stream, version, tag, state) VALUES (%s, %s, %s, %s)"
MANY = (
    "INSERT INTO raw (stream, version, tag, state) "
    "SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[])"
)


class Bench:
    """One server, a log that is emptied before every cell, and eight processes for the bare side."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.keys = url, KeyStore(folder / "keys.db", "site-bench")
        self.pool = ProcessPoolExecutor(PROCESSES, get_context("spawn"))
        list(self.pool.map(time.sleep, [0.5] * PROCESSES))

    def close(self) -> None:
        self.pool.shutdown()
        self.keys.close()

    def do(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())

    def log(self) -> EventLog[AppointmentFact]:
        self.do(f"DROP SCHEMA IF EXISTS {topic.name} CASCADE")
        PostgresLogStorage(ReaderPool(self.url), topic.name).create()
        self.do("CHECKPOINT")
        return EventLog(topic, self.url, "site-bench", system_clock, self.keys, create=False)

    def ours(self, callers: int, work: Work) -> float:
        log = self.log()

        def append(stream: str, version: int, fact: Any) -> None:
            log.append(AppendRequest(stream, version, (fact,), "user:lan"))

        log.append(AppendRequest("warm", 0, (work[0][2],), "user:lan"))
        try:
            return together(callers, work, lambda: append)
        finally:
            log.close()

    def raw(self, callers: int, rows: Rows) -> float:
        """As many connections as callers, in eight processes: bare Python threads would only wait for each other."""
        self.do(RAW)
        processes = min(callers, PROCESSES)
        shares: list[list[Rows]] = [[[] for _ in range(callers // processes)] for _ in range(processes)]
        for row in rows:
            caller = int(row[0][-7:]) % callers
            shares[caller % processes][caller // processes].append(row)
        start = time.time() + 0.5
        spans = list(self.pool.map(insert_each, [self.url] * processes, shares, [start] * processes))
        return len(rows) / (max(end for _, end in spans) - min(begin for begin, _ in spans))

    def batches(self, work: Work, size: int) -> float:
        log = self.log()
        log.append(AppendRequest("warm", 0, (work[0][2],), "user:lan"))
        began = perf_counter()
        for start in range(0, len(work), size):
            part = tuple(fact for _, _, fact in work[start : start + size])
            log.append(AppendRequest(f"stream-{start:07d}", 0, part, "user:lan"))
        took = perf_counter() - began
        log.close()
        return len(work) / took

    def raw_batches(self, rows: Rows, size: int) -> float:
        self.do(RAW)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(MANY.encode(), [list(c) for c in zip(*rows[:1], strict=True)])
            began = perf_counter()
            for start in range(0, len(rows), size):
                part = [
                    (f"stream-{start:07d}", number, tag, state)
                    for number, (_, _, tag, state) in enumerate(rows[start : start + size], 1)
                ]
                columns = [list(column) for column in zip(*part, strict=True)]
                connection.execute(MANY.encode(), columns, prepare=True, binary=True)
            return len(rows) / (perf_counter() - began)

    def library(self, work: Work) -> float:
        parts = psycopg.conninfo.conninfo_to_dict(self.url)
        self.do("DROP SCHEMA IF EXISTS library CASCADE")
        self.do("CREATE SCHEMA library")
        app: LibraryApplication[Any] = LibraryApplication(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": str(parts["dbname"]),
                "POSTGRES_HOST": str(parts["host"]),
                "POSTGRES_PORT": str(parts["port"]),
                "POSTGRES_USER": str(parts["user"]),
                "POSTGRES_PASSWORD": str(parts.get("password", "")),
                "POSTGRES_SCHEMA": "library",
                "POSTGRES_POOL_SIZE": "8",
                "POSTGRES_MAX_OVERFLOW": "8",
            }
        )
        careers = {stream: Career() for stream, _, _ in work}
        app.save(*careers.values())
        fields = {id(fact): msgspec.to_builtins(fact) for _, _, fact in work}

        def append(stream: str, version: int, fact: Any) -> None:
            careers[stream].appoint(fields[id(fact)])
            app.save(careers[stream])

        opened: Step = append
        try:
            return together(8, work, lambda: opened)
        finally:
            app.close()

    @contextmanager
    def reading(self, work: Work) -> Iterator[dict[str, Cell]]:
        """The whole log by pages of 5000, as those who pass it on read it; the bare side has only the same bytes."""
        log = self.log()
        log.append_all(
            [AppendRequest(f"stream-{n:07d}", 0, (fact,), "user:lan") for n, (_, _, fact) in enumerate(work)]
        )
        connection = psycopg.connect(self.url, autocommit=True)
        sql = (
            f"SELECT notification_id, originator_id, topic, state FROM {topic.name}.stored_events "
            "WHERE notification_id > %s ORDER BY notification_id LIMIT 5000"
        ).encode()

        def ours() -> float:
            began, position = perf_counter(), 0
            while page := log.read_stored(position, 5000):
                position = page[-1][0]
            return len(work) / (perf_counter() - began)

        def raw() -> float:
            began, position = perf_counter(), 0
            while page := connection.execute(sql, (position,), binary=True).fetchall():
                position = page[-1][0]
            return len(work) / (perf_counter() - began)

        yield {"ours": ours, "raw": raw}
        log.close()
        connection.close()


def insert_each(url: str, shares: list[Rows], start: float) -> tuple[float, float]:
    """In a process of its own: a thread and a connection for each share, each row committed by itself."""
    connections = [psycopg.connect(url, autocommit=True) for _ in shares]

    def insert(connection: psycopg.Connection[Any], rows: Rows) -> None:
        for row in rows:
            connection.execute(ONE.encode(), row, prepare=True)

    with ThreadPoolExecutor(len(shares)) as threads:
        time.sleep(max(0, start - time.time()))
        began = time.time()
        list(threads.map(insert, connections, shares))
        ended = time.time()
    for connection in connections:
        connection.close()
    return began, ended


def run(options: Options, url: str) -> Iterator[Line]:
    bench, count = Bench(url, options.folder), options.pick(7, 3)
    try:
        for callers, number, goal in ((1, 2000, 0.9), (8, 8000, 2.0), (64, 24_000, 6.0)):
            work = facts(number // options.pick(1, 4), number // 10)
            rows = [(*key, "appointment.appointed", state) for key, state in encoded(work).items()]
            cells: dict[str, Cell] = {
                "ours": lambda n=callers, w=work: bench.ours(n, w),  # type: ignore[misc]  # mypy infers no lambda with defaults
                "raw": lambda n=callers, r=rows: bench.raw(n, r),  # type: ignore[misc]  # mypy infers no lambda with defaults
            }
            if callers == 8:
                cells["library"] = lambda chunk=work[:2000]: bench.library(chunk)  # type: ignore[misc]  # mypy infers no lambda with defaults
            found = rounds(cells, count)
            who = f"append, {callers} caller{'s' if callers > 1 else ''}"
            yield line(f"{who} / INSERT + commit each", "facts/s", found, "ours", "raw", goal)
            if callers == 8:
                yield line(f"{who} / the library's save", "facts/s", found, "ours", "library", 12.0)
        work = facts(options.pick(40_000, 10_000), 4000)
        rows = [(*key, "appointment.appointed", state) for key, state in encoded(work).items()]
        found = rounds(
            {"ours": lambda: bench.batches(work, 100), "raw": lambda: bench.raw_batches(rows, 100)}, count
        )
        yield line("append, batches of 100 / multi-row INSERT", "facts/s", found, "ours", "raw", 0.85)
        with bench.reading(work) as cells:
            found = rounds(cells, count)
        yield line("read a whole log / keyset SELECT", "facts/s", found, "ours", "raw", 0.8)
    finally:
        bench.close()
