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
from services.importing.units.importer import import_units
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, Origin
from shared.core.clock import new_id
from shared.core.partial_dates import FOREVER
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.ledger import no_progress
from tests.unit_files import HEADER

Line = dict[str, str]
Source = dict[str, list[Line]]
"""Lines by file."""
NATIONAL_IDS = ("001085012345", "036190000017")
_TREE_COLUMNS = ("level", "code", "parent_code", "name", "type")
TREE_FILES = {
    "units_until_20250630.csv": _TREE_COLUMNS,
    "units_from_20250701.csv": _TREE_COLUMNS,
    "map_old_to_new.csv": ("old_code", "new_code", "sources_agree"),
}
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

    def take_history(self, lines: Iterable[str], **options: Any) -> ImportReport:
        """Import lines of a dated history of units."""
        self.number += 1
        folder = self.home / f"part-{self.number}"
        folder.mkdir()
        text = HEADER + "".join(f"{line}\n" for line in lines)
        (folder / "unit_history.csv").write_text(text, encoding="utf-8")
        origin = Origin(actor=f"{IMPORT_ACTOR_PREFIX}{self.scheme}", correlation=new_id())
        return import_units(self.ledger, folder, self.scheme, write=True, origin=origin, **options)

    def take_trees(self, files: Mapping[str, Sequence[Line]], **options: Any) -> ImportReport:
        """Import lines of two trees of units and of the map between them."""
        self.number += 1
        folder = self.home / f"part-{self.number}"
        folder.mkdir()
        for name, columns in TREE_FILES.items():
            if name in files:
                with (folder / name).open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, columns, restval="")
                    writer.writeheader()
                    writer.writerows(files[name])
        origin = Origin(actor=f"{IMPORT_ACTOR_PREFIX}{self.scheme}", correlation=new_id())
        return import_units(self.ledger, folder, self.scheme, write=True, origin=origin, **options)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """The rows that are known now, without the ids and the times of the events behind them, and with national ids
        for their hashes, which each ledger makes with a key of its own."""
        found = {}
        digest = self.ledger.logs["personnel"].keys.digest
        numbers = {digest(number): number for number in NATIONAL_IDS}
        with self.ledger.tables.engine.connect() as connection:
            for name, table in self.ledger.tables.tables.items():
                columns = [column for column in table.c if not column.name.startswith("known_")]
                query = table.select().with_only_columns(*columns).where(table.c.known_to == FOREVER)
                found[name] = sorted(
                    tuple(numbers.get(value, _without_events(value)) for value in row)
                    for row in connection.execute(query)
                )
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
        name = f"{table}.csv"
        lines = source.get(name, [])
        columns = [*dict.fromkeys([*layout.required, *(column for line in lines for column in line)])]
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


def random_source(chance: Random, wrong: bool = True) -> Source:
    """Few ids, so that lines meet: terms overlap, units end. `wrong`: references are missing, some lines cannot be."""

    def pick(right: Sequence[str], *errors: str) -> str:
        return chance.choice([*right, *(errors if wrong else ())])

    units = [
        {
            "unit_id": f"u{number}",
            "parent_id": pick(["", *(f"u{above}" for above in range(number))], "u1", "u2", "u3", "u9"),
            "name": pick(["Sở Nội vụ", "Phòng A", "Phòng B"], ""),
            "level": pick(["department", "division"]),
            "valid_from": pick(["", "1990", "2000-01-01"]),
            "valid_to": pick(["", "", "2003-06-01"], "1980-01-01"),
        }
        for number in range(chance.randrange(1, 5))
    ]
    posts = [
        {"post_id": post, "title": pick(["Chủ tịch", "Bí thư"]), "unit_id": pick(["", "u0"], "u1", "u8")}
        for post in "abc"[: chance.randrange(1, 4)]
    ]
    persons = [
        {
            "person_id": f"p{number}",
            "name": pick(["An", "Bình", "Cúc"], ""),
            "birth": pick(["", "1980", "1975-03-02", "1976-11-30", "1980-04-05"], "1990-02-30"),
            "sex": pick(["", "F", "nam"], "?x"),
            "national_id": pick(["", *NATIONAL_IDS], "1085012345"),
        }
        for number in range(chance.randrange(1, 4))
    ]
    terms = []
    for number in range(chance.randrange(1, 10)):
        year = 2000 + chance.randrange(3)
        start = f"{year}-0{1 + chance.randrange(3)}-{chance.choice(['01', '14'])}"
        end = f"{year + chance.randrange(1, 3)}-{chance.choice(['02', '05', '12'])}-01"
        status = pick(["closed", "closed", "closed", "ongoing", "unknown"], "never")
        person, post = chance.choice(persons), chance.choice(posts)
        terms.append(
            {
                "term_id": f"t{number}",
                "person_id": pick([person["person_id"]] * 3, "p7", "p2"),
                "post_id": pick([post["post_id"]] * 3, "z", "c"),
                "start": pick([start, start, start], "2001-02-30"),
                "end": pick([end] * 3, "1999-01-01") if status == "closed" else "",
                "start_precision": pick(["day", "day", "month", "year"]),
                "end_precision": "day",
                "end_status": status,
            }
        )
    links = [
        {
            "link_id": f"l{number}",
            "predecessor_id": pick(["u0"], "u1", "u2"),
            "successor_id": chance.choice(units)["unit_id"],
            "type": pick(["merger", "split"]),
            "effective_from": pick(["2003-06-01", "2003-06-01", "2004-01-01"], "2003-13-01"),
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


def with_terms_of_two_persons(source: Source, chance: Random) -> Source:
    """The source with lines that give a term of it to another person, also from another date and in another post."""
    terms, persons = source["terms.csv"], [line["person_id"] for line in source["persons.csv"]]
    rivals = [
        {
            **chance.choice(terms),
            "term_id": line["term_id"],
            "person_id": chance.choice(persons),
            "start": f"{1990 + number}-05-01",
        }
        for number, line in enumerate(chance.sample(terms, min(3, len(terms))))
    ]
    owners = {(line["term_id"], line["person_id"]) for line in terms}
    rivals = [line for line in rivals if (line["term_id"], line["person_id"]) not in owners]
    mixed = [*terms, *rivals]
    chance.shuffle(mixed)
    return {**source, "terms.csv": mixed}


def with_two_numbers_first(source: Source, chance: Random) -> Source:
    """The source with whole days of terms and units as `30/06/2019`; in some sources also as `06/30/2019`."""
    orders = chance.choice([["dmy"], ["dmy"], ["mdy"], ["dmy"] * 5 + ["mdy"]])

    def write(text: str) -> str:
        if len(text) != 10 or chance.random() < 0.3:
            return text
        year, month, day = text.split("-")
        return f"{day}/{month}/{year}" if chance.choice(orders) == "dmy" else f"{month}/{day}/{year}"

    dates = {"birth", "start", "end", "valid_from", "valid_to", "effective_from"}
    return {
        name: [
            {column: write(text) if column in dates else text for column, text in line.items()}
            for line in lines
        ]
        for name, lines in source.items()
    }


def random_trees(chance: Random, wrong: bool = True) -> Source:
    """Two small trees and the map between them. `wrong`: references are missing, and some lines cannot be."""

    def errors(*texts: str) -> tuple[str, ...]:
        return texts if wrong else ()

    def unit(level: int, code: str, parent: str, type_: str) -> Line:
        name = chance.choice(["An Bình", "Bình Minh", "Cao Sơn", "An Bình", "Đông Hà", *errors("")])
        return {"level": str(level), "code": code, "parent_code": parent, "name": name, "type": type_}

    provinces, districts = ["01", "02"], ["001", "002", "003"]
    communes = [f"{number:05}" for number in range(1, 3 + chance.randrange(6))]
    old = [unit(1, code, "", chance.choice(["Tỉnh", "Thành phố Trung ương"])) for code in provinces]
    old += [unit(2, code, chance.choice([*provinces, *errors("09")]), "Huyện") for code in districts]
    old += [unit(3, code, chance.choice(districts), chance.choice(["Xã", "Phường"])) for code in communes]
    new = [unit(1, code, "", "Tỉnh") for code in provinces[: chance.randrange(1, 3)]]
    kept = chance.sample(communes, chance.randrange(1, len(communes)))
    new += [unit(2, code, chance.choice(new)["code"], "Xã") for code in kept]
    links = {
        (source, target)
        for source in communes
        for target in chance.sample(
            [*kept, *errors("99999")], chance.choice([1, 1, 1, 2]) if len(kept) > 1 else 1
        )
    }
    agreed = ["3/3", "3/3", "2/3", *errors("1/3")]
    lines = [
        {"old_code": old_code, "new_code": new_code, "sources_agree": chance.choice(agreed)}
        for old_code, new_code in sorted(links)
    ]
    return dict(zip(TREE_FILES, (old, new, lines), strict=True))


def corrected(source: Source, newer: Source) -> Source:
    """The newer source, in which no term is held by another person than in the source before."""
    persons = {line["term_id"]: line["person_id"] for line in source["terms.csv"]}
    known = {line["person_id"] for line in newer["persons.csv"]}
    terms = [
        {**line, "person_id": persons.get(line["term_id"], line["person_id"])}
        for line in newer["terms.csv"]
        if persons.get(line["term_id"], line["person_id"]) in known
    ]
    return {**newer, "terms.csv": terms}
