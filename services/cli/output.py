"""Results for people or for programs, and progress for those who wait."""

import sys
from collections.abc import Callable, Iterator, Sequence
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
    rows: list[dict[str, Any]] = msgspec.to_builtins(result)
    sys.stdout.write(
        format_table(columns, [[_format_cell(row.get(name, "")) for name in columns] for row in rows])
    )
    sys.stdout.write(translate("{count} lines", count=len(rows)) + "\n")


def format_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines of left-aligned columns under their names. Nothing is cut off: a long line is the terminal's to wrap.

    Not a table of rich, which takes 0.2 s for three hundred lines.
    """
    from rich.cells import cell_len

    widths = [max(map(cell_len, cells)) for cells in zip(columns, *rows, strict=True)]
    lines = [columns, ["-" * width for width in widths], *rows]
    return "".join(
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )


def _format_cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
