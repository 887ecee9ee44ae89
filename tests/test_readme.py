"""What the README says is done here, and the map it shows is the map of the code."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.generated_files import generate_files
from services.importing.reading.layouts import HISTORY_LAYOUT, TERM_LAYOUTS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_generated_files_are_what_the_code_says() -> None:
    """The map in README.md, docs/glossary.md, the parts of docker-compose.yml, nginx.conf and make-secrets."""
    differing = [
        path.name for path, text in generate_files(ROOT).items() if path.read_text(encoding="utf-8") != text
    ]
    assert not differing, "run: cadre map --write"


def test_the_commands_shown_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my-terms"
    folder.mkdir()
    (folder / "persons.csv").write_text("person_id,name\np1,Nguyễn Văn An\n", encoding="utf-8")
    (folder / "posts.csv").write_text("post_id,title\na,Giám đốc\n", encoding="utf-8")
    (folder / "terms.csv").write_text(
        "term_id,person_id,post_id,start,end,start_precision,end_precision,end_status\n"
        "t1,p1,a,2009-01-01,,day,,ongoing\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    [block] = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    commands = [line.removeprefix("$ ") for line in block.splitlines() if line]
    assert len(commands) == 4
    for command in commands:
        done = CliRunner().invoke(application(), shlex.split(command)[1:])
        assert done.exit_code == 0, f"{command}\n{done.stderr}"
        assert done.stdout


def test_the_chores_shown_are_in_the_makefile() -> None:
    chores = set(
        re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    guide = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= chores
    assert {"images", "up", "down"} <= set(re.findall(r"(?:`|^)make ([a-z]+)", guide, re.MULTILINE)) <= chores


def test_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")):
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#:]+)\)", prose):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_paths_in_prose_exist() -> None:
    """In backticks, in every page but the changelog and the decisions; not what is made at run time or in a guide."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    missing = [
        f"{page.name}: {path}"
        for page in pages
        for path in re.findall(
            r"`((?:shared|services|tests|docs|deploy)/[\w./*-]+)`", page.read_text(encoding="utf-8")
        )
        if not list(ROOT.glob(path.rstrip("/")))
        and not path.startswith(("deploy/secrets", "services/commendation"))
    ]
    assert not missing


def test_the_guide_names_every_file_and_column_of_an_import() -> None:
    guide = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in guide.splitlines() if line.startswith("| `")}
    for name, layout in TERM_LAYOUTS.items():
        assert all(column in rows[f"{name}.csv"] for column in layout.required), name
        assert all(column in guide for column in layout.columns), name
    assert all(column in guide for column in HISTORY_LAYOUT.columns)


def test_the_guide_to_a_cluster_names_every_process() -> None:
    guide = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    for name in ("migrate", "demo", "serve", "relay", "worker", "verify"):
        assert f"cadre {name}" in guide
        assert CliRunner().invoke(application(), [name, "--help"]).exit_code == 0
    assert "settings.md" in guide


def test_the_guide_to_audits_names_every_command() -> None:
    guide = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    help_text = CliRunner().invoke(application(), ["audit", "--help"]).stdout
    commands = set(re.findall(r"^│ ([a-z][a-z-]*)  ", help_text, re.MULTILINE))
    assert len(commands) == 10
    assert commands == set(re.findall(r"^cadre audit ([a-z-]+)", guide, re.MULTILINE))
