"""Commands that import their module when they are called, so that `cadre --help` imports none; and their texts in two
languages."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from services.cli.command_table import GROUPS, CommandEntry, CommandGroup
from services.cli.errors import fail_of_store, is_expected
from services.cli.language import current_language, translate

OLD_OPTIONS = {"--valid": "--as-of", "--patience": "--gap-timeout", "--promised": "--acknowledged"}
"""Options by the names they had; they still work and are shown nowhere."""
PANELS = {"argument": "Tham số", "option": "Tùy chọn"}
"""Headings of a help page in Vietnamese; the English ones are Typer's own."""


def replace_old_options(args: Iterable[str], options: set[str]) -> list[str]:
    """The arguments with old option names replaced, where the command has the new name and not the old one."""
    replaced: list[str] = []
    for arg in args:
        name, equals, value = arg.partition("=")
        new = OLD_OPTIONS.get(name, "")
        replaced.append(new + equals + value if new in options and name not in options else arg)
    return replaced


def translate_help(command: TyperCommand | TyperGroup, ctx: Any) -> None:
    """Put the texts of a command, its options and its subcommands into the current language."""
    if current_language() == "en":
        return
    command.help = translate(command.help or "")
    for param in command.get_params(ctx):
        if isinstance(param, (TyperArgument, TyperOption)):
            param.help = translate(param.help or "")
            param.rich_help_panel = PANELS[param.param_type_name]
    for subcommand in command.commands.values() if isinstance(command, TyperGroup) else ():
        if isinstance(subcommand, (TyperCommand, TyperGroup)):
            subcommand.help = translate(subcommand.help or "")
            subcommand.rich_help_panel = translate(subcommand.rich_help_panel or "Commands")


class CadreCommand(TyperCommand):
    """A command with help in two languages, that takes old option names, and whose expected errors are one line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        translate_help(self, ctx)
        options = {name for param in self.params for name in param.opts}
        return super().parse_args(ctx, replace_old_options(args, options))

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if not is_expected(error):
                raise
            fail_of_store(error)


class LazyCommand(TyperCommand):
    """A command known by name and help alone, until it is called: then its module is imported."""

    def __init__(self, entry: CommandEntry, name: str) -> None:
        super().__init__(
            name, help=entry.help, rich_help_panel=entry.panel or None, hidden=name != entry.name
        )
        self.entry = entry

    def load(self) -> CadreCommand:
        """The command with its options, from the function that the entry names."""
        module, _, function = self.entry.target.partition(":")
        app = typer.Typer(add_completion=False, rich_markup_mode="rich")
        app.command(self.entry.name, cls=CadreCommand, help=self.entry.help)(
            getattr(import_module(module), function)
        )
        return cast(CadreCommand, get_command(app))

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return self.load().make_context(info_name, args, parent, **extra)


class CadreGroup(TyperGroup):
    """The commands of one group of the table, by name; old names are hidden."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        group: CommandGroup = GROUPS[self.name or ""]
        for entry in group.commands:
            for name in (entry.name, *entry.old_names):
                self.commands[name] = LazyCommand(entry, name)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        translate_help(self, ctx)
        return super().parse_args(ctx, args)
