"""Sources of an import, cut in parts, and what a ledger holds afterwards: what the laws of importing compare."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from services.bootstrap.services import open_embedded_ledger
from services.importing.reading.layouts import TERM_LAYOUTS
from services.importing.result import ImportReport
from services.importing.terms import import_terms
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, Origin
from shared.core.clock import new_id
from shared.core.partial_dates import FOREVER
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.ledger import no_progress

Line = dict[str, str]
Source = dict[str, list[Line]]
"""Lines by file."""
_EVENT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


class ImportedLedger:
    """A ledger that sources are imported into, one part after another."""

    def __init__(self, home: Path, scheme: str = "x") -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home, self.scheme = home, scheme
        self.ledger: EmbeddedLedger = open_embedded_ledger(load(home / "ledger"))
        self.number = 0

    def take(self, source: Mapping[str, Sequence[Line]], **options: Any) -> ImportReport:
        """Import one part; files without lines have their header only, optional ones are absent."""
        self.number += 1
        folder = self.home / f"part-{self.number}"
        write_source(folder, source)
        return self.take_folder(folder, **options)

    def take_folder(self, folder: Path, **options: Any) -> ImportReport:
        origin = Origin(actor=f"{IMPORT_ACTOR_PREFIX}{self.scheme}", correlation=new_id())
        settings: dict[str, Any] = {"write": True, "origin": origin, "progress": no_progress, **options}
        return import_terms(self.ledger, folder, self.scheme, **settings)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """The rows that are known now, without the ids and the times of the events behind them."""
        found = {}
        with self.ledger.tables.engine.connect() as connection:
            for name, table in self.ledger.tables.tables.items():
                columns = [column for column in table.c if not column.name.startswith("known_")]
                query = table.select().with_only_columns(*columns).where(table.c.known_to == FOREVER)
                found[name] = sorted(tuple(map(_without_events, row)) for row in connection.execute(query))
        return found

    def close(self) -> None:
        self.ledger.close()


def _without_events(value: object) -> object:
    return _EVENT_ID.sub("event", value) if isinstance(value, str) else value


def set_aside(report: ImportReport) -> set[tuple[str, str, str, str]]:
    """What an import set aside, whatever the numbers of the lines."""
    return {(each.file, each.id, each.column, each.rule) for each in report.set_aside}


def write_source(folder: Path, source: Mapping[str, Sequence[Line]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for table, layout in TERM_LAYOUTS.items():
        name, required = f"{table}.csv", layout.required
        lines = source.get(name, [])
        columns = [*dict.fromkeys([*required, *(column for line in lines for column in line)])]
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(lines)


def read_source(folder: Path) -> Source:
    source = {}
    for name in (f"{table}.csv" for table in TERM_LAYOUTS):
        if (folder / name).exists():
            with (folder / name).open(encoding="utf-8-sig", newline="") as file:
                source[name] = list(csv.DictReader(file))
    return source


def cut(source: Source, count: int, chance: Random) -> list[Source]:
    """Each line in one part or in two, at random."""
    parts: list[Source] = [{name: [] for name in source} for _ in range(count)]
    for name, lines in source.items():
        for line in lines:
            for part in chance.sample(parts, 1 + (chance.random() < 0.2)):
                part[name].append(line)
    return parts


def cut_by_date(source: Source, count: int) -> list[Source]:
    """Terms by their start, in so many parts; the other files go with the part that needs them first."""
    terms = sorted(source["terms.csv"], key=lambda line: line["start"])
    size = len(terms) // count + 1
    others = {name: lines for name, lines in source.items() if name != "terms.csv"}
    parts: list[Source] = []
    for start in range(0, len(terms), size):
        chunk = terms[start : start + size]
        part: Source = {"terms.csv": chunk}
        for name, column in (("persons.csv", "person_id"), ("posts.csv", "post_id")):
            needed = {line[column] for line in chunk}
            part[name] = [line for line in others[name] if line[column] in needed]
        parts.append(part)
    for name, lines in others.items():
        missing = [line for line in lines if not any(line in part.get(name, ()) for part in parts)]
        parts[-1].setdefault(name, [])
        parts[-1][name] = [*parts[-1][name], *missing]
    return parts


def _pick(chance: Random, *choices: str) -> str:
    return chance.choice(choices)


def random_source(chance: Random) -> Source:
    """Few ids, so that lines meet: terms overlap, units end, references are missing, some lines are wrong."""
    units = [
        {
            "unit_id": f"u{number}",
            "parent_id": _pick(chance, "", "", "u0", "u1", "u2", "u3", "u9"),
            "name": _pick(chance, "Sở Nội vụ", "Phòng A", "Phòng B", ""),
            "level": _pick(chance, "department", "division"),
            "valid_from": _pick(chance, "", "1990", "2000-01-01"),
            "valid_to": _pick(chance, "", "", "2003-06-01", "1980-01-01"),
        }
        for number in range(chance.randrange(1, 5))
    ]
    posts = [
        {
            "post_id": post,
            "title": _pick(chance, "Chủ tịch", "Bí thư"),
            "unit_id": _pick(chance, "", "u0", "u1", "u8"),
        }
        for post in "abc"[: chance.randrange(1, 4)]
    ]
    persons = [
        {"person_id": f"p{number}", "name": _pick(chance, "An", "Bình", "Cúc", "")}
        for number in range(chance.randrange(1, 4))
    ]
    terms = [_random_term(chance, number) for number in range(chance.randrange(1, 10))]
    links = [
        {
            "link_id": f"l{number}",
            "predecessor_id": f"u{chance.randrange(4)}",
            "successor_id": f"u{chance.randrange(5)}",
            "type": _pick(chance, "merger", "split"),
            "effective_from": _pick(chance, "2003-06-01", "2003-06-01", "2003-13-01"),
        }
        for number in range(chance.randrange(4))
    ]
    return {
        "units.csv": units,
        "posts.csv": posts,
        "persons.csv": persons,
        "terms.csv": terms,
        "unit_links.csv": links,
    }


def _random_term(chance: Random, number: int) -> Line:
    year = 2000 + chance.randrange(3)
    start = f"{year}-0{1 + chance.randrange(3)}-{_pick(chance, '01', '14')}"
    end = f"{year + chance.randrange(3)}-{_pick(chance, '02', '05', '12')}-01"
    status = _pick(chance, "closed", "closed", "closed", "ongoing", "unknown", "never")
    wide = {"start_precision": _pick(chance, "day", "day", "month", "year"), "end_precision": "day"}
    return {
        "term_id": f"t{number}",
        "person_id": f"p{chance.randrange(3)}",
        "post_id": _pick(chance, "a", "b", "c"),
        "start": _pick(chance, start, start, start, start, "2001-02-30"),
        "end": end if status == "closed" else "",
        **wide,
        "end_status": status,
    }


def corrected(source: Source, chance: Random) -> Source:
    """Another version of a source: every line is still there, some of its values are others."""
    other = random_source(chance)
    keys = {
        "units.csv": "unit_id",
        "posts.csv": "post_id",
        "persons.csv": "person_id",
        "terms.csv": "term_id",
    }
    result: Source = {}
    for name, lines in source.items():
        newer = {line[keys[name]]: line for line in other[name]} if name in keys else {}
        result[name] = []
        for line in lines:
            replacement = newer.get(line[keys[name]], line) if name in keys else line
            kept = {"person_id": line["person_id"]} if name == "terms.csv" else {}
            use = chance.random() < 0.4
            result[name].append({**replacement, **kept} if use else line)
    return result


def all_lines(parts: Iterable[Source]) -> int:
    return sum(len(lines) for part in parts for lines in part.values())
