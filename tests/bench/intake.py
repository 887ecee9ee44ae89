"""Importing a hundred thousand terms through the command line, until they can be asked for."""

import csv
import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.bench.measure import Line, Options, line

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô")
MIDDLE = ("Văn", "Thị", "Hữu", "Minh", "Quang", "Ngọc", "Thanh", "Đức")
GIVEN = (
    "An",
    "Bình",
    "Chiến",
    "Dũng",
    "Giang",
    "Hà",
    "Khánh",
    "Lan",
    "Mai",
    "Nam",
    "Oanh",
    "Phúc",
    "Tú",
    "Yến",
)
TITLES = (
    "Chủ tịch Ủy ban nhân dân",
    "Phó Chủ tịch Hội đồng nhân dân",
    "Trưởng phòng Nội vụ",
    "Phó Bí thư Đảng ủy",
)
STARTS = date(1990, 1, 1)


def folder_of(folder: Path, terms: int, seed: int = 17) -> Path:
    """Persons, units, posts and terms in the common layout, three tenths as many persons as terms, a tenth posts."""
    chance = random.Random(seed)
    folder.mkdir()
    persons, posts, units = terms * 3 // 10, terms // 10, max(terms // 200, 5)
    _write(folder / "persons.csv", "person_id,name", ((f"p{n}", _name(chance)) for n in range(persons)))
    _write(
        folder / "units.csv",
        "unit_id,parent_id,name,level,valid_from,valid_to",
        (
            (f"u{n}", f"u{(n - 1) // 10}" if n else "", f"Đơn vị {n}", "unit", "1980-01-01", "")
            for n in range(units)
        ),
    )
    _write(
        folder / "posts.csv",
        "post_id,unit_id,title",
        ((f"c{n}", f"u{n % units}", f"{TITLES[n % len(TITLES)]} {n}") for n in range(posts)),
    )
    _write(
        folder / "terms.csv",
        "term_id,person_id,post_id,start,end,start_precision,end_precision,end_status",
        _terms(chance, terms, persons, posts),
    )
    return folder


def _name(chance: random.Random) -> str:
    return f"{chance.choice(FAMILY)} {chance.choice(MIDDLE)} {chance.choice(GIVEN)}"


def _terms(chance: random.Random, terms: int, persons: int, posts: int) -> Iterator[tuple[Any, ...]]:
    """Every person moves from post to post; a tenth of the dates are partial, a tenth of the terms still run."""
    free = [STARTS + timedelta(days=chance.randrange(9000)) for _ in range(persons)]
    for number in range(terms):
        person = chance.randrange(persons)
        start = free[person] + timedelta(days=chance.randrange(0, 200))
        end = start + timedelta(days=chance.randrange(200, 1800))
        free[person] = end
        precision = chance.choices(("day", "month", "year"), (90, 5, 5))[0]
        width = {"day": 10, "month": 7, "year": 4}[precision]
        ongoing = chance.random() < 0.1
        if ongoing:
            free[person] = end + timedelta(days=4000)
        first = start.isoformat()[:width]
        last = "" if ongoing else end.isoformat()
        status = "ongoing" if ongoing else "closed"
        post = f"c{chance.randrange(posts)}"
        yield f"t{number}", f"p{person}", post, first, last, precision, "" if ongoing else "day", status


def _write(path: Path, header: str, rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def ours(home: Path, folder: Path, terms: int) -> float:
    """Terms a second from the start of the command to rows that answer."""
    command = [sys.executable, "-m", "services", "--home", str(home), "import", "terms", str(folder)]
    began = perf_counter()
    done = subprocess.run([*command, "--scheme", "bench", "--yes", "--json"], capture_output=True, text=True)
    took = perf_counter() - began
    assert not done.returncode, done.stderr[-2000:]
    report = json.loads(done.stdout)
    with sqlite3.connect(home / "chronicle.db") as connection:
        rows = connection.execute("SELECT count(DISTINCT tenure_id) FROM tenures").fetchone()[0]
    connection.close()
    assert rows == report["taken"]["terms"] >= terms * 0.98, (rows, report["taken"], report["set_aside"][:3])
    return terms / took


def raw(home: Path, folder: Path, terms: int) -> float:
    """The same files into plain tables with the same indexes: the least an import can cost."""
    home.mkdir()
    began = perf_counter()
    with sqlite3.connect(home / "raw.db") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        for path in sorted(folder.glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as lines:
                reader = csv.reader(lines)
                header = next(reader)
                connection.execute(
                    f"CREATE TABLE {path.stem} ({', '.join(header)}, PRIMARY KEY ({header[0]}))"
                )
                connection.executemany(
                    f"INSERT INTO {path.stem} VALUES ({', '.join('?' * len(header))})", reader
                )
        connection.execute("CREATE INDEX by_post ON terms (post_id, start, end)")
        connection.execute("CREATE INDEX by_person ON terms (person_id)")
    connection.close()
    return terms / (perf_counter() - began)


def run(options: Options) -> Iterator[Line]:
    terms = options.pick(100_000, 5_000)
    folder = folder_of(options.folder / "files", terms)
    found: dict[str, list[float]] = {"ours": [], "raw": [], "goal": []}
    for number in range(options.pick(3, 1)):
        found["raw"].append(raw(options.folder / f"raw{number}", folder, terms))
        found["ours"].append(ours(options.folder / f"home{number}", folder, terms))
        found["goal"].append(10_000.0)
    note = f"{terms:,} terms, {terms * 3 // 10:,} persons, {terms // 10:,} posts; against the wanted rate"
    yield line("import of terms", "terms/s", found, "ours", "goal", None if options.quick else 1.0, note=note)
    yield line("import of terms / plain tables by hand", "terms/s", found, "ours", "raw", None)
