"""`cadre import …`: a trial run, a question, the import; every line set aside is listed with reason and remedy."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.cli.context import Context
from services.cli.errors import fail
from services.cli.language import current_language, translate
from services.cli.ledger_access import ledger_for_writing
from services.cli.options import AsJson
from services.cli.output import progress_bar, write_json
from services.importing import terms as terms_importer
from services.importing.batches import SetAsideLine
from services.importing.csv_reader import BadFile
from services.importing.reading.encodings import is_encoding
from services.importing.reading.options import ReadingOptions
from services.importing.reading.readings import Reading
from services.importing.reading.sources import TEXT_FILES, is_workbook
from services.importing.result import ImportReport
from services.importing.units import importer as units_importer
from services.importing.vietnam import import_vietnam
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, Origin
from shared.core.clock import new_id
from shared.runtime.ledger import Ledger, Progress

Importer = Callable[[Ledger, bool, Origin, Progress], ImportReport]
VIETNAM_SCHEME = "gso"
"""The units that come with the program have the codes of the General Statistics Office."""
SHOWN_PROBLEMS = 50
SchemeName = Annotated[str, typer.Option("--scheme", help="The name under which the file's ids are kept.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask after the trial run.")]
Encoding = Annotated[
    str, typer.Option("--encoding", help="utf-8, utf-16, windows-1258, tcvn3, vni; else as the files prove.")
]
DateOrder = Annotated[
    Literal["", "dmy", "mdy"],
    typer.Option(
        "--dates", help="Whether 01/02/2019 has its day or its month first; else as a column proves."
    ),
]
Ends = Annotated[
    Literal["exclusive", "inclusive"],
    typer.Option("--ends", help="Whether an end is the first day after, or the last day."),
]
RemoveMissing = Annotated[
    bool,
    typer.Option("--remove-missing", help="The files are whole: void what only earlier imports had."),
]
RemoveAtMost = Annotated[
    int,
    typer.Option(
        "--remove-at-most",
        min=0,
        max=100,
        help="Refuse --remove-missing where a file lacks more than so many per cent of its earlier lines.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only write what would be imported.")]


def import_terms(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="The folder that holds the CSV files or spreadsheets, or one spreadsheet.")
    ],
    scheme: SchemeName,
    encoding: Encoding = "",
    dates: DateOrder = "",
    ends: Ends = "exclusive",
    yes: Yes = False,
    dry_run: DryRun = False,
    remove_missing: RemoveMissing = False,
    remove_at_most: RemoveAtMost = 50,
    as_json: AsJson = False,
) -> None:
    """Persons, units, posts, terms and unit links in the common layout, as CSV or spreadsheets."""
    _check_folder(folder)
    options = _options(encoding, dates, ends)

    def run(ledger: Ledger, write: bool, origin: Origin, progress: Progress) -> ImportReport:
        return terms_importer.import_terms(
            ledger,
            folder,
            scheme,
            write=write,
            origin=origin,
            progress=progress,
            options=options,
            remove_missing=remove_missing,
            remove_at_most=remove_at_most / 100,
        )

    _import(ctx.obj, scheme, yes, dry_run, as_json, run)


def import_units(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="The folder that holds the CSV files or spreadsheets, or one spreadsheet; "
            "without it the units of Viet Nam."
        ),
    ] = None,
    scheme: SchemeName = "",
    trees: Annotated[
        bool, typer.Option("--trees", help="Take the two trees and the map, not the dated history.")
    ] = False,
    encoding: Encoding = "",
    dates: DateOrder = "",
    ends: Ends = "exclusive",
    yes: Yes = False,
    dry_run: DryRun = False,
    remove_missing: RemoveMissing = False,
    remove_at_most: RemoveAtMost = 50,
    as_json: AsJson = False,
) -> None:
    """The dated history of administrative units, or two trees with the map between them."""
    options = _options(encoding, dates, ends)
    if folder is None:
        scheme = scheme or VIETNAM_SCHEME
        if scheme != VIETNAM_SCHEME:
            fail("the units of Viet Nam have the scheme gso", "leave --scheme out")
    else:
        _check_folder(folder)
        if not scheme:
            fail("no scheme is named for the ids of the folder", "add --scheme NAME")

    def run(ledger: Ledger, write: bool, origin: Origin, progress: Progress) -> ImportReport:
        if folder is None:
            return import_vietnam(ledger, write=write, origin=origin, progress=progress)
        return units_importer.import_units(
            ledger,
            folder,
            scheme,
            write=write,
            origin=origin,
            trees=trees,
            progress=progress,
            options=options,
            remove_missing=remove_missing,
            remove_at_most=remove_at_most / 100,
        )

    _import(ctx.obj, scheme, yes, dry_run, as_json, run)


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        fail(
            "{folder} is not a folder: nothing has that name",
            "name the folder that holds the CSV files or spreadsheets, or one spreadsheet",
            folder=folder,
        )
    if not folder.is_dir() and folder.suffix.lower() in TEXT_FILES:
        fail(
            "{folder} is one table: the importer takes all tables of a folder together",
            "name the folder in which it is: {parent}",
            folder=folder,
            parent=folder.resolve().parent,
        )
    if not folder.is_dir() and not is_workbook(folder):
        fail(
            "{folder} is not a folder",
            "name the folder that holds the CSV files or spreadsheets, or one spreadsheet",
            folder=folder,
        )


def _options(
    encoding: str, dates: Literal["", "dmy", "mdy"], ends: Literal["exclusive", "inclusive"]
) -> ReadingOptions:
    if encoding and not is_encoding(encoding):
        fail(
            "{encoding!r} is no encoding",
            "write utf-8, utf-16, windows-1258, tcvn3 or vni, or leave --encoding out",
            encoding=encoding,
        )
    return ReadingOptions(encoding=encoding, dates=dates, ends=ends)


def _import(context: Context, scheme: str, yes: bool, dry_run: bool, as_json: bool, run: Importer) -> None:
    if not scheme.strip() or any(character in scheme for character in "\t\n%_"):
        fail("{scheme!r} cannot name a scheme", "use letters, digits and hyphens", scheme=scheme)
    origin = Origin(actor=f"{IMPORT_ACTOR_PREFIX}{scheme}", correlation=new_id())
    with (
        _without_garbage_collection(),
        ledger_for_writing(context) as ledger,
        progress_bar(as_json) as progress,
    ):
        try:
            if not yes:
                _show(run(ledger, False, origin, progress), as_json)
                if dry_run or not typer.confirm(translate("Import the rest?"), err=True):
                    raise typer.Exit(0)
            _show(run(ledger, True, origin, progress), as_json)
        except BadFile as error:
            if as_json:
                write_json({"error": str(error), "set_aside": [error.problem]})
            _fail_of_file(error.problem)


def _show(report: ImportReport, as_json: bool) -> None:
    """Write the report; end the command where a whole file or folder could not be read, and there was no other."""
    unread = next((problem for problem in report.set_aside if not problem.line), None)
    took_nothing = unread is not None and not any(report.taken.values())
    if as_json or not took_nothing:
        _write_report(report, as_json)
    if unread is not None and took_nothing:
        _fail_of_file(unread)


def _fail_of_file(problem: SetAsideLine) -> NoReturn:
    fail("{file}: {reason}", "{remedy}", file=problem.file, reason=_reason(problem), remedy=_remedy(problem))


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """An import makes millions of objects and no cycles: looking for some would cost an eighth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _write_report(report: ImportReport, as_json: bool) -> None:
    if as_json:
        write_json(report)
        return
    console = Console()
    header = translate("would be taken") if report.dry_run else translate("taken")
    table = Table(translate("what"), header, header_style="bold")
    for what, count in report.taken.items():
        table.add_row(what, f"{count:,}")
    console.print(table)
    console.print(
        translate(
            "{facts:,} facts, {unchanged:,} unchanged, {aside:,} set aside",
            facts=report.facts,
            unchanged=report.facts_unchanged,
            aside=len(report.set_aside),
        )
    )
    for change in report.corrected[:SHOWN_PROBLEMS]:
        where = (
            f"{change.file}:{change.line} {change.id} {change.column}"
            if change.line
            else (f"{change.file} {change.id} {change.column}")
        )
        new = repr(change.new) if change.new else translate("no longer in the source")
        console.print(f"[cyan]{where}[/] {change.old!r} -> {new}", highlight=False)
    if (more := len(report.corrected) - SHOWN_PROBLEMS) > 0:
        console.print(translate("… and {count} more; --json lists all", count=more), style="dim")
    if not report.dry_run:
        hint = translate("to undo all of it: `cadre correct --batch {batch} --reason …`", batch=report.batch)
        console.print(hint, style="dim")
    if report.readings:
        console.print(translate("how it was read:"), style="bold")
    for reading in report.readings:
        console.print(_describe_reading(reading), highlight=False, markup=False, soft_wrap=True)
    for name in report.ignored_files:
        console.print(translate("{file}: file not used", file=name), style="dim", markup=False)
    for problem in report.contradictions[:SHOWN_PROBLEMS]:
        _write_problem(console, problem, translate("taken, but contradicted: "))
    if (more := len(report.contradictions) - SHOWN_PROBLEMS) > 0:
        console.print(translate("… and {count} more; --json lists all", count=more), style="dim")
    for problem in report.set_aside[:SHOWN_PROBLEMS]:
        _write_problem(console, problem)
    if (more := len(report.set_aside) - SHOWN_PROBLEMS) > 0:
        console.print(translate("… and {count} more; --json lists all", count=more), style="dim")


def _write_problem(console: Console, problem: SetAsideLine, word: str = "") -> None:
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    where = f"{place} {problem.column}".strip()
    value = f"{problem.value!r}: " if problem.value or problem.line else ""
    since = translate("from an earlier import: ") if problem.earlier else ""
    what = f"{since}{word}{value}{_reason(problem)}. {_remedy(problem)}"
    console.print(f"[yellow]{escape(where)}[/] {escape(what)}", highlight=False, soft_wrap=True)


def _reason(problem: SetAsideLine) -> str:
    return problem.reason_vi if current_language() == "vi" and problem.reason_vi else problem.reason


def _remedy(problem: SetAsideLine) -> str:
    return problem.remedy_vi if current_language() == "vi" and problem.remedy_vi else problem.remedy


def _describe_reading(reading: Reading) -> str:
    """`terms.csv end: '9999-12-31' read as open: no end (2 lines, the first is 2)`."""
    meaning = reading.how.vi if current_language() == "vi" else reading.how.en
    where = f"{reading.file} {reading.column}".rstrip()
    example = f" {reading.example!r}" if reading.example and reading.example != reading.column else ""
    result = f" -> {reading.read_as}" if reading.read_as else ""
    count = translate("{count} lines, the first is {line}", count=reading.lines, line=reading.line)
    return f"  {where}: {meaning}{example}{result} ({count})"
