"""Real term histories come in through the command line and answer as an independent script says they must."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.__main__ import application

SETS = {"ifg-ministers": "ifg-ministers/canonical", "vn-officials-sample": "vn-officials-sample"}


def cadre(home: Path, *words: str) -> Any:
    done = CliRunner().invoke(application(), ["--home", str(home), *words, "--json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=SETS)
def imported(
    request: pytest.FixtureRequest, open_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, Any]:
    home = tmp_path_factory.mktemp("home")
    report = cadre(home, "import", "terms", str(open_data / SETS[request.param]), "--scheme", "src", "--yes")
    return home, open_data / request.param / "expected", report


def test_what_is_invalid_is_set_aside_and_all_else_is_in(imported: tuple[Path, Path, Any]) -> None:
    _, expected, report = imported
    summary = json.loads((expected / "summary.json").read_text(encoding="utf-8"))
    aside = {problem["id"]: problem for problem in report["set_aside"]}
    assert aside.keys() == set(summary["invalid_term_ids"])
    assert report["taken"]["terms"] == summary["terms"] - len(summary["invalid_term_ids"])
    assert report["taken"]["persons"] == summary["persons"]
    for problem in aside.values():
        assert problem["file"] == "terms.csv"
        assert problem["line"] > 1
        assert problem["column"] == "end"
        assert problem["reason"]
        assert problem["remedy"]


def test_who_held_what_on_twenty_days(imported: tuple[Path, Path, Any]) -> None:
    home, expected, _ = imported
    days = json.loads((expected / "as_of_dates.json").read_text(encoding="utf-8"))["dates"]
    assert len(days) == 20
    for day in days:
        found = cadre(home, "show", "holders", "--as-of", day["date"], "--scheme", "src")
        exact = set(day["exact_term_ids"])
        certain = exact | set(day["certain_but_partial_term_ids"])
        possible = certain | set(day["possible_only_term_ids"])
        assert {line["term"] for line in found if line["certainty"] == "certain"} == certain
        assert {line["term"] for line in found} == possible
        pairs = {f"{line['post']}\t{line['person']}" for line in found if line["term"] in certain}
        assert _sha(pairs) == day["sha256_certain_post_person"]


def _sha(lines: set[str]) -> str:

    return sha256("\n".join(sorted(lines, key=str.encode)).encode()).hexdigest()


def test_person_histories(imported: tuple[Path, Path, Any]) -> None:
    home, expected, _ = imported
    histories = json.loads((expected / "person_histories.json").read_text(encoding="utf-8"))
    assert len(histories) == 50
    for history in histories:
        found = cadre(home, "show", "history", "--person", history["person_id"], "--scheme", "src")
        terms = {line["term"]: line for line in found}
        assert terms.keys() == {term["term_id"] for term in history["terms"]}
        starts = [line["start"] for line in found if line["start"]]
        assert starts == sorted(starts)
        for term in history["terms"]:
            line = terms[term["term_id"]]
            for name in ("start", "end", "start_precision"):
                assert line[name] == term[name]
            assert set(line["concurrent"]) == set(term["concurrent_with"]), "a second term in a post is none"


def test_post_histories(imported: tuple[Path, Path, Any]) -> None:
    home, expected, _ = imported
    histories = json.loads((expected / "post_histories.json").read_text(encoding="utf-8"))
    assert len(histories) == 30
    for history in histories:
        found = cadre(home, "show", "history", "--post", history["post_id"], "--scheme", "src")
        expected_lines = {(h["term_id"], h["person_id"], h["start"], h["end"]) for h in history["holders"]}
        assert {
            (line["term"], line["person"], line["start"], line["end"]) for line in found
        } == expected_lines


def test_importing_twice_changes_nothing(imported: tuple[Path, Path, Any]) -> None:
    home, expected, first = imported
    folder = expected.parents[1] / SETS[expected.parent.name]
    again = cadre(home, "import", "terms", str(folder), "--scheme", "src", "--yes")
    assert again["facts"] == 0
    assert again["facts_unchanged"] == first["facts"]
    assert set(again["in"].values()) == {0}
    assert (again["unchanged"]["terms"], first["unchanged"]["terms"]) == (first["in"]["terms"], 0)
    assert first["in"]["terms"] == first["taken"]["terms"]
    assert again["taken"] == first["taken"]
