"""Whatever the terms and their order: all that can be true is taken, and importing again changes nothing."""

import csv
from collections.abc import Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from services.bootstrap.services import open_embedded_ledger
from services.importing.result import ImportReport
from services.importing.terms import WIDTH_OF_PRECISION, import_terms
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, Origin
from shared.operations.settings import load
from shared.runtime.ledger import no_progress
from tests.support.examples import tried_on_seeds

HEADER = ("term_id", "person_id", "post_id", "start", "end", "start_precision", "end_precision", "end_status")
Term = tuple[str, ...]
PLAIN: dict[str, list[Term]] = {
    "persons.csv": [("person_id", "name"), ("p0", "Nguyễn Văn An"), ("p1", "Trần Thị Bình")],
    "posts.csv": [("post_id", "title"), ("a", "Chủ tịch"), ("b", "Bí thư")],
}


def terms_of(chance: Random) -> list[Term]:
    """Few posts and years, so that terms meet, overlap, and share their days; a third of the dates are partial."""
    terms = []
    for number in range(chance.randrange(2, 12)):
        start = (2000 + chance.randrange(3), 1 + chance.randrange(3), 1 + 13 * chance.randrange(3))
        end = (start[0] + chance.randrange(3), 1 + chance.randrange(12), 1 + 13 * chance.randrange(3))
        first, last = ("{:04}-{:02}-{:02}".format(*each) for each in (start, end))
        widths = [chance.choice(["day"] * 4 + ["month", "year"]) for _ in "se"]
        first, last = first[: WIDTH_OF_PRECISION[widths[0]]], last[: WIDTH_OF_PRECISION[widths[1]]]
        status = chance.choice(["closed"] * 4 + ["ongoing", "unknown"])
        if status != "closed":
            last, widths[1] = "", ""
        person, post = f"p{chance.randrange(2)}", chance.choice("ab")
        if last == "" or first[:4] < last[:4]:
            terms.append((f"t{number}", person, post, first, last, *widths, status))
    return terms


def taken(folder: Path, terms: Iterable[Term]) -> ImportReport:
    source, home = folder / "in", folder / "home"
    source.mkdir(exist_ok=True)
    files: dict[str, list[Term]] = {**PLAIN, "terms.csv": [HEADER, *terms]}
    for name, rows in files.items():
        with (source / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    ledger = open_embedded_ledger(load(home))
    try:
        origin = Origin(actor=f"{IMPORT_ACTOR_PREFIX}x", correlation="b")
        return import_terms(ledger, source, "x", write=True, origin=origin, progress=no_progress)
    finally:
        ledger.close()


@tried_on_seeds(few=6, many=25)
def test_every_term_is_taken_once_whatever_the_order(seed: int) -> None:
    chance = Random(seed)
    terms = terms_of(chance)
    with TemporaryDirectory() as folder:
        first = taken(Path(folder), terms)
        again = taken(Path(folder), chance.sample(terms, len(terms)))
    assert first.set_aside == again.set_aside == []
    assert (first.new["terms"], again.new["terms"]) == (len(terms), 0)
    assert again.unchanged["terms"] == len(terms)


@tried_on_seeds(few=6, many=25)
def test_a_longer_file_brings_only_what_is_new(seed: int) -> None:
    chance = Random(seed)
    terms = terms_of(chance)
    some = chance.sample(terms, len(terms) // 2)
    with TemporaryDirectory() as folder:
        taken(Path(folder), some)
        whole = taken(Path(folder), terms)
    assert whole.set_aside == []
    assert (whole.new["terms"], whole.unchanged["terms"]) == (len(terms) - len(some), len(some))
