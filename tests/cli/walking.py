"""Every command of `cadre` with its options."""

from collections.abc import Iterator

from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from services.__main__ import application
from services.cli.lazy_commands import LazyCommand

Words = tuple[str, ...]


def all_commands() -> dict[Words, TyperCommand | TyperGroup]:
    """Groups and loaded commands by the words that call them; `()` is `cadre` itself. Old names are there too."""
    root = get_command(application())
    assert isinstance(root, TyperGroup)
    return dict(_walk((), root))


def _walk(
    words: Words, command: TyperCommand | TyperGroup
) -> Iterator[tuple[Words, TyperCommand | TyperGroup]]:
    yield words, command.load() if isinstance(command, LazyCommand) else command
    for name, subcommand in command.commands.items() if isinstance(command, TyperGroup) else ():
        assert isinstance(subcommand, (TyperCommand, TyperGroup))
        yield from _walk((*words, name), subcommand)
