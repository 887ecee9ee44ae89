"""What every command shares: opening the ledger, progress, and answers for people or for programs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from services.bootstrap.cluster import open_cluster_ledger
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.queries.common.responses import AsOf
from shared.core.clock import Clock, system_clock
from shared.core.partial_dates import BY_NOW, civil_day, known_instant
from shared.runtime.embedded import LedgerLocked
from shared.runtime.ledger import Ledger

if TYPE_CHECKING:
    from shared.operations.settings import Settings


@dataclass(slots=True)
class Context:
    """The options before the command."""

    home: Path | None = None
    clock: Clock = system_clock

    def settings(self) -> "Settings":
        """The settings of this installation; a home that is new is made."""
        from shared.operations.settings import SettingsError, load

        try:
            return load(self.home)
        except SettingsError as error:
            fail(str(error), error.remedy)


def environment() -> "Settings":
    """The settings as the environment has them; nothing is made on the disk."""
    from shared.operations.settings import Settings, SettingsError, read_environment

    try:
        return read_environment(Settings)
    except SettingsError as error:
        fail(str(error), error.remedy)


def fail(message: str, remedy: str = "", code: int = 2) -> NoReturn:
    """A clear word on standard error; nothing was done."""
    text = f"[bold red]error:[/] {escape(message)}" + (f"\n{escape(remedy)}" if remedy else "")
    Console(stderr=True).print(text, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


@contextmanager
def writing(context: Context) -> Iterator[Ledger]:
    """The ledger to append to: this home's, or in a cluster a node, whose rows come a moment later."""
    try:
        ledger = _cluster_node(context) or open_embedded_ledger(context.settings(), context.clock)
    except LedgerLocked as busy:
        fail(str(busy))
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def reading(context: Context) -> Iterator[Ledger]:
    """Brings the rows up to date where nobody else does; beside a running server it only reads."""
    ledger = _cluster_node(context) or _own(context)
    try:
        yield ledger
    finally:
        ledger.close()


def _own(context: Context) -> Ledger:
    settings = context.settings()
    if not settings.database and not (settings.home / "organization.db").exists():
        fail(f"there is no ledger in {settings.home}", "import something first, or name another --home")
    try:
        ledger = open_embedded_ledger(settings, context.clock)
        ledger.project_pending()
    except LedgerLocked:
        ledger = open_embedded_ledger(settings, context.clock, writes=False)
    return ledger


def _cluster_node(context: Context) -> Ledger | None:
    from shared.operations.settings import SettingsError, from_environment, in_cluster

    if not in_cluster():
        return None
    try:
        return open_cluster_ledger(from_environment(), context.clock)
    except SettingsError as error:
        fail(str(error), error.remedy)


def when(as_of: str, known: str) -> AsOf:
    try:
        return AsOf(civil_day(as_of), known_instant(known) if known else BY_NOW)
    except ValueError as error:
        fail(str(error))


@contextmanager
def watching(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error for whatever takes longer than a moment."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
    )
    tasks: dict[str, Any] = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    with bar:
        yield progress


def out(answer: Any, as_json: bool, columns: tuple[str, ...] = ()) -> None:
    """JSON for programs; a table of the named columns for people."""
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
        return
    rows = msgspec.to_builtins(answer)
    table = Table(*columns, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(row.get(name, "")) for name in columns))
    console = Console()
    console.print(table)
    console.print(f"{len(rows)} lines", style="dim")


def _cell(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
