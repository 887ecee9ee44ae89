"""`cadre rebuild`, `cadre verify` and `cadre map`: rows anew from the logs, their check, and generated files."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from services.audit.sealing import find_damaged_trees
from services.bootstrap.generated_files import generate_files, generate_map
from services.cli.context import Context
from services.cli.errors import fail, warn
from services.cli.language import translate
from services.cli.ledger_access import ledger_for_reading, ledger_for_writing
from services.cli.options import AsJson
from services.cli.output import progress_bar, write_result
from shared.core.errors import LogBehindRows
from shared.operations.integrity_check import AcknowledgedCommand
from shared.operations.settings import in_cluster

CONTRADICTED = 3
"""Exit code of `cadre verify --fail-on-contradictions`: all is stored as it should be, and some facts cannot all be
true."""


def rebuild(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Compute all rows anew from the logs."""
    context: Context = ctx.obj
    with ledger_for_writing(context, new_rows=True) as ledger, progress_bar(as_json) as progress:
        try:
            ledger.check_stores(ledger.logs)
        except LogBehindRows as error:  # what is given up must be said
            warn("{failure}", failure=error)
        counts = ledger.rebuild(progress)
    write_result(
        counts if as_json else [{"rows": name, "count": n} for name, n in counts.items()],
        as_json,
        ("rows", "count"),
    )


def verify(
    ctx: typer.Context,
    as_json: AsJson = False,
    acknowledged: Annotated[
        Path | None,
        typer.Option(
            "--acknowledged",
            help="A file of commands that a client saw acknowledged: lines of {topic, key, facts}.",
        ),
    ] = None,
    fail_on_contradictions: Annotated[
        bool,
        typer.Option("--fail-on-contradictions", help="Exit with code 3 where facts contradict each other."),
    ] = False,
) -> None:
    """Check that no fact is lost or doubled, and that every row equals a fold of all facts."""
    from services.chronicle.queries.contradictions.counting import count_known_contradictions

    context: Context = ctx.obj
    commands = _read_acknowledged(acknowledged) if acknowledged else []
    with ledger_for_reading(context) as ledger:
        report = ledger.check_integrity(commands)
        if not in_cluster():
            trees = context.settings().home / "trees"
            report.complaints.extend(find_damaged_trees(ledger.logs, trees))
        ahead = ledger.logs_ahead()
        found = count_known_contradictions(ledger.tables)
    for log, recorded_at in ahead.items():
        text = translate(
            "{log} is ahead of the clock: its last fact says {recorded_at}", log=log, recorded_at=recorded_at
        )
        Console(stderr=True).print(text, highlight=False, soft_wrap=True)
    contradictions = {kind.value: count for kind, count in found.items() if count}
    counts = report.events | report.rows | contradictions
    write_result(
        msgspec.structs.asdict(report) | {"contradictions": contradictions}
        if as_json
        else [{"what": k, "count": n} for k, n in counts.items()],
        as_json,
        ("what", "count"),
    )
    if contradictions:
        warning = translate(
            "{count} contradictions; `cadre show contradictions` lists them",
            count=sum(contradictions.values()),
        )
        typer.echo(warning, err=True)
    if report.complaints:
        fail(
            "{complaints}",
            "{count} complaints",
            code=1,
            complaints="\n".join(report.complaints[:20]),
            count=len(report.complaints),
        )
    if contradictions and fail_on_contradictions:
        raise typer.Exit(CONTRADICTED)


def _read_acknowledged(file: Path) -> list[AcknowledgedCommand]:
    commands = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            commands.append(msgspec.json.decode(line, type=AcknowledgedCommand))
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            fail(
                "{file}, line {line}: {error}",
                """a line looks like {{"topic": "personnel", "key": "k1", "facts": ["EVENT ID"]}}""",
                file=file,
                line=number,
                error=error,
            )
    return commands


def write_map(
    write: Annotated[bool, typer.Option("--write", help="Write every generated file.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail when a file differs from the code.")] = False,
) -> None:
    """The map of services and their events; with --write also the other files that are generated from the code."""
    if not (write or check):
        Console().print(generate_map(), highlight=False, markup=False)
        return
    root = Path(__file__).parents[2]
    try:
        files = generate_files(root)
    except (ValueError, OSError) as error:
        fail(str(error), "restore those lines, then run `cadre map --write`", code=1)
    for path, content in files.items():
        if check and (not path.exists() or path.read_text(encoding="utf-8") != content):
            fail(
                "{file} is not what the code says",
                "run `cadre map --write`",
                code=1,
                file=path.relative_to(root),
            )
        if write:
            path.write_text(content, encoding="utf-8")
