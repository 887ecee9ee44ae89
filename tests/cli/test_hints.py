"""Commands named in remedies, documents and docstrings exist, with the options that are shown."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup

from tests.cli.walking import Words, all_commands

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / "README.md",
    ROOT / "Makefile",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(
        file for folder in ("services", "shared") for suffix in ("py", "js", "html")
        for file in (ROOT / folder).rglob(f"*.{suffix}")
    ),
]  # fmt: skip
MENTION = re.compile(
    r"""
    `cadre[ ]([^`\n]+)`           # in backticks
    | ^(?:\$[ ])?cadre[ ](.+)$    # a line of an example
    | \)/cadre[ ](.+)$            # a chore of the Makefile
    | (?:run|with|lệnh):[ ]cadre[ ]([^'"`\n]+)
    """,
    re.VERBOSE | re.MULTILINE,
)
MAKE_EXPRESSION = re.compile(r"\$\((?:[^()]|\([^()]*\))*\)")
COMMANDS = all_commands()
OLD_WORDS = {("work",), ("parked",), ("verify-run",)}


def mentions() -> Iterator[tuple[str, str]]:
    """(file, what follows `cadre`)."""
    for file in FILES:
        for found in MENTION.finditer(file.read_text(encoding="utf-8")):
            yield str(file.relative_to(ROOT)), next(filter(None, found.groups()))


def complaint(mention: str) -> str:
    """What is wrong with a mentioned command; empty where it can be called."""
    words: Words = ()
    line = MAKE_EXPRESSION.sub("", mention)
    tokens = iter(re.split(r"\s{2,}|\s#|`", line.strip())[0].split())
    for token in tokens:
        command = COMMANDS[words]
        if token.startswith("-"):
            option = token.partition("=")[0].rstrip("`,.;)")
            if option not in {name for param in command.params for name in param.opts} | {"--help"}:
                return f"{' '.join(words)!r} has no option {option}"
            if option in ("--home", "--lang"):
                next(tokens, "")
        elif isinstance(command, TyperGroup):
            word = token.rstrip(",.;:)")
            if word == "…":
                break
            words = (*words, word)
            if words not in COMMANDS:
                return f"there is no command {' '.join(words)!r}"
            if words in OLD_WORDS:
                return f"{' '.join(words)!r} is an old word"
    return ""


MENTIONS = list(mentions())


@pytest.mark.parametrize(("file", "mention"), MENTIONS, ids=[f"{file}: {what}" for file, what in MENTIONS])
def test_a_command_that_is_mentioned_exists(file: str, mention: str) -> None:
    assert complaint(mention) == "", f"{file} mentions: cadre {mention}"


def test_mentions_are_found() -> None:
    files = {file for file, _ in MENTIONS}
    assert files >= {"README.md", "Makefile", "docs/audit.md", "docs/cluster.md", "services/cli/show.py"}
    assert len(MENTIONS) > 80


@pytest.mark.parametrize(
    "mention",
    ["show find NAME", "parked", "show holders --when 2020", "audit", "import terms F --scheme x --force"],
)
def test_a_command_that_does_not_exist_would_be_found(mention: str) -> None:
    assert bool(complaint(mention)) is (mention != "audit")


def test_hints_of_the_command_line_stand_in_backticks() -> None:
    """Else a mention of a command that does not exist would be taken for a sentence about cadres."""
    words = "|".join(sorted({words[0] for words in COMMANDS if words}))
    bare = re.compile(rf"(?<![`\w])(?<!a )(?<!the )(?<!on )cadre (?:{words})\b(?! of)", re.MULTILINE)
    for file in (ROOT / "services" / "cli").rglob("*.py"):
        found = [line for line in file.read_text(encoding="utf-8").splitlines() if bare.search(line)]
        assert not found, file
