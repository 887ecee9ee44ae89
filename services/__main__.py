"""`cadre`, or `python -m services`: the command line of Cadre Ledger."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.command_table import GROUPS
from services.cli.context import Context
from services.cli.language import Language, language_from_environment, set_language
from services.cli.lazy_commands import CadreGroup


def print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"cadre-ledger {version('cadre-ledger')}")
        raise typer.Exit


class RootGroup(CadreGroup):
    """`cadre` itself: chooses the language before anything is written, and lists the other groups."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, group in GROUPS.items():
            if name != self.name:
                self.add_command(
                    CadreGroup(name=name, help=group.help, no_args_is_help=True, rich_markup_mode="rich")
                )

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        set_language(_language_of(args) or language_from_environment(os.environ))
        return super().parse_args(ctx, args)


def _language_of(args: list[str]) -> Language | None:
    """The value of `--lang`, anywhere before the command: `cadre --help --lang vi` is in Vietnamese too."""
    for index, arg in enumerate(args):
        if arg in GROUPS or arg in {entry.name for entry in GROUPS["cadre"].commands}:
            break
        name, equals, value = arg.partition("=")
        if name == "--lang":
            chosen = value if equals else "".join(args[index + 1 : index + 2])
            return "vi" if chosen == "vi" else "en"
    return None


def application() -> typer.Typer:
    """The command line; every call makes a new one."""
    cadre = typer.Typer(
        name="cadre",
        cls=RootGroup,
        help=GROUPS["cadre"].help,
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        rich_markup_mode="rich",
    )

    @cadre.callback()
    def read_options(
        ctx: typer.Context,
        home: Annotated[
            Path | None, typer.Option(help="The folder of the ledger; else CADRE_HOME, else ~/.cadre-ledger.")
        ] = None,
        lang: Annotated[
            Language | None, typer.Option(help="Language of help and errors; else that of the locale.")
        ] = None,
        version: Annotated[
            bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
        ] = False,
    ) -> None:
        ctx.obj = Context(home)

    return cadre


def main() -> None:
    os.umask(0o077)  # whatever a command writes is about persons: for its user only
    application()()


if __name__ == "__main__":
    main()
