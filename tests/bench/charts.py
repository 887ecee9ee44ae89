"""The organisation chart on two time axes over a million rows, against the best SQL by hand, and over HTTP."""

import http.client
import random
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.units.org_chart import read_org_chart
from shared.core.partial_dates import Day, Instant, PDate, known_instant
from shared.readmodel.row_store import RowStore, engine_for
from tests.bench.measure import Line, Options, exact, line, rounds
from tests.bench.nation import DISTRICTS, fill

Question = tuple[str, str, str]
"""Unit, day, instant."""
AS_OF = (
    "{0}.valid_from <= :day AND {0}.valid_to > :day AND {0}.known_from <= :known AND {0}.known_to > :known"
)

COPY = """
CREATE TABLE raw.unit AS SELECT * FROM units;
CREATE INDEX raw.unit_parent ON unit (parent_id, valid_from, valid_to, known_from, known_to, unit_id);
CREATE TABLE raw.post AS SELECT * FROM posts;
CREATE INDEX raw.post_unit ON post (unit_id, valid_from, valid_to, known_from, known_to, post_id, title, role, seats,
  key_title, opened_by, decision);
CREATE TABLE raw.cadre AS SELECT cadre_id, known_from, known_to, name FROM cadres;
CREATE INDEX raw.cadre_id ON cadre (cadre_id, known_from, known_to, name);
CREATE TABLE raw.decision AS SELECT decision_id, known_from, known_to, number, issuer, signed_on, title FROM decisions;
CREATE INDEX raw.decision_id ON decision (decision_id, known_from, known_to, number, issuer, signed_on, title);
CREATE TABLE raw.tenure AS SELECT * FROM tenures;
CREATE INDEX raw.tenure_post ON tenure (post_id, valid_from, valid_to, known_from, known_to, certain_from, certain_to,
  cadre_id, tenure_id, holding, status, start, planned_end, term_no, opened_by, decision, closed_by, closing_decision);
CREATE TABLE raw.held AS SELECT p.unit_id || '.' AS path, t.* FROM tenures t JOIN posts p ON p.post_id = t.post_id;
CREATE INDEX raw.held_path ON held (path, valid_from, valid_to, known_from, known_to, certain_from, certain_to, post_id,
  cadre_id, tenure_id, holding, status, start, planned_end, term_no, opened_by, decision, closed_by, closing_decision);
CREATE TABLE raw.seat AS SELECT unit_id || '.' AS path, * FROM posts;
CREATE INDEX raw.seat_path ON seat (path, valid_from, valid_to, known_from, known_to, unit_id, post_id, title, role,
  seats, key_title, opened_by, decision);
"""
_TENURE = """t.tenure_id, t.cadre_id, c.name, t.holding, t.status, t.certain_from <= :day AND t.certain_to > :day,
  t.start, t.planned_end, t.term_no, t.opened_by, d.number, d.issuer, d.signed_on, d.title, t.closed_by, e.number,
  e.issuer, e.signed_on, e.title, t.decision, t.closing_decision"""
_PEOPLE = """
LEFT JOIN raw.cadre c ON c.cadre_id = t.cadre_id AND c.known_from <= :known AND c.known_to > :known
LEFT JOIN raw.decision d ON d.decision_id = t.decision AND d.known_from <= :known AND d.known_to > :known
LEFT JOIN raw.decision e ON e.decision_id = t.closing_decision AND e.known_from <= :known AND e.known_to > :known"""

JOIN = f"""
WITH RECURSIVE sub(unit_id) AS (
  SELECT :unit UNION ALL
  SELECT u.unit_id FROM sub JOIN raw.unit u ON u.parent_id = sub.unit_id AND {AS_OF.format("u")})
SELECT p.unit_id, p.post_id, p.title, p.role, p.seats, p.key_title, p.opened_by, {_TENURE}, p.decision
FROM sub CROSS JOIN raw.post p ON p.unit_id = sub.unit_id AND {AS_OF.format("p")}
LEFT JOIN raw.tenure t ON t.post_id = p.post_id AND {AS_OF.format("t")} {_PEOPLE}"""

PATH = f"""
SELECT t.post_id, {_TENURE} FROM raw.held t {_PEOPLE}
WHERE t.path >= :low AND t.path < :high AND {AS_OF.format("t")}"""
PATH_POSTS = f"""
SELECT p.unit_id, p.post_id, p.title, p.role, p.seats, p.key_title, p.opened_by, p.decision FROM raw.seat p
WHERE p.path >= :low AND p.path < :high AND {AS_OF.format("p")}"""
UNITS = f"""
WITH RECURSIVE sub(unit_id, depth) AS (
  SELECT :unit, 0 UNION ALL
  SELECT u.unit_id, depth + 1 FROM sub JOIN raw.unit u ON u.parent_id = sub.unit_id AND {AS_OF.format("u")})
SELECT u.unit_id, u.parent_id, u.name, u.kind, u.level, sub.depth, u.opened_by
FROM sub CROSS JOIN units u ON u.unit_id = sub.unit_id AND {AS_OF.format("u")}"""


class World:
    """Our tables, and a second file with the tables and indexes that the hand-written statements like best."""

    def __init__(self, home: Path, cities: int) -> None:
        self.cities = cities
        self.tables = RowStore(engine_for(home / "chronicle.db"), PROJECTIONS)
        self.tables.create()
        fill(self.tables, cities)
        self.hand = sqlite3.connect(home / "chronicle.db")
        self.hand.execute("PRAGMA cache_size=-65536")
        self.hand.execute("REINDEX")  # as compact as the indexes that are made afterwards for the others
        self.hand.execute("ATTACH ? AS raw", (str(home / "raw.db"),))
        self.hand.executescript(COPY)
        self.hand.execute("PRAGMA raw.cache_size=-262144")
        self.hand.execute("PRAGMA mmap_size=2000000000")

    def close(self) -> None:
        self.hand.close()
        self.tables.engine.dispose()

    def ours(self, question: Question) -> list[Any]:
        unit, day, known = question
        with self.tables.engine.connect() as connection:
            return read_org_chart(connection, unit, AsOf(Day(PDate(day)), Instant(known)), 32)

    def join(self, question: Question) -> list[Any]:
        values = dict(zip(("unit", "day", "known"), question, strict=True))
        return [*self.hand.execute(UNITS, values).fetchall(), *self.hand.execute(JOIN, values).fetchall()]

    def path(self, question: Question) -> list[Any]:
        values = dict(zip(("unit", "day", "known"), question, strict=True))
        values |= {"low": question[0] + ".", "high": question[0] + "/"}
        statements = (UNITS, PATH_POSTS, PATH)
        return [row for sql in statements for row in self.hand.execute(sql, values).fetchall()]

    def questions(self, level: str, count: int) -> list[Question]:
        chance = random.Random(level)
        found = []
        for _ in range(count):
            unit = f"c{chance.randrange(self.cities):02d}"
            if level == "district":
                unit += f".d{chance.randrange(DISTRICTS):02d}"
            day = date(1996, 1, 1) + timedelta(days=chance.randrange(10_000))
            known = day + timedelta(days=chance.randrange(-20, 1200))
            found.append((unit, day.isoformat(), str(known_instant(known.isoformat()))))
        return found

    def agree(self, question: Question) -> int:
        """How many hold a post; AssertionError unless all three ways say the same."""
        ours = {
            (chair.post, seat.cadre, seat.start)
            for box in self.ours(question)
            for chair in box.posts
            for seat in chair.holders
        }
        join = {(row[1], row[8], row[13]) for row in self.join(question) if len(row) > 20 and row[7]}
        path = {(row[0], row[2], row[7]) for row in self.path(question) if len(row) == 22}
        assert ours == join == path, f"{question}: {len(ours)}, {len(join)}, {len(path)}"
        return len(ours)


def _middle(ask: Callable[[Question], Any], questions: list[Question]) -> float:
    """Median milliseconds of an answer."""
    times = []
    for question in questions:
        began = perf_counter()
        ask(question)
        times.append(perf_counter() - began)
    return median(times) * 1000


def run(options: Options) -> Iterator[Line]:
    cities = options.pick(12, 1)
    with closing(World(options.folder, cities)) as world:
        rows = world.hand.execute("SELECT count(*) FROM tenures").fetchone()[0]
        for level, posts, count in (("district", 300, 30), ("city", 4800, 5)):
            asked = world.questions(level, count)
            holders = median(map(world.agree, asked))
            found = rounds(
                {
                    "ours": lambda asked=asked: _middle(world.ours, asked),  # type: ignore[misc]  # mypy infers no lambda with defaults
                    "join": lambda asked=asked: _middle(world.join, asked),  # type: ignore[misc]  # mypy infers no lambda with defaults
                    "path": lambda asked=asked: _middle(world.path, asked),  # type: ignore[misc]  # mypy infers no lambda with defaults
                },
                options.pick(9, 3),
            )
            note = f"{holders:.0f} holders, {rows:,} rows"
            name = f"chart of {posts:,} posts"
            yield line(f"{name} / joins by hand", "ms", found, "ours", "join", 1.3, True, note)
            yield line(f"{name} / path prefix by hand", "ms", found, "ours", "path", None, True)
        asked = world.questions("district", options.pick(600, 100))
    yield _over_http(options.folder, asked)


def _over_http(home: Path, asked: list[Question]) -> Line:
    with _serving(home) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        times, size = [], 0
        for number, (unit, day, known) in enumerate(asked):
            began = perf_counter()
            connection.request("GET", f"/org-chart?unit={unit}&as_of={day}&known_at={known}&depth=3")
            response = connection.getresponse()
            body = response.read()
            if number >= 20:
                times.append(perf_counter() - began)
            assert response.status == 200, body[:300]
            size += len(body)
        connection.close()
    times.sort()
    middle, late = times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000
    note = f"p50 {middle:.1f} ms, {size / len(asked) / 1000:.0f} kB"
    return exact("chart of 300 posts over HTTP, p99", "ms", late, 25, note)


@contextmanager
def _serving(home: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = subprocess.Popen([sys.executable, "-m", "tests.bench.charts", str(home), str(port)])
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


def _serve(home: Path, port: int) -> None:
    import uvicorn

    from services.bootstrap.http_app import create_http_app
    from services.bootstrap.services import open_embedded_ledger
    from shared.operations.settings import Settings

    ledger = open_embedded_ledger(Settings(home=home, site="site-bench"))
    uvicorn.run(create_http_app(ledger), host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
