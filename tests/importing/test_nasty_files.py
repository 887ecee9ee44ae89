"""Whatever a file is made of: every line is taken as it was meant, or set aside with its own place (integrity §9)."""

import re
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from services.appointment.events import Appointed, TenureEnded
from services.importing.batches import derive_id
from services.importing.result import ImportReport
from services.personnel.events import Registered
from tests.importing.nasty_files import Truth, make_truth, write_files
from tests.importing_law import ImportedLedger
from tests.support.examples import tried_on_seeds

INTERNAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|\b(tenure|stream|effective_from|event|null|None)\b")


def taken_terms(imported: ImportedLedger, truth: Truth) -> dict[str, tuple[str, str, str, str]]:
    """Person, post, start and end by term, as the log has them."""
    persons = {derive_id("x", "person", code): code for code in truth.persons}
    posts = {derive_id("x", "post", code): code for code in truth.posts}
    found: dict[str, tuple[str, str, str, str]] = {}
    ids = {}
    for stream, events in imported.ledger.logs["appointment"].load_streams(list(persons)).items():
        for event in events:
            if isinstance(fact := event.fact, Appointed):
                ids[fact.tenure] = fact.codes[0].value
                found[ids[fact.tenure]] = (persons[stream], posts[fact.post], fact.effective_from, "")
        for event in events:
            if isinstance(fact := event.fact, TenureEnded):
                person, post, start, _ = found[ids[fact.tenure]]
                found[ids[fact.tenure]] = (person, post, start, fact.effective_from)
    return found


def require_own_words(report: ImportReport) -> None:
    """No id and no word of ours in what the report says, and all of it in both languages."""
    for problem in report.set_aside:
        texts = (problem.reason, problem.reason_vi, problem.remedy, problem.remedy_vi)
        assert all(texts), problem
        assert not any(INTERNAL.search(text) for text in (*texts, problem.column, problem.id)), problem
        assert problem.column, problem
    for reading in report.readings:
        assert reading.line > 0
        assert reading.how.vi


@tried_on_seeds(few=10, many=40)
def test_every_line_is_taken_as_it_was_meant_or_set_aside_with_its_place(seed: int) -> None:
    chance = Random(seed)
    truth = make_truth(chance)
    with TemporaryDirectory() as folder:
        expected = write_files(Path(folder) / "in", truth, chance)
        imported = ImportedLedger(Path(folder) / "home")
        try:
            report = imported.take_folder(Path(folder) / "in")
            aside = {(problem.file, problem.line, problem.rule) for problem in report.set_aside}
            assert aside == expected
            assert len(report.set_aside) == len(expected), "each line once"
            require_own_words(report)
            for what, meant in (("persons", truth.persons), ("posts", truth.posts), ("terms", truth.terms)):
                counts = (report.taken[what], report.new[what], report.unchanged[what])
                assert counts == (len(meant), len(meant), 0), what
            assert taken_terms(imported, truth) == truth.terms
            names = {
                code: event.fact.name
                for code in truth.persons
                for event in imported.ledger.logs["personnel"].load_stream(derive_id("x", "person", code))
                if isinstance(event.fact, Registered)
            }
            assert names == truth.persons
            again = imported.take_folder(Path(folder) / "in")
            assert (again.facts, sum(again.new.values())) == (0, 0)
            assert again.unchanged["terms"] == len(truth.terms)
        finally:
            imported.close()
