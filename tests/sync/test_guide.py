"""docs/sync.md says what there is: each command with its options, each setting, each rule."""

import re
import shlex
from pathlib import Path

import pytest
from typer.core import TyperGroup

from services.sync.bundles.faults import BundleRule
from tests.cli.walking import all_commands

GUIDE = Path("docs/sync.md").read_text(encoding="utf-8")
COMMANDS = [
    line.removeprefix("$ ")
    for block in re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]
CODE = "".join(path.read_text(encoding="utf-8") for path in sorted(Path("services").rglob("*.py")))


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_guide_is_there_with_its_options(line: str) -> None:
    """What they do is shown in tests/sync/line; here, that they are called so."""
    words = [word for word in shlex.split(line) if not re.fullmatch(r"[A-Z_]+=\S*", word)]
    assert words.pop(0) == "cadre"
    known = all_commands()
    command: tuple[str, ...] = ()
    options = {option for param in known[command].params for option in param.opts}
    for word in words:
        if word.startswith("--"):
            assert word in options, line
        elif (*command, word) in known:
            command = (*command, word)
            options |= {option for param in known[command].params for option in param.opts}
    assert command, line
    assert not isinstance(known[command], TyperGroup), line


def test_the_settings_of_the_guide_are_there() -> None:
    settings = Path("docs/settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"CADRE_\w+", GUIDE))
    assert named
    assert [name for name in named if name not in settings] == []


def test_the_rules_of_the_guide_are_there() -> None:
    named = [
        rule
        for row in re.findall(r"^\| (`\w+`.*?) \|", GUIDE, re.MULTILINE)
        for rule in re.findall(r"`(\w+)`", row)
    ]
    assert len(named) == len(set(named)) >= 10
    known = {str(rule) for rule in BundleRule}
    assert [rule for rule in named if rule not in known and not re.search(rf"\b{rule}\b", CODE)] == []
