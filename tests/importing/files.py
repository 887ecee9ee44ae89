"""Small folders of tables, imported through the command line: what the tests of reading say in the same words."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from services.__main__ import application

TERMS_HEADER = "term_id,person_id,post_id,start,end,start_precision,end_precision,end_status\n"
PERSONS = "person_id,name\np1,Person One\np2,Person Two\np3,Person Three\np4,Person Four\n"
POSTS = "post_id,title,level_hint\nq1,Head,\nq2,Deputy,\nq3,Clerk,\nq4,Driver,\n"


def run(home: Path, *words: str, lang: str = "en") -> Any:
    return CliRunner().invoke(application(), ["--home", str(home), "--lang", lang, *words])


def cadre(home: Path, *words: str) -> Any:
    done = run(home, *words, "--json")
    assert done.exit_code == 0, done.stderr or done.stdout
    return json.loads(done.stdout)


def folder(path: Path, terms: str = "", **tables: str | bytes) -> Path:
    """A folder with persons, posts and these terms (their header may be left out), or with other tables."""
    path.mkdir(exist_ok=True)
    whole: dict[str, str | bytes] = {
        "persons": PERSONS,
        "posts": POSTS,
        "terms": terms if "term_id" in terms else TERMS_HEADER + terms,
        **tables,
    }
    for name, content in whole.items():
        raw = content if isinstance(content, bytes) else content.encode()
        (path / f"{name}.csv").write_bytes(raw)
    return path


def take(home: Path, source: Path, *options: str) -> Any:
    """The report of an import of terms."""
    return cadre(home, "import", "terms", str(source), "--scheme", "s", "--yes", *options)


def held(home: Path, day: str) -> dict[str, tuple[str, str]]:
    """By term: start and end, of those who certainly hold a post on a day."""
    found = cadre(home, "show", "holders", "--as-of", day, "--scheme", "s")
    return {line["term"]: (line["start"], line["end"]) for line in found if line["certainty"] == "certain"}


def ways(report: Any) -> set[tuple[str, str, str]]:
    """File, column and way of every note of how something was read."""
    return {(reading["file"], reading["column"], reading["how"]) for reading in report["readings"]}


def rules(report: Any) -> set[tuple[int, str, str]]:
    """Line, column and rule of every line set aside."""
    return {(problem["line"], problem["column"], problem["rule"]) for problem in report["set_aside"]}
