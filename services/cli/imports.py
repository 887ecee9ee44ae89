"""`cadre import …`: dry run, question, import; every line set aside is told with its reason and its remedy."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.cli.common import Context, fail, out, watching, writing
from services.importing.csv_reader import BadFile
from services.importing.result import ImportReport
from services.importing.terms import import_terms
from services.importing.units.importer import import_units
from services.importing.vietnam import import_vietnam
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, Origin
from shared.core.clock import new_id
from shared.runtime.ledger import Ledger

Importer = Callable[[Ledger, bool, Origin, Callable[[str, int, int], None]], ImportReport]
SchemeName = Annotated[str, typer.Option("--scheme", help="The name under which the file's ids are kept.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask after the dry run.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def commands() -> typer.Typer:
    imports = typer.Typer(help="Bring in files. Importing twice changes nothing.", no_args_is_help=True)

    @imports.command()
    def terms(
        ctx: typer.Context,
        folder: Path,
        scheme: SchemeName,
        yes: Yes = False,
        dry_run: DryRun = False,
        as_json: AsJson = False,
    ) -> None:
        """Persons, units, posts, terms and unit links in the common CSV layout."""
        _folder(folder)
        _import(
            ctx.obj,
            scheme,
            yes,
            dry_run,
            as_json,
            lambda ledger, write, origin, progress: import_terms(
                ledger, folder, scheme, write=write, origin=origin, progress=progress
            ),
        )

    @imports.command()
    def units(
        ctx: typer.Context,
        folder: Annotated[
            Path | None, typer.Argument(help="Without: the units of Viet Nam that come with us.")
        ] = None,
        scheme: SchemeName = "",
        trees: Annotated[
            bool, typer.Option(help="Take the two trees and the map, not the dated history.")
        ] = False,
        yes: Yes = False,
        dry_run: DryRun = False,
        as_json: AsJson = False,
    ) -> None:
        """The dated history of administrative units, or the trees before and after 1 July 2025 with their map."""
        if folder is None:
            scheme = scheme or "gso"
            if scheme != "gso":
                fail("the units that come with us are named by the scheme gso", "leave --scheme out")
        else:
            _folder(folder)
            if not scheme:
                fail("say under which scheme to keep the ids of the folder", "add --scheme NAME")

        def run(
            ledger: Ledger, write: bool, origin: Origin, progress: Callable[[str, int, int], None]
        ) -> ImportReport:
            if folder is None:
                return import_vietnam(ledger, write=write, origin=origin, progress=progress)
            return import_units(
                ledger, folder, scheme, write=write, origin=origin, trees=trees, progress=progress
            )

        _import(ctx.obj, scheme, yes, dry_run, as_json, run)

    return imports


def _folder(folder: Path) -> None:
    if not folder.is_dir():
        fail(f"{folder} is not a folder", "name the folder that holds the CSV files")


def _import(context: Context, scheme: str, yes: bool, dry_run: bool, as_json: bool, run: Importer) -> None:
    if not scheme.strip() or any(character in scheme for character in "\t\n%_"):
        fail(f"{scheme!r} cannot name a scheme", "use letters, digits and hyphens")
    origin = Origin(actor=f"{IMPORT_ACTOR_PREFIX}{scheme}", correlation=new_id())
    with _uncollected(), writing(context) as ledger, watching(as_json) as progress:
        try:
            if not yes:
                _tell(run(ledger, False, origin, progress), as_json)
                if dry_run or not typer.confirm("Import the rest?", err=True):
                    raise typer.Exit(0)
            _tell(run(ledger, True, origin, progress), as_json)
        except BadFile as bad:
            if as_json:
                out({"error": str(bad), "set_aside": [bad.problem]}, as_json)
            fail(str(bad), bad.problem.remedy)


@contextmanager
def _uncollected() -> Iterator[None]:
    """An import makes millions of objects and no circles: looking for some would cost an eighth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _tell(report: ImportReport, as_json: bool) -> None:
    if as_json:
        out(report, as_json)
        return
    console = Console()
    table = Table("what", "would be taken" if report.dry_run else "taken", header_style="bold")
    for what, count in report.taken.items():
        table.add_row(what, f"{count:,}")
    console.print(table)
    console.print(
        f"{report.facts:,} facts, {report.facts_unchanged:,} unchanged, {len(report.set_aside):,} set aside"
    )
    if not report.dry_run:
        console.print(f"to undo all of it: cadre correct --batch {report.batch} --reason …", style="dim")
    for problem in report.set_aside[:50]:
        where = f"{problem.file}:{problem.line} {problem.column}"
        console.print(
            f"[yellow]{where}[/] {problem.value!r}: {problem.reason}. {problem.remedy}", highlight=False
        )
    if len(report.set_aside) > 50:
        console.print(f"… and {len(report.set_aside) - 50} more; --json lists all", style="dim")
