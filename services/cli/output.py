"""Results for people or for programs, and progress for those who wait."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from services.cli.language import translate

if TYPE_CHECKING:
    from rich.progress import TaskID


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A function (what, done, total) that draws a bar on standard error, where that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, TaskID] = {}

    def show_progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    with bar:
        yield show_progress


def format_json(result: object) -> str:
    """Indented JSON that ends with a line break."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n"


def write_json(result: object) -> None:
    sys.stdout.write(format_json(result))


def write_result(result: object, as_json: bool, columns: tuple[str, ...]) -> None:
    """A list of structs or dictionaries: as JSON for programs, else a table of the named columns for people."""
    if as_json:
        write_json(result)
        return
    from rich.console import Console
    from rich.table import Table

    rows: list[dict[str, Any]] = msgspec.to_builtins(result)
    table = Table(*columns, header_style="bold")
    for row in rows:
        table.add_row(*(_format_cell(row.get(name, "")) for name in columns))
    console = Console()
    console.print(table)
    console.print(translate("{count} lines", count=len(rows)), style="dim")


def _format_cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
