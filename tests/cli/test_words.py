"""The words of the command line: new ones, old ones that still work, and what is said to wrong input."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.services import open_embedded_ledger
from services.cli.lazy_commands import OLD_OPTIONS, replace_old_options
from shared.operations.settings import load
from tests.cli.walking import all_commands

ENV = {"LC_ALL": "C.UTF-8", "CADRE_KAFKA": "", "CADRE_DATABASE": "", "CADRE_SITE": "", "CADRE_TOKENS": ""}


def cadre(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(application(), words, env=ENV)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("home")
    open_embedded_ledger(load(folder)).close()
    return str(folder)


def test_the_version() -> None:
    code, output, _ = cadre("--version")
    assert (code, output.startswith("cadre-ledger ")) == (0, True)


@pytest.mark.parametrize("words", [(), ("show",), ("import",), ("audit",), ("report",)])
def test_a_bare_word_shows_its_help(words: tuple[str, ...]) -> None:
    _, output, errors = cadre(*words)
    assert "Usage: cadre" in output + errors
    assert "Commands" in output + errors


@pytest.mark.parametrize(
    ("old", "new"), [("work", "worker"), ("parked", "dead-letters"), ("verify-run", "verify")]
)
def test_an_old_word_works_and_is_not_shown(old: str, new: str) -> None:
    _, output, _ = cadre("--help")
    assert f" {new} " in output
    assert f" {old} " not in output
    assert cadre(old, "--help")[0] == 0
    commands = all_commands()
    assert commands[(old,)].callback.__wrapped__ is commands[(new,)].callback.__wrapped__  # type: ignore[union-attr]  # every command has a callback


def test_old_options_are_replaced() -> None:
    replaced = replace_old_options(["--valid", "2020", "--valid=2021", "valid"], {"--as-of"})
    assert replaced == ["--as-of", "2020", "--as-of=2021", "valid"]
    assert replace_old_options(["--valid"], {"--known"}) == ["--valid"]
    options = {name for command in all_commands().values() for param in command.params for name in param.opts}
    assert options.isdisjoint(OLD_OPTIONS), "an old option is not shown"
    assert options >= set(OLD_OPTIONS.values())


def test_known_has_its_full_form_everywhere() -> None:
    for words, command in all_commands().items():
        for param in command.params:
            if "--known" in param.opts:
                assert "--known-at" in param.opts, words


def test_as_known_takes_the_old_option(home: str) -> None:
    answers = [
        cadre("--home", home, "audit", "as-known", option, "2020-01-01", known, "2020-02-01", "--json")
        for option, known in (("--as-of", "--known-at"), ("--valid", "--known"))
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] == 0


@pytest.mark.parametrize(
    ("words", "message", "remedy"),
    [
        (("show", "holders", "--as-of", "2020-13-01"), "2020-13-01", ""),
        (("show", "holders", "--as-of", "2020-01-01", "--known", "soon"), "soon", ""),
        (("show", "history"), "exactly one subject", "--person"),
        (("show", "chart", "x", "--as-of", "2020-01-01"), "x did not exist", "cadre find"),
        (("show", "history", "--unit", "x"), "no unit has the id x", "cadre find"),
        (("show", "history", "--post", "x", "--scheme", "gso"), "no post has the id x", "cadre find"),
        (("forecast", "--unit", "x", "--as-of", "never"), "never", ""),
        (("correct", "x", "--reason", "r"), "'x' is not the address", "topic/stream/event"),
        (("correct", "x"), "needs a reason", "--reason"),
        (
            ("correct", "personnel/a/b", "--reason", "r", "--amend", "{"),
            "--amend is not a JSON object",
            "effective",
        ),
        (("correct", "--batch", "b", "--reason", "r"), "no import has the id b", ""),
        (("import", "terms", "nowhere", "--scheme", "s"), "nowhere is not a folder", "CSV"),
        (("import", "terms", ".", "--scheme", "a%b"), "'a%b' cannot name a scheme", "letters"),
        (("import", "units", "."), "no scheme is named", "--scheme"),
        (("verify", "--acknowledged", "nowhere"), "nowhere", ""),
        (
            ("audit", "as-known", "--as-of", "2020-01-01", *(("--known", "2020") * 3)),
            "two instants",
            "once or twice",
        ),
        (("audit", "who-knew-what"), "one subject", "--overrides"),
        (("audit", "prove", "e", "f"), "no log holds the event e", ""),
        (("audit", "replay", "--from", "nowhere"), "nowhere", "cadre audit export"),
        (("demo", "six-places"), "no demonstration is called six-places", "five-places"),
        (("run", "--host", "0.0.0.0"), "other machines", "cadre serve"),
        (("serve", "nobody"), "no service is called nobody", "personnel"),
        (("serve",), "CADRE_DATABASE", "CADRE_SITE"),
        (("dead-letters",), "CADRE_DATABASE", "postgresql://"),
        (("republish", "weather"), "there is no topic weather", "personnel"),
        (("generate", "g", "--events", "many"), "many", ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_input_is_told_with_its_remedy(
    home: str, words: tuple[str, ...], message: str, remedy: str
) -> None:
    code, _, errors = cadre("--home", home, *words)
    assert code in (1, 2)
    assert "error: " in errors
    assert message in errors
    assert remedy in errors


@pytest.mark.parametrize(
    "words",
    [
        ("shwo",),
        ("show", "holder"),
        ("show", "holders"),
        ("show", "holders", "--when", "x"),
        ("run", "--port", "99999"),
    ],
)
def test_a_command_that_cannot_be_read_ends_with_two(words: tuple[str, ...]) -> None:
    code, _, errors = cadre(*words)
    assert code == 2
    assert "Error" in errors


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    code, _, errors = cadre("--home", str(file), "show", "search", "an")
    assert (code, "cannot be used" in errors, "--home" in errors) == (2, True, True)


def test_a_damaged_database_is_told_without_a_traceback(tmp_path: Path) -> None:
    open_embedded_ledger(load(tmp_path)).close()
    for name in ("chronicle.db", "chronicle.db-wal", "chronicle.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "chronicle.db").write_bytes(b"not a database" * 1000)
    done = subprocess.run(
        [sys.executable, "-m", "services", "--home", str(tmp_path), "show", "search", "an"],
        env=os.environ | ENV,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, "error: " in done.stderr, "not a database" in done.stderr) == (1, True, True)
    assert "`cadre rebuild` makes it anew" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_of_our_own_code_keeps_its_traceback(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("services.chronicle.queries.common.search.search", broken)
    done = CliRunner().invoke(application(), ["--home", home, "show", "search", "an"], env=ENV)
    assert isinstance(done.exception, RuntimeError)


def test_search_finds_ids(home: str) -> None:
    code, output, _ = cadre("--home", home, "show", "search", "nobody", "--json")
    assert (code, output) == (0, "[]\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cadre ", {"show", "import", "verify", "worker"}),
        ("cadre show ", {"holders", "history", "units", "chart", "search"}),
        ("cadre show holders --", {"--as-of", "--known-at", "--unit", "--scheme", "--json"}),
        ("cadre --lang ", {"vi", "en"}),
    ],
)
def test_a_shell_completes_commands_and_options(line: str, expected: set[str]) -> None:
    words = line.split(" ")
    env = os.environ | {
        "_CADRE_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.argv[0] = 'cadre'; from services.__main__ import main; main()",
        ],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    completed = set(done.stdout.split())
    assert completed >= expected
    assert completed.isdisjoint({"work", "parked", "verify-run", "--valid"})
