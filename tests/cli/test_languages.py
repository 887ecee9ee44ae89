"""Everything that the command line says is there in Vietnamese and in English."""

import ast
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.testing import CliRunner

from services.__main__ import application
from services.cli.language import language_from_environment
from services.cli.vietnamese import COMMANDS, ERRORS, MESSAGES, OPTIONS, VIETNAMESE
from tests.cli.walking import all_commands

SOURCES = Path(__file__).parents[2] / "services" / "cli"
OF_TYPER = {
    "Commands",
    "Show this message and exit.",
    "Install completion for the current shell.",
    "Show completion for the current shell, to copy it or customize the installation.",
}


def help_texts() -> Iterator[tuple[str, str]]:
    """(what it is of, text) of every command, option and argument."""
    for words, command in all_commands().items():
        yield " ".join(words), command.help or ""
        for param in command.params:
            assert isinstance(param, (TyperArgument, TyperOption))
            yield f"{' '.join(words)} {param.name}", param.help or ""
        for subcommand in command.commands.values() if isinstance(command, TyperGroup) else ():
            if panel := getattr(subcommand, "rich_help_panel", None):
                yield "heading", panel


def spoken_texts() -> Iterator[tuple[str, ast.expr]]:
    """(file and line, text) of every error, remedy and message that is written with `fail` or `translate`."""
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="fail" | "warn"), args=args):
                    yield from ((f"{file.name}:{node.lineno}", arg) for arg in args)
                case ast.Call(func=ast.Name(id="translate"), args=[arg]):
                    yield f"{file.name}:{node.lineno}", arg


HELP = list(help_texts())
SPOKEN = [(where, arg.value) for where, arg in spoken_texts() if isinstance(arg, ast.Constant)]


@pytest.mark.parametrize(("what", "text"), HELP, ids=[what or "cadre" for what, _ in HELP])
def test_every_command_and_option_is_explained_in_both_languages(what: str, text: str) -> None:
    assert text, f"{what} has no help"
    assert text in VIETNAMESE


@pytest.mark.parametrize(("where", "text"), SPOKEN, ids=[where for where, _ in SPOKEN])
def test_every_error_and_message_is_there_in_both_languages(where: str, text: str) -> None:
    only_values = re.fullmatch(r"(CADRE_TOKENS|CADRE_ROLES|\{\w+\})(: )?(\{\w+\})?", text)
    assert only_values or text in VIETNAMESE


def test_errors_are_not_put_together_before_they_are_translated() -> None:
    assert not [where for where, arg in spoken_texts() if isinstance(arg, (ast.JoinedStr, ast.BinOp))]


def test_no_translation_is_left_over_or_given_twice() -> None:
    used = {text for _, text in HELP} | {text for _, text in SPOKEN} | OF_TYPER
    assert VIETNAMESE.keys() - used == set()
    assert len(VIETNAMESE) == sum(map(len, (COMMANDS, OPTIONS, MESSAGES, ERRORS)))


@pytest.mark.parametrize(("english", "vietnamese"), VIETNAMESE.items(), ids=list(VIETNAMESE))
def test_a_translation_is_vietnamese_and_has_the_same_values(english: str, vietnamese: str) -> None:
    assert vietnamese != english
    assert unicodedata.is_normalized("NFC", vietnamese)
    assert any(ord(letter) > 127 for letter in vietnamese)
    if "{topic, key, facts}" in english or "e.g. {" in english:
        return  # help texts are not filled in
    values = [{part[1:] for part in Formatter().parse(text) if part[1]} for text in (english, vietnamese)]
    assert values[0] == values[1]


@pytest.mark.parametrize(
    ("env", "language"),
    [
        ({}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "vi_VN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "vi"}, "vi"),
        ({"LC_ALL": "", "LANG": "vi_VN"}, "vi"),
    ],
)
def test_the_locale_chooses_the_language(env: dict[str, str], language: str) -> None:
    assert language_from_environment(env) == language


ENGLISH = {"LC_ALL": "C.UTF-8"}
VIETNAMESE_LOCALE = {"LC_ALL": "vi_VN.UTF-8"}


@pytest.mark.parametrize(
    ("words", "env", "vietnamese"),
    [
        (["--help"], ENGLISH, False),
        (["--help"], VIETNAMESE_LOCALE, True),
        (["--lang", "vi", "--help"], ENGLISH, True),
        (["--help", "--lang=vi"], ENGLISH, True),
        (["--lang", "en", "--help"], VIETNAMESE_LOCALE, False),
        (["--lang", "vi", "show", "holders", "--help"], ENGLISH, True),
        (["--lang", "vi", "audit", "--help"], ENGLISH, True),
        (["report", "cadre-work", "--lang", "vi", "--help"], ENGLISH, False),
    ],
)
def test_help_is_in_the_chosen_language(words: list[str], env: dict[str, str], vietnamese: bool) -> None:
    done = CliRunner().invoke(application(), words, env=env)
    assert done.exit_code == 0
    assert ("Hiện hướng dẫn này rồi thoát." in done.stdout) is vietnamese
    assert ("Show this message and exit." in done.stdout) is not vietnamese


def test_errors_and_remedies_are_in_the_chosen_language(tmp_path: Path) -> None:
    words = ["--home", str(tmp_path), "show", "search", "an"]
    done = CliRunner().invoke(application(), words, env=VIETNAMESE_LOCALE)
    assert done.exit_code == 2
    assert f"lỗi: không có sổ nào trong {tmp_path}" in done.stderr
    done = CliRunner().invoke(application(), words, env=ENGLISH)
    assert f"error: there is no ledger in {tmp_path}" in done.stderr
